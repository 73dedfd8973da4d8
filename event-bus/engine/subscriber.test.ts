/** How long a target is tried, when it is left alone, and what it costs the others: nothing. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import {
  anEngine,
  aWaitingDelivery,
  done,
  fails,
  handClock,
  hangs,
  recordingTarget,
  someRows,
  steeredStore,
} from '../testing.ts'

const seconds = (...times: readonly number[]) => times.map((time) => time * 1_000)
const hour = 3_600_000

describe('a target that fails', () => {
  test('is tried again after 1, 2, 4 … 60 seconds, to the millisecond', async () => {
    const clock = handClock()
    const start = clock.now().getTime()
    const ship = recordingTarget(clock, { answer: fails })
    const { put } = await anEngine({ clock, targets: [ship] })

    await put(1)
    await clock.move(250_000)

    assert.deepEqual(
      ship.invocations.map(({ at }) => at - start),
      seconds(0, 1, 3, 7, 15, 31, 63, 123, 183, 243),
    )
  })

  test('is tried at a random moment of that time, so that what failed together comes back apart', async () => {
    const clock = handClock()
    const start = clock.now().getTime()
    const ship = recordingTarget(clock, { answer: fails })
    const throws = [0.5, 0.25, 0, 0.75]
    const { put } = await anEngine({ clock, targets: [ship], random: () => throws.shift() ?? 1 })

    await put(1)
    await clock.move(10_000)

    assert.deepEqual(
      ship.invocations.map(({ at }) => at - start),
      seconds(0, 0.5, 1, 1.004, 7.004), // at once is when the failure is on disk
    )
  })

  test('a hundred times in a row is tried 500 times a second, and as often as it can when it succeeds', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: fails, concurrency: 1_000 })
    const { put } = await anEngine({ clock, targets: [ship], random: () => 0 })
    await put(...Array.from({ length: 900 }, (_, order) => order))

    await clock.move(10_000)
    const tried = ship.invocations.length
    assert.ok(tried > 4_900 && tried < 6_200, `${tried} attempts in ten seconds`)

    ship.answer = done
    await clock.move(10)
    assert.ok(ship.invocations.length - tried >= 900, 'the rest is done at once')
  })

  test('is given up after 185 retries, the event and the last error kept', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: fails })
    const { put, engine, counts } = await anEngine({ clock, targets: [ship] })

    await put(7)
    await clock.move(24 * hour)

    assert.equal(ship.invocations.length, 186)
    assert.deepEqual(await counts(), { waiting: 0, dead: 1 })
    const [dead] = (await engine.status()).deadLetters
    assert.equal(dead?.exhaustedRetryCondition, 'MaximumRetryAttempts')
    assert.equal(dead.attempts, 186)
    assert.equal(dead.error, 'The lorry is broken')
    assert.deepEqual(JSON.parse(dead.text).detail, { order: 7 })
    assert.equal(dead.diedAt, ship.invocations.at(-1)?.at)
  })

  test('is given up when the event would be older than 24 hours, if that comes first', async () => {
    const clock = handClock()
    const start = clock.now().getTime()
    const ship = recordingTarget(clock, { answer: hangs, timeoutMs: hour })
    const { put, engine } = await anEngine({ clock, targets: [ship] })

    await put(1)
    await clock.move(48 * hour)

    const [dead] = (await engine.status()).deadLetters
    assert.equal(dead?.exhaustedRetryCondition, 'MaximumEventAgeInSeconds')
    assert.equal(ship.invocations.length, dead.attempts)
    assert.ok((ship.invocations.at(-1)?.at ?? 0) <= start + 24 * hour)
    assert.equal(ship.invocations.length, 24)
  })

  test('is given up at once when its next attempt would come too late', async () => {
    const clock = handClock()
    const start = clock.now().getTime()
    const retryPolicy = { maximumRetryAttempts: 185, maximumEventAgeInSeconds: 60 }
    const ship = recordingTarget(clock, { answer: fails, retryPolicy })
    const { put, engine } = await anEngine({ clock, targets: [ship] })

    await put(1)
    await clock.move(hour)

    const [dead] = (await engine.status()).deadLetters
    assert.deepEqual([dead?.attempts, dead?.diedAt], [6, start + 31_000]) // the 7th was due at 63 s
  })

  test('is tried again when it is due, whatever waits for longer', async () => {
    const clock = handClock()
    const start = clock.now().getTime()
    const ship = recordingTarget(clock, { answer: fails })
    const { put } = await anEngine({ clock, targets: [ship] })
    await put(1)
    await clock.move(8_000) // 1 is due again after 15 s
    await put(2)

    await clock.move(5_000)

    const second = ship.invocations.filter((_, index) => ship.orders[index] === 2)
    assert.deepEqual(
      second.map(({ at }) => at - start),
      seconds(8, 9, 11),
    )
    assert.equal(clock.timers, 1)
  })

  test('is not tried again when it may not be retried at all', async () => {
    const clock = handClock()
    const retryPolicy = { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 86_400 }
    const ship = recordingTarget(clock, { answer: fails, retryPolicy })
    const { put, counts } = await anEngine({ clock, targets: [ship] })

    await put(1)
    await clock.move(hour)

    assert.deepEqual([ship.invocations.length, await counts()], [1, { waiting: 0, dead: 1 }])
  })

  test('leaves the queue with the attempt that succeeds, and is not called again', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: fails })
    const { put, counts } = await anEngine({ clock, targets: [ship] })
    await put(1)
    await clock.move(3_500)
    ship.answer = done

    await clock.move(24 * hour)

    assert.deepEqual([ship.invocations.length, await counts()], [4, { waiting: 0, dead: 0 }])
  })

  test('is not called again for what it did at last, if the process dies the moment after', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: fails })
    const { put, counts } = await anEngine({ clock, targets: [ship] })
    await put(1)
    await clock.turn()
    ship.answer = done

    await clock.move(1_000)

    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('delays no other', async () => {
    const clock = handClock()
    const start = clock.now().getTime()
    const bill = recordingTarget(clock, { id: 'bill' })
    const { put } = await anEngine({
      clock,
      targets: [recordingTarget(clock, { answer: fails }), bill],
    })

    await put(1, 2)

    assert.deepEqual(
      bill.invocations.map(({ at }) => at - start),
      [0, 0],
    )
  })
})

describe('a target that hangs', () => {
  test('is told to stop and tried again when its time is up', async () => {
    const clock = handClock()
    const start = clock.now().getTime()
    const ship = recordingTarget(clock, { answer: hangs, timeoutMs: 5_000 })
    const { put, engine } = await anEngine({ clock, targets: [ship] })
    await put(1)
    const [first] = ship.invocations

    await clock.move(4_999)
    assert.equal(first?.signal.aborted, false)
    await clock.move(1)
    assert.equal(first?.signal.aborted, true)

    await clock.move(4)
    assert.match((await engine.status()).waiting[0]?.error ?? '', /ship within 5000 ms/)
    await clock.move(996)
    assert.deepEqual(
      ship.invocations.map(({ at }) => at - start),
      seconds(0, 6),
    )
  })

  test('answers too late to count', async () => {
    const clock = handClock()
    const late = Promise.withResolvers<undefined>()
    const ship = recordingTarget(clock, { answer: () => late.promise, timeoutMs: 5_000 })
    const { put, counts } = await anEngine({ clock, targets: [ship] })
    await put(1)
    await clock.move(5_000)

    late.resolve(undefined)
    await clock.move(500)

    assert.deepEqual(await counts(), { waiting: 1, dead: 0 })
  })

  test('is told nothing when it has answered in time', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { timeoutMs: 5_000 })
    const { put } = await anEngine({ clock, targets: [ship] })
    await put(1)

    await clock.move(hour)

    assert.equal(ship.invocations[0]?.signal.aborted, false)
    assert.equal(clock.timers, 0)
  })

  test('is given no more at once than it takes', async () => {
    const clock = handClock()
    let running = 0
    let most = 0
    const ends: (() => void)[] = []
    const ship = recordingTarget(clock, {
      concurrency: 3,
      answer: async () => {
        most = Math.max(most, ++running)
        await new Promise<void>((resolve) => ends.push(resolve))
        running--
        return undefined
      },
    })
    const { put, engine } = await anEngine({ clock, targets: [ship] })
    await put(...Array.from({ length: 10 }, (_, order) => order))

    assert.equal((await engine.status()).targets[0]?.underWay, 3)
    for (let ended = 0; ended < 10; ended++) {
      ends[ended]?.()
      await clock.turn()
    }

    assert.deepEqual([ship.orders.length, most], [10, 3])
  })
})

describe('while the store is read', () => {
  test('a delivery that ends is not taken for one that waits', async () => {
    const clock = handClock()
    const gate = Promise.withResolvers<undefined>()
    const ship = recordingTarget(clock, { answer: fails })
    const { put, store, counts } = await anEngine({ clock, targets: [ship] })
    await put(1)
    await clock.move(500)
    await put(2)
    ship.answer = ({ event }) =>
      (event.detail as { order: number }).order === 1 ? gate.promise : done()
    await clock.move(500) // 1 is under way again, its row on disk

    store.latencyMs = 100
    await clock.move(550) // 2 is due: the rows of both are on their way here
    store.latencyMs = 0
    gate.resolve(undefined)
    await clock.move(20)
    assert.deepEqual(await counts(), { waiting: 1, dead: 0 }) // 1 has ended
    await clock.move(1_000)

    assert.deepEqual(ship.orders, [1, 2, 1, 2])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('a failure is told, and it is read again a second later', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: fails })
    const { put, store, failures, engine } = await anEngine({ clock, targets: [ship] })
    await put(1)
    store.unreadable = true
    ship.answer = done
    let settled = false
    await clock.move(1_500)
    void engine.settled().then(() => {
      settled = true
    })
    await clock.move(5_000)

    assert.deepEqual([ship.orders, settled], [[1], false])
    assert.ok(failures.length >= 5 && failures.length <= 7, `${failures.length} failures told`)
    store.unreadable = false
    await clock.move(1_100)
    assert.deepEqual([ship.orders, settled], [[1, 1], true])
  })

  test('keeps its event in the log for as long as it waits, however old that is', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, {
      answer: hangs,
      timeoutMs: 30 * 24 * hour,
      concurrency: 1,
    })
    const inner = memoryStore()
    const store = steeredStore(clock, inner)
    const later = Array.from({ length: 500 }, (_, index) => 2_000 + index)
    const { put } = await anEngine({ clock, store, targets: [ship], retentionDays: 2 })
    const first = Array.from({ length: 1_001 }, (_, order) => order)
    await put(...first)
    await clock.move(3 * 24 * hour)
    await put(...later)
    store.kill()

    const next = recordingTarget(clock)
    const { put: putMore, counts } = await anEngine({
      ...{ clock, store: steeredStore(clock, inner), targets: [next], retentionDays: 2 },
    })
    await clock.move(1_000)
    assert.equal(next.orders.join(), [...first, ...later].join())

    await clock.move(61_000)
    await putMore(9)
    await clock.move(10)
    assert.equal((await inner.tail('orders', 10_000, 1e9)).length, 501)
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('is a dead letter that says so when its event has gone all the same', async () => {
    const clock = handClock()
    const inner = memoryStore()
    const row = aWaitingDelivery({ due: 0 })
    await inner.commit([], () => someRows({ deliveries: [row] }))

    const { engine, counts } = await anEngine({
      ...{ clock, store: steeredStore(clock, inner), targets: [recordingTarget(clock)] },
    })
    await clock.move(10)

    assert.deepEqual(await counts(), { waiting: 0, dead: 1 })
    assert.match((await engine.status()).deadLetters[0]?.error ?? '', /log does not keep/)
  })
})
