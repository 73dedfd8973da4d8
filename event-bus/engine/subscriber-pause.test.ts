/** A target that is paused begins nothing and loses nothing. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import type { EventBridgeEvent } from '../event.ts'
import {
  anEngine,
  done,
  fails,
  type HandClock,
  handClock,
  type RecordingTarget,
  recordingTarget,
  type StartedEngine,
  steeredStore,
} from '../testing.ts'

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)
const pause = ({ engine }: StartedEngine) => engine.inside.pauses(() => true)
const resume = ({ engine }: StartedEngine) => engine.inside.pauses(() => false)

async function aBus(
  fields: Parameters<typeof recordingTarget>[1] = {},
): Promise<StartedEngine & { readonly ship: RecordingTarget; readonly clock: HandClock }> {
  const clock = handClock()
  const ship = recordingTarget(clock, fields)
  return { ...(await anEngine({ clock, targets: [ship] })), ship }
}
async function settles({ engine, clock }: StartedEngine): Promise<boolean> {
  let settled = false
  void engine.settled().then(() => {
    settled = true
  })
  await clock.move(10)
  return settled
}

describe('a target that is paused', () => {
  test('is called no more, lets end what is under way, and is called for the rest when it is resumed', async () => {
    const gate = Promise.withResolvers<undefined>()
    const bus = await aBus({ concurrency: 1, answer: () => gate.promise })
    const { ship, put, clock, counts } = bus
    await put(1, 2)

    pause(bus)
    gate.resolve(undefined)
    await put(3)
    await clock.move(60_000)
    assert.deepEqual(ship.orders, [1])

    resume(bus)
    await clock.move(100)
    assert.deepEqual(ship.orders, [1, 2, 3])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('keeps the deliveries that come on disk, where they cost no memory', async () => {
    const bus = await aBus()
    pause(bus)

    for (const hundred of numbers(0, 20))
      await bus.put(...numbers(hundred * 100, hundred * 100 + 100))
    assert.equal((await bus.counts()).waiting, 2_000)
    assert.equal((await bus.engine.status()).targets[0]?.paused, true)

    resume(bus)
    await bus.clock.move(1_000)
    assert.deepEqual(bus.ship.orders, numbers(0, 2_000))
  })

  test('makes up for the retries that fell due meanwhile', async () => {
    const bus = await aBus({ answer: fails })
    await bus.put(1)
    pause(bus)
    await bus.clock.move(60_000)
    assert.deepEqual(bus.ship.orders, [1])

    bus.ship.answer = done
    resume(bus)
    await bus.clock.turn()

    assert.deepEqual(bus.ship.orders, [1, 1])
  })

  test('waits for the retries that fall due when it has been resumed', async () => {
    const bus = await aBus({ answer: fails })
    await bus.put(1)
    pause(bus)
    resume(bus)
    bus.ship.answer = done

    await bus.clock.move(1_000)

    assert.deepEqual(bus.ship.orders, [1, 1])
  })

  test('goes on in its order where it keeps one', async () => {
    const orderBy = ({ source }: EventBridgeEvent) => source
    const gate = Promise.withResolvers<undefined>()
    const bus = await aBus({ orderBy, answer: () => gate.promise })
    await bus.put(1, 2, 3)
    pause(bus)
    await bus.put(4, 5)
    gate.resolve(undefined)
    await bus.clock.move(1_000)
    await bus.put(6)
    assert.deepEqual(bus.ship.orders, [1])

    resume(bus)
    await bus.put(7)
    await bus.clock.move(1_000)

    assert.deepEqual(bus.ship.orders, [1, 2, 3, 4, 5, 6, 7])
  })

  test('is waited for by nobody who waits for the bus to be settled', async () => {
    const gate = Promise.withResolvers<undefined>()
    const bus = await aBus({ concurrency: 1, answer: () => gate.promise })
    await bus.put(1, 2)
    pause(bus)
    assert.equal(await settles(bus), false, 'one is under way')

    gate.resolve(undefined)
    assert.equal(await settles(bus), true)

    resume(bus)
    assert.equal(await settles(bus), true)
    assert.deepEqual(bus.ship.orders, [1, 2])
  })

  test('that was read for is not called, and is when it is resumed', async () => {
    const bus = await aBus({ answer: fails })
    await bus.put(1)
    bus.store.latencyMs = 20
    await bus.clock.move(1_000) // its row is on its way here
    pause(bus)
    await bus.clock.move(1_000)
    assert.deepEqual(bus.ship.orders, [1])

    bus.ship.answer = done
    resume(bus)
    await bus.clock.move(1_000)

    assert.deepEqual(bus.ship.orders, [1, 1])
  })

  test('is paused for the next process too, if it says so before it starts', async () => {
    const clock = handClock()
    const disk = memoryStore()
    const first = await anEngine({
      ...{ clock, store: steeredStore(clock, disk), targets: [recordingTarget(clock)] },
    })
    pause(first)
    await first.put(1)
    first.store.kill()
    const ship = recordingTarget(clock)
    const next = await anEngine({ clock, store: steeredStore(clock, disk), rules: [] })
    pause(next)

    next.engine.inside.connect('orders/placed/ship', ship)
    await clock.move(1_000)
    assert.deepEqual(ship.orders, [])
    resume(next)
    await clock.move(1_000)

    assert.deepEqual(ship.orders, [1])
  })

  test('fills a batch that waited for more when it is resumed', async () => {
    const clock = handClock()
    const batches: number[] = []
    const ship = recordingTarget(clock, {
      batch: {
        ...{ size: 10, windowMs: 1_000 },
        async invoke(invocations) {
          batches.push(invocations.length)
          return new Map()
        },
      },
    })
    const bus = await anEngine({ clock, targets: [ship] })
    await bus.put(1, 2)
    pause(bus)
    await clock.move(60_000)
    assert.deepEqual(batches, [])

    resume(bus)
    await clock.move(1_000)

    assert.deepEqual(batches, [2])
  })
})
