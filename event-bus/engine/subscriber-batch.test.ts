/** A target that takes several events at a time. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { EventBridgeEvent } from '../event.ts'
import type { Batch, Invocation } from '../target.ts'
import { anEngine, type HandClock, handClock, hangs, recordingTarget } from '../testing.ts'

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)
const orderOf = ({ event }: Invocation) => (event.detail as { readonly order: number }).order
const start = Date.parse('2026-01-01T12:00:00.000Z')

/** Keeps the orders of each batch, and when it came. `answer` says what fails. */
function batching(
  clock: HandClock,
  {
    answer = async () => new Map(),
    orderBy,
    timeoutMs = 30_000,
    ...fields
  }: Partial<Batch> & {
    answer?: (orders: readonly number[]) => Promise<ReadonlyMap<number, unknown>>
    orderBy?: (event: EventBridgeEvent) => string
    timeoutMs?: number
  } = {},
) {
  const batches: (readonly number[])[] = []
  const times: number[] = []
  const signals: AbortSignal[] = []
  const target = recordingTarget(clock, {
    ...{ timeoutMs, ...(orderBy && { orderBy }) },
    batch: {
      ...{ size: 3, windowMs: 1_000, ...fields },
      invoke(invocations) {
        batches.push(invocations.map(orderOf))
        times.push(clock.now().getTime() - start)
        for (const { signal } of invocations) signals.push(signal)
        return world.answer(batches.at(-1) ?? [])
      },
    },
  })
  const world = { target, batches, times, signals, answer }
  return world
}

describe('a batch', () => {
  test('goes at once when it is full', async () => {
    const clock = handClock()
    const { target, batches, times } = batching(clock)
    const { put } = await anEngine({ clock, targets: [target] })

    await put(...numbers(0, 6))

    assert.deepEqual(
      [batches, times],
      [
        [numbers(0, 3), numbers(3, 6)],
        [0, 0],
      ],
    )
    assert.deepEqual(target.invocations, [])
  })

  test('waits to be filled for so long and no longer', async () => {
    const clock = handClock()
    const { target, batches, times } = batching(clock)
    const { put } = await anEngine({ clock, targets: [target] })

    await put(1)
    await clock.move(700)
    await put(2)
    await clock.move(299)
    assert.deepEqual(batches, [])
    await clock.move(1)
    await put(3)
    await clock.move(10_000)

    assert.deepEqual(
      [batches, times],
      [
        [[1, 2], [3]],
        [1_000, 2_000],
      ],
    )
  })

  test('goes when its time is up though the clock was set back', async () => {
    const clock = handClock()
    const { target, batches } = batching(clock)
    const { put } = await anEngine({ clock, targets: [target] })
    await put(1)
    await clock.move(500)
    clock.set('2026-01-01T11:00:00.000Z')

    await clock.move(2_000)

    assert.deepEqual(batches, [[1]])
  })

  test('has failed as a whole when its answer is no Map', async () => {
    const clock = handClock()
    const { target, batches } = batching(clock, { answer: async () => [1] as never })
    const { put, engine } = await anEngine({ clock, targets: [target] })

    await put(...numbers(0, 3))
    await clock.move(10)

    assert.equal(batches.length, 1)
    const { waiting } = await engine.status()
    assert.deepEqual([waiting.length, waiting[0]?.attempts], [3, 1])
    assert.match(waiting[0]?.error ?? '', /no Map/)
  })

  test('does not wait when it need not be filled', async () => {
    const clock = handClock()
    const { target, batches } = batching(clock, { windowMs: 0 })
    const { put } = await anEngine({ clock, targets: [target] })

    await put(1)

    assert.deepEqual(batches, [[1]])
  })

  test('of which some have failed is tried again without the others', async () => {
    const clock = handClock()
    const world = batching(clock, {
      answer: async (orders) => new Map([[orders.indexOf(2), new Error('Too heavy')]]),
    })
    const { put, engine, counts } = await anEngine({ clock, targets: [world.target] })

    await put(1, 2, 3)
    await clock.move(10)
    assert.deepEqual(
      (await engine.status()).waiting.map(({ attempts, error }) => [attempts, error]),
      [[1, 'Too heavy']],
    )
    world.answer = async () => new Map()
    await clock.move(10_000)

    assert.deepEqual(world.batches, [[1, 2, 3], [2]])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('that fails as a whole is tried again, each event when it is due', async () => {
    const clock = handClock()
    const world = batching(clock, {
      answer: async () => {
        throw new Error('The lorry is broken')
      },
    })
    const { put, counts } = await anEngine({ clock, targets: [world.target] })
    await put(1, 2, 3)
    world.answer = async () => new Map()

    await clock.move(10_000)

    assert.deepEqual(world.batches, [
      [1, 2, 3],
      [1, 2, 3],
    ])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('that takes too long has failed, each event of it', async () => {
    const clock = handClock()
    const world = batching(clock, { answer: hangs, timeoutMs: 5_000 })
    const { put, counts } = await anEngine({ clock, targets: [world.target] })
    await put(1, 2, 3)

    await clock.move(5_010)

    assert.ok(world.signals.every(({ aborted }) => aborted))
    assert.deepEqual(await counts(), { waiting: 3, dead: 0 })
  })

  test('has one event of each lane where an order is kept', async () => {
    const clock = handClock()
    const lane = ({ detail }: EventBridgeEvent) =>
      String((detail as { readonly order: number }).order % 2)
    const { target, batches } = batching(clock, { orderBy: lane, windowMs: 0 })
    const { put } = await anEngine({ clock, targets: [target] })

    await put(...numbers(0, 5))
    await clock.move(100)

    assert.deepEqual(batches[0], [0, 1])
    for (const batch of batches)
      assert.equal(new Set(batch.map((order) => order % 2)).size, batch.length)
    for (const lane of [0, 1])
      assert.deepEqual(
        batches.flat().filter((order) => order % 2 === lane),
        numbers(0, 5).filter((order) => order % 2 === lane),
      )
  })

  test('is no more than one event of a target that has stopped to take them', async () => {
    const clock = handClock()
    const { target, batches } = batching(clock, { windowMs: 60_000 })
    const { put, engine } = await anEngine({ clock, targets: [target] })
    await put(1, 2)
    const next = recordingTarget(clock)

    engine.inside.connect('orders/placed/ship', next)
    await clock.turn()

    assert.deepEqual([batches, next.orders], [[], [1, 2]])
  })

  test('goes when the time is up that the target has been given since', async () => {
    const clock = handClock()
    const first = batching(clock, { windowMs: 3_600_000 })
    const { put, engine } = await anEngine({ clock, targets: [first.target] })
    await put(1)
    const next = batching(clock, { windowMs: 5_000 })

    engine.inside.connect('orders/placed/ship', next.target)
    await clock.move(5_000)

    assert.deepEqual(next.batches, [[1]])
  })
})
