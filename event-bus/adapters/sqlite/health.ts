/** What a file of SQLite tells of itself: how large it and its write-ahead log are, and what is overdue. */
import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import type { Health } from '../../health.ts'

export function healthOf(db: DatabaseSync): (now: number) => Health {
  const oldest = db.prepare('select min(event) as event from delivery')
  // A step of the index for each target, however much waits.
  const overdue = db.prepare(`
    with recursive named (target) as (
      select min(target) from delivery
      union all
      select (select min(target) from delivery where target > named.target)
        from named where named.target is not null),
    next (target, due) as (
      select target, (select min(due) from delivery where target = named.target)
        from named where named.target is not null)
    select target, due from next where due <= ?`)
  const pages = db.prepare(
    'select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()',
  )
  const file = db.location()

  return (now) => {
    const event = oldest.get()?.event
    const parts = [{ name: 'file', bytes: Number(pages.get()?.bytes) }]
    const ahead = file === null ? undefined : statSync(`${file}-wal`, { throwIfNoEntry: false })
    if (ahead) parts.push({ name: 'write-ahead log', bytes: ahead.size })
    return {
      parts,
      oldestEvent: typeof event === 'number' ? event : null,
      overdue: overdue.all(now).map(({ target, due }) => [String(target), Number(due)] as const),
    }
  }
}
