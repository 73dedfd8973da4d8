import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EventLog, engine } from '@busbar/event-bus'
import { systemClock } from '@busbar/event-bus/adapters/node/clock'
import { migrate, openDatabase } from '@busbar/event-bus/adapters/sqlite/database'
import { type SqliteTx, sqliteStore } from '@busbar/event-bus/adapters/sqlite/store'
import { blogPostCreated } from '../../events.ts'
import { postsContract } from '../../ports.contract.ts'
import { anId, aPost, fillable } from '../../testing.ts'
import { migrations } from './migrations.ts'
import { sqlitePosts } from './posts.ts'

postsContract('posts in SQLite', make)

test('stores neither post nor event when the transaction fails at its end', async (t) => {
  const { posts, outbox, changes, store, close } = await make()
  t.after(close)
  const post = aPost()

  store.full = true
  await assert.rejects(posts.create(post, [blogPostCreated(post)]), { code: 'InternalException' })
  store.full = false

  assert.equal(await posts.find(post.id), null)
  assert.deepEqual([await outbox(), await changes()], [[], []])
  assert.deepEqual((await posts.create(post, [])).post, post)
})

test('forgets the keys that have expired, so that they do not pile up', async (t) => {
  const { posts, db, close } = await make()
  t.after(close)
  const keyed = (n: number, createdAt: string) =>
    posts.create(aPost({ id: anId(n), createdAt }), [], { key: `${n}`, fingerprint: 'f' })
  for (let n = 0; n < 12; n++) await keyed(n, '2026-01-01T12:00:00.000Z')

  for (let n = 12; n < 15; n++) await keyed(n, '2026-01-02T12:00:00.000Z')

  const kept = db.prepare('select key from idempotency order by key').all()
  assert.deepEqual(
    kept.map(({ key }) => key),
    ['12', '13', '14'],
  )
})

/** The real engine. Each stream leads to a bus of its own, whose log tells what went through it. */
async function make() {
  const db = openDatabase(':memory:')
  const store = fillable(sqliteStore(db))
  const bus = await engine<SqliteTx>({ store, clock: systemClock, random: Math.random })
  migrate(db, 'blog', migrations)
  const streams = ['posts.outbox', 'posts.changes'] as const
  const pipes = new Map(streams.map((stream) => [stream, stream]))
  await bus.start({ rules: [], fanOutTargets: new Map(), pipes })
  return {
    posts: sqlitePosts(db, bus, 'posts'),
    outbox: () => told(bus.log('posts.outbox')),
    changes: () => told(bus.log('posts.changes')),
    db,
    store,
    close: () => bus.close(0),
  }
}

const told = async (log: EventLog) =>
  (await log.tail(1_000, 1_000_000_000)).map((event) => ({
    ...{ source: event.source, 'detail-type': event['detail-type'] },
    detail: event.detail,
  }))
