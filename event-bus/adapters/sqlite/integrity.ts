/**
 * Notices what became of the file behind SQLite's back: a bad sector, a flipped bit, a file that was cut
 * off, a copy without its log. SQLite checks its log by sums and the shape of its trees when it is asked
 * to, and takes the contents of rows as they come: these have sums of their own here.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { walDamage } from './write-ahead-log.ts'

/** Files up to here are checked as a whole at each start: about 1.5 ms a megabyte. */
const checkedAlways = 64 * 2 ** 20
/** And up to here when the process before did not end orderly. */
const checkedAfterCrash = 1_024 * 2 ** 20
/** And the text of each event as well: about 7 ms a megabyte. */
const readAlways = 16 * 2 ** 20
/** Findings that are told. */
const shown = 3

const advice = 'Restore it from a backup, or set DATA_DIR to another folder.'

/**
 * To be called before SQLite opens the file, which forgets the part of its log that it cannot read.
 * Answers whether the process before ended orderly. Throws, saying what, where and what to do, when the
 * log or the file is gone or damaged so that acknowledged commits would be left out.
 */
export function inspectFiles(path: string): { readonly isOrderly: boolean } {
  const wal = `${path}-wal`
  const walBytes = existsSync(wal) ? statSync(wal).size : 0
  const bytes = existsSync(path) ? statSync(path).size : 0
  if (bytes === 0 && walBytes === 0) return { isOrderly: true }
  if (bytes === 0)
    throw new Error(
      `${path} is ${existsSync(path) ? 'empty' : 'missing'}, but what was written to it last is in ${basename(wal)}. Put it back beside that, or restore both from a backup; to begin anew, remove ${basename(wal)}.`,
    )
  const { pageBytes, isInUse } = header(path)
  if (walBytes === 0 && isInUse)
    throw new Error(
      `${wal} is ${existsSync(wal) ? 'empty' : 'missing'}, and what was acknowledged last is in it: the process before did not end orderly, or ${basename(path)} was copied while it ran. Put the file back, or restore both from a backup. If another program has opened ${basename(path)} since, it holds all of it. To go on with what it holds: sqlite3 ${path} "pragma user_version = 0"`,
    )
  if (walBytes === 0 && isPageSize(pageBytes) && bytes % pageBytes !== 0)
    throw new Error(`${path} is damaged (it ends within a page). ${advice}`)
  if (walBytes > 0 && isPageSize(pageBytes)) {
    const damage = walDamage(wal, pageBytes, (page, content) => isPage(path, page, content))
    if (damage)
      throw new Error(
        `${wal} is damaged behind byte ${damage.wholeUpTo}: ${damage.commitsBehind} commits behind it cannot be read, and were acknowledged. Restore it and ${basename(path)} from a backup. To go on without them: truncate -s ${damage.wholeUpTo} ${wal}`,
      )
  }
  return { isOrderly: walBytes === 0 }
}

/**
 * To be called when the file is open and before anything is read from it or written to it. Throws when
 * it is damaged. A file that is too long for that is not looked at.
 */
