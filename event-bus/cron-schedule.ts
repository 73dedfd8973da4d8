/**
 * The six fields of EventBridge's cron expressions, which speak Quartz's dialect: minutes, hours, day
 * of month, month, day of week and year. Where the user guide is silent, what its console was seen
 * to take decides, and then Quartz.
 */
import { type Days, dayRule, weekdayRule } from './cron-days.ts'
import { type CronField, cronNumbers } from './cron-numbers.ts'

const minuteField: CronField = { least: 0, most: 59, wraps: true }
const hourField: CronField = { least: 0, most: 23, wraps: true }
const monthField: CronField = {
  least: 1,
  most: 12,
  wraps: true,
  names: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' '),
}
/** PutRule takes 2500 (so it was measured) and what is past; only these are ever due. */
const yearField: CronField = { least: 1970, most: 2199, wraps: false, digits: /^\d{4}$/ }

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000

/**
 * What stands between the parentheses, as a schedule; undefined when EventBridge would not take it.
 *
 * Lists, ranges and steps in each field; ranges of all but years may wrap (`22-2`, `FRI-MON`), and a
 * step goes on over the border. Names in any case. Exactly one of the days is `?`. `L`, `L-n`, `LW`,
 * `nW` and `n-mW` in the day of month, `L` (Saturday), `nL` and, as the only one, `n#k` in the day of
 * week. One space between two fields, and no other.
 *
 * A `next` looks at no more than each month of 230 years once, and at the minutes of one day.
 */
export function cronSchedule(
  fields: string,
): { readonly next: (after: number) => number | null } | undefined {
  const [minute = '', hour = '', day = '', month = '', weekday = '', year = '', ...others] = fields
    .toUpperCase()
    .split(' ')
  if (others.length > 0 || (day === '?') === (weekday === '?')) return undefined
  const minutes = cronNumbers(minute, minuteField)
  const hours = cronNumbers(hour, hourField)
  const months = cronNumbers(month, monthField)
  const years = cronNumbers(year, yearField)
  const days = day === '?' ? weekdayRule(weekday) : dayRule(day)
  if (!minutes || !hours || !months || !years || !days) return undefined

  const times = hours.flatMap((h) => minutes.map((m) => h * hourMs + m * minuteMs))
  return {
    next(after) {
      const from = Math.floor(after / minuteMs) * minuteMs + minuteMs
      for (const midnight of midnightsFrom(from, years, months, days)) {
        const time = times.find((each) => midnight + each >= from)
        if (time !== undefined) return midnight + time
      }
      return null
    },
  }
}

/** In ms and in order, of the days that are not over at `from`. */
function* midnightsFrom(
  from: number,
  years: readonly number[],
  months: readonly number[],
  days: Days,
): Iterable<number> {
  for (const year of years)
    for (const month of months) {
      if (Date.UTC(year, month, 1) <= from) continue
      const first = Date.UTC(year, month - 1, 1)
      const last = new Date(Date.UTC(year, month, 0)).getUTCDate()
      const firstWeekday = new Date(first).getUTCDay() + 1
      for (const day of days({ last, firstWeekday })) {
        const midnight = first + (day - 1) * dayMs
        if (midnight + dayMs > from) yield midnight
      }
    }
}
