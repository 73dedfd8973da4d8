/** What the engine says of itself, and when it says that it is done. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { anEngine, anEntry, aRule, fails, handClock, hangs, recordingTarget } from '../testing.ts'
import { counted } from './status.ts'

describe('the status', () => {
  test('tells of each target what is under way, what waits and what is dead', async () => {
    const clock = handClock()
    const once = { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 }
    const { put, engine } = await anEngine({
      clock,
      targets: [
        recordingTarget(clock, { id: 'hangs', answer: hangs }),
        recordingTarget(clock, { id: 'fails', answer: fails }),
        recordingTarget(clock, { id: 'dies', answer: fails, retryPolicy: once }),
        recordingTarget(clock, { id: 'works' }),
      ],
    })
    await put(1, 2)
    await clock.turn()

    const { targets, waiting, deadLetters } = await engine.status()

    const numbers = targets.map(({ key, known, underWay, waiting, dead }) => [
      key.split('/').at(-1),
      known,
      underWay,
      waiting,
      dead,
    ])
    assert.deepEqual(numbers, [
      ['hangs', true, 2, 0, 0],
      ['fails', true, 0, 2, 0],
      ['dies', true, 0, 0, 2],
      ['works', true, 0, 0, 0],
    ])
    assert.deepEqual(
      waiting.map(({ target, attempts, error }) => [target, attempts, error]),
      Array(2).fill(['orders/placed/fails', 1, 'The lorry is broken']),
    )
    assert.deepEqual(
      deadLetters.map(({ target, error }) => [target, error]),
      Array(2).fill(['orders/placed/dies', 'The lorry is broken']),
    )
  })

  test('counts as waiting also what stands in line in memory', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: hangs, concurrency: 2, timeoutMs: 3_600_000 })
    const { put, engine } = await anEngine({ clock, targets: [ship] })

    await put(...Array.from({ length: 1_500 }, (_, order) => order))

    const [target] = (await engine.status()).targets
    assert.deepEqual([target?.underWay, target?.waiting], [2, 1_498])
  })

  test('shows a hundred of what waits and of what is dead, the next due and the last dead first', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: fails })
    const dies = recordingTarget(clock, {
      id: 'dies',
      answer: fails,
      retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
    })
    const { put, engine } = await anEngine({ clock, targets: [ship, dies] })
    for (let order = 0; order < 150; order++) {
      await put(order)
      await clock.move(5)
    }

    const { waiting, deadLetters, targets } = await engine.status()

    assert.deepEqual([waiting.length, deadLetters.length], [100, 100])
    assert.deepEqual(
      waiting.map(({ due }) => due),
      waiting.map(({ due }) => due).toSorted(),
    )
    assert.deepEqual(JSON.parse(deadLetters[0]?.text ?? '').detail, { order: 149 })
    assert.equal(targets[1]?.dead, 150)
  })
})

test('counts are not made again before fifty times as long has passed as they took', async () => {
  const clock = handClock()
  let asked = 0
  const slow = async () => {
    asked++
    await new Promise<void>((resolve) => clock.after(100, resolve))
    return new Map([['orders/placed/ship', { waiting: asked, dead: 0 }]])
  }
  const counts = counted({ counts: slow }, clock)
  const ask = async () => {
    const answer = counts()
    await clock.move(100)
    return (await answer).get('orders/placed/ship')?.waiting
  }

  assert.deepEqual([await ask(), await ask()], [1, 1])
  await clock.move(4_700)
  assert.equal(await ask(), 1)
  await clock.move(200)
  assert.equal(await ask(), 2)
})

describe('settled', () => {
  test('is at once when nothing is to be done', async () => {
    const { engine } = await anEngine()

    await engine.settled()
  })

  test('waits for what has been put, and for all that this sets off', async () => {
    const clock = handClock()
    const gate = Promise.withResolvers<undefined>()
    const thank = recordingTarget(clock, { id: 'thank', answer: () => gate.promise })
    const ship = recordingTarget(clock)
    const { put, engine } = await anEngine({
      clock,
      rules: [aRule({ targets: [ship] }), aRule({ bus: 'shipped', targets: [thank] })],
    })
    ship.answer = async () => {
      await engine.putEvents('shipped', [anEntry()])
      return undefined
    }
    let settled = false

    void put(1)
    void engine.settled().then(() => {
      settled = true
    })
    await clock.move(1_000)
    assert.deepEqual([thank.orders, settled], [[1], false])
    gate.resolve(undefined)
    await clock.move(10)
    assert.equal(settled, true)
  })

  test('does not wait for a retry that is not due yet', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: fails })
    const { put, engine, counts } = await anEngine({ clock, targets: [ship] })
    await put(1)

    await engine.settled()

    assert.deepEqual(await counts(), { waiting: 1, dead: 0 })
  })
})
