/**
 * What has to be true after chaos, by what was told outside of the system: beside the ledger of orders that
 * every fault test has, the order of what keeps one, the stream of changes, schedules, and rules that
 * come and go. It asks nobody: what it is given it judges.
 */
import assert from 'node:assert/strict'
import type { Kept } from './bus.ts'
import { assertKept, type Ledger, together, told } from './ledger.ts'

export interface Step {
  readonly key: string
  readonly seq: number
  readonly id: string
}
export interface Change {
  readonly key: number
  readonly version: number
}
/** When it was asked for, and when that was done, in µs; Infinity when nobody knows whether it was. */
interface Moments {
  readonly askedAt: number
  readonly doneAt: number
}
export interface Ruled {
  readonly name: string
  readonly put: Moments
  removed?: Moments
}
export interface Told {
  readonly ledger: Ledger
  /** Orders that were told not to be stored. */
  readonly refused: readonly number[]
  readonly steps: readonly Step[]
  readonly refusedSteps: readonly Omit<Step, 'id'>[]
  readonly followed: readonly (Step & { readonly at: number })[]
  readonly changed: readonly Change[]
  readonly ruledPuts: readonly {
    readonly id: string
    readonly putAt: number
    readonly answeredAt: number
  }[]
  /** What targets of rules have received; of schedules, too. */
  readonly ruled: readonly { readonly rule: string; readonly id: string }[]
}
/** What the database and its readers have in the end. */
export interface Found {
  readonly kept: Kept
  readonly steps: readonly Step[]
  /** What one reader was told who read from the beginning to the end. */
  readonly changes: readonly Change[]
  /** The versions of the items. */
  readonly versions: ReadonlyMap<number, number>
  /** Scheduled events of the log. Times are ms since 1970. */
  readonly fired: readonly { readonly rule: string; readonly time: number; readonly id: string }[]
  /** Until when all that fell due has to have been fired. */
  readonly firedUntil: number
  readonly rules: readonly Ruled[]
}

/** Reads what all lives have told; texts in the order of the lives. */
export function toldBy(texts: readonly string[]): Told {
  const lines = texts.flatMap((text) =>
    text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .map((line) => line.split(',')),
  )
  const of = (word: string) => lines.filter(([first]) => first === word).map(([, ...rest]) => rest)
  return {
    ledger: together(texts.map((text, life) => told(text, life))),
    refused: of('refused').map(([n]) => Number(n)),
    steps: of('step').map(([key = '', seq, id = '']) => ({ key, seq: Number(seq), id })),
    refusedSteps: of('no-step').map(([key = '', seq]) => ({ key, seq: Number(seq) })),
    followed: of('followed').map(([key = '', seq, id = '', at]) => ({
      ...{ key, seq: Number(seq), id },
      at: Number(at),
    })),
    changed: of('changed').map(([key, version]) => ({
      key: Number(key),
      version: Number(version),
    })),
    ruledPuts: of('ruled-put').map(([, id = '', putAt, answeredAt]) => ({
      ...{ id, putAt: Number(putAt) },
      answeredAt: Number(answeredAt),
    })),
    ruled: of('ruled').map(([rule = '', , id = '']) => ({ rule, id })),
  }
}

/** How long a node that hears nothing may go by older rules until it is fenced, in µs. */
const hearUs = 6_000_000
/** How long before a rule is removed its deliveries may have been under way. */
const deliverUs = 15_000_000

/** Answers what there was of each, for who wants to see that it was enough. */
export function assertRun(told: Told, found: Found) {
  const orders = assertKept(told.ledger, found.kept)
  const stored = new Set(found.kept.events.map((text) => JSON.parse(text).detail.n as number))
  const lies = told.refused.filter((n) => stored.has(n))
  assert.deepEqual(lies, [], `${lies.length} orders were told not to be stored, and are`)
  const steps = assertSteps(told, found)
  const fired = assertSchedules(told, found)
  const copies = {
    orders: told.ledger.receipts.length - orders.deliveries,
    steps: told.followed.length - steps,
  }
  return {
    ...{ ...orders, refused: told.refused.length, steps, copies },
    ...{ changes: assertChanges(told, found), fired, ...assertRules(told, found) },
  }
}

