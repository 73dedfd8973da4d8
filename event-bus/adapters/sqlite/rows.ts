/** Rows of SQLite as the bus knows them. */
import type { WaitingDelivery } from '../../delivery.ts'
import type { DeliveryErrorCode } from '../../errors.ts'
import type { EventRow, StoredDeadLetter } from '../../ports.ts'

type Row = Readonly<Record<string, unknown>>

export const waiting = (row: Row): WaitingDelivery => ({
  target: String(row.target),
  event: Number(row.event),
  item: String(row.item),
  attempts: Number(row.attempts),
  due: Number(row.due),
  ...(row.error !== null && { error: String(row.error) }),
  ...(row.progress !== null && { progress: String(row.progress) }),
  ...(row.first_at !== null && { firstAt: Number(row.first_at) }),
  ...(row.lane !== null && { lane: String(row.lane) }),
  ...(row.own_text !== null && { ownText: String(row.own_text) }),
  ...(row.since !== null && { since: Number(row.since) }),
})

export const deadLetter = (row: Row): StoredDeadLetter => ({
  id: Number(row.id),
  target: String(row.target),
  event: Number(row.event),
  item: String(row.item),
  text: String(row.text),
  attempts: Number(row.attempts),
  error: String(row.error),
  errorCode: row.error_code as DeliveryErrorCode,
  ...(row.exhausted_retry_condition !== null && {
    exhaustedRetryCondition: row.exhausted_retry_condition as NonNullable<
      StoredDeadLetter['exhaustedRetryCondition']
    >,
  }),
  firstAt: Number(row.first_at),
  diedAt: Number(row.died_at),
  ...(row.lane !== null && { lane: String(row.lane) }),
  ...(row.progress !== null && { progress: String(row.progress) }),
})

export const eventRow = (row: Row): EventRow => ({
  id: Number(row.id),
  bus: String(row.bus),
  text: String(row.text),
})
