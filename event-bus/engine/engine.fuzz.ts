/**
 * Random lives of a bus: puts, targets that fail, refuse, hang or put events themselves, disks that
 * are full or cannot be read, crashes in any order. A ledger outside of it watches every commit and
 * every call, and knows at any moment what is owed; in the end nothing may be.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { memoryStore } from '../adapters/memory/store.ts'
import { openDatabase } from '../adapters/sqlite/database.ts'
import { sqliteStore } from '../adapters/sqlite/store.ts'
import { DeliveryRefused } from '../errors.ts'
import type { Store } from '../ports.ts'
import type { FanOut, Invocation, Target } from '../target.ts'
import { ledger, nameOf } from '../testing/ledger.ts'
import {
  anEngine,
  anEntry,
  aRule,
  type FailurePoint,
  handClock,
  hangs,
  type StartedEngine,
  steeredStore,
} from '../testing.ts'
import { idOf, suffixOf } from './event-id.ts'

const hour = 3_600_000

type Behaviour = 'does' | 'fails' | 'refuses' | 'hangs' | 'takes 300 ms' | 'puts'
type Step =
  | { readonly do: 'put'; readonly count: number }
  | { readonly do: 'haul'; readonly count: number }
  | { readonly do: 'work'; readonly throws: boolean }
  | { readonly do: 'move'; readonly ms: number }
  | { readonly do: 'fail'; readonly at: FailurePoint | null }
  | { readonly do: 'unreadable'; readonly is: boolean }
  | { readonly do: 'latency'; readonly ms: number }
  | { readonly do: 'crash' }
  | { readonly do: 'close'; readonly graceMs: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('put' as const), count: fc.constant(700) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('work' as const), throws: fc.boolean() }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      ms: fc.constantFrom(0, 1, 3, 4, 7, 30, 251, 1_000, 6_000, 61_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      at: fc.constantFrom('begin' as const, 'works' as const, 'rows' as const, null, null),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unreadable' as const), is: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('latency' as const),
      ms: fc.constantFrom(0, 0, 1, 5, 40),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'crash' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('close' as const),
      graceMs: fc.constantFrom(0, 10, 8_000),
    }),
  },
)
const behaviours: fc.Arbitrary<Behaviour[]> = fc.array(
  fc.constantFrom('does', 'does', 'does', 'fails', 'refuses', 'hangs', 'takes 300 ms', 'puts'),
  { minLength: 1, maxLength: 12 },
)

/** Each letter that `news` goes on to, three in a part. */
const readers = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
function fanOut(progress = '0'): FanOut {
  const from = Number(progress)
  const part = readers.slice(from, from + 3)
  const deliveries = part.map((item) => ({ target: 'news/letter', item }))
  return from + 3 < readers.length ? { deliveries, progress: String(from + 3) } : { deliveries }
}

