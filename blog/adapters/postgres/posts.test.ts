import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { packaged, type Server, startServer } from '@busbar/event-bus/adapters/postgres/testing'
import { blogPostCreated } from '../../events.ts'
import { postsContract } from '../../ports.contract.ts'
import type { FoundPosts } from '../../ports.ts'
import { anId, aPost, someEntities } from '../../testing.ts'
import { findOldPosts } from './post-search.ts'
import { postgresPosts } from './posts.ts'
import { type TestNode, testNode, told } from './testing.ts'

describe('posts in PostgreSQL', { skip: packaged().programs === null }, () => {
  const names = Array.from({ length: 80 }, (_, at) => `posts-${at}`)
  const streams = names.flatMap((name) => [`${name}.outbox`, `${name}.changes`])
  const nodes: TestNode[] = []
  let server: Server
  let emptied = 0
  before(async () => {
    server = await startServer(packaged())
    for (let node = 0; node < 3; node++) nodes.push(await testNode(server.url(), 'posts', streams))
  })
  after(async () => {
    await Promise.all(nodes.map((node) => node.close()))
    await server?.stop()
  })

  /** The same table on three nodes, emptied, with streams that nothing was told to yet. */
  async function make() {
    const name = names[emptied++] as string
    const [one] = nodes as [TestNode]
    await one.database.pool.query('truncate post, idempotency, post_words, mention, removed_post')
    const all = nodes.map(({ database, engine }) => postgresPosts(database, engine, name))
    const [posts] = all as [(typeof all)[number]]
    return {
      ...{ posts, all, pool: one.database.pool },
      outbox: () => told(one, `${name}.outbox`),
      changes: () => told(one, `${name}.changes`),
      close: async () => {},
    }
  }

  postsContract('postgresPosts', make)

  test('of one key are one, on whichever nodes it comes at the same time', async () => {
    const { all, outbox, pool } = await make()
    const asked = { key: 'k', fingerprint: 'f' }

    const made = await Promise.all(
      Array.from({ length: 12 }, (_, n) => {
        const post = aPost({ id: anId(n) })
        return all[n % 3]?.create(post, [blogPostCreated(post)], asked)
      }),
    )

    assert.equal(new Set(made.map((each) => each?.post.id)).size, 1)
    assert.equal((await pool.query('select from post')).rowCount, 1)
    assert.equal((await outbox()).length, 1)
  })

  test('edited on three nodes at the same time have every edit, each with its revision', async () => {
    const { all, posts } = await make()
    await posts.create(aPost(), [])

    const edits = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        all[n % 3]?.edit(aPost().id, { title: `Title ${n}` }, 'any', () => []),
      ),
    )

    const revisions = edits.map((each) => each?.revision ?? 0).toSorted((a, b) => a - b)
    assert.deepEqual(
      revisions,
      Array.from({ length: 30 }, (_, n) => n + 2),
    )
  })

  test('that were there before there was a search are found, and none is indexed over an edit', async () => {
    const { all, posts, pool } = await make()
    for (let n = 1; n <= 201; n++) await posts.create(aPost({ id: anId(n) }), [])
    await posts.enrich(anId(7), someEntities(), aPost())
    await pool.query('truncate post_words, mention')
    assert.deepEqual((await posts.search({ query: 'joe', limit: 1 })).posts, [])
    const { database, engine } = nodes[0] as TestNode
    const find = () => findOldPosts(database, (work) => engine.transact((tx) => work(tx)))

    await Promise.all([
      ...[find(), find()],
      all[1]?.edit(anId(200), { title: 'Rain' }, 'any', () => []),
    ])

    const found = await posts.search({ query: 'joe', limit: 300 })
    assert.deepEqual([found.posts.length, found.cursor], [201, null])
    const ids = (page: FoundPosts) => page.posts.map(({ id }) => id)
    assert.deepEqual(ids(await posts.search({ query: 'rain', limit: 2 })), [anId(200)])
    assert.deepEqual(ids(await posts.mentioning({ name: 'spain', limit: 2 })), [anId(7)])
  })

  test('that a stopped node holds delay nobody but who wants the same one', async () => {
    const { all, posts, pool } = await make()
    await posts.create(aPost(), [])
    await posts.create(aPost({ id: anId(2) }), [])
    const holder = await pool.connect()
    await holder.query('begin')
    await holder.query('select from post where id = $1 for update', [aPost().id])

    const waits = all[1]?.edit(aPost().id, { title: 'Late' }, 'any', () => [])
    await all[1]?.edit(anId(2), { title: 'At once' }, 'any', () => [])
    assert.equal((await posts.find(aPost().id))?.revision, 1)
    await holder.query('rollback')
    holder.release()

    assert.equal((await waits)?.post.title, 'Late')
  })

  test('forget the keys that have expired, so that they do not pile up', async () => {
    const { posts, pool } = await make()
    const keyed = (n: number, createdAt: string) =>
      posts.create(aPost({ id: anId(n), createdAt }), [], { key: `${n}`, fingerprint: 'f' })
    for (let n = 0; n < 12; n++) await keyed(n, '2026-01-01T12:00:00.000Z')

    for (let n = 12; n < 15; n++) await keyed(n, '2026-01-02T12:00:00.000Z')

    const { rows } = await pool.query('select key from idempotency order by key')
    assert.deepEqual(
      rows.map(({ key }) => key),
      ['12', '13', '14'],
    )
  })
})
