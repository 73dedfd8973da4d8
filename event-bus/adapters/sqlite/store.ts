/** The bus's log, plans, deliveries and dead letters in one file of SQLite. */
import type { DatabaseSync } from 'node:sqlite'
import {
  type DeadLetter,
  keyOf,
  type StoredDelivery,
  type WaitingDelivery,
} from '../../delivery.ts'
import type { LogRow, PlanRow, Rows, Store } from '../../ports.ts'
import { migrate } from './database.ts'
import { migrations } from './migrations.ts'

/** What an application writes with, inside its work. */
export type SqliteTx = DatabaseSync

export function sqliteStore(db: DatabaseSync): Store<SqliteTx> {
  migrate(db, 'event-bus', migrations)

  const begin = db.prepare('begin immediate')
  const end = db.prepare('commit')
  const savepoint = db.prepare('savepoint work')
  const release = db.prepare('release work')
  const undo = db.prepare('rollback to work')

  const insertEvent = db.prepare('insert into event (id, bus, text) values (?, ?, ?)')
  const writePlan = db.prepare('insert or replace into plan (first, text) values (?, ?)')
  const deletePlan = db.prepare('delete from plan where first = ?')
  const writeDelivery = db.prepare(`
    insert or replace into delivery (target, event, item, attempts, due, error, progress)
    values (?, ?, ?, ?, ?, ?, ?)`)
  const deleteDelivery = db.prepare(
    'delete from delivery where target = ? and event = ? and item = ?',
  )
  const insertDeadLetter = db.prepare(`
    insert into dead_letter
      (target, event, item, text, attempts, error, exhausted_retry_condition, died_at)
    values (?, ?, ?, ?, ?, ?, ?, ?)`)
  const expire = db.prepare(
    'delete from event where id in (select id from event where id < ? order by id limit ?)',
  )

  const due = db.prepare(`
    select * from delivery d where d.target = ? and d.due <= ? order by d.due, d.event, d.item`)
  const eventText = db.prepare('select text from event where id = ?')
  const nextDue = db.prepare('select min(due) as due from delivery where target = ? and due > ?')
  const eventsAfter = db.prepare(
    'select id, text from event where bus = ? and id > ? order by id limit ?',
  )
  const newest = db.prepare('select id, text from event where bus = ? order by id desc limit ?')
  const failing = db.prepare(
    'select * from delivery where target = ? and attempts > 0 order by due, event, item limit ?',
  )
  const deadLetters = db.prepare('select * from dead_letter order by id desc limit ?')
  const waitingCounts = db.prepare('select target, count(*) as n from delivery group by target')
  const deadCounts = db.prepare('select target, count(*) as n from dead_letter group by target')
  const secret = String(db.prepare(`select value from meta where key = 'secret'`).get()?.value)

  function write(rows: Rows): void {
    for (const { id, bus, text } of rows.events) insertEvent.run(id, bus, text)
    for (const { first, text } of rows.plans)
      if (text === null) deletePlan.run(first)
      else writePlan.run(first, text)
    for (const { target, event, item, attempts, due, error, progress } of rows.deliveries)
      writeDelivery.run(target, event, item, attempts, due, error ?? null, progress ?? null)
    for (const { target, event, item } of rows.finished) deleteDelivery.run(target, event, item)
    for (const dead of rows.deadLetters) {
      const { target, event, item, text, attempts, error, exhaustedRetryCondition, diedAt } = dead
      const condition = exhaustedRetryCondition ?? null
      insertDeadLetter.run(target, event, item, text, attempts, error, condition, diedAt)
    }
    // More than came in, so that the log shrinks; never so many that a commit is held up.
    expire.run(rows.expireBefore, 20 + 2 * rows.events.length)
  }

  return {
    secret,

    async commit(works, rows) {
      begin.run()
      try {
        for (const work of works) {
          savepoint.run()
          try {
            work.run(db)
          } catch (error) {
            if (!db.isTransaction) throw error // SQLite has rolled all of it back: the disk is full
            undo.run()
            work.failed(error)
          }
          release.run()
        }
        write(rows())
        end.run()
      } catch (error) {
        if (db.isTransaction) db.exec('rollback')
        throw error
      }
    },

    async recover() {
      const last = db.prepare('select max(id) as id from event').get()
      const plans = db.prepare('select first, text from plan order by first').all()
      return { lastEventId: Number(last?.id ?? 0), plans: plans as unknown as PlanRow[] }
    },

    async due(target, now, limit, bytes, except) {
      const rows: StoredDelivery[] = []
      const texts = new Map<number, string | null>()
      let read = 0
      for (const each of due.iterate(target, now)) {
        if (rows.length === limit || read >= bytes) break
        const row = waiting(each)
        if (except.has(keyOf(row))) continue
        if (!texts.has(row.event)) {
          const found = eventText.get(row.event)
          texts.set(row.event, found ? String(found.text) : null)
          read += texts.get(row.event)?.length ?? 0
        }
        rows.push({ ...row, text: texts.get(row.event) ?? null })
      }
      return rows
    },
    async nextDue(target, now) {
      const next = nextDue.get(target, now)?.due
      return typeof next === 'number' ? next : null
    },
    async events(bus, after, limit) {
      return eventsAfter.all(bus, after, limit) as unknown as LogRow[]
    },
    async tail(bus, limit, bytes) {
      const rows: LogRow[] = []
      let read = 0
      for (const { id, text } of newest.iterate(bus, limit)) {
        if (read >= bytes) break
        rows.push({ id: Number(id), text: String(text) })
        read += String(text).length
      }
      return rows.reverse()
    },
    async counts() {
      const counts = new Map<string, { waiting: number; dead: number }>()
      for (const { target, n } of waitingCounts.all())
        counts.set(String(target), { waiting: Number(n), dead: 0 })
      for (const { target, n } of deadCounts.all())
        counts.set(String(target), {
          waiting: counts.get(String(target))?.waiting ?? 0,
          dead: Number(n),
        })
      return counts
    },
    async failing(target, limit) {
      return failing.all(target, limit).map(waiting)
    },
    async deadLetters(limit) {
      return deadLetters.all(limit).map(deadLetter)
    },
    async close() {
      db.close()
    },
  }
}

type Row = Readonly<Record<string, unknown>>

const waiting = ({
  target,
  event,
  item,
  attempts,
  due,
  error,
  progress,
}: Row): WaitingDelivery => ({
  target: String(target),
  event: Number(event),
  item: String(item),
  attempts: Number(attempts),
  due: Number(due),
  ...(error !== null && { error: String(error) }),
  ...(progress !== null && { progress: String(progress) }),
})

const deadLetter = (row: Row): DeadLetter => ({
  target: String(row.target),
  event: Number(row.event),
  item: String(row.item),
  text: String(row.text),
  attempts: Number(row.attempts),
  error: String(row.error),
  ...(row.exhausted_retry_condition !== null && {
    exhaustedRetryCondition: row.exhausted_retry_condition as NonNullable<
      DeadLetter['exhaustedRetryCondition']
    >,
  }),
  diedAt: Number(row.died_at),
})
