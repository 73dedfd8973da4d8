/**
 * Random lives of a bus whose targets keep an order, take batches, have a rate, are paused, changed,
 * removed and put again, and hand events on to another bus, while disks are full, processes die and the
 * log has little room. In the end nothing is owed, and no lane was ever out of its order.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { memoryStore } from '../adapters/memory/store.ts'
import { openDatabase } from '../adapters/sqlite/database.ts'
import { sqliteStore } from '../adapters/sqlite/store.ts'
import { hoppedItem } from '../delivery.ts'
import { DeliveryRefused } from '../errors.ts'
import type { EventBridgeEvent } from '../event.ts'
import type { Store } from '../ports.ts'
import type { RetryPolicy } from '../retry-policy.ts'
import type { Invocation, Target } from '../target.ts'
import { ledger } from '../testing/ledger.ts'
import {
  anEngine,
  anEntry,
  aRule,
  type FailurePoint,
  handClock,
  hangs,
  nothing,
  type StartedEngine,
  steeredStore,
} from '../testing.ts'

const hour = 3_600_000
const few: RetryPolicy = { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 86_400 }
const many: RetryPolicy = { maximumRetryAttempts: 185, maximumEventAgeInSeconds: 86_400 }
const all = { source: ['shop'] }

const queue = 'orders/placed/queue'
const batched = 'orders/placed/batched'
const rated = 'orders/placed/rated'
const far = 'second/placed/far'
const guest = 'orders/visit/guest'
const keys = [queue, batched, rated, far, guest]
const ordered = new Set([queue, batched, far, guest])
const perSecond = 40

const laneIn = ({ detail }: EventBridgeEvent) => (detail as { readonly lane: string }).lane
const orderIn = ({ detail }: Pick<EventBridgeEvent, 'detail'>) =>
  (detail as { readonly order: number }).order

type Behaviour = 'does' | 'fails' | 'refuses' | 'hangs' | 'takes 300 ms'
type Step =
  | { readonly do: 'put'; readonly count: number }
  | { readonly do: 'move'; readonly ms: number }
  | { readonly do: 'fail'; readonly at: FailurePoint | null }
  | { readonly do: 'unreadable'; readonly is: boolean }
  | { readonly do: 'latency'; readonly ms: number }
  | { readonly do: 'pause'; readonly key: string }
  | { readonly do: 'resume' }
  | { readonly do: 'change'; readonly concurrency: number }
  | { readonly do: 'remove' | 'return' | 'crash' }
  | { readonly do: 'close'; readonly graceMs: number }

type Fields = Record<string, fc.Arbitrary<unknown>>
const weighed = (weight: number, kind: Step['do'], fields: Fields = {}) => ({
  weight,
  arbitrary: fc.record({ do: fc.constant(kind), ...fields }) as fc.Arbitrary<Step>,
})
const step: fc.Arbitrary<Step> = fc.oneof(
  weighed(8, 'put', { count: fc.integer({ min: 1, max: 6 }) }),
  weighed(1, 'put', { count: fc.constant(360) }),
  weighed(10, 'move', { ms: fc.constantFrom(0, 1, 3, 4, 7, 30, 251, 1_000, 6_000, 61_000) }),
  weighed(2, 'fail', { at: fc.constantFrom('begin', 'works', 'rows', null, null) }),
  weighed(1, 'unreadable', { is: fc.boolean() }),
  weighed(2, 'latency', { ms: fc.constantFrom(0, 0, 1, 5, 40) }),
  weighed(2, 'pause', { key: fc.constantFrom(...keys) }),
  weighed(2, 'resume'),
  weighed(1, 'change', { concurrency: fc.integer({ min: 1, max: 5 }) }),
  weighed(2, 'remove'),
  weighed(3, 'return'),
  weighed(2, 'crash'),
  weighed(1, 'close', { graceMs: fc.constantFrom(0, 10, 8_000) }),
)
const behaviours: fc.Arbitrary<Behaviour[]> = fc.array(
  fc.constantFrom('does', 'does', 'does', 'does', 'fails', 'refuses', 'hangs', 'takes 300 ms'),
  { minLength: 1, maxLength: 12 },
)

async function live(
  disk: Store<undefined>,
  retentionBytes: number,
  steps: readonly Step[],
  script: readonly Behaviour[],
) {
  const clock = handClock()
  const now = () => clock.now().getTime()
  const book = ledger({
    laneOf: (target, text) => (ordered.has(target) ? laneIn(JSON.parse(text)) : null),
    mayDrop: (target) => target === guest,
  })
  const observed: Store<undefined> = {
    ...disk,
    async commit(works, rows) {
      let abandoned: readonly string[] = []
      await disk.commit(works, () => {
        const written = rows()
        book.written(written)
        ;({ abandoned } = written)
        return written
      })
      for (const key of abandoned)
        book.abandoned(key, await disk.due(key, Number.MAX_SAFE_INTEGER, 1e9, 1e12, nothing))
    },
    close: async () => {},
  }
  const broken: unknown[] = []
  const acknowledged: number[] = []
  const refused: number[] = []
  const paused = new Set<string>()
  let orders = 0
  let calls = 0
  let quiet = false
  let isGuestThere = true
  /** From this order on the guest is owed every one that was acknowledged. */
  let guestSince = 1
  let store = steeredStore(clock, observed)
  let toldToPause: typeof store | null = null
  let running = await start()

  function fault(error: unknown): void {
    if (error instanceof assert.AssertionError) broken.push(error)
  }

  async function act(behaviour: Behaviour): Promise<void> {
    if (behaviour === 'fails') throw new Error('The lorry is broken')
    if (behaviour === 'refuses') throw new DeliveryRefused('No such street')
    if (behaviour === 'hangs') await hangs()
    if (behaviour === 'takes 300 ms') await new Promise<void>((go) => clock.after(300, go))
  }
  const nextBehaviour = () => (quiet ? 'does' : (script[calls++ % script.length] ?? 'does'))

  /** A target of the process that runs now, which is held to all that it says of itself. */
  function target(key: string, fields: Partial<Target> = {}): Target {
    const process = store
    const underWay = new Map<number, AbortSignal>()
    const begun: number[] = []

    function idOf({ event }: Invocation): number {
      const [bus] = key.split('/')
      for (const { id, text, bus: on } of book.stored.values())
        if (on === bus && orderIn(JSON.parse(text)) === orderIn(event)) return id
      throw new Error(`${key} was given what was never stored`)
    }

    function begin(invocation: Invocation) {
      const delivery = { target: key, event: idOf(invocation), item: '' }
      book.attempted(delivery)
      assert.ok(toldToPause !== store || !paused.has(key), `${key} is paused and called`)
      assert.ok(underWay.get(delivery.event)?.aborted ?? true, `twice at a time for ${key}`)
      underWay.set(delivery.event, invocation.signal)
      const lanes = [...underWay].flatMap(([id, { aborted }]) =>
        aborted ? [] : laneIn(JSON.parse(book.stored.get(id)?.text ?? '')),
      )
      if (ordered.has(key)) assert.equal(new Set(lanes).size, lanes.length, `a lane of ${key}`)
      return delivery
    }

    async function attempt(invocation: Invocation): Promise<void> {
      const delivery = begin(invocation)
      try {
        await act(nextBehaviour())
        if (process === store) book.succeeded(delivery)
      } finally {
        if (underWay.get(delivery.event) === invocation.signal) underWay.delete(delivery.event)
      }
    }

    function noteRate(): void {
      begun.push(now())
      const recent = begun.filter((at) => at > now() - 1_000).length
      const most = perSecond + perSecond / 10
      if (fields.ratePerSecond) assert.ok(recent <= most, `${recent} in a second for ${key}`)
    }

    return {
      id: key.split('/')[2] ?? '',
      retryPolicy: few,
      timeoutMs: 5_000,
      concurrency: 3,
      ...(ordered.has(key) && { orderBy: laneIn }),
      ...fields,
      async invoke(invocation) {
        if (process !== store) return hangs() // its process is dead
        try {
          noteRate()
          await attempt(invocation)
          return undefined
        } catch (error) {
          fault(error)
          throw error
        }
      },
      ...(fields.batch && {
        batch: {
          ...fields.batch,
          async invoke(invocations: readonly Invocation[]) {
            if (process !== store) return hangs()
            const failures = new Map<number, unknown>()
            const ended = await Promise.allSettled(invocations.map(attempt))
            for (const [at, end] of ended.entries())
              if (end.status === 'rejected') {
                fault(end.reason)
                failures.set(at, end.reason)
              }
            return failures
          },
        },
      }),
    }
  }

  function guestTarget(concurrency = 2): Target {
    return target(guest, { concurrency, retryPolicy: many })
  }

  async function start(): Promise<StartedEngine> {
    const batch = { size: 4, windowMs: 20, invoke: hangs }
    const started = await anEngine({
      ...{ clock, store, retentionBytes, random: () => (calls % 5) / 4 },
      rules: [
        aRule({
          targets: [
            target(queue),
            target(batched, { batch, retryPolicy: many }),
            target(rated, { ratePerSecond: perSecond, concurrency: 10, retryPolicy: many }),
            { ...target('orders/placed/pass'), forwardTo: 'second' },
          ],
        }),
        aRule({
          bus: 'second',
          targets: [target(far), { ...target('second/placed/on'), forwardTo: 'third' }],
        }),
        ...(isGuestThere ? [aRule({ name: 'visit', targets: [guestTarget()] })] : []),
      ],
    })
    started.engine.inside.pauses((key) => paused.has(key))
    toldToPause = store
    if (!isGuestThere) abandon(started)
    return started
  }

  /** As whoever removes targets does it: until nothing of the guest is left. */
  function abandon({ engine: { inside } }: StartedEngine, ended = Promise.resolve()): void {
    const process = store
    const isLeft = () => !isGuestThere && process === store
    async function empty(): Promise<void> {
      while (isLeft() && (await disk.waits(guest)))
        await inside.write(() => (isLeft() ? { abandoned: [guest] } : {}))
    }
    const again = (): void => {
      if (isLeft()) empty().catch(() => clock.after(1_000, again))
    }
    again()
    void ended.then(again)
  }

  function remove(): void {
    if (!isGuestThere) return
    isGuestThere = false
    running.engine.inside.routing.delete('orders', 'visit')
    abandon(running, running.engine.inside.disconnect(guest))
  }

  function comeBack(): void {
    if (isGuestThere) return
    isGuestThere = true
    guestSince = orders + 1
    running.engine.inside.connect(guest, guestTarget())
    running.engine.inside.routing.set('orders', 'visit', all, [guest])
  }

  async function restart(): Promise<void> {
    store.kill()
    store = steeredStore(clock, observed)
    running = await start()
  }

  async function take(step: Step): Promise<void> {
    const { inside } = running.engine
    switch (step.do) {
      case 'put': {
        const mine = Array.from({ length: step.count }, () => ++orders)
        const entries = mine.map((order) =>
          anEntry({ Detail: JSON.stringify({ order, lane: `${order % 3}` }) }),
        )
        running.engine.putEvents('orders', entries).then(
          () => acknowledged.push(...mine),
          // A commit that does not end, as in a process that is dead, is told not to be known.
          ({ mayBeStored }: { mayBeStored?: boolean }) => mayBeStored || refused.push(...mine),
        )
        return clock.turn()
      }
      case 'move':
        return clock.move(step.ms)
      case 'fail':
        return void Object.assign(store, { failsAt: step.at })
      case 'unreadable':
        return void Object.assign(store, { unreadable: step.is })
      case 'latency':
        return void Object.assign(store, { latencyMs: step.ms })
      case 'pause':
        paused.add(step.key)
        return inside.pauses((key) => paused.has(key))
      case 'resume':
        paused.clear()
        return inside.pauses(() => false)
      case 'change':
        if (isGuestThere) inside.connect(guest, guestTarget(step.concurrency))
        return
      case 'remove':
        return remove()
      case 'return':
        return comeBack()
      case 'crash':
        return restart()
      case 'close': {
        let closed = false
        void running.engine.close(step.graceMs).then(() => {
          closed = true
        })
        await clock.move(step.graceMs + 100)
        assert.ok(closed, `not closed within ${step.graceMs} ms`)
        return restart()
      }
    }
  }

  for (const step of steps) await take(step)
  quiet = true
  Object.assign(store, { failsAt: null, unreadable: false, latencyMs: 0 })
  paused.clear()
  running.engine.inside.pauses(() => false)
  await clock.move(26 * hour)
  let settled = false
  void running.engine.settled().then(() => {
    settled = true
  })
  await clock.move(10)

  if (broken.length > 0) throw broken[0]
  assert.ok(settled, 'it is settled when nothing is owed')
  return { book, acknowledged, refused, isGuestThere, guestSince }
}

