/** What the flow has done with each post, in SQLite. */
import type { Engine } from '@busbar/event-bus'
import type { SqliteTx } from '@busbar/event-bus/adapters/sqlite/store'
import type { Progress } from '../../ports.ts'
import { forgetBefore } from '../../progress.ts'
import {
  announcementValues,
  noted,
  noteValues,
  progressStatements as statements,
} from '../../progress-rows.ts'

export function sqliteProgress(
  db: SqliteTx,
  { transact }: Pick<Engine<SqliteTx>, 'transact'>,
): Progress {
  const announce = db.prepare(statements.announce)
  const announcement = db.prepare(statements.announcement)
  const note = db.prepare(statements.note)
  const counts = db.prepare(statements.counts)
  const failures = db.prepare(statements.failures)
  const forgetAnnouncements = db.prepare(`
    delete from announcement where post_id in (
      select post_id from announcement where at < ? order by at limit 10)`)
  const forget = db.prepare(`
    delete from progress where (post_id, step, subscription_id) in (
      select post_id, step, subscription_id from progress where at < ? order by at limit 10)`)

  return {
    announce: (given) =>
      transact(() => {
        forgetAnnouncements.run(forgetBefore(given.at))
        announce.run(...announcementValues(given))
      }),
    note: (given) =>
      transact(() => {
        forget.run(forgetBefore(given.at))
        note.run(...noteValues(given))
      }),
    async of(postId) {
      return noted(announcement.all(postId), counts.all(postId), failures.all(postId))
    },
  }
}
