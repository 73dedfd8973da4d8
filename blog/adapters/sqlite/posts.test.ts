import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EventLog, engine } from '@busbar/event-bus'
import { systemClock } from '@busbar/event-bus/adapters/node/clock'
import { migrate, openDatabase } from '@busbar/event-bus/adapters/sqlite/database'
import { type SqliteTx, sqliteStore } from '@busbar/event-bus/adapters/sqlite/store'
import { blogPostCreated } from '../../events.ts'
import { postsContract } from '../../ports.contract.ts'
import { anId, aPost, fillable, someEntities } from '../../testing.ts'
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

test('that were there before there was a search are found', async (t) => {
  const { db, bus, posts, close } = await make()
  t.after(close)
  for (let n = 1; n <= 1_001; n++) await posts.create(aPost({ id: anId(n) }), [])
  await posts.enrich(anId(7), someEntities(), aPost())
  for (const table of ['post_words', 'post_number', 'mention']) db.exec(`delete from ${table}`)
  assert.deepEqual((await posts.search({ query: 'joe', limit: 1 })).posts, [])

  const later = sqlitePosts(db, bus, 'posts')

  for (let last: string | undefined, n = 1_001; n > 1; n -= 100) {
    const page = await later.search({ query: 'joe', before: last, limit: 100 })
    assert.equal(page.posts[0]?.id, anId(n))
    last = page.cursor ?? undefined
  }
  const { posts: mentioning } = await later.mentioning({ name: 'spain', limit: 10 })
  assert.deepEqual(
    mentioning.map(({ id }) => id),
    [anId(7)],
  )
  await later.remove(anId(1_001), 'any')
  assert.equal((await later.search({ query: 'joe', limit: 1 })).posts[0]?.id, anId(1_000))
})

test('are found as they were when the transaction fails at its end', async (t) => {
  const { posts, store, close } = await make()
  t.after(close)
  await posts.create(aPost(), [])

  store.full = true
  await assert.rejects(posts.edit(aPost().id, { title: 'Rain' }, 'any', () => []))
  await assert.rejects(posts.remove(aPost().id, 'any'))
  await assert.rejects(posts.create(aPost({ id: anId(2), title: 'Rain' }), []))
  store.full = false

  assert.deepEqual((await posts.search({ query: 'rain', limit: 1 })).posts, [])
  assert.deepEqual((await posts.search({ query: 'title joe', limit: 2 })).posts, [aPost()])
  assert.equal(await posts.wasRemoved(aPost().id), false)
  await posts.create(aPost({ id: anId(2), title: 'Rain' }), [])
  assert.equal((await posts.search({ query: 'rain', limit: 1 })).posts.length, 1)
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
    ...{ db, bus, store },
    close: () => bus.close(0),
  }
}

const told = async (log: EventLog) =>
  (await log.tail(1_000, 1_000_000_000)).map((event) => ({
    ...{ source: event.source, 'detail-type': event['detail-type'] },
    detail: event.detail,
  }))
