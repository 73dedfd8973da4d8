/**
 * Holds the search for the next due time against asking minute by minute, and the calendar's rules
 * against their definitions, day by day.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { schedule } from './schedule.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

/** A part of a field as it is written, and what it is for. */
interface Part {
  readonly text: string
  readonly matches: (date: Date) => boolean
}
type Reading = (date: Date) => number

/** A number, a range that may wrap, `*`, each with or without a step. */
function numbers(
  least: number,
  most: number,
  reading: Reading,
  names?: string,
): fc.Arbitrary<Part> {
  const size = most - least + 1
  const spelt = (value: number, named: boolean) =>
    named && names !== undefined ? (names.split(' ')[value - least] as string) : String(value)
  const bound = fc.integer({ min: least, max: most })
  const step = fc.option(fc.integer({ min: 1, max: size + 2 }), { nil: undefined })
  return fc
    .tuple(fc.constantFrom('one', 'range', 'all'), bound, bound, step, fc.boolean())
    .map(([kind, from, to, by, named]): Part => {
      const tail = by === undefined ? '' : `/${by}`
      const text = { one: spelt(from, named), range: `${spelt(from, named)}-${to}`, all: '*' }[kind]
      const start = kind === 'all' ? least : from
      const open = kind === 'all' || (kind === 'one' && by !== undefined)
      const end = open ? most : kind === 'one' ? from : to
      const length = (end - start + size) % size
      return {
        text: `${text}${tail}`,
        matches(date) {
          const behind = (reading(date) - start + size) % size
          return behind <= length && behind % (by ?? 1) === 0
        },
      }
    })
}

const day: Reading = (date) => date.getUTCDate()
const weekday: Reading = (date) => date.getUTCDay() + 1
const other = (date: Date, days: number) => new Date(date.getTime() + days * dayMs)
const isWorkday = (date: Date) => weekday(date) > 1 && weekday(date) < 7
const month: Reading = (date) => date.getUTCMonth() + 1
const isLastDay = (date: Date) => month(other(date, 1)) !== month(date)
/** All dates of the date's month. */
const monthOf = (date: Date) =>
  Array.from({ length: 31 }, (_, index) => other(date, index + 1 - day(date))).filter(
    (each) => month(each) === month(date),
  )

/** The least far away of all workdays of the month; two are never equally far. */
function isNearest(date: Date, target: number): boolean {
  const dates = monthOf(date)
  if (dates.length < target || !isWorkday(date)) return false
  const distances = dates.filter(isWorkday).map((each) => Math.abs(day(each) - target))
  return Math.abs(day(date) - target) === Math.min(...distances)
}

const dayPart = fc.oneof(
  { arbitrary: numbers(1, 31, day), weight: 3 },
  fc.constant<Part>({ text: 'L', matches: isLastDay }),
  fc.constant<Part>({
    text: 'LW',
    matches: (date) => day(monthOf(date).filter(isWorkday).at(-1) as Date) === day(date),
  }),
  fc
    .integer({ min: 1, max: 31 })
    .map((target): Part => ({ text: `${target}W`, matches: (date) => isNearest(date, target) })),
)
const weekdayNames = 'SUN MON TUE WED THU FRI SAT'
const someWeekday = fc.integer({ min: 1, max: 7 })
const weekdayPart = fc.oneof(
  { arbitrary: numbers(1, 7, weekday, weekdayNames), weight: 3 },
  fc.constant<Part>({ text: 'L', matches: (date) => weekday(date) === 7 }),
  someWeekday.map(
    (wanted): Part => ({
      text: `${wanted}L`,
      matches: (date) => weekday(date) === wanted && month(other(date, 7)) !== month(date),
    }),
  ),
)
const nthWeekday = fc.tuple(someWeekday, fc.integer({ min: 1, max: 5 })).map(
  ([wanted, nth]): Part => ({
    text: `${wanted}#${nth}`,
    matches: (date) => weekday(date) === wanted && Math.ceil(day(date) / 7) === nth,
  }),
)

const list = (part: fc.Arbitrary<Part>): fc.Arbitrary<Part> =>
  fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => ({
    text: parts.map(({ text }) => text).join(','),
    matches: (date) => parts.some(({ matches }) => matches(date)),
  }))
const all: Part = { text: '*', matches: () => true }
const often = (part: fc.Arbitrary<Part>) =>
  fc.oneof({ arbitrary: list(part), weight: 2 }, fc.constant(all))
