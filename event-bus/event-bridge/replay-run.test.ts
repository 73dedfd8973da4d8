/** How a replay goes: its pace, whom it waits for, what stops it, and what a crash makes of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import type { Rows } from '../ports.ts'
import { aBusWithReplays, aReplay } from '../testing/replays.ts'
import {
  anEntry,
  aRule,
  aWaitingDelivery,
  fails,
  handClock,
  type RecordingTarget,
  recordingTarget,
  someRows,
} from '../testing.ts'

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)
const again = { ReplayName: 'again' }
const replayed = ({ invocations }: RecordingTarget) =>
  invocations.filter(({ event }) => event['replay-name'] === 'again')
const ordersOf = (target: RecordingTarget) =>
  replayed(target).map(({ event }) => (event.detail as { order: number }).order)
const owedIn = (commits: readonly Rows[]) =>
  commits.flatMap(({ deliveries }) => deliveries.filter(({ item }) => item === 'replay:again'))

/** An archive of so many events, that were delivered. */
async function aBus(count: number, options: { readonly eventsPerSecond?: number } = {}) {
  const bus = aBusWithReplays()
  const ship = recordingTarget(bus.clock)
  const process = await bus.start({ targets: [ship], ...options })
  await process.createArchive()
  for (let first = 0; first < count; first += 100)
    await process.put(...numbers(first, Math.min(count, first + 100)))
  await bus.clock.move(1_000)
  return { ...bus, ...process, ship }
}

describe('the pace of a replay', () => {
  test('is so many events a second, in small pages', async () => {
    const { clock, replays, ship, store } = await aBus(500)
    const before = store.commits.length
    await replays.startReplay(aReplay())
    await clock.move(200)

    const { length } = replayed(ship)
    assert.ok(length >= 180 && length <= 220, `${length} events in 0.2 s`)
    const pages = store.commits.slice(before).map((commit) => owedIn([commit]).length)
    assert.ok(Math.max(...pages) <= 20)
    await clock.move(500)
    assert.deepEqual(ordersOf(ship), numbers(0, 500))
  })

  test('is shared by all that run', async () => {
    const { clock, replays, ship, numbers: progress } = await aBus(500)
    await Promise.all(
      ['again', 'b', 'c', 'd'].map((ReplayName) => replays.startReplay(aReplay({ ReplayName }))),
    )
    await clock.move(1_000)

    const all = ship.invocations.length - 500
    assert.ok(all >= 900 && all <= 1_100, `${all} events in a second`)
    assert.ok(progress().replayed >= 200 && progress().replayed <= 300)
  })

  test('is slower where an event is for many targets, and a commit stays short', async () => {
    const { clock, start } = aBusWithReplays()
    const targets = numbers(0, 60).map((id) => recordingTarget(clock, { id: `t${id}` }))
    const { createArchive, put, replays, store } = await start({ targets })
    await createArchive()
    await put(...numbers(0, 50))
    await clock.move(1_000)
    const before = store.commits.length
    await replays.startReplay(aReplay())
    await clock.move(200)

    const pages = store.commits.slice(before).map((commit) => owedIn([commit]).length)
    assert.ok(Math.max(...pages) <= 240, `${Math.max(...pages)} deliveries in a commit`)
    const all = pages.reduce((sum, page) => sum + page, 0)
    assert.ok(all <= 2_400, `${all} deliveries in 0.2 s`)
  })

  test('is slower where events are large, and a commit stays small', async () => {
    const { clock, start } = aBusWithReplays()
    const ship = recordingTarget(clock)
    const { createArchive, engine, replays, store } = await start({ targets: [ship] })
    await createArchive()
    const Detail = JSON.stringify({ order: 1, pad: 'x'.repeat(300_000) })
    for (let events = 0; events < 20; events++)
      await engine.putEvents('orders', [anEntry({ Detail })])
    await clock.move(1_000)
    const before = store.commits.length
    await replays.startReplay(aReplay())
    await clock.move(1_000)

    const pages = store.commits.slice(before).map((commit) => owedIn([commit]).length)
    assert.equal(Math.max(...pages), 4)
    assert.equal(ship.orders.length, 40)
  })

  test('is not held up by a target that waits for its batch to be full', async () => {
    const { clock, start } = aBusWithReplays()
    const given: number[] = []
    const batch = {
      size: 100,
      windowMs: 60_000,
      async invoke(invocations: readonly unknown[]) {
        given.push(invocations.length)
        return new Map()
      },
    }
    const { createArchive, put, replays } = await start({
      targets: [recordingTarget(clock, { batch })],
    })
    await createArchive()
    await put(...numbers(0, 400))
    await clock.move(1_000)
    await replays.startReplay(aReplay())
    await clock.move(2_000)

    assert.deepEqual(given, [100, 100, 100, 100, 100, 100, 100, 100])
  })

  test('passes quickly over what is not replayed, without writing', async () => {
    const { clock, start } = aBusWithReplays()
    const { createArchive, put, replays, store, state } = await start()
    await createArchive({ EventPattern: '{"detail":{"order":[0,2999]}}' })
    for (let first = 0; first < 3_000; first += 500) await put(...numbers(first, first + 500))
    await clock.move(1_000)
    const before = store.commits.length
    await replays.startReplay(aReplay())
    await clock.move(50)
    assert.equal(state(), 'RUNNING')
    await clock.move(50)

    assert.equal(state(), 'COMPLETED')
    assert.equal(store.commits.length - before, 5, 'started, running, two pages, completed')
  })
})

