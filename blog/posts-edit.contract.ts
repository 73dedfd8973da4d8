/** How authors change and remove posts. See `ports.contract.ts`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { blogPostEdited } from './events.ts'
import type { Post } from './post.ts'
import { type MakeTable, noEvent, refused } from './posts.contract.ts'
import { aPost, someEntities } from './testing.ts'

const post = aPost()

export function editContract(name: string, table: MakeTable): void {
  describe(`${name}: editing a post`, () => {
    const announce = (_: Post, after: Post) => [blogPostEdited(after)]

    test('changes the fields that are named and announces what the two images make', async (t) => {
      const { posts, outbox, changes } = await table(t)
      await posts.create(post, [])
      const after = { ...post, title: 'New', topic: 'winter' }

      const edited = await posts.edit(
        post.id,
        { title: 'New', topic: 'winter' },
        [1],
        (...images) => {
          assert.deepEqual(images, [post, after])
          return announce(...images)
        },
      )

      assert.deepEqual(edited, { post: after, revision: 2, version: 2 })
      assert.deepEqual(await posts.find(post.id), edited)
      assert.deepEqual(
        (await outbox()).map(({ detail }) => detail),
        [after],
      )
      assert.deepEqual((await changes())[1], {
        ...{ eventName: 'MODIFY', keys: { id: post.id } },
        ...{ oldImage: post, newImage: after },
      })
    })

    test('refuses an author who has not seen the last edit', async (t) => {
      const { posts, outbox, changes } = await table(t)
      await posts.create(post, [])
      const edited = await posts.edit(post.id, { title: 'New' }, [1], () => [])

      for (const seen of [[1], [], [3, 1]])
        await refused('RevisionConflict', () =>
          posts.edit(post.id, { title: 'Newer' }, seen, announce),
        )

      assert.deepEqual(await posts.find(post.id), edited)
      assert.deepEqual([(await outbox()).length, (await changes()).length], [0, 2])
      assert.equal((await posts.edit(post.id, { title: 'Newer' }, [1, 2], announce)).revision, 3)
      assert.equal((await posts.edit(post.id, { title: 'Newest' }, 'any', announce)).revision, 4)
    })

    test('lets one of two authors through who have seen the same', async (t) => {
      const { posts } = await table(t)
      await posts.create(post, [])

      const ends = await Promise.allSettled(
        ['one', 'two'].map((title) => posts.edit(post.id, { title }, [1], () => [])),
      )

      assert.deepEqual(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
      assert.equal((await posts.find(post.id))?.revision, 2)
    })

    test('says that there is no such post, or none any more', async (t) => {
      const { posts, outbox, changes } = await table(t)
      await refused('PostNotFound', () => posts.edit(post.id, { title: 'New' }, 'any', announce))
      await posts.create(post, [])
      await posts.remove(post.id, 'any')

      await refused('PostNotFound', () => posts.edit(post.id, { title: 'New' }, [7], announce))

      assert.deepEqual([(await outbox()).length, (await changes()).length], [0, 2])
    })

    test('writes and tells nothing when nothing changes', async (t) => {
      const { posts, outbox, changes } = await table(t)
      const made = await posts.create(post, [])
      const { author, title, body, topic } = post

      assert.deepEqual(await posts.edit(post.id, { title }, [1], announce), made)
      assert.deepEqual(
        await posts.edit(post.id, { topic, body, title, author }, [1], announce),
        made,
      )
      assert.deepEqual(await posts.edit(post.id, {}, 'any', announce), made)

      assert.deepEqual(await posts.find(post.id), made)
      assert.deepEqual([(await outbox()).length, (await changes()).length], [0, 1])
    })

    test('changes nothing when its event is refused', async (t) => {
      const { posts, outbox, changes } = await table(t)
      const made = await posts.create(post, [])

      await assert.rejects(posts.edit(post.id, { title: 'New' }, 'any', () => [noEvent]))

      assert.deepEqual(await posts.find(post.id), made)
      assert.deepEqual([(await outbox()).length, (await changes()).length], [0, 1])
    })

    test('has no entities when its text is new, and keeps them when it is not', async (t) => {
      const { posts } = await table(t)
      await posts.create(post, [])
      await posts.enrich(post.id, someEntities(), post)

      const moved = await posts.edit(post.id, { topic: 'winter' }, [1], () => [])
      assert.deepEqual(moved.post.entities, someEntities())

      const rewritten = await posts.edit(post.id, { body: 'Ada stays' }, [2], () => [])
      assert.equal(rewritten.post.entities, undefined)
      assert.equal((await posts.find(post.id))?.post.entities, undefined)
    })
  })

  describe(`${name}: removing a post`, () => {
    test('takes it out of every list and tells its last image', async (t) => {
      const { posts, outbox, changes } = await table(t)
      await posts.create(post, [])

      await posts.remove(post.id, [1])

      assert.equal(await posts.find(post.id), null)
      assert.deepEqual(await posts.list({ limit: 10 }), [])
      assert.deepEqual(await posts.topics(10), [])
      const change = { eventName: 'REMOVE', keys: { id: post.id }, oldImage: post }
      assert.deepEqual((await changes())[1], change)
      assert.deepEqual(await outbox(), [])
    })

    test('refuses as an edit does', async (t) => {
      const { posts, changes } = await table(t)
      await refused('PostNotFound', () => posts.remove(post.id, 'any'))
      await posts.create(post, [])

      await refused('RevisionConflict', () => posts.remove(post.id, [2]))

      assert.deepEqual((await posts.find(post.id))?.post, post)
      assert.equal((await changes()).length, 1)
    })
  })
}
