/**
 * One file of SQLite for the bus and for the tables of the application beside it. WAL and
 * synchronous=FULL: a commit has reached the disk when it returns.
 */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Opens the file (`:memory:` for tests), making its folder where needed. The process has it to
 * itself: what is under way is known in memory only. Throws, saying what to do, when another
 * process has it or it is no database.
 */
export function openDatabase(path: string): DatabaseSync {
  if (path !== ':memory:') makeFolder(resolve(dirname(path)))
  const db = new DatabaseSync(path)
  try {
    // Without fullfsync a sync on macOS does not reach the disk. A checkpoint every 4,000 pages and
    // not every 1,000: the tail of commit times is the checkpoint's.
    db.exec(`
      pragma busy_timeout = 2000;
      pragma locking_mode = exclusive;
      pragma journal_mode = wal;
      pragma synchronous = full;
      pragma fullfsync = on;
      pragma wal_autocheckpoint = 4000;
      pragma journal_size_limit = 67108864;
      begin immediate;
      create table if not exists migration (
        package text not null, number integer not null, primary key (package, number)
      ) strict, without rowid;
      commit;
    `)
    return db
  } catch (cause) {
    db.close()
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      why.includes('locked')
        ? `${path} is in use by another process. End that one, or set DATA_DIR to another folder.`
        : `${path} cannot be opened (${why}). Restore it from a backup, or set DATA_DIR to another folder.`,
      { cause },
    )
  }
}

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
