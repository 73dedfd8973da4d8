/** A commit that fails has not happened: for the caller, for the targets, and for what comes next. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { anEngine, type FailurePoint, handClock, recordingTarget } from '../testing.ts'

const failurePoints: readonly FailurePoint[] = ['begin', 'works', 'rows']

describe('when a commit fails', () => {
  for (const point of failurePoints) {
    test(`at its ${point}, what was put is neither delivered nor stored, and the caller is told`, async () => {
      const clock = handClock()
      const ship = recordingTarget(clock)
      const { put, engine, store, failures } = await anEngine({ clock, targets: [ship] })

      store.failsAt = point
      await assert.rejects(put(1), {
        code: 'InternalException',
        message: /Nothing was stored \(database or disk is full\)/,
      })
      store.failsAt = null
      await put(2)
      await clock.move(10)

      assert.deepEqual(ship.orders, [2])
      const kept = await engine.log('orders').tail(10, 1_000_000_000)
      assert.deepEqual(
        kept.map(({ detail }) => detail),
        [{ order: 2 }],
      )
      assert.equal(failures.length, 1)
    })

    test(`at its ${point}, what deliveries came to is kept and written by the next`, async () => {
      const clock = handClock()
      const ship = recordingTarget(clock)
      const { put, store } = await anEngine({ clock, targets: [ship] })
      await put(1)

      store.failsAt = point
      await clock.move(10_000)
      const before = store.commits.length
      store.failsAt = null
      await clock.move(2_000)

      assert.equal(store.commits.length, before + 1)
      assert.deepEqual(
        store.commits.at(-1)?.plans.map(({ text }) => text),
        [null],
      )
      assert.deepEqual(ship.orders, [1])
    })
  }

  test('lets go those who waited for the bus to be settled', async () => {
    const clock = handClock()
    const { put, engine, store } = await anEngine({ clock, targets: [recordingTarget(clock)] })
    store.failsAt = 'rows'
    store.latencyMs = 10
    const refused = assert.rejects(put(1))
    await clock.turn()
    let settled = false
    void engine.settled().then(() => {
      settled = true
    })
    await clock.move(5)
    assert.equal(settled, false)

    await clock.move(5)
    await refused

    assert.equal(settled, true)
  })

  test('gives back the places in memory that its events had taken', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const { put, store } = await anEngine({ clock, targets: [ship] })

    store.failsAt = 'rows'
    const many = Array.from({ length: 600 }, (_, order) => order)
    await assert.rejects(put(...many))
    await assert.rejects(put(...many))
    store.failsAt = null
    await put(1)

    assert.deepEqual(
      store.commits.at(-1)?.deliveries,
      [],
      'there is room: no row on disk is needed',
    )
    assert.equal(ship.invocations.length, 1)
  })

  test('tries again once a second, however many have failed', async () => {
    const clock = handClock()
    const { put, store, failures } = await anEngine({ clock, targets: [recordingTarget(clock)] })
    await put(1)
    store.failsAt = 'rows'
    for (let order = 2; order < 50; order++) await assert.rejects(put(order))
    await clock.move(2_000)
    const before = failures.length

    await clock.move(10_000)

    assert.ok(failures.length - before <= 11, `${failures.length - before} commits in 10 s`)
    assert.ok(clock.timers <= 2, `${clock.timers} timers`)
  })

  test('goes on reading what is due when the places come back', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, {
      answer: async ({ event }) => {
        if ((event.detail as { order: number }).order === 0 && ship.orders.length === 1)
          throw new Error('not yet')
        return undefined
      },
    })
    const { put, store } = await anEngine({ clock, targets: [ship] })
    await put(0) // is tried again in a second
    await clock.move(980)

    store.latencyMs = 50
    store.failsAt = 'rows'
    const many = put(...Array.from({ length: 900 }, (_, order) => order + 1))
    const refused = assert.rejects(many)
    await clock.move(100) // the retry falls due while the commit is under way
    await refused
    store.failsAt = null
    store.latencyMs = 0
    await clock.move(100)

    assert.deepEqual(ship.orders, [0, 0])
  })
})
