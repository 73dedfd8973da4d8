/** Rows of PostgreSQL as the bus knows them. */
import type { WaitingDelivery } from '../../delivery.ts'
import type { DeliveryErrorCode } from '../../errors.ts'
import type { EventRow, LogRow, PlanRow, SettingRow, StoredDeadLetter } from '../../ports.ts'
import { told } from './texts.ts'

export type Row = Readonly<Record<string, unknown>>

const text = (value: unknown): string => told(String(value))

export const waiting = (row: Row): WaitingDelivery => ({
  target: text(row.target),
  event: Number(row.event),
  item: text(row.item),
  attempts: Number(row.attempts),
  due: Number(row.due),
  ...(row.error !== null && { error: text(row.error) }),
  ...(row.progress !== null && { progress: text(row.progress) }),
  ...(row.first_at !== null && { firstAt: Number(row.first_at) }),
  ...(row.lane !== null && { lane: text(row.lane) }),
  ...(row.own_text !== null && { ownText: text(row.own_text) }),
  ...(row.since !== null && { since: Number(row.since) }),
})

export const deadLetter = (row: Row): StoredDeadLetter => ({
  id: Number(row.id),
  target: text(row.target),
  event: Number(row.event),
  item: text(row.item),
  text: text(row.text),
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
})

/** JSON as it is: it has no character that PostgreSQL does not take. */
export const logRow = (row: Row): LogRow => ({ id: Number(row.id), text: String(row.text) })

export const eventRow = (row: Row): EventRow => ({ ...logRow(row), bus: text(row.bus) })

export const planRow = ({ first, text: plan }: Row): PlanRow => ({
  first: Number(first),
  text: String(plan),
})

export const settingRow = (row: Row): SettingRow => ({
  kind: text(row.kind),
  name: text(row.name),
  text: row.text === null ? null : text(row.text),
})