const any: Part = { text: '?', matches: () => true }
const dayFields = fc.oneof(
  often(dayPart).map((part) => [part, any] as const),
  fc.oneof(often(weekdayPart), nthWeekday).map((part) => [any, part] as const),
)
const monthNames = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'
const years = fc.oneof(
  { arbitrary: fc.constant(all), weight: 3 },
  fc.tuple(fc.integer({ min: 2023, max: 2033 }), fc.nat(5)).map(
    ([from, more]): Part => ({
      text: `${from}-${from + more}`,
      matches: (date) => date.getUTCFullYear() >= from && date.getUTCFullYear() <= from + more,
    }),
  ),
)

const expression = fc
  .tuple(
    often(numbers(0, 59, (date) => date.getUTCMinutes())),
    often(numbers(0, 23, (date) => date.getUTCHours())),
    dayFields,
    often(numbers(1, 12, month, monthNames)),
    years,
  )
  .map(([minute, hour, [dayOfMonth, dayOfWeek], months, year]) => {
    const inOrder = [minute, hour, dayOfMonth, months, dayOfWeek, year]
    return {
      text: `cron(${inOrder.map(({ text }) => text).join(' ')})`,
      isDay: (date: Date) => inOrder.slice(2).every(({ matches }) => matches(date)),
      isTime: (date: Date) => minute.matches(date) && hour.matches(date),
    }
  })
const time = fc.integer({
  min: Date.parse('2023-12-01T00:00:00Z'),
  max: Date.parse('2032-03-05T00:00:00Z'),
})
/** How far the naive search goes: over a leap day, but not over an age. */
const horizonMs = 1_600 * dayMs

test('the next due time is the first minute that matches', () => {
  fc.assert(
    fc.property(expression, time, ({ text, isDay, isTime }, after) => {
      let naive: number | null = null
      const first = Math.floor(after / minuteMs) * minuteMs + minuteMs
      for (let at = first; at < after + horizonMs && naive === null; ) {
        const date = new Date(at)
        if (!isDay(date)) at = Math.floor(at / dayMs) * dayMs + dayMs
        else if (isTime(date)) naive = at
        else at += minuteMs
      }
      const found = schedule(text, 0).next(after)
      if (naive === null) assert.ok(found === null || found >= after + horizonMs, text)
      else assert.equal(found && new Date(found).toISOString(), new Date(naive).toISOString(), text)
    }),
    { numRuns: 1_500 },
  )
})

test('a due time is found from the millisecond before it, and from no later one', () => {
  fc.assert(
    fc.property(expression, time, ({ text }, after) => {
      const { next } = schedule(text, 0)
      const found = next(after)
      if (found === null) return
      assert.ok(found > after)
      assert.equal(next(found - 1), found)
      const then = next(found)
      assert.ok(then === null || then > found)
    }),
    { numRuns: 1_000 },
  )
})

test('a rate is due at multiples of its period, each of them, from its creation on', () => {
  const unit = fc.constantFrom(['minute', minuteMs], ['hour', 60 * minuteMs], [
    'day',
    dayMs,
  ] as const)
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      unit,
      time,
      time,
      (count, [name, ms], createdAt, after) => {
        const period = count * (ms as number)
        const found = schedule(`rate(${count} ${name}${count > 1 ? 's' : ''})`, createdAt).next(
          after,
        )
        assert.ok(found !== null && found > after)
        assert.equal((found - createdAt) % period, 0)
        assert.ok(found === createdAt + period || found - period <= after)
      },
    ),
  )
})

test('any text is a schedule or is refused in one way', () => {
  const unit = fc.constantFrom(...'0123456789*?/-,#LWSUNJAN cron(rate) minutes'.split(''))
  const word = fc.string({ unit, maxLength: 8 })
  const text = fc.oneof(
    fc.string(),
    fc.array(word, { maxLength: 7 }).map((words) => `cron(${words.join(' ')})`),
    word.map((each) => `cron(0 0 ${each} * ? *)`),
    word.map((each) => `cron(0 0 ? * ${each} *)`),
    word.map((each) => `rate(${each})`),
  )
  fc.assert(
    fc.property(text, time, (each, after) => {
      try {
        const found = schedule(each, after).next(after)
        assert.ok(found === null || found > after)
      } catch (error) {
        assert.equal((error as Error).message, 'Parameter ScheduleExpression is not valid.')
      }
    }),
    { numRuns: 10_000 },
  )
})