export function checkTables(db: DatabaseSync, path: string, isOrderly: boolean): void {
  db.exec('pragma cell_size_check = on') // pages are looked at more closely when they are read later
  try {
    if (statSync(path).size > (isOrderly ? checkedAlways : checkedAfterCrash)) return
    const tables = db.prepare(`select name from sqlite_schema where type = 'table'`).all()
    const findings = [
      'quick_check',
      // What has an index is there twice, so the two can be compared. The log has none, and is the long one.
      ...tables
        .filter(({ name }) => name !== 'event')
        .map(({ name }) => `integrity_check("${name}")`),
    ]
      .flatMap((check) => db.prepare(`pragma ${check}`).all())
      .map((row) => String(Object.values(row)[0]))
      .filter((finding) => finding !== 'ok')
    if (findings.length > 0) throw new Error(findings.slice(0, shown).join('; '))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${path} is damaged (${why}). ${advice}`, { cause })
  }
  if (statSync(path).size <= readAlways) checkEvents(db, path)
}

function checkEvents(db: DatabaseSync, path: string): void {
  const column = `select 1 from pragma_table_info('event') where name = 'checksum'`
  if (!db.prepare(column).get()) return
  const found: number[] = []
  for (let after: number | null = Number.MIN_SAFE_INTEGER; after !== null; ) {
    const { damaged, last } = damagedEvents(db, after, 1_000)
    found.push(...damaged)
    after = last
  }
  if (found.length > 0)
    throw new Error(
      `${path} is damaged: ${found.length} events are not as they were written. ${advice} To go on without them: sqlite3 ${path} "delete from event where id in (${found.join()})"`,
    )
}

const inUse = 1

/**
 * To be called when all is well: from here on the log has to be there when the file is opened again,
 * until `markClosed`. Two commits' time; after a crash the mark is there already. On a disk that is
 * full there is none: what can be read is worth more.
 */
export function markInUse(db: DatabaseSync): void {
  if (db.prepare('pragma user_version').get()?.user_version === inUse) return
  try {
    db.exec(`pragma user_version = ${inUse}; pragma wal_checkpoint(full)`)
  } catch (error) {
    if (!String(error).includes('full')) throw error
  }
}

/** To be called right before the end. What SQLite cannot copy from its log it leaves there. */
export function markClosed(db: DatabaseSync): void {
  if (db.isTransaction) db.exec('rollback')
  try {
    db.exec('pragma user_version = 0')
  } catch {
    try {
      // On a disk that is full, what the log holds may still have its place in the file.
      db.exec('pragma wal_checkpoint(truncate); pragma user_version = 0')
    } catch {}
  }
}

/**
 * The checksum of an event, to be stored beside it. It knows the place as well: a text that stands in
 * another's row is wrong too. 0.3 to 0.6 µs for 460 bytes, most of which is the call.
 */
export function checksum(id: number, bus: string, text: string): number {
  return crc32(text, ((id % word) ^ Math.floor(id / word) ^ seedOf(bus)) >>> 0)
}
const word = 2 ** 32
const seeds = new Map<string, number>()
/** Buses are few, and a hundred thousand that are not are forgotten. */
function seedOf(bus: string): number {
  let seed = seeds.get(bus)
  if (seed === undefined) {
    if (seeds.size >= 100_000) seeds.clear()
    seed = crc32(bus)
    seeds.set(bus, seed)
  }
  return seed
}

/** What to say of an event whose text does not have its checksum. */
export const damagedEvent = (id: number): string =>
  `The event ${id} is damaged in the file. Restore it from a backup`

/** A text with its checksum before it, for rows that are few: plans, dead letters, deliveries with a text of their own. */
export const sealed = (text: string): string => crc32(text).toString(16).padStart(8, '0') + text

/** Throws when the text is not what was sealed; `what` says of what. */
export function unsealed(stored: string, what: string): string {
  const text = stored.slice(8)
  if (sealed(text) !== stored) throw new Error(`${what} is damaged in the file. ${advice}`)
  return text
}

/**
 * Looks at so many events behind an id: which are damaged, and how far it came; null at the end. To go
 * through the whole log at leisure, a few hundred at a time; needs the column `checksum`.
 */
export function damagedEvents(
  db: DatabaseSync,
  after: number,
  limit: number,
): { readonly damaged: readonly number[]; readonly last: number | null } {
  const rows = db
    .prepare('select id, bus, text, checksum from event where id > ? order by id limit ?')
    .all(after, limit)
  // Those of an older program have none.
  const isWhole = ({ id, bus, text, checksum: stored }: (typeof rows)[number]) =>
    stored === null || checksum(Number(id), String(bus), String(text)) === stored
  return {
    damaged: rows.filter((row) => !isWhole(row)).map(({ id }) => Number(id)),
    last: rows.length === 0 ? null : Number(rows.at(-1)?.id),
  }
}

/** What the first page says of the file: https://sqlite.org/fileformat2.html#the_database_header */
function header(path: string): { readonly pageBytes: number; readonly isInUse: boolean } {
  const head = Buffer.from(part(path, 0, 100))
  const pageBytes = head.readUInt16BE(16)
  return {
    pageBytes: pageBytes === 1 ? 65_536 : pageBytes,
    isInUse: head.readUInt32BE(60) === inUse,
  }
}

/** SQLite says what is wrong with another. */
const isPageSize = (bytes: number): boolean =>
  bytes >= 512 && bytes <= 65_536 && Number.isInteger(Math.log2(bytes))

const isPage = (path: string, page: number, content: Uint8Array): boolean =>
  Buffer.compare(part(path, (page - 1) * content.length, content.length), content) === 0

function part(path: string, at: number, length: number): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const bytes = new Uint8Array(length)
    readSync(file, bytes, 0, length, at)
    return bytes
  } finally {
    closeSync(file)
  }
}
