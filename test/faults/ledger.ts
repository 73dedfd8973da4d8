/**
 * What has to be true in the end, kept outside of the process that dies: every event that was
 * acknowledged is kept, and every event that is kept has come to each target that it is for, or is
 * a dead letter where it has to be one; none came to another; none came twice without a reason.
 */
import assert from 'node:assert/strict'
import type { Kept } from './bus.ts'
import { entry, expected, type Order } from './orders.ts'

/** An acknowledged event. Moments are µs of a clock that all processes of the machine share. */
export interface Put {
  readonly n: number
  readonly id: string
  readonly putAt: number
  readonly life: number
}
/** What a target wrote before it returned. */
export interface Receipt {
  readonly what: string
  readonly n: number
  readonly id: string
  readonly at: number
  readonly life: number
}
export interface Ledger {
  readonly puts: readonly Put[]
  readonly receipts: readonly Receipt[]
  /** Names of replays that were acknowledged. */
  readonly replays?: readonly string[]
}

/** Reads what one life has told. A last line that was cut off was never told. */
export function told(text: string, life: number): Ledger {
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .map((line) => line.split(','))
  return {
    puts: lines
      .filter(([word]) => word === 'put')
      .map(([, n, id = '', putAt]) => ({ n: Number(n), id, putAt: Number(putAt), life })),
    receipts: lines
      .filter(([word]) => word === 'received')
      .map(([, what = '', n, id = '', at]) => ({ what, n: Number(n), id, at: Number(at), life })),
    replays: lines.filter(([word]) => word === 'replay').map(([, name = '']) => name),
  }
}

export const together = (ledgers: readonly Ledger[]): Ledger => ({
  puts: ledgers.flatMap(({ puts }) => puts),
  receipts: ledgers.flatMap(({ receipts }) => receipts),
  replays: ledgers.flatMap(({ replays = [] }) => replays),
})

interface Found {
  readonly acknowledged: number
  /** Acknowledged or not. */
  readonly kept: number
  readonly deliveries: number
  readonly deadLetters: number
}

/**
 * Holds what is kept when nothing waits any more against the ledger. `mayForget` tells which events
 * the log need not have any more; what they owed they owe all the same.
 */
export function assertKept(
  { puts, receipts }: Ledger,
  kept: Kept,
  mayForget: (n: number) => boolean = () => false,
): Found {
  const events = new Map<string, number>()
  for (const text of kept.events) {
    const event = JSON.parse(text) as { readonly id: string; readonly detail: Order }
    const { n } = event.detail
    assert.equal(text.slice(text.indexOf(',"detail":')), `,"detail":${entry(n).Detail}}`, `${n}`)
    assert.ok(!events.has(event.id), `${event.id} is kept once`)
    events.set(event.id, n)
  }
  assert.equal(new Set(events.values()).size, events.size, 'each put is kept once')
  const known = [...puts, ...receipts]
  for (const { id, n } of known) if (!events.has(id) && mayForget(n)) events.set(id, n)
  const lost = puts.filter(({ id, n }) => events.get(id) !== n)
  assert.deepEqual(lost, [], `${lost.length} of ${puts.length} acknowledged events are lost`)
  assert.equal(kept.waiting, 0, 'nothing waits any more')

  const done = new Set<string>()
  for (const { what, n, id } of receipts) {
    assert.equal(events.get(id), n, `what ${what} received is kept: ${n}`)
    assert.equal(expected(n).get(what), 'done', `${what} was to receive ${n}`)
    done.add(`${id} ${what}`)
  }
  const dead = new Set<string>()
  for (const { what, text, attempts, reason } of kept.deadLetters) {
    const { id, detail } = JSON.parse(text) as { readonly id: string; readonly detail: Order }
    assert.ok(detail, `the event that ${what} was owed is kept`)
    const isExhausted = reason === 'MaximumRetryAttempts'
    assert.equal(expected(detail.n).get(what), isExhausted ? 'exhausted' : 'refused', `${detail.n}`)
    assert.equal(attempts, isExhausted ? 3 : 1, `the attempts to give ${what} ${detail.n}`)
    assert.ok(!dead.has(`${id} ${what}`), `${what} ${detail.n} is one dead letter`)
    dead.add(`${id} ${what}`)
  }

  const missing: string[] = []
  for (const [id, n] of events)
    for (const [what, end] of expected(n)) {
      const { isDone, isDead } = {
        isDone: done.has(`${id} ${what}`),
        isDead: dead.has(`${id} ${what}`),
      }
      assert.ok(!(isDone && isDead), `${what} received ${n}, which is dead`)
      if (end === 'done' ? !isDone : !isDead) missing.push(`${what} ${n}`)
    }
  assert.deepEqual(missing, [], `${missing.length} deliveries are missing`)
  return {
    ...{ acknowledged: puts.length, kept: kept.events.length },
    ...{ deliveries: done.size, deadLetters: dead.size },
  }
}

/** What is done in one turn is written in any order. */
const sameTurnUs = 5_000

/**
 * A delivery may come again after a kill, when that it was done cannot have reached the disk. It
 * rides in the next commit: so it had, when a put was acknowledged in the same life that was made
 * after it, and what comes again is what a life did last. Answers how many came again, and how long
 * before the kill the first of them was done.
 */
export function assertCopies(
  { puts, receipts }: Ledger,
  killedAt: readonly number[],
): { readonly copies: number; readonly mostInOneLife: number; readonly longestInFlightMs: number } {
  const perLife: number[] = []
  const lastPut: number[] = []
  for (const { life, putAt } of puts) lastPut[life] = Math.max(lastPut[life] ?? 0, putAt)
  /** When the first was done that came again, and the last that did not. */
  const [firstAgain, lastOnce]: [number[], Receipt[]] = [[], []]
  let longest = 0
  for (const came of Map.groupBy(receipts, ({ what, id }) => `${id} ${what}`).values()) {
    const [first, ...rest] = came.toSorted((a, b) => a.at - b.at)
    let before = first as Receipt
    for (const copy of rest) {
      const { what, n, life, at } = before
      assert.ok(life < copy.life, `${what} received ${n} twice in one life`)
      assert.ok(
        at >= (lastPut[life] ?? 0),
        `${what} received ${n} again, though puts were acknowledged after it`,
      )
      firstAgain[life] = Math.min(firstAgain[life] ?? at, at)
      longest = Math.max(longest, (killedAt[life] ?? Number.POSITIVE_INFINITY) - at)
      perLife[life] = (perLife[life] ?? 0) + 1
      before = copy
    }
    const { life, at } = before
    if (at > (lastOnce[life]?.at ?? 0)) lastOnce[life] = before
  }
  for (const [life, at] of firstAgain.entries()) {
    const once = lastOnce[life]
    const isLast = at === undefined || !once || once.at <= at + sameTurnUs
    assert.ok(
      isLast,
      `life ${life}: ${once?.what} ${once?.n} came once, done after what came again`,
    )
  }
  return {
    copies: perLife.reduce((sum, count) => sum + count, 0),
    mostInOneLife: Math.max(0, ...perLife.filter(Boolean)),
    longestInFlightMs: Math.round(longest / 1_000),
  }
}
