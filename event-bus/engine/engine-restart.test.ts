/** What a process leaves, however it ends, and what the next one makes of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import type { Target } from '../target.ts'
import {
  anEngine,
  anEntry,
  done,
  fails,
  handClock,
  hangs,
  recordingTarget,
  steeredStore,
} from '../testing.ts'

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)

/** Processes one after the other on one store; the one before is dead when the next one starts. */
function aMachine() {
  const clock = handClock()
  const disk = memoryStore()
  let running = steeredStore(clock, disk)
  return {
    clock,
    disk,
    start(targets: readonly Target[]) {
      running.kill()
      running = steeredStore(clock, disk)
      return anEngine({ clock, store: running, targets })
    },
  }
}

describe('the next process', () => {
  test('delivers what was under way, and nothing that was acknowledged as done', async () => {
    const { clock, start } = aMachine()
    const ship = recordingTarget(clock, {
      concurrency: 100,
      answer: ({ event }) =>
        (event.detail as { order: number }).order % 2 === 0 ? done() : hangs(),
    })
    const bill = recordingTarget(clock, { id: 'bill' })
    const { put } = await start([ship, bill])
    await put(...numbers(0, 10))
    await clock.move(10)

    const next = [recordingTarget(clock), recordingTarget(clock, { id: 'bill' })] as const
    const { counts } = await start(next)
    await clock.move(1_000)

    assert.deepEqual(next[0].orders, [1, 3, 5, 7, 9])
    assert.deepEqual(next[1].orders, [])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('delivers again what was done when that had not reached the disk', async () => {
    const { clock, start } = aMachine()
    const ship = recordingTarget(clock)
    const { put } = await start([ship])
    await put(1)

    const next = recordingTarget(clock)
    await start([next])

    assert.deepEqual([ship.orders, next.orders], [[1], [1]])
  })

  test('delivers what was stored and never acknowledged, for the caller cannot know', async () => {
    const { clock, start } = aMachine()
    const { put, store } = await start([recordingTarget(clock)])
    store.latencyMs = 10
    let acknowledged = false
    void put(1).then(() => {
      acknowledged = true
    })
    await clock.turn()

    const next = recordingTarget(clock)
    await start([next])
    await clock.move(1_000)

    assert.deepEqual([acknowledged, next.orders], [false, [1]])
  })

  test('goes on counting attempts, and waits as long as was left to wait', async () => {
    const { clock, start } = aMachine()
    const begin = clock.now().getTime()
    const { put } = await start([recordingTarget(clock, { answer: fails })])
    await put(1)
    await clock.move(10_000) // attempts at 0, 1, 3 and 7 s; the next is due at 15 s

    const next = recordingTarget(clock, { answer: fails })
    const { engine } = await start([next])
    await clock.move(10_000)

    assert.deepEqual(
      next.invocations.map(({ at }) => at - begin),
      [15_000],
    )
    assert.equal((await engine.status()).waiting[0]?.attempts, 5)
  })

  test('delivers at once what fell due in between', async () => {
    const { clock, start } = aMachine()
    const { put, store } = await start([recordingTarget(clock, { answer: fails })])
    await put(1)
    await clock.turn()
    store.kill()
    await clock.move(3_600_000)

    const next = recordingTarget(clock)
    await start([next])

    assert.deepEqual(next.orders, [1])
  })

  test('delivers in order what stood in line, in memory or on disk', async () => {
    const { clock, start } = aMachine()
    const { put } = await start([recordingTarget(clock, { concurrency: 1, answer: hangs })])
    for (let first = 0; first < 1_500; first += 100) await put(...numbers(first, first + 100))

    const next = recordingTarget(clock, { concurrency: 1 })
    await start([next])
    await clock.move(5_000)

    assert.equal(next.orders.join(), numbers(0, 1_500).join())
  })

  test('keeps the deliveries of a target that the flow has no more, and says so', async () => {
    const { clock, start } = aMachine()
    const { put } = await start([recordingTarget(clock, { id: 'fax', answer: fails })])
    await put(1)
    await clock.move(10_000)

    const { engine } = await start([recordingTarget(clock)])
    await clock.move(24 * 3_600_000)
    const [fax] = (await engine.status()).targets.filter(({ key }) => key.endsWith('/fax'))
    assert.deepEqual(fax, {
      key: 'orders/placed/fax',
      known: false,
      paused: false,
      underWay: 0,
      waiting: 1,
      dead: 0,
    })

    const back = recordingTarget(clock, { id: 'fax' })
    await start([back])
    await clock.move(1_000)
    assert.deepEqual(back.orders, [1])
  })

  test('can be the tenth in a row that dies before it has delivered', async () => {
    const { clock, start, disk } = aMachine()
    const { put } = await start([recordingTarget(clock, { answer: hangs })])
    await put(...numbers(0, 20))
    for (let crash = 0; crash < 10; crash++) {
      await start([recordingTarget(clock, { answer: hangs })])
      await clock.move(5)
    }

    const last = recordingTarget(clock)
    await start([last])
    await clock.move(1_000)

    assert.deepEqual(last.orders, numbers(0, 20))
    assert.deepEqual((await disk.recover()).plans, [])
  })
})

describe('a process that closes', () => {
  test('lets end what is under way, starts nothing more, and keeps the rest', async () => {
    const { clock, start } = aMachine()
    const gate = Promise.withResolvers<undefined>()
    const ship = recordingTarget(clock, { concurrency: 1, answer: () => gate.promise })
    const { put, engine, counts } = await start([ship])
    await put(1, 2, 3)
    let closed = false

    void engine.close(10_000).then(() => {
      closed = true
    })
    await clock.move(5_000)
    assert.equal(closed, false)
    gate.resolve(undefined)
    await clock.move(10)

    assert.deepEqual([closed, ship.orders], [true, [1]])
    assert.deepEqual(await counts(), { waiting: 2, dead: 0 })
    const next = recordingTarget(clock)
    await start([next])
    await clock.move(1_000)
    assert.deepEqual(next.orders, [2, 3])
  })

  test('waits no longer than it is given, and then leaves the store alone', async () => {
    const { clock, start } = aMachine()
    const gate = Promise.withResolvers<undefined>()
    const ship = recordingTarget(clock, { answer: () => gate.promise })
    const { put, engine, store, failures } = await start([ship])
    await put(1)
    let closed = false

    void engine.close(10_000).then(() => {
      closed = true
    })
    await clock.move(9_999)
    assert.equal(closed, false)
    await clock.move(1)
    assert.equal(closed, true)

    const before = store.commits.length
    gate.resolve(undefined)
    await clock.move(100_000)
    assert.deepEqual([store.commits.length, failures, clock.timers], [before, [], 0])
  })

  test('waits no longer than it is given for a disk that is full either', async () => {
    const { clock, start } = aMachine()
    const { put, engine, store, failures } = await start([recordingTarget(clock)])
    await put(1)
    store.failsAt = 'rows'
    let closed = false

    void engine.close(10_000).then(() => {
      closed = true
    })
    await clock.move(10_000)
    assert.equal(closed, true)

    const told = failures.length
    await clock.move(100_000)
    assert.deepEqual([failures.length, clock.timers], [told, 0])
  })

  test('forgets what it would have woken up for', async () => {
    const { clock, start } = aMachine()
    const ship = recordingTarget(clock, { answer: fails })
    const { put, engine } = await start([ship])
    await put(1)
    await clock.turn()

    await engine.close(1_000)
    assert.equal(clock.timers, 0)
    await clock.move(60_000)
    assert.deepEqual(ship.orders, [1])
  })

  test('lets go whoever waits for it to be settled', async () => {
    const { clock, start } = aMachine()
    const { put, engine } = await start([recordingTarget(clock, { answer: hangs })])
    await put(1)
    let settled = false
    void engine.settled().then(() => {
      settled = true
    })

    void engine.close(1_000)
    await clock.move(999)
    assert.equal(settled, false)
    await clock.move(1)

    assert.equal(settled, true)
  })

  test('takes no more events, and says why', async () => {
    const { start } = aMachine()
    const { engine, store } = await start([])
    await engine.close(1_000)
    const before = store.commits.length

    await assert.rejects(engine.putEvents('orders', [anEntry()]), /closed/)
    await assert.rejects(
      engine.transact(() => {}),
      /closed/,
    )
    assert.equal(store.commits.length, before)
  })

  test('writes what was put before', async () => {
    const { clock, start } = aMachine()
    const { put, engine } = await start([])

    const [answer] = await Promise.all([put(1, 2), engine.close(1_000), clock.move(1_000)])

    assert.equal(answer.length, 2)
  })
})
