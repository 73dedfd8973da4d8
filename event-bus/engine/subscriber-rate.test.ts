/** A target that may not be called more often than so many times a second. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { EventBridgeEvent } from '../event.ts'
import { anEngine, done, handClock, type RecordingTarget, recordingTarget } from '../testing.ts'

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)
/** When it was called, in ms since then. */
const timesOf = ({ invocations }: RecordingTarget, start: number) =>
  invocations.map(({ at }) => at - start)

describe('a rate limit', () => {
  test('is kept to, whatever waits', async () => {
    const clock = handClock()
    const start = clock.now().getTime()
    const ship = recordingTarget(clock, { ratePerSecond: 2, concurrency: 100 })
    const { put } = await anEngine({ clock, targets: [ship] })

    await put(...numbers(0, 5))
    await clock.move(10_000)

    assert.deepEqual(timesOf(ship, start), [0, 500, 1_000, 1_500, 2_000])
  })

  test('is used up by attempts alone, not by what waits for another of its lane', async () => {
    const clock = handClock()
    const start = clock.now().getTime()
    const orderBy = ({ source }: EventBridgeEvent) => source
    const answer = () => new Promise<undefined>((end) => clock.after(1_500, () => end(undefined)))
    const ship = recordingTarget(clock, { ratePerSecond: 1, orderBy, answer })
    const { put } = await anEngine({ clock, targets: [ship] })

    await put(1, 2, 3)
    await clock.move(10_000)

    assert.deepEqual(timesOf(ship, start), [0, 1_500, 3_000])
  })

  test('counts an attempt that is a retry, too', async () => {
    const clock = handClock()
    const start = clock.now().getTime()
    const ship = recordingTarget(clock, {
      ratePerSecond: 1,
      answer: async () => {
        ship.answer = done
        throw new Error('The lorry is broken')
      },
    })
    const { put } = await anEngine({ clock, targets: [ship] })

    await put(1, 2)
    await clock.move(10_000)

    assert.deepEqual(
      [timesOf(ship, start), ship.orders],
      [
        [0, 1_000, 2_000],
        [1, 2, 1],
      ],
    )
  })

  test('delays no other target', async () => {
    const clock = handClock()
    const slow = recordingTarget(clock, { id: 'slow', ratePerSecond: 1 })
    const bill = recordingTarget(clock, { id: 'bill' })
    const { put } = await anEngine({ clock, targets: [slow, bill] })

    await put(...numbers(0, 100))
    await clock.move(10)

    assert.deepEqual([slow.orders.length, bill.orders.length], [1, 100])
  })

  test('that the target is given anew is kept to from there on, and not begun again when it is the same', async () => {
    const clock = handClock()
    const start = clock.now().getTime()
    const { put, engine } = await anEngine({
      ...{ clock, targets: [recordingTarget(clock, { ratePerSecond: 0.001 })] },
    })
    await put(...numbers(0, 5)) // the second is to come in a quarter of an hour
    const ship = recordingTarget(clock, { ratePerSecond: 2 })

    for (let times = 0; times < 3; times++) engine.inside.connect('orders/placed/ship', ship)
    await clock.move(60_000)

    assert.deepEqual(timesOf(ship, start), [0, 500, 1_000, 1_500])
  })

  test('goes on when the clock is set back', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { ratePerSecond: 1 })
    const { put } = await anEngine({ clock, targets: [ship] })
    await put(1, 2, 3)
    clock.set('2026-01-01T11:00:00.000Z')

    await clock.move(3_000)

    assert.deepEqual(ship.orders, [1, 2, 3])
  })
})
