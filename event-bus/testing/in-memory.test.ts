import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { anEntry, aRule, recordingTarget } from '../testing.ts'
import { handClock, memoryBus } from './in-memory.ts'

describe('a clock that is moved by hand', () => {
  test('fires each timer at its own moment, those too that others have set', async () => {
    const clock = handClock('2026-01-01T00:00:00.000Z')
    const fired: string[] = []
    const note = (name: string) => () => fired.push(`${name} ${clock.now().toISOString()}`)
    clock.after(2_000, note('later'))
    clock.after(1_000, () => {
      note('first')()
      clock.after(500, note('set by the first'))
    })
    const takeBack = clock.after(1_200, note('never'))
    takeBack()

    await clock.move(1_999)
    assert.deepEqual(fired, [
      'first 2026-01-01T00:00:01.000Z',
      'set by the first 2026-01-01T00:00:01.500Z',
    ])
    assert.equal(clock.timers, 1)
    await clock.move(1)

    assert.equal(fired[2], 'later 2026-01-01T00:00:02.000Z')
  })

  test('lets end what a timer sets off before the next one fires', async () => {
    const clock = handClock()
    const steps: string[] = []
    clock.after(1, () =>
      clock.soon(() => clock.soon(() => void Promise.resolve().then(() => steps.push('set off')))),
    )
    clock.after(2, () => steps.push('next'))

    await clock.move(2)

    assert.deepEqual(steps, ['set off', 'next'])
  })

  test('tells another time when it is set, of which no timer takes notice', async () => {
    const clock = handClock()
    const fired: string[] = []
    clock.after(1_000, () => fired.push(clock.now().toISOString()))

    clock.set('2030-01-01T00:00:00.000Z')
    await clock.move(999)
    assert.deepEqual(fired, [])
    await clock.move(1)

    assert.deepEqual(fired, ['2030-01-01T00:00:01.000Z'])
  })
})

test('a bus in memory has settled when what was put is delivered, and no time has passed', async () => {
  const clock = handClock()
  const ship = recordingTarget(clock)
  const bus = await memoryBus({ clock, rules: [aRule({ targets: [ship] })] })
  const begin = clock.now()

  await bus.putEvents('orders', [anEntry()])
  await bus.settled()

  assert.deepEqual([ship.orders, clock.now()], [[1], begin])
})
