/** What fires when nothing ran for a while, or the disk or the clock went wrong. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openDatabase } from '../adapters/sqlite/database.ts'
import { sqliteStore } from '../adapters/sqlite/store.ts'
import type { Store } from '../ports.ts'
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

describe('what fell due while nothing ran', () => {
  test('is fired once, late, oldest first, all rules in the order of their times', async () => {
    const book = aRuleBook(
      aScheduledRule({ Name: 'a', ScheduleExpression: 'rate(20 minutes)' }),
      aScheduledRule({ Name: 'b', ScheduleExpression: 'rate(30 minutes)' }),
      aScheduledRule({ Name: 'c', ScheduleExpression: 'cron(5,20 * * * ? *)' }),
    )
    const { clock, fired, start, kill } = aMachine(book)
    await start()
    await clock.move(minute)
    await kill()
    await clock.move(hour)
    await start()
    await clock.move(1_000)
    const caughtUp = [...fired]
    await kill()
    await start()
    await clock.move(minute)

    const expected = [...at([20, 40, 60], 'a'), ...at([30, 60], 'b'), ...at([5, 20], 'c')]
    assert.deepEqual(caughtUp.toSorted(), expected.toSorted())
    assert.deepEqual(
      caughtUp.map((each) => each.slice(2)),
      expected.map((each) => each.slice(2)).toSorted(),
    )
    assert.deepEqual(fired, caughtUp)
  })

  test('is fired as far as the last 24 hours go', async () => {
    const { clock, fired, start, kill } = aMachine(aRuleBook(aScheduledRule()))
    await start()
    await clock.move(minute)
    await kill()
    await clock.move(3 * day)
    await start()
    await clock.move(1_000)

    assert.deepEqual(fired, at([1, ...numbers(2 * 1_440 + 2, 3 * 1_440 + 1)]))
  })

  test('begins with the creation of a rule whose process ended at once', async () => {
    const { clock, fired, start } = aMachine(aRuleBook(aScheduledRule()))
    await clock.move(3 * minute)
    await start()

    assert.deepEqual(fired, at([1, 2, 3]))
  })

  test('is fired in commits of at most a hundred rules', async () => {
    const names = numbers(1, 250).map((each) => `rule-${each}`)
    const book = aRuleBook(...names.map((Name) => aScheduledRule({ Name })))
    const { clock, fired, start } = aMachine(book)
    await clock.move(3 * minute)
    const { store } = await start()
    await clock.move(1_000)

    assert.deepEqual(fired.toSorted(), names.flatMap((name) => at([1, 2, 3], name)).toSorted())
    assert.ok(Math.max(...store.commits.map(({ events }) => events.length)) <= 100)
  })
})

describe('each due time is fired once', () => {
  test('when the process is killed at whatever moment', async () => {
    for (const ms of [0, 1, 2, 3, 5, 7, 8, 10, 12, 14, 15, 20]) {
      const book = aRuleBook(aScheduledRule(), aScheduledRule({ Name: 'other' }))
      const { clock, target, start, kill } = aMachine(book, { latencyMs: 3 })
      await start()
      await clock.move(minute - (clock.now().getTime() % minute) - 5 + ms)
      await kill()
      await start()
      await clock.move(3 * minute - (clock.now().getTime() % minute) - 1)

      for (const name of ['nightly', 'other']) {
        const ids = new Map(
          target(name).invocations.map(({ event }) => [event.id, `${name} ${event.time}`]),
        )
        assert.deepEqual([...ids.values()].toSorted(), at([1, 2, 3], name), `${ms} ms`)
      }
    }
  })

  test('when commits fail for a while: it is tried again, told, and fired late', async () => {
    const { clock, fired, start } = aMachine(aRuleBook(aScheduledRule()))
    const { store, failures } = await start()
    store.failsAt = 'rows'
    await clock.move(2 * minute + 30_000)
    assert.deepEqual(fired, [])
    store.failsAt = null
    await clock.move(1_000)

    assert.deepEqual(fired, at([1, 2]))
    assert.equal(failures.length, 91)
    assert.match(String(failures[0]), /disk is full/)
  })

  test('when the clock is set back: it waits until it is later than ever before', async () => {
    const { clock, fired, start, kill } = aMachine(aRuleBook(aScheduledRule()))
    await start()
    await clock.move(30 * minute)
    clock.set('2026-01-01T12:20:00.000Z')
    await clock.move(5 * minute)
    await kill()
    await start()
    await clock.move(6 * minute)

    assert.deepEqual(fired, at(numbers(1, 31)))
  })

  test('when the clock is set forward: what it jumped over comes within a minute', async () => {
    const { clock, fired, start } = aMachine(
      aRuleBook(aScheduledRule({ ScheduleExpression: 'rate(1 hour)' })),
    )
    await start()
    await clock.move(10_000)
    clock.set('2026-01-01T15:30:00.000Z')
    await clock.move(minute)

    assert.deepEqual(fired, at([60, 120, 180]))
  })

  test('when the clock was years ahead by mistake: it goes on within a minute', async () => {
    const { clock, fired, start, kill } = aMachine(aRuleBook(aScheduledRule()))
    await start()
    await clock.move(minute)
    clock.set('2031-01-01T00:00:00.000Z')
    await clock.move(2 * minute)
    const ahead = fired.length
    clock.set('2026-01-01T12:10:30.000Z')
    await clock.move(minute)
    await kill()
    await clock.move(minute)
    await start()
    await clock.move(minute)

    assert.deepEqual(fired.slice(ahead), at([12, 13]))
  })
})

test('on SQLite a rule fires once for each due time, on through a new process', async () => {
  const disk = sqliteStore(openDatabase(':memory:')) as Store<never> as Store<undefined>
  const { clock, fired, start, kill } = aMachine(aRuleBook(aScheduledRule()), { disk })
  await start()
  await clock.move(2 * minute + 10)
  await kill()
  await clock.move(2 * minute)
  await start()
  await clock.move(minute)

  assert.deepEqual(fired, at([1, 2, 3, 4, 5]))
})
