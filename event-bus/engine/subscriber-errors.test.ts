/** A target may throw anything. What is kept of it is a text, and no longer than it has to be. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DeliveryRefused } from '../errors.ts'
import { anEngine, handClock, recordingTarget } from '../testing.ts'

const hour = 3_600_000

describe('what a target throws', () => {
  test('is no retry when it refuses the delivery', async () => {
    const refusals = [
      new DeliveryRefused('No such street'),
      Object.assign(new Error('No such street'), { name: 'DeliveryRefused' }),
    ]
    for (const refusal of refusals) {
      const clock = handClock()
      const ship = recordingTarget(clock, { answer: () => Promise.reject(refusal) })
      const { put, engine } = await anEngine({ clock, targets: [ship] })

      await put(1)
      await clock.move(hour)

      assert.equal(ship.invocations.length, 1)
      const [dead] = (await engine.status()).deadLetters
      assert.deepEqual([dead?.error, dead?.attempts], ['No such street', 1])
      assert.equal(dead && 'exhaustedRetryCondition' in dead, false)
    }
  })

  const odd: Readonly<Record<string, unknown>> = {
    nothing: undefined,
    'a text': 'The lorry is broken',
    'an object without a prototype': Object.create(null),
    'a symbol': Symbol('broken'),
    'an error whose message is an object': Object.assign(new Error(), { message: { code: 7 } }),
    'an error without a message': Object.assign(new Error(), { message: undefined }),
    'an error that cannot be read': Object.defineProperty(new Error(), 'message', {
      get() {
        throw new Error('unreadable')
      },
    }),
  }
  for (const [what, thrown] of Object.entries(odd))
    test(`is kept as a text, also ${what}`, async () => {
      const clock = handClock()
      const ship = recordingTarget(clock, { answer: () => Promise.reject(thrown) })
      const { put, engine } = await anEngine({ clock, targets: [ship] })

      await put(1)
      await clock.move(1_000)

      assert.equal(ship.invocations.length, 2)
      const [waiting] = (await engine.status()).waiting
      assert.equal(typeof waiting?.error, 'string')
    })

  test('is cut when it is long: it is stored with each delivery', async () => {
    const clock = handClock()
    const page = `<html>${'x'.repeat(100_000)}`
    const ship = recordingTarget(clock, { answer: () => Promise.reject(new Error(page)) })
    const { put, engine } = await anEngine({ clock, targets: [ship] })

    await put(1)
    await clock.move(4)

    const error = (await engine.status()).waiting[0]?.error ?? ''
    assert.ok(error.startsWith('<html>') && error.length <= 2_000, `${error.length} characters`)
  })

  test('at once, and not by its promise, is a failure like any other', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, {
      answer: () => {
        throw new Error('The lorry is broken')
      },
    })
    const { put } = await anEngine({ clock, targets: [ship] })

    await put(1)
    await clock.move(1_000)

    assert.equal(ship.invocations.length, 2)
  })
})
