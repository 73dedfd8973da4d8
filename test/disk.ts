/** What this machine's disk allows, to hold every other number of the bench against. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const rowBytes = 500

/** One row a transaction, as SQLite does it when nobody groups commits: WAL, synchronous=FULL. */
export const oneRowCommitsPerSecond = (directory: string, ms: number): number =>
  rowsPerSecond(directory, ms, 1)

/** So many rows a transaction, by SQLite alone. */
export function rowsPerSecond(directory: string, ms: number, rowsInOne: number): number {
  const database = new DatabaseSync(join(directory, `rows-${rowsInOne}.db`))
  database.exec(
    'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)',
  )
  const insert = database.prepare('INSERT INTO rows (text) VALUES (?)')
  const begin = database.prepare('BEGIN')
  const commit = database.prepare('COMMIT')
  const text = 'x'.repeat(rowBytes)
  let rows = 0
  const start = performance.now()
  while (performance.now() - start < ms) {
    begin.run()
    for (let row = 0; row < rowsInOne; row++) insert.run(text)
    commit.run()
    rows += rowsInOne
  }
  const took = performance.now() - start
  database.close()
  return rows / (took / 1_000)
}

/** One write of so many bytes and one fdatasync after the other. */
export async function syncsPerSecond(directory: string, ms: number): Promise<number> {
  const file = await open(join(directory, 'sync.bin'), 'w')
  const bytes = Buffer.alloc(rowBytes, 'x')
  let syncs = 0
  const start = performance.now()
  for (; performance.now() - start < ms; syncs++) {
    await file.write(bytes)
    await file.datasync()
  }
  const took = performance.now() - start
  await file.close()
  return syncs / (took / 1_000)
}
