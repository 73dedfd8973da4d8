/** How posts come to be stored, and not twice. See `ports.contract.ts`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { blogPostCreated, blogPostEdited } from './events.ts'
import { type MakeTable, noEvent, refused } from './posts.contract.ts'
import { anId, aPost } from './testing.ts'

const post = aPost()

export function createContract(name: string, table: MakeTable): void {
  describe(`${name}: creating a post`, () => {
    test('stores it and tells both streams', async (t) => {
      const { posts, outbox, told } = await table(t)

      const made = await posts.create(post, [blogPostCreated(post)])

      assert.deepEqual(made, { post, revision: 1, version: 1 })
      assert.deepEqual(await posts.find(post.id), made)
      assert.deepEqual(await outbox(), [
        { source: 'blog', 'detail-type': 'BlogPostCreated', detail: post },
      ])
      const change = { eventName: 'INSERT', keys: { id: post.id }, newImage: post }
      assert.deepEqual(await told(), [
        { source: 'blog', 'detail-type': 'BlogPostUpdated', detail: change },
      ])
    })

    test('announces every event that it is given, in order', async (t) => {
      const { posts, outbox } = await table(t)

      await posts.create(post, [blogPostCreated(post), blogPostEdited(post)])

      assert.deepEqual(
        (await outbox()).map((event) => event['detail-type']),
        ['BlogPostCreated', 'BlogPostEdited'],
      )
    })

    test('stores neither post nor event when one of its events is refused', async (t) => {
      const { posts, outbox, changes } = await table(t)
      const key = { key: 'k', fingerprint: 'f' }

      await assert.rejects(posts.create(post, [blogPostCreated(post), noEvent], key))

      assert.equal(await posts.find(post.id), null)
      assert.deepEqual([await outbox(), await changes()], [[], []])
      await posts.create(post, [], { key: 'k', fingerprint: 'another: the key was not used' })
    })

    test('announces nothing about an id that is taken, and leaves its post alone', async (t) => {
      const { posts, outbox, changes } = await table(t)
      await posts.create(post, [])

      await assert.rejects(posts.create({ ...post, title: 'Other' }, [blogPostCreated(post)]))

      assert.deepEqual((await posts.find(post.id))?.post, post)
      assert.deepEqual([(await outbox()).length, (await changes()).length], [0, 1])
    })

    test('keeps text to the letter', async (t) => {
      const { posts } = await table(t)
      const odd = aPost({
        author: `O'Brien "x"`,
        title: 'naïve 👩‍👩‍👧 ‮',
        body: ' \r\n\ttext\\u0041 \u2028',
      })

      await posts.create(odd, [])

      assert.deepEqual((await posts.find(odd.id))?.post, odd)
    })
  })

  describe(`${name}: creating a post under an idempotency key`, () => {
    const asked = { key: 'k', fingerprint: 'f' }
    const again = aPost({ id: anId(2), createdAt: '2026-01-02T11:59:59.999Z' })

    test('answers the first post as it was stored, also when it has changed since', async (t) => {
      const { posts, outbox, changes } = await table(t)
      const first = await posts.create(post, [blogPostCreated(post)], asked)
      await posts.edit(post.id, { title: 'New' }, 'any', () => [])

      const second = await posts.create(again, [blogPostCreated(again)], asked)

      assert.deepEqual(second, first)
      assert.equal(await posts.find(again.id), null)
      assert.deepEqual([(await outbox()).length, (await changes()).length], [1, 2])
    })

    test('answers the first post also when it has been removed since', async (t) => {
      const { posts } = await table(t)
      const first = await posts.create(post, [], asked)
      await posts.remove(post.id, 'any')

      assert.deepEqual(await posts.create(again, [], asked), first)
      assert.deepEqual(await posts.list({ limit: 10 }), [])
    })

    test('refuses another fingerprint and stores nothing', async (t) => {
      const { posts, outbox } = await table(t)
      await posts.create(post, [], asked)

      await refused('IdempotencyConflict', () =>
        posts.create(again, [blogPostCreated(again)], { ...asked, fingerprint: 'other' }),
      )

      assert.equal(await posts.find(again.id), null)
      assert.deepEqual(await outbox(), [])
    })

    test('tells one key from another', async (t) => {
      const { posts } = await table(t)
      await posts.create(post, [], asked)

      await posts.create(again, [], { ...asked, key: 'K' })

      assert.equal((await posts.list({ limit: 10 })).length, 2)
    })

    test('takes the key for a new post after 24 hours', async (t) => {
      const { posts } = await table(t)
      await posts.create(post, [], asked)
      const late = aPost({ id: anId(3), createdAt: '2026-01-02T12:00:00.000Z' })

      const made = await posts.create(late, [], { ...asked, fingerprint: 'other' })

      assert.deepEqual(made.post, late)
      assert.deepEqual(await posts.create(again, [], { ...asked, fingerprint: 'other' }), made)
    })

    test('stores one post for two requests that come together', async (t) => {
      const { posts, outbox, changes } = await table(t)

      const [one, other] = await Promise.all([
        posts.create(post, [blogPostCreated(post)], asked),
        posts.create(again, [blogPostCreated(again)], asked),
      ])

      assert.deepEqual(one, other)
      assert.deepEqual(await posts.list({ limit: 10 }), [one.post])
      assert.deepEqual([(await outbox()).length, (await changes()).length], [1, 1])
    })
  })
}
