import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Engine, engine } from '@busbar/event-bus'
import { systemClock } from '@busbar/event-bus/adapters/node/clock'
import { migrate, openDatabase } from '@busbar/event-bus/adapters/sqlite/database'
import { type SqliteTx, sqliteStore } from '@busbar/event-bus/adapters/sqlite/store'
import { published, publishing } from '../../draft.ts'
import { draftsContract } from '../../ports.contract.ts'
import { anId, aSavedDraft } from '../../testing.ts'
import { sqliteDrafts } from './drafts.ts'
import { migrations } from './migrations.ts'

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
  db.exec('delete from draft')
  return sqliteDrafts(db, bus)
}

draftsContract('in SQLite', make)

test('what has been published is forgotten after a day, so that it does not pile up', async () => {
  const drafts = await make()
  for (let n = 1; n <= 3; n++) {
    await drafts.create(aSavedDraft({ id: anId(n) }))
    const post = { postId: anId(100 + n), at: `2026-01-0${n}T12:00:00.000Z` }
    await drafts.change(anId(n), (found) => publishing(found, { revisions: 'any' }, post))
    await drafts.change(anId(n), (found) => published(found, post.at))
  }

  await drafts.create(aSavedDraft({ id: anId(4), savedAt: '2026-01-03T12:00:00.000Z' }))

  const left = db.prepare('select id from draft order by id').all()
  assert.deepEqual(
    left.map(({ id }) => id),
    [anId(3), anId(4)],
  )
})
