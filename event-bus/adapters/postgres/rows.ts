/** Rows of PostgreSQL as the bus knows them. */
import type { EventRow, LogRow, PlanRow, SettingRow } from '../../ports.ts'
import { type Row, storedRows } from '../../stored-rows.ts'
import { told } from './texts.ts'

const text = (value: unknown): string => told(String(value))

export const { waiting, deadLetter, counts } = storedRows(text)

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
