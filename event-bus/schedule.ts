/**
 * When a scheduled rule is due: `rate(…)` and `cron(…)`, in UTC. Imitates "setting a schedule pattern"
 * of the EventBridge user guide.
 */
import { cronSchedule } from './cron-schedule.ts'
import { BusError } from './errors.ts'

export interface Schedule {
  /** The first due time strictly after `after`, both in ms since 1970; null when there is none. */
  readonly next: (after: number) => number | null
}

const rate = /^rate\(0*([1-9]\d*) (?:(minute|hour|day)|(minute|hour|day)s)\)$/
const cron = /^cron\(([\w,*?/#\- ]*)\)$/
const unitMs: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
}
/** The last time that a Date knows. */
const endOfTime = 8_640_000_000_000_000

/**
 * A rate is due one period after `createdAt` (ms) and after each further one; `1` has a singular unit,
 * all others a plural one. A cron expression is due when its minutes begin, whenever it was created.
 *
 * Throws a `ValidationException` with EventBridge's text, which does not say what is wrong.
 */
export function schedule(expression: string, createdAt: number): Schedule {
  const [, count, singular, plural] = rate.exec(expression) ?? []
  const unit = count === '1' ? singular : plural
  if (count !== undefined && unit !== undefined)
    return rateSchedule(Number(count) * (unitMs[unit] as number), createdAt)
  const [, fields] = cron.exec(expression) ?? []
  const found = fields === undefined ? undefined : cronSchedule(fields)
  if (found) return found
  throw new BusError('ValidationException', 'Parameter ScheduleExpression is not valid.')
}

function rateSchedule(periodMs: number, createdAt: number): Schedule {
  return {
    next(after) {
      const periods = Math.max(1, Math.floor((after - createdAt) / periodMs) + 1)
      const due = createdAt + periods * periodMs
      return due <= endOfTime ? due : null
    },
  }
}