async function live(disk: Store<undefined>, steps: readonly Step[], script: readonly Behaviour[]) {
  const clock = handClock()
  const kept = ledger()
  const observed: Store<undefined> = {
    ...disk,
    commit: (works, rows) =>
      disk.commit(works, () => {
        const written = rows()
        kept.written(written)
        return written
      }),
    close: async () => {},
  }
  const broken: unknown[] = []
  const acknowledged: number[] = []
  const refused: number[] = []
  const hauls = new Set<number>()
  let orders = 0
  let calls = 0
  let quiet = false
  let store = steeredStore(clock, observed)
  let running = await start()

  async function act(behaviour: Behaviour, { engine }: StartedEngine): Promise<void> {
    if (behaviour === 'fails') throw new Error('The lorry is broken')
    if (behaviour === 'refuses') throw new DeliveryRefused('No such street')
    if (behaviour === 'hangs') await hangs()
    if (behaviour === 'takes 300 ms') await new Promise<void>((go) => clock.after(300, go))
    if (behaviour === 'puts') await engine.putEvents('echo', [anEntry({ Detail: '{"order":0}' })])
  }

  function target(id: string, key: string, limits: Partial<Target>): Target {
    const process = store
    const underWay = new Map<string, AbortSignal>()
    async function invoke({ event, item, progress, signal }: Invocation) {
      if (process !== store) return hangs() // its process is dead
      const number = idOf(event.id, suffixOf(disk.secret))
      const delivery = { target: key, event: number ?? -1, item }
      const name = nameOf(delivery)
      kept.attempted(delivery)
      assert.ok(underWay.get(name)?.aborted ?? true, `${name} is delivered twice at a time`)
      underWay.set(name, signal)
      const atOnce = [...underWay.values()].filter(({ aborted }) => !aborted).length
      assert.ok(atOnce <= (limits.concurrency ?? 1), `${atOnce} at once for ${key}`)
      try {
        const behaviour = script[calls++ % script.length] ?? 'does'
        // What hears of an echo puts none, or there would be no end of them.
        const idle = quiet || (id === 'hear' && behaviour === 'puts')
        await act(idle ? 'does' : behaviour, running)
        if (process === store) kept.succeeded(delivery)
        return id === 'news' ? fanOut(progress) : undefined
      } finally {
        underWay.delete(name)
      }
    }
    return {
      id,
      retryPolicy: { maximumRetryAttempts: 185, maximumEventAgeInSeconds: 86_400 },
      timeoutMs: 5_000,
      concurrency: 1,
      ...limits,
      invoke: (invocation) =>
        invoke(invocation).catch((error: unknown) => {
          if (error instanceof assert.AssertionError) broken.push(error)
          throw error
        }),
    }
  }

  function start(): Promise<StartedEngine> {
    const few = { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 86_400 }
    return anEngine({
      clock,
      store,
      random: () => (calls % 5) / 4,
      rules: [
        aRule({
          targets: [
            target('ship', 'orders/placed/ship', { concurrency: 2 }),
            target('bill', 'orders/placed/bill', { concurrency: 50, retryPolicy: few }),
            target('news', 'orders/placed/news', { concurrency: 3 }),
          ],
        }),
        aRule({ bus: 'bulk', targets: [target('haul', 'bulk/placed/haul', { concurrency: 200 })] }),
        aRule({ bus: 'echo', targets: [target('hear', 'echo/placed/hear', { concurrency: 5 })] }),
      ],
      fanOutTargets: new Map([
        ['news/letter', target('letter', 'news/letter', { concurrency: 20, retryPolicy: few })],
      ]),
      pipes: new Map([['orders.outbox', 'orders']]),
    })
  }

  async function restart(): Promise<void> {
    store.kill()
    store = steeredStore(clock, observed)
    running = await start()
  }

  function account(mine: readonly number[], call: Promise<unknown>): void {
    call.then(
      () => acknowledged.push(...mine),
      // A commit that does not end, as in a process that is dead, is told not to be known.
      ({ mayBeStored }: { mayBeStored?: boolean }) => mayBeStored || refused.push(...mine),
    )
  }

  async function take(step: Step): Promise<void> {
    switch (step.do) {
      case 'put': {
        const mine = Array.from({ length: step.count }, () => ++orders)
        return account(mine, running.put(...mine))
      }
      case 'haul': {
        const mine = Array.from({ length: step.count }, () => ++orders)
        const entries = mine.map((order) => anEntry({ Detail: `{"order":${order}}` }))
        for (const order of mine) hauls.add(order)
        return account(mine, running.engine.putEvents('bulk', entries))
      }
      case 'work': {
        const order = ++orders
        const work = running.engine.transact((_tx, append) => {
          append('orders.outbox', anEntry({ Detail: `{"order":${order}}` }))
          if (step.throws) throw new Error('There is one already')
        })
        return account([order], work)
      }
      case 'move':
        return clock.move(step.ms)
      case 'fail':
        store.failsAt = step.at
        return
      case 'unreadable':
        store.unreadable = step.is
        return
      case 'latency':
        store.latencyMs = step.ms
        return
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
  await clock.move(26 * hour)

  if (broken.length > 0) throw broken[0]
  return { kept, acknowledged, refused, hauls }
}

function assertAllDone({
  kept,
  acknowledged,
  refused,
  hauls,
}: Awaited<ReturnType<typeof live>>): void {
  assert.deepEqual([...kept.owed.keys()], [], 'nothing is owed any more')
  const ids = new Map<number, number>()
  for (const [id, { text }] of kept.stored) ids.set(JSON.parse(text).detail.order, id)
  for (const order of refused) assert.ok(!ids.has(order), `${order} was refused and stored`)
  const ended = (target: string, event: number, item = '') => {
    const name = nameOf({ target, event, item })
    assert.ok(kept.done.has(name) || kept.dead.has(name), `${name} was lost`)
    return kept.done.has(name)
  }
  for (const order of acknowledged) {
    const event = ids.get(order)
    assert.ok(event !== undefined, `${order} was acknowledged and is not stored`)
    if (hauls.has(order)) {
      ended('bulk/placed/haul', event)
      continue
    }
    ended('orders/placed/ship', event)
    ended('orders/placed/bill', event)
    if (ended('orders/placed/news', event))
      for (const item of readers) ended('news/letter', event, item)
  }
}

describe('whatever happens, all that was acknowledged is delivered or a dead letter, and once settled stays so', () => {
  const lives = (numRuns: number, makeDisk: () => Store<undefined>) =>
    fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 40 }),
        behaviours,
        async (steps, script) => assertAllDone(await live(makeDisk(), steps, script)),
      ),
      { numRuns, interruptAfterTimeLimit: 30_000, markInterruptAsFailure: true },
    )

  test('in memory', () => lives(25, memoryStore))

  test('in SQLite', () =>
    lives(15, () => sqliteStore(openDatabase(':memory:')) as unknown as Store<undefined>))
})
