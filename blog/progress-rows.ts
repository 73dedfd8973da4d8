/** How the progress of posts stands in rows: what is asked of SQLite and PostgreSQL in the same words. */
import {
  type Announcement,
  type Failure,
  mostAttempts,
  mostFailures,
  type Note,
  type Noted,
  type Step,
} from './progress.ts'

type Row = Readonly<Record<string, unknown>>

export const progressStatements = {
  announce: `
    insert into announcement (post_id, at, email, https) values (?, ?, ?, ?)
    on conflict (post_id) do nothing`,
  announcement: 'select * from announcement where post_id = ?',
  note: `
    insert into progress (post_id, step, subscription_id, outcome, attempts, reason, at)
    values (?, ?, ?, ?, ?, ?, ?)
    on conflict (post_id, step, subscription_id) do update set
      outcome = case
        when excluded.outcome = 'failed' and progress.attempts >= ${mostAttempts - 1} then 'dead'
        else excluded.outcome end,
      attempts = progress.attempts + excluded.attempts,
      reason = excluded.reason, at = excluded.at
    where progress.outcome in ('failed', 'dead')`,
  counts: `
    select step, count(*) filter (where outcome = 'done') as done,
      count(*) filter (where outcome = 'skipped') as skipped,
      count(*) filter (where outcome = 'failed') as failed,
      count(*) filter (where outcome = 'dead') as dead,
      max(at) filter (where outcome = 'done') as at
    from progress where post_id = ? group by step`,
  failures: `
    select * from progress where post_id = ? and outcome in ('failed', 'dead')
    order by at desc limit ${mostFailures}`,
} as const

export const announcementValues = ({ postId, at, readers }: Announcement) =>
  [postId, at, readers.email, readers.https] as const

export const noteValues = ({ postId, step, subscriptionId, outcome, reason, at }: Note) => {
  const attempts = outcome === 'failed' || outcome === 'dead' ? 1 : 0
  return [postId, step, subscriptionId, outcome, attempts, reason, at] as const
}

export const noted = (
  [announcement]: readonly Row[],
  counts: readonly Row[],
  failures: readonly Row[],
): Noted => ({
  announcement: announcement
    ? {
        ...{ postId: String(announcement.post_id), at: String(announcement.at) },
        readers: { email: Number(announcement.email), https: Number(announcement.https) },
      }
    : null,
  counts: counts.map((row) => ({
    ...{ step: row.step as Step, done: Number(row.done), skipped: Number(row.skipped) },
    ...{ failed: Number(row.failed), dead: Number(row.dead) },
    at: row.at === null ? null : String(row.at),
  })),
  failures: failures.map((row) => ({
    ...{ step: row.step as Step, outcome: row.outcome as Failure['outcome'] },
    ...{ attempts: Number(row.attempts), reason: String(row.reason ?? ''), at: String(row.at) },
  })),
})
