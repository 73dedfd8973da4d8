/** A target that keeps an order: within a lane one after the other, wherever the next one waits. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import { openDatabase } from '../adapters/sqlite/database.ts'
import { sqliteStore } from '../adapters/sqlite/store.ts'
import type { EventBridgeEvent } from '../event.ts'
import type { Store } from '../ports.ts'
import type { Target } from '../target.ts'
import {
  anEngine,
  anEntry,
  aWaitingDelivery,
  done,
  fails,
  type HandClock,
  handClock,
  hangs,
  type RecordingTarget,
  recordingTarget,
  someRows,
  steeredStore,
} from '../testing.ts'

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)
const laneOf = ({ detail }: EventBridgeEvent) => (detail as { readonly lane: string }).lane
const orderOf = ({ detail }: EventBridgeEvent) => (detail as { readonly order: number }).order

const inLanes = (clock: HandClock, fields: Parameters<typeof recordingTarget>[1] = {}) =>
  recordingTarget(clock, { orderBy: laneOf, ...fields })
const ordersOf = (target: RecordingTarget, lane: string) =>
  target.invocations
    .filter(({ event }) => laneOf(event) === lane)
    .map(({ event }) => orderOf(event))

async function aBus(targets: readonly Target[], clock: HandClock, disk?: Store<undefined>) {
  const bus = await anEngine({
    ...{ clock, targets },
    ...(disk && { store: steeredStore(clock, disk) }),
  })
  return {
    ...bus,
    /** Puts these orders in a lane, in one call. */
    async lane(lane: string, ...orders: readonly number[]) {
      const entries = orders.map((order) => anEntry({ Detail: JSON.stringify({ order, lane }) }))
      await bus.engine.putEvents('orders', entries)
      await clock.turn()
    },
  }
}

for (const [where, makeDisk] of [
  ['in memory', memoryStore],
  ['in SQLite', () => sqliteStore(openDatabase(':memory:')) as unknown as Store<undefined>],
] as const)
  describe(`deliveries of one lane, ${where},`, () => {
    test('are made in their order when most of them have no place in memory', async () => {
      const clock = handClock()
      const gate = Promise.withResolvers<undefined>()
      const ship = inLanes(clock, { answer: () => gate.promise, timeoutMs: 3_600_000 })
      const { lane, counts } = await aBus([ship], clock, makeDisk())
      for (const first of numbers(0, 13))
        await lane('a', ...numbers(first * 100, first * 100 + 100))
      assert.deepEqual(ship.orders, [0])

      gate.resolve(undefined)
      await clock.move(60_000)

      assert.deepEqual(ship.orders, numbers(0, 1_300))
      assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
    })

    test('wait for one that fails, and those that come meanwhile wait behind them', async () => {
      const clock = handClock()
      const ship = inLanes(clock, { answer: fails })
      const { lane, counts } = await aBus([ship], clock, makeDisk())
      await lane('a', 1, 2, 3)
      await clock.move(500)
      const gate = Promise.withResolvers<undefined>()
      ship.answer = () => gate.promise
      await clock.move(600) // 1 is under way again, 2 and 3 wait for it on disk

      await lane('a', 4)
      ship.answer = done
      gate.resolve(undefined)
      await clock.move(10_000)

      assert.deepEqual(ship.orders, [1, 1, 2, 3, 4])
      assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
    })

    test('go on when the one before them is dead', async () => {
      const clock = handClock()
      const retryPolicy = { maximumRetryAttempts: 1, maximumEventAgeInSeconds: 86_400 }
      const ship = inLanes(clock, {
        retryPolicy,
        answer: ({ event }) => (orderOf(event) === 1 ? fails() : done()),
      })
      const { lane, counts } = await aBus([ship], clock, makeDisk())
      await lane('a', 1, 2, 3)
      await clock.move(500)
      await lane('a', 4)

      await clock.move(10_000)

      assert.deepEqual(ship.orders, [1, 1, 2, 3, 4])
      assert.deepEqual(await counts(), { waiting: 0, dead: 1 })
    })

    test('stay in order over processes that die one after the other', async () => {
      const clock = handClock()
      const disk = makeDisk()
      let store = steeredStore(clock, disk)
      const put: number[] = []
      for (const start of numbers(0, 5)) {
        store.kill()
        store = steeredStore(clock, disk)
        const ship = inLanes(clock, { answer: start % 2 ? hangs : fails })
        const { lane } = await aBus([ship], clock, store)
        for (const order of numbers(start * 10, start * 10 + 10)) {
          put.push(order)
          await lane('a', order)
          await clock.move(70)
        }
      }
      store.kill()

      const last = inLanes(clock)
      await aBus([last], clock, disk)
      await clock.move(120_000)

      assert.deepEqual(last.orders, put)
    })
  })

