/** Dead letters that somebody is told of: in the commit in which the delivery dies, and until it is heard. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import { deadLetterQueue } from '../dead-letter-queue.ts'
import { DeliveryRefused } from '../errors.ts'
import type { Store } from '../ports.ts'
import type { Target } from '../target.ts'
import {
  anEngine,
  aRule,
  done,
  fails,
  handClock,
  plenty,
  type RecordingTarget,
  recordingTarget,
  steeredStore,
} from '../testing.ts'

const key = 'orders/placed/ship'
const deadLetterTo: NonNullable<Target['deadLetterTo']> = {
  key: 'undertaker',
  tell: ({ target, errorCode, attempts }) => `${target} ${errorCode} ${attempts}`,
}
const refuses = async () => {
  throw new DeliveryRefused('No such street', { code: 'NO_RESOURCE' })
}

/** `ship` refuses everything, and `undertaker` is told. */
async function mortal(
  disk: Store<undefined> = memoryStore(),
  fields: Partial<Target> & Partial<Pick<RecordingTarget, 'answer'>> = {},
) {
  const clock = handClock()
  const ship = recordingTarget(clock, { deadLetterTo, answer: refuses, ...fields })
  const undertaker = recordingTarget(clock, { id: 'undertaker' })
  const fanOutTargets = new Map([['undertaker', undertaker]])
  const store = steeredStore(clock, disk)
  const bus = await anEngine({ clock, store, targets: [ship], fanOutTargets })
  const letters = async () =>
    (await store.deadLetters({}, 'oldest', 99, plenty)).map(({ target }) => target)
  return { ...bus, ship, undertaker, disk, letters }
}

describe('a delivery that dies', () => {
  test('is told of in the commit that makes it a dead letter, with its event', async () => {
    const { put, store, undertaker, letters } = await mortal()

    await put(7)

    const [commit] = store.commits.filter(({ deadLetters }) => deadLetters.length > 0)
    const [letter] = commit?.deadLetters ?? []
    assert.deepEqual(
      commit?.deliveries.map(({ target, event, ownText, progress }) => ({
        ...{ target, event, ownText, progress },
      })),
      [
        {
          ...{ target: 'undertaker', event: letter?.event, ownText: letter?.text },
          progress: `${key} NO_RESOURCE 1`,
        },
      ],
    )
    assert.deepEqual(undertaker.orders, [7])
    assert.equal(undertaker.invocations[0]?.progress, `${key} NO_RESOURCE 1`)
    assert.deepEqual(await letters(), [key])
  })

  test('costs nothing where deliveries succeed', async () => {
    const { put, store, ship, clock } = await mortal()
    ship.answer = done

    await put(1, 2)
    await clock.move(2_000)

    assert.deepEqual(
      store.commits.flatMap(({ deliveries, deadLetters }) => [...deliveries, ...deadLetters]),
      [],
    )
  })

  test('is told of until that is heard, and once when it has been', async () => {
    const { put, undertaker, clock, counts } = await mortal()
    undertaker.answer = fails

    await put(1)
    await clock.move(1_000)
    undertaker.answer = done
    await clock.move(10 * 60_000)

    assert.deepEqual(undertaker.orders, [1, 1, 1])
    assert.deepEqual(await counts(), { waiting: 0, dead: 1 })
  })

  test('is a dead letter twice when nobody hears of it, and that is the end of it', async () => {
    const { put, undertaker, letters, counts } = await mortal()
    undertaker.answer = refuses

    await put(1)

    assert.deepEqual(await letters(), [key, 'undertaker'])
    assert.deepEqual(await counts(), { waiting: 0, dead: 2 })
  })

  test('is told of by the next process when this one dies', async () => {
    const { put, undertaker, store, disk } = await mortal()
    undertaker.answer = fails
    await put(1)
    store.kill()

    const next = await mortal(disk)
    await next.clock.move(10_000)

    assert.deepEqual(next.undertaker.orders, [1])
    assert.deepEqual(next.ship.orders, [])
  })

  test('is told of once when the commit fails in which it dies', async () => {
    const { put, store, ship, undertaker, clock, letters } = await mortal()
    let refuse = () => {}
    ship.answer = async () => {
      await new Promise<void>((resolve) => {
        refuse = resolve
      })
      return refuses()
    }
    await put(1)
    store.failsAt = 'rows'
    refuse()
    await clock.move(5_000)
    assert.deepEqual(await letters(), [])

    store.failsAt = null
    await clock.move(5_000)

    assert.deepEqual(await letters(), [key])
    assert.deepEqual(undertaker.orders, [1])
  })

  test('is told of again when it was redriven and dies again', async () => {
    const { put, undertaker, engine, clock, counts } = await mortal()
    undertaker.answer = fails
    await put(1)

    await deadLetterQueue(engine.inside).redrive({ target: key })
    await clock.turn()
    undertaker.answer = done
    await clock.move(120_000)

    // an attempt for each that failed, and one for each that was heard
    assert.equal(undertaker.orders.length, 4)
    assert.deepEqual(await counts(), { waiting: 0, dead: 1 })
  })

  test('is told of when its target was removed while it was attempted', async () => {
    const { put, ship, undertaker, engine, clock } = await mortal()
    let refuse = () => {}
    ship.answer = async () => {
      await new Promise<void>((resolve) => {
        refuse = resolve
      })
      return refuses()
    }
    await put(1)
    void engine.inside.disconnect(key)
    refuse()
    await clock.turn()

    assert.deepEqual(undertaker.orders, [1])
  })

  test('is told of with the number of its attempts', async () => {
    const { put, undertaker, clock } = await mortal(memoryStore(), {
      answer: fails,
      retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 86_400 },
    })

    await put(1)
    await clock.move(10_000)

    assert.equal(undertaker.invocations[0]?.progress, `${key} ERROR_FROM_TARGET 3`)
  })

  test('is told of when it dies because the log has lost its event', async () => {
    const disk = memoryStore()
    const { put, undertaker, clock } = await mortal(
      {
        ...disk,
        due: async (...asked) =>
          (await disk.due(...asked)).map((row) =>
            row.target === key ? { ...row, text: null } : row,
          ),
      },
      { answer: fails },
    )

    await put(1)
    await clock.move(2_000)

    assert.deepEqual(
      undertaker.invocations.map(({ text, progress }) => [text, progress]),
      [['{}', `${key} INTERNAL_ERROR 1`]],
    )
  })
})

test('an event that goes to no third bus is told of in the commit that stores it', async () => {
  const clock = handClock()
  const undertaker = recordingTarget(clock, { id: 'undertaker' })
  const to = (forwardTo: string) =>
    recordingTarget(clock, { id: `to-${forwardTo}`, forwardTo, deadLetterTo })
  const { put, store } = await anEngine({
    clock,
    rules: [
      aRule({ targets: [to('returns')] }),
      aRule({ bus: 'returns', name: 'returned', targets: [to('third')] }),
    ],
    fanOutTargets: new Map([['undertaker', undertaker]]),
  })

  await put(7)

  const [commit] = store.commits.filter(({ events }) => events.length > 0)
  assert.deepEqual(
    [commit?.deadLetters.length, commit?.deliveries.map(({ target }) => target)],
    [1, ['undertaker']],
  )
  assert.deepEqual(undertaker.orders, [7])
  assert.equal(
    undertaker.invocations[0]?.progress,
    'returns/returned/to-third THIRD_ACCOUNT_HOP_DETECTED 0',
  )
})