function assertSteps({ steps, refusedSteps, followed }: Told, found: Found): number {
  const name = ({ key, seq }: Omit<Step, 'id'>) => `step ${seq} of ${key}`
  const kept = new Map(found.steps.map((step) => [step.id, name(step)]))
  assert.equal(new Set(kept.values()).size, found.steps.length, 'each step is kept once')
  for (const step of steps) assert.equal(kept.get(step.id), name(step), `${name(step)} is lost`)
  const names = new Set(kept.values())
  for (const step of refusedSteps)
    assert.ok(!names.has(name(step)), `${name(step)} was told not to be stored, and is`)
  const first = new Map<string, number>()
  for (const step of followed) {
    assert.equal(kept.get(step.id), name(step), `${name(step)} came and is not kept`)
    first.set(step.id, Math.min(first.get(step.id) ?? step.at, step.at))
  }
  for (const ofKey of Map.groupBy(found.steps, ({ key }) => key).values()) {
    let before = 0
    for (const step of ofKey.toSorted((a, b) => a.seq - b.seq)) {
      const at = first.get(step.id)
      assert.ok(at !== undefined, `${name(step)} did not come`)
      assert.ok(at > before, `${name(step)} came before the one in front of it`)
      before = at
    }
  }
  return first.size
}

function assertChanges({ changed }: Told, { changes, versions }: Found): number {
  const last = new Map<number, number>()
  for (const { key, version } of changes) {
    assert.equal(version, (last.get(key) ?? 0) + 1, `the change of item ${key} that comes next`)
    last.set(key, version)
  }
  for (const [key, version] of versions)
    assert.equal(last.get(key) ?? 0, version, `all changes of item ${key} are told`)
  const acknowledged = new Set(changed.map(({ key, version }) => `${key} ${version}`))
  assert.equal(acknowledged.size, changed.length, 'no change was acknowledged twice')
  for (const { key, version } of changed)
    assert.ok(version <= (versions.get(key) ?? 0), `version ${version} of item ${key} is lost`)
  return changes.length
}

const minuteMs = 60_000

function assertSchedules({ ruled }: Told, { fired, firedUntil }: Found): number {
  const came = new Set(ruled.map(({ rule, id }) => `${rule} ${id}`))
  for (const [rule, events] of Map.groupBy(fired, (each) => each.rule)) {
    const times = events.map(({ time }) => time).toSorted((a, b) => a - b)
    for (const [at, time] of times.entries())
      if (at > 0)
        assert.equal(time - (times[at - 1] ?? 0), minuteMs, `${rule} fires once each minute`)
    assert.ok((times.at(-1) ?? 0) > firedUntil - minuteMs, `${rule} has fired all that was due`)
    for (const { time, id } of events)
      if (time <= firedUntil) assert.ok(came.has(`${rule} ${id}`), `${rule} ${time} came`)
  }
  return fired.length
}

function assertRules({ ruledPuts, ruled }: Told, { rules }: Found) {
  const came = new Set(ruled.map(({ rule, id }) => `${rule} ${id}`))
  let [must, mustNot] = [0, 0]
  for (const { id, putAt, answeredAt } of ruledPuts)
    for (const { name, put, removed } of rules) {
      const hasCome = came.has(`${name} ${id}`)
      const end = removed?.askedAt ?? Number.POSITIVE_INFINITY
      const isGone = putAt > (removed?.doneAt ?? Number.POSITIVE_INFINITY) + hearUs
      if (putAt > put.doneAt + hearUs && answeredAt + deliverUs < end) {
        must++
        assert.ok(hasCome, `${name} held for ${id}, which has not come`)
      } else if (answeredAt < put.askedAt || isGone) {
        mustNot++
        assert.ok(!hasCome, `${name} did not hold for ${id}, which has come`)
      }
    }
  return { must, mustNot }
}
