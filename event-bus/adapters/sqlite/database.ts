/**
 * One file of SQLite for the bus and for the tables of the application beside it. WAL and
 * synchronous=FULL: a commit has reached the disk when it returns.
 */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import process from 'node:process'
import { DatabaseSync } from 'node:sqlite'
import { checkTables, inspectFiles, markClosed, markInUse } from './integrity.ts'

/**
 * Opens the file (`:memory:` for tests), making its folder where needed. The process has it to
 * itself: what is under way is known in memory only. Throws, saying what to do, when another
 * process has it, it is no database, or it or its log is damaged or gone.
 */
export function openDatabase(path: string): DatabaseSync {
  if (path === ':memory:') return opened(new DatabaseSync(path), () => {})
  const folder = resolve(dirname(path))
  try {
    makeFolder(folder)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${folder} cannot be made (${why}). Set DATA_DIR to a folder that can.`, {
      cause,
    })
  }
  const { isOrderly } = inspected(path)
  const db = new FileDatabase(path)
  try {
    opened(db, () => checkTables(db, path, isOrderly))
    db.use()
    return db
  } catch (cause) {
    db.close()
    const why = cause instanceof Error ? cause.message : String(cause)
    if (why.startsWith(path)) throw cause
    throw why.includes('locked')
      ? inUse(path, cause)
      : new Error(
          `${path} cannot be opened (${why}). Restore it from a backup, or set DATA_DIR to another folder.`,
          { cause },
        )
  }
}

function opened<Database extends DatabaseSync>(db: Database, check: () => void): Database {
  // Without fullfsync a sync on macOS does not reach the disk. A checkpoint every 10,000 pages
  // and not every 1,000: the tail of commit times is the checkpoint's.
  db.exec(`
    pragma busy_timeout = 2000;
    pragma locking_mode = exclusive;
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma fullfsync = on;
    pragma wal_autocheckpoint = 10000;
    pragma journal_size_limit = 67108864;
    begin immediate; commit;
  `)
  check()
  db.exec(`
    create table if not exists migration (
      package text not null, number integer not null, primary key (package, number)
    ) strict, without rowid;
  `)
  return db
}

/** Databases that are open. Those that are still when the process ends in order are closed in order. */
const open = new Set<FileDatabase>()
process.on('exit', () => {
  for (const db of open) db.close()
})

/** Says in the file whether its log has to be there the next time. */
class FileDatabase extends DatabaseSync {
  use(): void {
    markInUse(this)
    open.add(this)
  }
  override close(): void {
    if (open.delete(this)) markClosed(this)
    super.close()
  }
  override [Symbol.dispose](): void {
    if (this.isOpen) this.close()
  }
}

/** A log that another process writes looks damaged now and then. */
function inspected(path: string): ReturnType<typeof inspectFiles> {
  try {
    return inspectFiles(path)
  } catch (cause) {
    let db: DatabaseSync | null = null
    try {
      db = new DatabaseSync(path, { readOnly: true }) // which leaves the log alone
      db.exec('pragma locking_mode = exclusive; select count(*) from sqlite_schema')
    } catch (error) {
      if (String(error).includes('locked')) throw inUse(path, error)
    } finally {
      db?.close()
    }
    throw cause
  }
}

const inUse = (path: string, cause: unknown): Error =>
  new Error(
    `${path} is in use by another process. End that one, or set DATA_DIR to another folder.`,
    { cause },
  )

/** SQLite syncs the folder of its files. That folder's own name stands in the one above it. */
function makeFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = path; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made))
}

function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch {
    // Windows opens no folders, and some have leave to be passed through and not to be read.
  }
}

/**
 * Brings the tables of a package up to date, step by step, each in a transaction of its own.
 * A step that has been released is never changed; the next one mends it.
 */
export function migrate(db: DatabaseSync, name: string, steps: readonly string[]): void {
  const row = db
    .prepare('select coalesce(max(number), 0) as number from migration where package = ?')
    .get(name)
  const done = Number(row?.number)
  if (done > steps.length)
    throw new Error(
      `The file's tables of ${name} are of version ${done}, this program knows ${steps.length}. Update the program, or set DATA_DIR to another folder.`,
    )
  for (const [index, step] of steps.entries()) {
    if (index < done) continue
    db.exec('begin immediate')
    try {
      db.exec(step)
      db.prepare('insert into migration (package, number) values (?, ?)').run(name, index + 1)
      db.exec('commit')
    } catch (error) {
      if (db.isTransaction) db.exec('rollback') // a full disk has done so itself
      throw error
    }
  }
}