describe('live traffic beside a replay', () => {
  test('is delivered before what is replayed', async () => {
    const { clock, replays, put, ship } = await aBus(100)
    const gates: PromiseWithResolvers<undefined>[] = []
    Object.assign(ship, { concurrency: 1 })
    ship.answer = () => {
      const gate = Promise.withResolvers<undefined>()
      gates.push(gate)
      return gate.promise
    }
    await replays.startReplay(aReplay())
    await clock.move(5)
    await put(1_000, 1_001)

    for (let turn = 0; turn < 4; turn++) {
      await clock.move(1)
      gates.at(-1)?.resolve(undefined)
    }
    await clock.move(1)
    assert.deepEqual(ship.orders.slice(100, 105), [0, 1_000, 1_001, 1, 2])
  })

  test('finds no more than a few replayed events before a target that is slow', async () => {
    const { clock, replays, counts, ship } = await aBus(200)
    ship.answer = () => new Promise((resolve) => clock.after(100, () => resolve(undefined)))
    await replays.startReplay(aReplay())

    for (let ms = 0; ms < 3_000; ms += 50) {
      await clock.move(50)
      const { waiting } = await counts()
      assert.ok(waiting <= 60, `${waiting} deliveries wait`)
    }
    assert.ok(replayed(ship).length >= 150, `${replayed(ship).length} of the 300 that it can take`)
  })
})

describe('a replay waits', () => {
  test('while more than 10,000 deliveries wait for a target, says so, and goes on', async () => {
    const { clock, replays, disk, ship } = await aBus(200, { eventsPerSecond: 50 })
    await replays.startReplay(aReplay())
    await clock.move(500)
    const target = 'orders/placed/ship'
    const due = clock.now().getTime() + 3_600_000
    const rows = numbers(0, 10_000).map((event) =>
      aWaitingDelivery({ target, event, due, item: 'x' }),
    )
    await disk.commit([], () => someRows({ deliveries: rows }))
    await clock.move(5_000)

    const { State, StateReason } = replays.describeReplay(again)
    assert.deepEqual(
      [State, StateReason],
      ['RUNNING', 'Waits for the target orders/placed/ship: 10000 deliveries wait for it.'],
    )
    const { length } = replayed(ship)
    assert.ok(length > 20 && length < 100, `${length} were replayed`)

    await disk.commit([], () => someRows({ finished: rows }))
    await clock.move(5_000)
    assert.equal(replayed(ship).length, 200)
    assert.deepEqual(Object.keys(replays.describeReplay(again)).includes('StateReason'), false)
  })

  test('for no target that fails now and then, nor for one that is paused', async () => {
    const { clock, start } = aBusWithReplays()
    const bad = recordingTarget(clock, { id: 'bad' })
    const paused = recordingTarget(clock, { id: 'paused' })
    const good = recordingTarget(clock, { id: 'good' })
    const { createArchive, put, replays, state, engine } = await start({
      targets: [bad, paused, good],
    })
    await createArchive()
    await put(...numbers(0, 300))
    await clock.move(1_000)
    bad.answer = fails
    engine.inside.subscribers.get('orders/placed/paused')?.pause(true)
    await replays.startReplay(aReplay())
    await clock.move(2_000)

    assert.equal(state(), 'COMPLETED')
    assert.equal(replayed(good).length, 300)
    engine.inside.subscribers.get('orders/placed/paused')?.pause(false)
    await clock.move(2_000)
    assert.deepEqual(ordersOf(paused), numbers(0, 300))
  })
})