describe('a lane', () => {
  test('that is held up holds up no other', async () => {
    const clock = handClock()
    const ship = inLanes(clock, {
      answer: ({ event }) => (laneOf(event) === 'a' ? fails() : done()),
    })
    const { lane } = await aBus([ship], clock)
    await lane('a', 1, 2)
    await clock.move(100)

    await lane('b', 3, 4)
    await clock.move(100)

    assert.deepEqual(ordersOf(ship, 'b'), [3, 4])
    assert.deepEqual(ordersOf(ship, 'a'), [1])
  })

  test('of which a thousand wait leaves room for the others', async () => {
    const clock = handClock()
    const ship = inLanes(clock, {
      answer: () => new Promise((end) => clock.after(1_000, () => end(undefined))),
    })
    const { lane, counts } = await aBus([ship], clock)
    await lane('a', ...numbers(0, 1_500))

    await lane('b', 5_000)
    await clock.move(1_500)
    assert.deepEqual(ordersOf(ship, 'b'), [5_000])
    await clock.move(2_000_000)

    assert.deepEqual(ordersOf(ship, 'a'), numbers(0, 1_500))
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('is not passed by one of it that stood in line further behind when its first failed', async () => {
    const clock = handClock()
    const gate = Promise.withResolvers<undefined>()
    const ship = inLanes(clock, {
      concurrency: 2,
      answer: ({ event }) => (laneOf(event) === 'a' ? fails() : gate.promise),
    })
    const { engine } = await aBus([ship], clock)
    const put = (order: number, lane: string) =>
      anEntry({ Detail: JSON.stringify({ order, lane }) })
    await engine.putEvents('orders', [put(0, 'b'), put(1, 'a'), put(2, 'c'), put(3, 'a')])
    await clock.turn() // 1 has failed, and 3 was not looked at when that came to the disk
    gate.resolve(undefined)
    await clock.move(900)

    assert.deepEqual(ship.orders, [0, 1, 2])
  })

  test('has its deliveries made one at a time, however many the target takes', async () => {
    const clock = handClock()
    const ship = inLanes(clock, { concurrency: 100, answer: hangs })
    const { lane } = await aBus([ship], clock)

    await lane('a', 1, 2, 3)
    await lane('b', 4, 5)

    assert.deepEqual(ship.orders, [1, 4])
  })

  test('is shared by all events that have no key', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, {
      answer: hangs,
      orderBy: ({ detail }) => (detail as { key: { id: string } }).key.id,
    })
    const { put } = await aBus([ship], clock)

    await put(1, 2)

    assert.deepEqual(ship.orders, [1])
  })

  test('keeps its order when the store is slow and events come while it is read', async () => {
    const clock = handClock()
    const ship = inLanes(clock, { answer: fails })
    const { lane, store } = await aBus([ship], clock)
    await lane('a', 1, 2)
    await clock.move(500)
    ship.answer = done
    store.latencyMs = 7
    for (const order of numbers(3, 150)) {
      void lane('a', order)
      await clock.move(11)
    }

    await clock.move(60_000)

    assert.deepEqual(ship.orders, [1, ...numbers(1, 150)])
  })

  for (const gapMs of [0, 4, 9])
    test(`goes on when its first is done while a slow store is read, and the next came ${gapMs} ms later`, async () => {
      const clock = handClock()
      const ship = inLanes(clock)
      const { lane, store, engine } = await aBus([ship], clock)
      store.latencyMs = 5
      engine.inside.pauses(() => true)
      engine.inside.pauses(() => false) // from which on it reads

      void lane('a', 1)
      await clock.move(gapMs)
      void lane('a', 2)
      await clock.move(1_000)

      assert.deepEqual(ship.orders, [1, 2])
    })

  test('is not passed by one that was just read when its first failed', async () => {
    const clock = handClock()
    const disk = memoryStore()
    const due: typeof disk.due = async (...asked) => {
      const rows = await disk.due(...asked)
      await new Promise<void>((go) => clock.after(50, go))
      return rows
    }
    const gate = Promise.withResolvers<never>()
    const ship = inLanes(clock, { answer: () => gate.promise })
    const { lane } = await aBus([ship], clock, { ...disk, due })
    await clock.move(100)
    await lane('a', ...numbers(0, 100)) // no more of a lane have a place in memory
    await lane('a', ...numbers(100, 110)) // the first of these is being read

    ship.answer = done
    gate.reject(new Error('The lorry is broken'))
    await clock.move(100_000)

    assert.deepEqual(ship.orders, [0, ...numbers(0, 110)])
  })

  test('is not passed by one that is read while the commit that stored both is under way', async () => {
    const clock = handClock()
    const ship = inLanes(clock)
    const { lane, store, engine } = await aBus([ship], clock)
    store.latencyMs = 5
    void lane('a', ...numbers(0, 150)) // a hundred of them have a place in memory, from when that has ended
    await clock.turn()

    store.latencyMs = 0
    engine.inside.pauses(() => true)
    engine.inside.pauses(() => false) // from which on it reads
    await clock.move(10_000)

    assert.deepEqual(ship.orders, numbers(0, 150))
  })

  test('goes on in its order when a target that keeps none takes over', async () => {
    const clock = handClock()
    const ship = inLanes(clock, { answer: fails })
    const { lane, engine, counts } = await aBus([ship], clock)
    await lane('a', 1, 2, 3)
    await clock.move(500)
    const next = recordingTarget(clock)

    engine.inside.connect('orders/placed/ship', next)
    await clock.move(10_000)

    assert.deepEqual(next.orders, [1, 2, 3])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('that is redriven makes way for what is older', async () => {
    const clock = handClock()
    const disk = memoryStore()
    const row = (event: number) => aWaitingDelivery({ event, due: 0, lane: 'a' })
    const texts = [1, 2].map((id) => ({
      ...{ id, bus: 'orders' },
      text: JSON.stringify({ detail: { order: id, lane: 'a' } }),
    }))
    await disk.commit([], () => someRows({ events: texts, deliveries: [row(2), row(1)] }))
    const ship = inLanes(clock)

    await aBus([ship], clock, disk)
    await clock.move(100)

    assert.deepEqual(ship.orders, [1, 2])
  })
})
