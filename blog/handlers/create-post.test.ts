import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handClock } from '@busbar/event-bus/testing'
import { aDraft, anId, aPost, blogPorts } from '../testing.ts'
import { createPost } from './create-post.ts'

test('stores the draft as a post of now, without entities, together with its event', async () => {
  const { posts, ids } = blogPorts()
  const clock = handClock('2026-03-01T08:00:00.250Z')

  const { post, revision } = await createPost({ draft: aDraft() }, { posts, ids, clock })

  assert.deepEqual(post, aPost({ id: anId(1), createdAt: '2026-03-01T08:00:00.250Z' }))
  assert.equal(revision, 1)
  const [announced, ...more] = posts.outbox
  assert.equal(announced?.DetailType, 'BlogPostCreated')
  assert.deepEqual(JSON.parse(announced.Detail), post)
  assert.deepEqual(more, [])
})

test('stores what an author writes and nothing that came with it', async () => {
  const ports = blogPorts()
  const draft = { ...aDraft(), id: 'mine', entities: { persons: ['Ada'] } }

  const { post } = await createPost({ draft }, ports)

  assert.deepEqual(post, aPost())
})

test('answers the first post when a key comes again with the same draft', async () => {
  const ports = blogPorts()
  const asked = { draft: aDraft(), idempotencyKey: 'k' }
  const first = await createPost(asked, ports)

  const { author, title, body, topic } = aDraft()
  const second = await createPost({ ...asked, draft: { topic, body, title, author } }, ports)

  assert.deepEqual(second, first)
  assert.equal(ports.posts.outbox.length, 1)
})

test('refuses a key that comes again with another draft, whichever field differs', async () => {
  const ports = blogPorts()
  await createPost({ draft: aDraft(), idempotencyKey: 'k' }, ports)

  for (const field of ['author', 'title', 'body', 'topic'])
    await assert.rejects(
      createPost({ draft: aDraft({ [field]: 'other' }), idempotencyKey: 'k' }, ports),
      { code: 'IdempotencyConflict' },
    )
})

test('tells drafts apart whose fields read the same when put together', async () => {
  const ports = blogPorts()
  await createPost({ draft: aDraft({ author: 'a","b', title: 'c' }), idempotencyKey: 'k' }, ports)

  const other = aDraft({ author: 'a', title: 'b","c' })
  await assert.rejects(createPost({ draft: other, idempotencyKey: 'k' }, ports), {
    code: 'IdempotencyConflict',
  })
})

test('stores a post each time when there is no key', async () => {
  const ports = blogPorts()

  await createPost({ draft: aDraft() }, ports)
  await createPost({ draft: aDraft() }, ports)

  assert.equal((await ports.posts.list({ limit: 10 })).length, 2)
})