describe('a replay ends', () => {
  test('soon after it was cancelled; what it owes by then is delivered', async () => {
    const { clock, replays, ship, state, numbers: progress } = await aBus(500)
    await replays.startReplay(aReplay())
    await clock.move(100)

    const answer = await replays.cancelReplay(again)
    assert.equal(answer.State, 'CANCELLING')
    await clock.move(1)
    assert.equal(state(), 'CANCELLED')
    const { length } = replayed(ship)
    await clock.move(5_000)

    assert.ok(length > 50 && length < 200)
    assert.deepEqual([replayed(ship).length, progress().replayed], [length, length])
    await assert.rejects(replays.cancelReplay(again), {
      code: 'IllegalStatusException',
      message: 'Replay again is not in a valid state for this operation.',
    })
  })

  test('with the commit that cancels it, whatever it was about to do', async () => {
    const { clock, replays, store, state } = await aBus(500)
    await replays.startReplay(aReplay())
    await clock.move(100)
    store.latencyMs = 30
    let cancelledWith = 0
    void replays.cancelReplay(again).then(() => {
      cancelledWith = store.commits.length
    })
    await clock.move(1_000)

    assert.equal(state(), 'CANCELLED')
    assert.deepEqual(owedIn(store.commits.slice(cancelledWith)), [])
  })

  test('when its archive is deleted, also if another of that name comes', async () => {
    const { clock, replays, archives, createArchive, state } = await aBus(500)
    await replays.startReplay(aReplay())
    await clock.move(100)
    await archives.deleteArchive({ ArchiveName: 'all' })
    await createArchive()
    await clock.move(1_000)

    assert.equal(state(), 'FAILED')
    const { StateReason, ReplayEndTime } = replays.describeReplay(again)
    assert.equal(StateReason, 'Archive resource not found.')
    assert.ok(ReplayEndTime)
  })

  test('and leaves no timer, nor does one that is closed', async () => {
    const { clock, replays, engine } = await aBus(100)
    const before = clock.timers
    await replays.startReplay(aReplay())
    await clock.move(1_000)
    assert.equal(clock.timers, before)

    await replays.startReplay(aReplay({ ReplayName: 'closed' }))
    await clock.move(50)
    replays.close()
    await engine.close(1_000)
    assert.equal(clock.timers, 0)
  })
})

describe('a replay goes on', () => {
  test('in the next process where a page was the last, wherever the one before died', async () => {
    for (const latencyMs of [0, 3]) {
      const clock = handClock()
      const disk = memoryStore()
      const { start } = aBusWithReplays({ clock, disk })
      const ships: RecordingTarget[] = [recordingTarget(clock)]
      const bus = await start({ targets: ships })
      await bus.createArchive()
      await bus.put(...numbers(0, 300))
      await bus.replays.startReplay(aReplay())
      bus.store.latencyMs = latencyMs
      const owed = []
      let process = bus
      for (let crash = 1; process.state() !== 'COMPLETED'; crash++) {
        await clock.move(crash * 7)
        owed.push(...owedIn(process.store.commits))
        const ship = recordingTarget(clock)
        ships.push(ship)
        process = await start({ targets: [ship] })
        process.store.latencyMs = latencyMs
        assert.ok(crash < 50)
      }
      await clock.move(1_000)

      assert.deepEqual(
        owed.map(({ event }) => event).sort((a, b) => a - b),
        [...new Set(owed.map(({ event }) => event))].sort((a, b) => a - b),
      )
      assert.equal(owed.length, 300)
      const brought = new Set(ships.flatMap(ordersOf))
      assert.equal(brought.size, 300)
      assert.equal(process.numbers().replayed, 300)
    }
  })

  test('to be cancelled in the next process', async () => {
    const clock = handClock()
    const { start } = aBusWithReplays({ clock })
    const first = await start({ targets: [recordingTarget(clock)] })
    await first.createArchive()
    await first.put(...numbers(0, 300))
    await first.replays.startReplay(aReplay())
    await clock.move(50)
    first.store.latencyMs = 10
    void first.replays.cancelReplay(again)
    await clock.turn()

    const next = await start({ targets: [recordingTarget(clock)] })
    await clock.move(10)
    assert.equal(next.state(), 'CANCELLED')
  })

  test('when the disk takes commits again, and repeats nothing', async () => {
    const { clock, replays, store, ship, state, replayFailures } = await aBus(300)
    await replays.startReplay(aReplay())
    for (const point of ['begin', 'works', 'rows'] as const) {
      await clock.move(50)
      store.failsAt = point
      await clock.move(1_500)
      store.failsAt = null
      await clock.move(1_100)
    }
    await clock.move(1_000)

    assert.ok(replayFailures.length >= 1)
    assert.equal(state(), 'COMPLETED')
    assert.deepEqual(
      ordersOf(ship).sort((a, b) => a - b),
      numbers(0, 300),
    )
  })

  test('when the store can be read again', async () => {
    const { clock, replays, store, ship, state } = await aBus(1_000)
    await replays.startReplay(aReplay())
    await clock.move(100)
    store.unreadable = true
    await clock.move(2_000)
    store.unreadable = false
    await clock.move(4_000)

    assert.equal(state(), 'COMPLETED')
    assert.equal(new Set(ordersOf(ship)).size, 1_000)
  })

  test('with the targets that are there, when one has been removed', async () => {
    const { clock, start } = aBusWithReplays()
    const [a, b] = [recordingTarget(clock, { id: 'a' }), recordingTarget(clock, { id: 'b' })]
    const { createArchive, put, replays, engine, state } = await start({
      rules: [aRule({ name: 'a', targets: [a] }), aRule({ name: 'b', targets: [b] })],
    })
    await createArchive()
    await put(...numbers(0, 300))
    await clock.move(1_000)
    await replays.startReplay(aReplay())
    await clock.move(100)
    engine.inside.routing.delete('orders', 'a')
    void engine.inside.disconnect('orders/a/a')
    await clock.move(1_000)

    assert.equal(state(), 'COMPLETED')
    assert.ok(replayed(a).length < 300)
    assert.equal(replayed(b).length, 300)
  })
})
