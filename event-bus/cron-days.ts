/** Which days of a month a cron expression is for: the two fields that depend on the calendar. */
import { type CronField, cronNumber, cronNumbers } from './cron-numbers.ts'

export interface CronMonth {
  /** Its last day. */
  readonly last: number
  /** Of its first day: 1 is Sunday, 7 Saturday. */
  readonly firstWeekday: number
}
/** The days of a month, in order. */
export type Days = (month: CronMonth) => readonly number[]

const dayField: CronField = { least: 1, most: 31, wraps: true }
const weekdayField: CronField = {
  least: 1,
  most: 7,
  wraps: true,
  names: 'SUNDAY MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY'.split(' '),
}
const sunday = 1
const saturday = 7

const weekdayOf = ({ firstWeekday }: CronMonth, day: number) => ((firstWeekday + day - 2) % 7) + 1

/** The day of month: numbers, `L`, `L-n`, `LW`, `nW` and `n-mW`. Undefined when it is not valid. */
export const dayRule = (list: string): Days | undefined => union(list.split(',').map(dayItem))

function dayItem(item: string): Days | undefined {
  if (item === 'L') return ({ last }) => [last]
  if (item === 'LW') return (month) => [nearestWorkday(month, month.last)]
  const [, before] = /^L-(\d\d?)$/.exec(item) ?? []
  if (before !== undefined) {
    if (Number(before) >= dayField.most) return undefined
    return ({ last }) => (last > Number(before) ? [last - Number(before)] : [])
  }
  const [, near] = /^(\d\d?(?:-\d\d?)?)W$/.exec(item) ?? []
  if (near !== undefined) {
    const days = cronNumbers(near, dayField)
    // EventBridge's console, too, shows 31W for no month of 30 days.
    return (
      days &&
      ((month) => days.filter((day) => day <= month.last).map((day) => nearestWorkday(month, day)))
    )
  }
  const days = cronNumbers(item, dayField)
  return days && (({ last }) => days.filter((day) => day <= last))
}

/** Monday to Friday, and never in another month: for Saturday the 1st it is the 3rd. */
function nearestWorkday(month: CronMonth, day: number): number {
  const weekday = weekdayOf(month, day)
  if (weekday === saturday) return day > 1 ? day - 1 : day + 2
  if (weekday === sunday) return day < month.last ? day + 1 : day - 2
  return day
}

/** The day of week: numbers and names, `L`, `nL`, or one `n#k`. Undefined when it is not valid. */
export function weekdayRule(list: string): Days | undefined {
  const [, nth, count] = /^(\w+)#([1-5])$/.exec(list) ?? []
  if (nth === undefined) return union(list.split(',').map(weekdayItem))
  const weekday = cronNumber(nth, weekdayField)
  if (weekday === undefined) return undefined
  return (month) => weekdays(month, weekday).slice(Number(count) - 1, Number(count))
}

function weekdayItem(item: string): Days | undefined {
  if (item === 'L') return (month) => weekdays(month, saturday)
  const [, lasting] = /^(\w+)L$/.exec(item) ?? []
  const last = lasting === undefined ? undefined : cronNumber(lasting, weekdayField)
  if (last !== undefined) return (month) => weekdays(month, last).slice(-1)
  const numbers = cronNumbers(item, weekdayField)
  return numbers && ((month) => numbers.flatMap((weekday) => weekdays(month, weekday)))
}

/** All days of the month that are this day of the week. */
function weekdays(month: CronMonth, weekday: number): readonly number[] {
  const days: number[] = []
  for (let day = ((weekday - month.firstWeekday + 7) % 7) + 1; day <= month.last; day += 7)
    days.push(day)
  return days
}

function union(rules: readonly (Days | undefined)[]): Days | undefined {
  if (!rules.every((rule) => rule !== undefined)) return undefined
  return (month) => [...new Set(rules.flatMap((rule) => rule(month)))].sort((a, b) => a - b)
}
