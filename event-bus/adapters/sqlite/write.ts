/** What one commit of the bus writes, inside its transaction. */
import type { DatabaseSync } from 'node:sqlite'
import type { WaitingDelivery } from '../../delivery.ts'
import type { Rows } from '../../ports.ts'
import { abandonedRows, behindAnother } from '../../stored-rows.ts'
import { checksum, sealed } from './integrity.ts'

/**
 * What is asked and written of a lane, however many wait in it: none of them reads more than a row or two.
 * Only that which stood first can have been due: to look at all of them cost 20 ms in a lane of 200,000.
 */
export const laneStatements = {
  isBehind: 'select 1 from delivery where target = ? and lane = ? and event < ? limit 1',
  putBehind: `
    update delivery set due = ${behindAnother} where target = ?1 and lane = ?2 and +due < ${behindAnother}
      and event = (select min(event) from delivery where target = ?1 and lane = ?2 and event > ?3)`,
  nextOfLane: `
    update delivery set due = ?1 where target = ?2 and lane = ?3 and due = ${behindAnother} and event =
      (select min(event) from delivery where target = ?2 and lane = ?3)`,
}

export function writing(db: DatabaseSync): (rows: Rows) => void {
  const insertEvents = eventInsert(db)
  const writePlan = db.prepare('insert or replace into plan (first, text) values (?, ?)')
  const deletePlan = db.prepare('delete from plan where first = ?')
  const writeDelivery = db.prepare(`
    insert or replace into delivery
      (target, event, item, attempts, due, error, progress, first_at, lane, own_text, since)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const deleteDelivery = db.prepare(
    'delete from delivery where target = ? and event = ? and item = ?',
  )
  const isBehind = db.prepare(laneStatements.isBehind)
  const putBehind = db.prepare(laneStatements.putBehind)
  const nextOfLane = db.prepare(laneStatements.nextOfLane)
  const insertDeadLetter = db.prepare(`
    insert into dead_letter (target, event, item, text, attempts, error, error_code,
      exhausted_retry_condition, first_at, died_at, lane, progress)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const deleteDeadLetter = db.prepare('delete from dead_letter where id = ?')
  const writeSetting = db.prepare(
    'insert or replace into setting (kind, name, text) values (?, ?, ?)',
  )
  const deleteSetting = db.prepare('delete from setting where kind = ? and name = ?')
  const abandon = db.prepare(`
    delete from delivery where (target, event, item) in
      (select target, event, item from delivery where target = ?
        order by event desc, item desc limit ${abandonedRows})`)
  const expire = db.prepare(
    'delete from event where id = ? and not exists (select 1 from delivery where event = ?)',
  )

  function write(row: WaitingDelivery): void {
    const { target, event, item, attempts, due, error, progress, lane } = row
    const stands = lane === undefined || isBehind.get(target, lane, event) === undefined
    writeDelivery.run(
      ...([target, event, item, attempts, stands ? due : behindAnother, error ?? null] as const),
      ...([progress ?? null, row.firstAt ?? null, lane ?? null] as const),
      ...([row.ownText === undefined ? null : sealed(row.ownText), row.since ?? null] as const),
    )
    if (lane !== undefined && stands) putBehind.run(target, lane, event)
  }

  return (rows) => {
    insertEvents(rows.events)
    for (const { first, text } of rows.plans)
      if (text === null) deletePlan.run(first)
      else writePlan.run(first, sealed(text))
    for (const row of rows.deliveries) write(row)
    for (const row of rows.inHand) write(row)
    for (const { target, event, item, lane } of rows.finished) {
      deleteDelivery.run(target, event, item)
      if (lane !== undefined) nextOfLane.run(rows.now, target, lane)
    }
    for (const dead of rows.deadLetters)
      insertDeadLetter.run(
        ...([
          dead.target,
          dead.event,
          dead.item,
          sealed(dead.text),
          dead.attempts,
          dead.error,
        ] as const),
        ...([dead.errorCode, dead.exhaustedRetryCondition ?? null, dead.firstAt] as const),
        ...([dead.diedAt, dead.lane ?? null, dead.progress ?? null] as const),
      )
    for (const { id, delivery } of rows.revived)
      if (deleteDeadLetter.run(id).changes > 0 && delivery) write(delivery)
    for (const { kind, name, text } of rows.settings)
      if (text === null) deleteSetting.run(kind, name)
      else writeSetting.run(kind, name, sealed(text))
    for (const target of rows.abandoned) abandon.run(target)
    for (const id of rows.expired) expire.run(id, id)
  }
}

/** Rows of one statement: a call for each took a third longer. */
const rowsTogether = 20

function eventInsert(db: DatabaseSync): (events: Rows['events']) => void {
  const into = 'insert into event (id, bus, text, checksum) values '
  const row = '(?, ?, ?, ?)'
  const one = db.prepare(into + row)
  const many = db.prepare(into + Array(rowsTogether).fill(row).join())
  return (events) => {
    let at = 0
    for (; at + rowsTogether <= events.length; at += rowsTogether) {
      const values: (string | number)[] = []
      for (let next = at; next < at + rowsTogether; next++) {
        const { id, bus, text } = events[next] as Rows['events'][number]
        values.push(id, bus, text, checksum(id, bus, text))
      }
      many.run(...values)
    }
    for (; at < events.length; at++) {
      const { id, bus, text } = events[at] as Rows['events'][number]
      one.run(id, bus, text, checksum(id, bus, text))
    }
  }
}
