/** A target that is slower than its events: where they wait, in what order, and at what price. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import {
  anEngine,
  aWaitingDelivery,
  done,
  handClock,
  hangs,
  type RecordingTarget,
  recordingTarget,
  someRows,
  steeredStore,
} from '../testing.ts'

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)

/** A target that holds whatever it is given until `free` lets so many go. */
function gated(
  clock: ReturnType<typeof handClock>,
  concurrency = 1,
): RecordingTarget & {
  free(count: number): Promise<void>
} {
  const held: (() => void)[] = []
  const target = recordingTarget(clock, {
    concurrency,
    timeoutMs: 3_600_000,
    answer: () => new Promise((resolve) => held.push(() => resolve(undefined))),
  })
  return Object.assign(target, {
    async free(count: number) {
      for (let freed = 0; freed < count; freed++) {
        held.shift()?.()
        if (held.length === 0) await clock.turn()
      }
      await clock.move(10)
    },
  })
}

describe('deliveries that wait for a target', () => {
  test('are kept on disk from the 1,001st on, and come in order when it is their turn', async () => {
    const clock = handClock()
    const ship = gated(clock)
    const { put, store, counts } = await anEngine({ clock, targets: [ship] })

    for (let first = 0; first < 3_000; first += 100) await put(...numbers(first, first + 100))

    const planned = store.commits.filter(({ plans }) => plans.some(({ text }) => text !== null))
    assert.equal(planned.length, 10)
    assert.deepEqual(await counts(), { waiting: 2_000, dead: 0 })
    assert.equal(ship.invocations.length, 1)

    await ship.free(1)
    ship.answer = done
    await ship.free(1)
    await clock.move(1_000)

    assert.equal(ship.orders.join(), numbers(0, 3_000).join())
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('never stand in memory in greater number than 1,000: the store is asked again for every 200', async () => {
    const clock = handClock()
    const ship = gated(clock, 200)
    const inner = memoryStore()
    let reads = 0
    const counted = {
      ...inner,
      due: (...asked: Parameters<typeof inner.due>) => {
        reads++
        return inner.due(...asked)
      },
    }
    const { put } = await anEngine({
      clock,
      store: steeredStore(clock, counted),
      targets: [ship],
    })
    await put(...numbers(0, 3_000))
    const before = reads

    await ship.free(199)
    assert.equal(reads - before, 0)
    await ship.free(1)
    assert.equal(reads - before, 1)
    await ship.free(200)
    assert.equal(reads - before, 2)
    await ship.free(200)
    assert.equal(reads - before, 3)
  })

  test('make no other target wait', async () => {
    const clock = handClock()
    const start = clock.now().getTime()
    const ship = recordingTarget(clock, { answer: hangs, concurrency: 1, timeoutMs: 3_600_000 })
    const bill = recordingTarget(clock, { id: 'bill' })
    const { put, store } = await anEngine({ clock, targets: [ship, bill] })

    for (let first = 0; first < 2_000; first += 100) await put(...numbers(first, first + 100))
    await clock.turn()

    assert.equal(bill.orders.join(), numbers(0, 2_000).join())
    assert.ok(bill.invocations.every(({ at }) => at === start))
    assert.ok(
      store.commits.every(({ deliveries }) =>
        deliveries.every(({ target }) => target === 'orders/placed/ship'),
      ),
    )
  })

  test('do not overtake those on disk, nor are overtaken by new ones', async () => {
    const clock = handClock()
    const ship = gated(clock)
    const { put } = await anEngine({ clock, targets: [ship] })
    await put(...numbers(0, 1_100))
    await ship.free(50) // there is room in memory, but 100 stand before them

    await put(...numbers(1_100, 1_200))
    ship.answer = done
    await ship.free(1)
    await clock.move(1_000)

    assert.equal(ship.orders.join(), numbers(0, 1_200).join())
  })
})

describe('a plan that is not fulfilled within 250 ms', () => {
  test('is exchanged for rows of what it still owes, with the next commit that changes it', async () => {
    const clock = handClock()
    const ship = gated(clock)
    const { put, store, counts } = await anEngine({ clock, targets: [ship] })
    await put(1, 2, 3)
    await clock.move(251)

    await ship.free(1)

    const written = store.commits.at(-1)
    assert.deepEqual(
      written?.plans.map(({ text }) => text),
      [null],
    )
    assert.equal(written.inHand.length, 2)
    assert.deepEqual(await counts(), { waiting: 2, dead: 0 })
  })

  test('is rewritten, and given no rows, before that', async () => {
    const clock = handClock()
    const ship = gated(clock)
    const { put, store } = await anEngine({ clock, targets: [ship] })
    await put(1, 2, 3)

    await ship.free(1)

    const written = store.commits.at(-1)
    assert.equal(written?.plans.length, 1)
    assert.match(written.plans[0]?.text ?? '', /"orders\/placed\/ship"/)
    assert.deepEqual([written.deliveries, written.inHand, written.finished], [[], [], []])
  })

  test('has its rows taken away as they are done, and none is delivered twice', async () => {
    const clock = handClock()
    const ship = gated(clock)
    const { put, counts } = await anEngine({ clock, targets: [ship] })
    await put(1, 2, 3)
    await clock.move(251)

    for (let freed = 0; freed < 3; freed++) await ship.free(1)
    await clock.move(100_000)

    assert.deepEqual(ship.orders, [1, 2, 3])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('is still one when the commit that was to exchange it fails', async () => {
    const clock = handClock()
    const ship = gated(clock)
    const inner = memoryStore()
    const store = steeredStore(clock, inner)
    const { put } = await anEngine({ clock, store, targets: [ship] })
    await put(1, 2, 3)
    await clock.move(251)
    store.failsAt = 'rows'
    await ship.free(1)
    assert.equal((await inner.recover()).plans.length, 1)
    store.failsAt = null

    await ship.free(2)
    await clock.move(10_000)

    assert.deepEqual(ship.orders, [1, 2, 3])
    assert.deepEqual((await inner.recover()).plans, [])
    assert.deepEqual(
      await inner.due('orders/placed/ship', Number.MAX_SAFE_INTEGER, 10, 1_000_000, new Set()),
      [],
    )
  })

  test('does not forget that a delivery has failed which it was to give a row just then', async () => {
    const clock = handClock()
    const answers: PromiseWithResolvers<undefined>[] = []
    const ship = recordingTarget(clock, {
      answer() {
        const answer = Promise.withResolvers<undefined>()
        answers.push(answer)
        return answer.promise
      },
    })
    const { put, store, engine } = await anEngine({ clock, targets: [ship] })
    await put(1, 2)
    await clock.move(251)

    store.failsAt = 'rows'
    answers[0]?.resolve(undefined)
    await clock.move(10) // the commit that was to write a row for 2 has failed
    answers[1]?.reject(new Error('The lorry is broken'))
    await clock.move(10)
    store.failsAt = null
    await clock.move(986) // the disk is asked once a second, and 2 is not due before that

    const { waiting } = await engine.status()
    assert.deepEqual(
      waiting.map(({ attempts, error }) => [attempts, error]),
      [[1, 'The lorry is broken']],
    )
  })
})

describe('deliveries that bring a text of their own', () => {
  const own = (order: number, length = 0) =>
    JSON.stringify({ detail: { order }, 'replay-name': 'r'.repeat(length) })

  test('are all read, however large these are', async () => {
    const clock = handClock()
    const disk = memoryStore()
    const ship = recordingTarget(clock)
    const deliveries = numbers(0, 60).map((order) =>
      aWaitingDelivery({ item: `${order}`, due: 0, ownText: own(order, 250_000) }),
    )
    await disk.commit([], () => someRows({ deliveries }))

    const { engine } = await anEngine({ clock, store: steeredStore(clock, disk), targets: [ship] })
    await clock.move(1_000)

    assert.deepEqual(ship.orders.toSorted(), numbers(0, 60).toSorted())
    await engine.settled()
  })

  test('keep it from one part of a fan-out to the next', async () => {
    const clock = handClock()
    const disk = memoryStore()
    const since = clock.now().getTime()
    const news = recordingTarget(clock, {
      answer: async ({ progress }) =>
        progress === undefined ? { deliveries: [], progress: '1' } : { deliveries: [] },
    })
    const row = aWaitingDelivery({ due: 0, ownText: own(7), since })
    await disk.commit([], () => someRows({ deliveries: [row] }))

    const { engine, counts } = await anEngine({
      ...{ clock, store: steeredStore(clock, disk), targets: [news] },
    })
    await clock.move(1_000)

    assert.deepEqual(news.orders, [7, 7])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
    await engine.settled()
  })
})
