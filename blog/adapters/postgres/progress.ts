/** What the flow has done with each post, in PostgreSQL, for all nodes of a cluster. */
import type { Engine } from '@busbar/event-bus'
import type { Database } from '@busbar/event-bus/adapters/postgres/database'
import { patiently } from '@busbar/event-bus/adapters/postgres/patience'
import { numbered, questions } from '@busbar/event-bus/adapters/postgres/questions'
import type { PostgresTx } from '@busbar/event-bus/adapters/postgres/store'
import type { Progress } from '../../ports.ts'
import { forgetBefore } from '../../progress.ts'
import { announcementValues, noted, noteValues, progressStatements } from '../../progress-rows.ts'

const statements = {
  ...numbered(progressStatements),
  forgetAnnouncements: `delete from announcement where post_id in (
    select post_id from announcement where at < $1 order by at limit 10
      for update skip locked)`,
  forget: `delete from progress where (post_id, step, subscription_id) in (
    select post_id, step, subscription_id from progress where at < $1 order by at limit 10
      for update skip locked)`,
} as const

export function postgresProgress(
  { pool }: Pick<Database, 'pool'>,
  engine: Pick<Engine<PostgresTx>, 'transact'>,
): Progress {
  const { ask, askIn } = questions(pool, 'progress', statements)
  return {
    announce: (given) =>
      patiently(() =>
        engine.transact(async (tx) => {
          await askIn(tx, 'forgetAnnouncements', forgetBefore(given.at))
          await askIn(tx, 'announce', ...announcementValues(given))
        }),
      ),
    note: (given) =>
      patiently(() =>
        engine.transact(async (tx) => {
          await askIn(tx, 'forget', forgetBefore(given.at))
          await askIn(tx, 'note', ...noteValues(given))
        }),
      ),
    async of(postId) {
      const [announcement, counts, failures] = await Promise.all([
        ...[ask('announcement', postId), ask('counts', postId), ask('failures', postId)],
      ])
      return noted(announcement ?? [], counts ?? [], failures ?? [])
    },
  }
}
