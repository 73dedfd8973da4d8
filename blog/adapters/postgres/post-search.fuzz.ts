import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { packaged, type Server, startServer } from '@busbar/event-bus/adapters/postgres/testing'
import fc from 'fast-check'
import { anId, aPost, memoryPosts, someEntities } from '../../testing.ts'
import { postgresPosts } from './posts.ts'
import { type TestNode, testNode } from './testing.ts'

/** Texts in which the language of `tsquery`, quotes and letters of all kinds meet. */
const piece = fc.constantFrom(
  ...['rain', 'Rain', 'rai', 'Ráin', 'spain', 'joe', ' ', ' ', ' ', '東', 'é'],
  ...[
    '"',
    "'",
    '&',
    '|',
    '!',
    '<->',
    '<2>',
    ':',
    ':*',
    ':AB',
    '(',
    ')',
    '\\',
    '\0',
    '\ud800',
    '\ue000',
  ],
)
const text = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }),
)

describe('search in PostgreSQL', { skip: packaged().programs === null }, () => {
  let server: Server
  let node: TestNode
  before(async () => {
    server = await startServer(packaged())
    node = await testNode(server.url(), 'fuzz', ['posts.outbox', 'posts.changes'])
  })
  after(async () => {
    await node?.close()
    await server?.stop()
  })

  test('finds, for whatever is asked, what looking at each post finds', async () => {
    const posts = postgresPosts(node.database, node.engine, 'posts')
    const model = memoryPosts()
    let n = 0
    await fc.assert(
      fc.asyncProperty(
        text,
        text,
        fc.array(text, { minLength: 3, maxLength: 3 }),
        async (title, name, asked) => {
          // No post has half a character: whoever recognised names in it would have read another text.
          const post = aPost({ id: anId(n++), title: title.toWellFormed(), body: 'Nothing' })
          const entities = someEntities({ locations: [name], persons: [], organizations: [] })
          for (const each of [posts, model]) {
            await each.create(post, [])
            await each.enrich(post.id, entities, post)
          }
          for (const query of [title, name, ...asked]) {
            const page = { limit: 1_000 }
            const ids = (found: Awaited<ReturnType<typeof posts.search>>) =>
              found.posts.map(({ id }) => id)
            assert.deepEqual(
              ids(await posts.search({ query, ...page })),
              ids(await model.search({ query, ...page })),
            )
            assert.deepEqual(
              ids(await posts.mentioning({ name: query, ...page })),
              ids(await model.mentioning({ name: query, ...page })),
            )
          }
        },
      ),
    )
  })
})
