/** What SQLite and PostgreSQL have alike: what is asked in the same words, and rows as the bus knows them. */
import type { WaitingDelivery } from './delivery.ts'
import type { DeliveryErrorCode } from './errors.ts'
import type { StoredDeadLetter } from './ports.ts'

export type Row = Readonly<Record<string, unknown>>

/** When a delivery is due that stands behind another of its lane: never, until that one has ended. */
export const behindAnother = Number.MAX_SAFE_INTEGER
/**
 * What waits for a target that was removed goes in so many rows a commit, from the end: the target may
 * be there again before all of it is gone, and no lane then lacks its first.
 */
export const abandonedRows = 500

/** `?` is the next value. */
export const storedRowStatements = {
  waits: 'select 1 from delivery where target = ? limit 1 offset ?',
  failing:
    'select * from delivery where target = ? and attempts > 0 order by due, event, item limit ?',
  waitingCounts: 'select target, count(*) as n from delivery group by target',
  deadCounts: 'select target, count(*) as n from dead_letter group by target',
} as const

/** `text` reads a name or what somebody has said, `body` an event. */
export function storedRows(text: (value: unknown) => string, body = text) {
  return {
    waiting: (row: Row): WaitingDelivery => ({
      target: text(row.target),
      event: Number(row.event),
      item: text(row.item),
      attempts: Number(row.attempts),
      due: Number(row.due),
      ...(row.error !== null && { error: text(row.error) }),
      ...(row.progress !== null && { progress: text(row.progress) }),
      ...(row.first_at !== null && { firstAt: Number(row.first_at) }),
      ...(row.lane !== null && { lane: text(row.lane) }),
      ...(row.own_text !== null && { ownText: body(row.own_text) }),
      ...(row.since !== null && { since: Number(row.since) }),
    }),
    deadLetter: (row: Row): StoredDeadLetter => ({
      id: Number(row.id),
      target: text(row.target),
      event: Number(row.event),
      item: text(row.item),
      text: body(row.text),
      attempts: Number(row.attempts),
      error: text(row.error),
      errorCode: row.error_code as DeliveryErrorCode,
      ...(row.exhausted_retry_condition !== null && {
        exhaustedRetryCondition: row.exhausted_retry_condition as NonNullable<
          StoredDeadLetter['exhaustedRetryCondition']
        >,
      }),
      firstAt: Number(row.first_at),
      diedAt: Number(row.died_at),
      ...(row.lane !== null && { lane: text(row.lane) }),
      ...(row.progress !== null && { progress: text(row.progress) }),
    }),
    /** Of what `waitingCounts` and `deadCounts` answer. */
    counts(waiting: readonly Row[], dead: readonly Row[]) {
      const counts = new Map<string, { waiting: number; dead: number }>()
      for (const { target, n } of waiting) counts.set(text(target), { waiting: Number(n), dead: 0 })
      for (const { target, n } of dead) {
        const key = text(target)
        counts.set(key, { waiting: counts.get(key)?.waiting ?? 0, dead: Number(n) })
      }
      return counts
    },
  }
}
