import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Engine, engine } from '@busbar/event-bus'
import { systemClock } from '@busbar/event-bus/adapters/node/clock'
import { migrate, openDatabase } from '@busbar/event-bus/adapters/sqlite/database'
import { type SqliteTx, sqliteStore } from '@busbar/event-bus/adapters/sqlite/store'
import { progressContract } from '../../ports.contract.ts'
import { anId } from '../../testing.ts'
import { migrations } from './migrations.ts'
import { sqliteProgress } from './progress.ts'

let db: ReturnType<typeof openDatabase>
let bus: Engine<SqliteTx>
before(async () => {
  db = openDatabase(':memory:')
  bus = await engine<SqliteTx>({
    ...{ store: sqliteStore(db), clock: systemClock, random: Math.random },
  })
  migrate(db, 'blog', migrations)
  await bus.start({ rules: [], fanOutTargets: new Map(), pipes: new Map() })
})
after(() => bus.close(0))

async function make() {
  db.exec('delete from progress; delete from announcement')
  return sqliteProgress(db, bus)
}

progressContract('in SQLite', make)

test('what is older than a week is forgotten, so that it does not pile up', async () => {
  const progress = await make()
  const day = (n: number) => new Date(Date.UTC(2026, 0, n)).toISOString()
  for (const n of [1, 2, 3, 9]) {
    const postId = anId(n)
    const step = { step: 'pushed', subscriptionId: '', outcome: 'done', reason: null } as const
    await progress.note({ postId, ...step, at: day(n) })
    await progress.announce({ postId, at: day(n), readers: { email: 1, https: 1 } })
  }

  for (const table of ['progress', 'announcement']) {
    const left = db.prepare(`select post_id from ${table} order by post_id`).all()
    assert.deepEqual(
      left.map(({ post_id }) => post_id),
      [2, 3, 9].map(anId),
      table,
    )
  }
})
