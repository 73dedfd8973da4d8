/** The statements of a table, by name: asked beside all commits, or within one. */
import type { Pool } from 'pg'
import { BusError } from '../../errors.ts'
import { stored, told } from './texts.ts'
import type { PostgresTx } from './writer.ts'

export type Row = Readonly<Record<string, unknown>>

export interface Questions<Name extends string> {
  ask(name: Name, ...values: readonly unknown[]): Promise<readonly Row[]>
  askIn(tx: PostgresTx, name: Name, ...values: readonly unknown[]): Promise<readonly Row[]>
}

/** Names are for `table` alone. Whatever character a text has, it comes back as it was. */
export function questions<Name extends string>(
  pool: Pool,
  table: string,
  texts: Readonly<Record<Name, string>>,
): Questions<Name> {
  return {
    async ask(name, ...values) {
      const query = { name: `${table}_${name}`, text: texts[name], values: values.map(written) }
      return (await asked(pool.query<Row>(query))).rows.map(read)
    },
    askIn: async (tx, name, ...values) =>
      (await tx.query<Row>(texts[name], values.map(written))).map(read),
  }
}

/** Rejects with a code by which callers are told to come back. */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `The database cannot be asked now (${why}). Try again in a second.`
    throw new BusError('InternalException', message, { cause })
  }
}

const written = (value: unknown): unknown => (typeof value === 'string' ? stored(value) : value)
const read = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'string' ? told(value) : value,
    ]),
  )

/** Statements that are written once for SQLite and PostgreSQL: `?` is the next of the values. */
export const numbered = <Name extends string>(
  texts: Readonly<Record<Name, string>>,
): Readonly<Record<Name, string>> =>
  Object.fromEntries(
    Object.entries<string>(texts).map(([name, text]) => {
      let number = 0
      return [name, text.replaceAll('?', () => `$${++number}`)]
    }),
  ) as { [N in Name]: string }
