/** Dead letters by what is asked of them: a statement for each kind of question, planned once. */
import type { Pool } from 'pg'
import type { DeadLetterFilter } from '../../dead-letter.ts'
import type { Store, StoredDeadLetter } from '../../ports.ts'
import { deadLetter } from './rows.ts'
import { stored } from './texts.ts'

const conditions: Readonly<Record<keyof DeadLetterFilter, string>> = {
  id: 'id = $',
  target: 'target = $',
  targetPrefix: `target collate "C" >= $ and target collate "C" < $ || U&'\\+10FFFF'`,
  errorCode: 'error_code = $',
  error: 'strpos(error, $) > 0',
  before: 'id < $',
  after: 'id > $',
}

export function deadLetters(
  pool: Pick<Pool, 'query'>,
): Pick<Store<never>, 'deadLetters' | 'countDeadLetters'> {
  return {
    async deadLetters(filter, first, limit, bytes) {
      const { where, values } = asked(filter)
      const direction = first === 'newest' ? 'desc' : 'asc'
      const found: StoredDeadLetter[] = []
      // Not all at once: the limit is a number, and a letter may have 256 KB.
      for (let read = 0, last = filter, left = limit; left > 0; ) {
        const page = Math.min(left, pageSize)
        const { where: part, values: given } = last === filter ? { where, values } : asked(last)
        const { rows } = await pool.query(
          `select * from dead_letter where ${part} order by id ${direction} limit ${page}`,
          given as unknown[],
        )
        for (const row of rows) {
          const letter = deadLetter(row)
          found.push(letter)
          read += letter.text.length
          if (read >= bytes) return found
        }
        if (rows.length < page) return found
        left -= page
        const end = found.at(-1)?.id ?? 0
        last = first === 'newest' ? { ...filter, before: end } : { ...filter, after: end }
      }
      return found
    },
    async countDeadLetters(filter) {
      const { where, values } = asked(filter)
      const { rows } = await pool.query(
        `select count(*) as n from dead_letter where ${where}`,
        values as unknown[],
      )
      return Number(rows[0].n)
    },
  }
}

const pageSize = 100

function asked(filter: DeadLetterFilter): { where: string; values: readonly (string | number)[] } {
  const values: (string | number)[] = []
  const said = (Object.keys(conditions) as (keyof DeadLetterFilter)[]).flatMap((name) => {
    const value = filter[name]
    if (value === undefined) return []
    values.push(typeof value === 'string' ? stored(value) : value)
    const type = typeof value === 'string' ? 'text' : 'bigint'
    return [conditions[name].replaceAll('$', `$${values.length}::${type}`)]
  })
  return { where: said.join(' and ') || 'true', values }
}
