/** Rows of SQLite as the bus knows them. */
import type { EventRow, LogRow, PlanRow, SettingRow } from '../../ports.ts'
import { type Row, storedRows } from '../../stored-rows.ts'
import { checksum, damagedEvent, unsealed } from './integrity.ts'

export const { waiting, deadLetter, counts } = storedRows(String, textOf)

/** Empty when it is not as it was written: then it is not delivered. Those of an older program were not sealed. */
function textOf(value: unknown): string {
  const stored = String(value)
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
