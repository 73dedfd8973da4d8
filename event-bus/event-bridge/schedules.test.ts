import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  aMachine,
  aRuleBook,
  aScheduledRule,
  at,
  day,
  hour,
  minute,
  numbers,
} from '../testing/schedules.ts'
import { fails, type HandClock, handClock, recordingTarget } from '../testing.ts'

describe('a scheduled rule', () => {
  test("fires EventBridge's event, for its own targets alone, within its minute", async () => {
    const book = aRuleBook(
      aScheduledRule(),
      aScheduledRule({ Name: 'yearly', ScheduleExpression: 'cron(0 0 1 1 ? *)' }),
    )
    const { clock, target, start } = aMachine(book)
    const { engine } = await start()
    engine.inside.routing.set('default', 'all', { source: ['aws.events'] }, ['default/all/ship'])
    const all = recordingTarget(clock)
    engine.inside.connect('default/all/ship', all)

    await clock.move(2 * minute)

    const [first, second] = target('nightly').invocations
    assert.deepEqual(first?.event, {
      version: '0',
      id: first?.event.id,
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
      time: '2026-01-01T12:01:00Z',
      region: 'us-east-1',
      resources: ['arn:aws:events:us-east-1:000000000000:rule/nightly'],
      detail: {},
    })
    assert.equal(first?.at, Date.parse('2026-01-01T12:01:00.000Z'))
    assert.equal(second?.event.time, '2026-01-01T12:02:00Z')
    assert.deepEqual([target('yearly').invocations, all.invocations], [[], []])
  })

  test('with a rate counts from when it was created', async () => {
    const CreatedAt = Date.parse('2026-01-01T12:00:17.250Z')
    const { clock, target, start } = aMachine(
      aRuleBook(aScheduledRule({ CreatedAt, ScheduleExpression: 'rate(2 minutes)' })),
    )
    await start()
    await clock.move(5 * minute)

    assert.deepEqual(
      target('nightly').invocations.map((each) => each.at - CreatedAt),
      [2 * minute, 4 * minute],
    )
  })

  test('that is put while the process runs fires, and that is deleted does not', async () => {
    const book = aRuleBook(aScheduledRule({ Name: 'other', ScheduleExpression: 'rate(1 day)' }))
    const { clock, fired, target, start } = aMachine(book)
    const { engine } = await start()
    await clock.move(10 * minute)

    book.put(aScheduledRule({ CreatedAt: clock.now().getTime() }))
    engine.inside.connect('default/nightly/ship', target('nightly'))
    await clock.move(2 * minute)
    book.delete('nightly')
    await clock.move(hour)
    book.put(aScheduledRule({ CreatedAt: clock.now().getTime() }))
    await clock.move(minute)

    assert.deepEqual(fired, at([11, 12, 73]))
  })

  test('that is DISABLED does not fire, and when it is enabled again catches nothing up', async () => {
    const book = aRuleBook(aScheduledRule())
    const { clock, fired, start, kill } = aMachine(book)
    await start()
    await clock.move(2 * minute)

    book.put(aScheduledRule({ State: 'DISABLED' }))
    await clock.move(10 * minute + 1_000)
    book.put(aScheduledRule())
    await clock.move(minute)
    book.put(aScheduledRule({ State: 'DISABLED' }))
    await clock.move(10 * minute)
    await kill()
    await start()
    await clock.move(10 * minute)
    book.put(aScheduledRule())
    await clock.move(minute)

    assert.deepEqual(fired, at([1, 2, 13, 34]))
  })

  test('with another expression starts anew', async () => {
    const book = aRuleBook(aScheduledRule({ ScheduleExpression: 'rate(1 hour)' }))
    const { clock, fired, start, kill } = aMachine(book)
    await start()
    await clock.move(50 * minute)
    const CreatedAt = clock.now().getTime()
    book.put(aScheduledRule({ ScheduleExpression: 'rate(20 minutes)', CreatedAt }))
    await clock.move(15 * minute)
    await kill()
    await start()
    await clock.move(30 * minute)

    assert.deepEqual(fired, at([70, 90]))
  })

  test('that has other targets meanwhile, or another pattern, goes on as it was', async () => {
    const book = aRuleBook(aScheduledRule())
    const { clock, fired, start } = aMachine(book)
    await start()
    for (let step = 0; step < 30; step++) {
      book.put(aScheduledRule({ Description: `${step}` }))
      await clock.move(10_000)
    }

    assert.deepEqual(fired, at([1, 2, 3, 4, 5]))
  })

  test('without targets puts no event, and whoever is added later gets none of before', async () => {
    const book = aRuleBook(aScheduledRule())
    book.without.add('nightly')
    const { clock, fired, start, kill } = aMachine(book)
    const { engine } = await start()
    await clock.move(5 * minute)
    assert.deepEqual(await engine.log('default').tail(10, 1_000), [])
    await kill()
    book.without.clear()
    await start()
    await clock.move(minute)

    assert.deepEqual(fired, at([6]))
  })

  test('whose target fails is not fired again for that: the delivery is tried again', async () => {
    const { clock, target, start } = aMachine(
      aRuleBook(aScheduledRule({ ScheduleExpression: 'rate(1 hour)' })),
    )
    target('nightly').answer = fails
    await start()
    await clock.move(hour + 30_000)

    const { invocations } = target('nightly')
    assert.equal(invocations.length, 5)
    assert.equal(new Set(invocations.map(({ event }) => event.id)).size, 1)
  })
})

describe('the timer', () => {
  /** A clock that tells how long each wait was to be. */
  function aWatchedClock(): { clock: HandClock; waits: number[] } {
    const inner = handClock()
    const waits: number[] = []
    const clock: HandClock = {
      ...inner,
      get timers() {
        return inner.timers
      },
      after(ms, callback) {
        waits.push(ms)
        return inner.after(ms, callback)
      },
    }
    return { clock, waits }
  }

  test('is one for all schedules, and looks at the clock once a minute, no more', async () => {
    const { clock, waits } = aWatchedClock()
    const names = numbers(1, 20).map((each) => `rule-${each}`)
    const { start } = aMachine(
      aRuleBook(
        ...names.map((Name) => aScheduledRule({ Name, ScheduleExpression: 'rate(365 days)' })),
      ),
      { clock },
    )
    await start()
    await clock.move(1_000)
    assert.equal(clock.timers, 1)
    waits.length = 0
    await clock.move(day)

    assert.deepEqual(new Set(waits), new Set([minute]))
    assert.equal(waits.length, 1_440)
  })

  test('is none when nothing will ever be due, and when it is closed', async () => {
    const over = aScheduledRule({ ScheduleExpression: 'cron(0 0 1 1 ? 2020)' })
    const off = aScheduledRule({ Name: 'off', State: 'DISABLED' })
    const machine = aMachine(aRuleBook(over, off))
    await machine.start()
    await machine.clock.move(1_000)
    assert.equal(machine.clock.timers, 0)

    const book = aRuleBook(aScheduledRule())
    const { clock, fired, start } = aMachine(book)
    const { close } = await start()
    await clock.move(1_000)
    close()
    book.put(aScheduledRule({ Name: 'late' }))
    await clock.move(10 * minute)

    assert.deepEqual([clock.timers, fired], [0, []])
  })
})
