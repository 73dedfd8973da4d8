/** The bus's log, plans, deliveries and dead letters in one file of SQLite. */
import type { DatabaseSync } from 'node:sqlite'
import { keyOf, type StoredDelivery } from '../../delivery.ts'
import type { EventRow, LogRow, Store } from '../../ports.ts'
import { behindAnother, storedRowStatements } from '../../stored-rows.ts'
import { checkpoints } from './checkpoints.ts'
import { migrate } from './database.ts'
import { deadLetters } from './dead-letters.ts'
import { healthOf } from './health.ts'
import { migrations } from './migrations.ts'
import { counts, eventRow, logRow, planRow, settingRow, waiting, wholeText } from './rows.ts'
import { writing } from './write.ts'

/** What an application writes with, inside its work. */
export type SqliteTx = DatabaseSync

const worksAreSync =
  'A work on SQLite ends before it returns: nothing else may come between its statements. Do what takes time before it.'

export function sqliteStore(db: DatabaseSync): Store<SqliteTx> {
  migrate(db, 'event-bus', migrations)

  const begin = db.prepare('begin immediate')
  const end = db.prepare('commit')
  const savepoint = db.prepare('savepoint work')
  const release = db.prepare('release work')
  const undo = db.prepare('rollback to work')
  const write = writing(db)
  const written = checkpoints(db)

  // Of those that are in memory already no more is read than the index has.
  const due = db.prepare(`
    select event, item from delivery where target = ? and due <= ? order by due, event, item`)
  const delivery = db.prepare('select * from delivery where target = ? and event = ? and item = ?')
  const eventText = db.prepare('select id, bus, text, checksum from event where id = ?')
  const nextDue = db.prepare(
    'select min(due) as due from delivery where target = ? and due > ? and due < ?',
  )
  const anyWaits = db.prepare(storedRowStatements.waits)
  const eventsAfter = db.prepare(
    'select id, bus, text, checksum from event where bus = ? and id > ? order by id limit ?',
  )
  const newest = db.prepare(
    'select id, bus, text, checksum from event where bus = ? order by id desc limit ?',
  )
  const oldest = db.prepare(`
    select id, bus, text, exists (select 1 from delivery where event = id) as owed
    from event where id > ? and id < ? order by id limit ?`)
  const failing = db.prepare(storedRowStatements.failing)
  const waitingCounts = db.prepare(storedRowStatements.waitingCounts)
  const deadCounts = db.prepare(storedRowStatements.deadCounts)
  const pages = db.prepare(`
    select (page_count - freelist_count) * page_size as bytes
    from pragma_page_count(), pragma_freelist_count(), pragma_page_size()`)
  const health = healthOf(db)
  const secret = String(db.prepare(`select value from meta where key = 'secret'`).get()?.value)

  return {
    secret,
    node: { number: 0, of: 1 },
    follow() {},

    async commit(works, rows) {
      begin.run()
      try {
        for (const work of works) {
          savepoint.run()
          try {
            if (work.run(db)) throw new Error(worksAreSync)
          } catch (error) {
            if (!db.isTransaction) throw error // SQLite has rolled all of it back: the disk is full
            undo.run()
            work.failed(error)
          }
          release.run()
        }
        const group = rows()
        write(group)
        end.run()
        written(sizeOf(group.events))
      } catch (error) {
        if (db.isTransaction) db.exec('rollback')
        throw error
      }
    },

    async recover() {
      const last = db.prepare('select max(id) as id from event').get()
      const plans = db.prepare('select first, text from plan order by first').all()
      const settings = db.prepare('select kind, name, text from setting').all()
      return {
        lastEventId: Number(last?.id ?? 0),
        plans: plans.map(planRow),
        settings: settings.map(settingRow),
      }
    },

    async due(target, now, limit, bytes, except) {
      const rows: StoredDelivery[] = []
      const texts = new Map<number, string | null>()
      let read = 0
      for (const each of due.iterate(target, now)) {
        if (rows.length === limit || read >= bytes) break
        const key = { event: Number(each.event), item: String(each.item) }
        if (except.has(keyOf(key))) continue
        const row = waiting(delivery.get(target, key.event, key.item) ?? each)
        if (row.ownText !== undefined) {
          read += row.ownText.length
          rows.push({ ...row, text: row.ownText === '' ? null : row.ownText })
          continue
        }
        if (!texts.has(row.event)) {
          const found = eventText.get(row.event)
          texts.set(row.event, found ? wholeText(found) : null)
          read += texts.get(row.event)?.length ?? 0
        }
        rows.push({ ...row, text: texts.get(row.event) ?? null })
      }
      return rows
    },
    async nextDue(target, now) {
      const next = nextDue.get(target, now, behindAnother)?.due
      return typeof next === 'number' ? next : null
    },
    async waits(target, atLeast = 1) {
      return anyWaits.get(target, atLeast - 1) !== undefined
    },
    completeUpTo: async () => Number.POSITIVE_INFINITY,
    async events(bus, after, limit) {
      return eventsAfter.all(bus, after, limit).map(logRow)
    },
    async tail(bus, limit, bytes) {
      const rows: LogRow[] = []
      let read = 0
      for (const row of newest.iterate(bus, limit)) {
        if (read >= bytes) break
        rows.push(logRow(row))
        read += rows.at(-1)?.text.length ?? 0
      }
      return rows.reverse()
    },
    async oldest(after, below, limit, bytes) {
      const rows: (EventRow & { readonly owed: boolean })[] = []
      let read = 0
      for (const row of oldest.iterate(after, Math.min(below, Number.MAX_SAFE_INTEGER), limit)) {
        rows.push({ ...eventRow(row), owed: row.owed === 1 })
        read += rows.at(-1)?.text.length ?? 0
        if (read >= bytes) break
      }
      return rows
    },
    async size() {
      return Number(pages.get()?.bytes)
    },
    health: async (now) => health(now),
    counts: async () => counts(waitingCounts.all(), deadCounts.all()),
    async failing(target, limit) {
      return failing.all(target, limit).map(waiting)
    },
    ...deadLetters(db),
    async close() {
      db.close()
    },
  }
}

function sizeOf(events: readonly EventRow[]): number {
  let size = 0
  for (const { text } of events) size += text.length
  return size
}
