/** Rows of SQLite as the bus knows them. */
import type { WaitingDelivery } from '../../delivery.ts'
import type { DeliveryErrorCode } from '../../errors.ts'
import type { EventRow, LogRow, PlanRow, SettingRow, StoredDeadLetter } from '../../ports.ts'
import { checksum, damagedEvent, unsealed } from './integrity.ts'

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
  ...(row.own_text !== null && { ownText: textOf(String(row.own_text)) }),
  ...(row.since !== null && { since: Number(row.since) }),
})

export const deadLetter = (row: Row): StoredDeadLetter => ({
  id: Number(row.id),
  target: String(row.target),
  event: Number(row.event),
  item: String(row.item),
  text: textOf(String(row.text)),
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

/** Empty when it is not as it was written: then it is not delivered. Those of an older program were not sealed. */
function textOf(stored: string): string {
  if (stored.startsWith('{')) return stored
  try {
    return unsealed(stored, 'The row')
  } catch {
    return ''
  }
}

/** The text of an event; null when it is not as it was written. Those of an older program have no checksum. */
export function wholeText(row: Row): string | null {
  const text = String(row.text)
  const isWhole =
    row.checksum === null || row.checksum === checksum(Number(row.id), String(row.bus), text)
  return isWhole ? text : null
}

/** Throws when the event is not as it was written. */
export function logRow(row: Row): LogRow {
  const text = wholeText(row)
  if (text === null) throw new Error(damagedEvent(Number(row.id)))
  return { id: Number(row.id), text }
}

export const eventRow = (row: Row): EventRow => ({
  id: Number(row.id),
  bus: String(row.bus),
  text: String(row.text),
})

/** Throws when it is not as it was written. */
export function settingRow({ kind, name, text }: Row): SettingRow {
  const what = `The setting ${kind} ${name}`
  return { kind: String(kind), name: String(name), text: unsealed(String(text), what) }
}

/** Throws when it is not as it was written. Those of an older program were not sealed. */
export function planRow({ first, text }: Row): PlanRow {
  const stored = String(text)
  return {
    first: Number(first),
    text: stored.startsWith('[') ? stored : unsealed(stored, `The plan ${first}`),
  }
}