function assertAllDone({
  book,
  acknowledged,
  refused,
  isGuestThere,
  guestSince,
}: Awaited<ReturnType<typeof live>>): void {
  assert.deepEqual([...book.owed.keys()], [], 'nothing is owed any more')
  const ids = new Map<string, number>()
  for (const [id, { bus, text }] of book.stored) {
    const name = `${bus} ${orderIn(JSON.parse(text))}`
    assert.ok(!ids.has(name), `${name} is stored twice`)
    ids.set(name, id)
  }
  for (const order of refused) assert.ok(!ids.has(`orders ${order}`), `${order} was refused`)
  const ended = (target: string, order: number, item = '') => {
    const id = ids.get(`${target.split('/')[0]} ${order}`)
    assert.ok(id !== undefined, `${order} was acknowledged and is not stored for ${target}`)
    const name = `${target} ${id} ${item}`
    assert.ok(book.done.has(name) || book.dead.has(name), `${name} was lost`)
  }
  for (const order of acknowledged) {
    for (const key of [queue, batched, rated, far]) ended(key, order)
    ended('second/placed/on', order, hoppedItem)
    if (isGuestThere && order >= guestSince) ended(guest, order)
  }
}

describe('whatever happens to targets, their lanes keep their order, and all that is owed is delivered or a dead letter', () => {
  const lives = (numRuns: number, makeDisk: () => Store<undefined>) =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(4_000, Number.POSITIVE_INFINITY),
        fc.array(step, { minLength: 1, maxLength: 40 }),
        behaviours,
        async (bytes, steps, script) => assertAllDone(await live(makeDisk(), bytes, steps, script)),
      ),
      { numRuns, interruptAfterTimeLimit: 30_000, markInterruptAsFailure: true },
    )

  test('in memory', () => lives(40, memoryStore))

  test('in SQLite', () =>
    lives(25, () => sqliteStore(openDatabase(':memory:')) as unknown as Store<undefined>))
})
