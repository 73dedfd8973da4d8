/**
 * Whatever happens to a process, its disk and its clock: each due time is one event, none that was not
 * due is fired, and none is left out.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { schedule } from '../schedule.ts'
import { aMachine, aRuleBook, aScheduledRule, minute } from '../testing/schedules.ts'

const expressions = ['rate(1 minute)', 'rate(7 minutes)', 'cron(0/10 * * * ? *)']

type Step =
  | { readonly kind: 'move' | 'away' | 'full' | 'ahead'; readonly ms: number }
  | { readonly kind: 'kill' | 'look'; readonly ms: number }
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('move', 'away', 'full', 'ahead', 'kill', 'look'),
  // Often within the milliseconds in which a commit is under way.
  ms: fc.oneof(
    fc.integer({ min: 0, max: 20 }),
    fc.integer({ min: 1, max: 15 }).map((minutes) => minutes * minute),
    fc.integer({ min: 1, max: 20 * minute }),
  ),
})

test('each due time is one event, through kills, full disks and a clock that jumps', async () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(0, 2), async (todo, latencyMs) => {
      const begin = aScheduledRule().CreatedAt
      const rules = expressions.map((ScheduleExpression, at) =>
        aScheduledRule({ Name: `rule-${at}`, ScheduleExpression }),
      )
      const book = aRuleBook(...rules)
      const { clock, fired, start, kill } = aMachine(book, { latencyMs })
      let running = await start()
      for (const { kind, ms } of todo) {
        if (kind === 'kill' || kind === 'away') await kill()
        if (kind === 'full') running.store.failsAt = 'rows'
        if (kind === 'ahead') clock.set(new Date(clock.now().getTime() + ms).toISOString())
        if (kind === 'look') for (const rule of rules) book.put(rule)
        if (kind === 'move' || kind === 'away' || kind === 'full') await clock.move(ms)
        if (kind === 'full') running.store.failsAt = null
        if (kind === 'kill' || kind === 'away') running = await start()
      }
      const end = clock.now().getTime()
      await clock.move(2 * minute) // the clock is looked at once a minute

      for (const { Name, ScheduleExpression = '' } of rules) {
        const due: string[] = []
        const { next } = schedule(ScheduleExpression, begin)
        for (let at = next(begin); at !== null && at <= end; at = next(at))
          due.push(`${Name} ${new Date(at).toISOString().slice(0, 19)}Z`)
        const mine = fired.filter((each) => each.startsWith(Name))
        assert.deepEqual(mine.slice(0, due.length), due)
        assert.equal(new Set(mine).size, mine.length)
      }
      await kill()
    }),
    { numRuns: 100 },
  )
})
