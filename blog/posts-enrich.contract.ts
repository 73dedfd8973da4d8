/** How entities come to a post, whatever its author does meanwhile. See `ports.contract.ts`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MakeTable } from './posts.contract.ts'
import { aPost, someEntities } from './testing.ts'

const post = aPost()

export function enrichContract(name: string, table: MakeTable): void {
  describe(`${name}: enriching a post`, () => {
    test('sets the entities, announces nothing and tells the change', async (t) => {
      const { posts, outbox, changes } = await table(t)
      await posts.create(post, [])

      await posts.enrich(post.id, someEntities(), post)

      const enriched = { ...post, entities: someEntities() }
      assert.deepEqual(await posts.find(post.id), { post: enriched, revision: 1, version: 2 })
      assert.deepEqual(await outbox(), [])
      const images = { oldImage: post, newImage: enriched }
      assert.deepEqual((await changes())[1], {
        eventName: 'MODIFY',
        keys: { id: post.id },
        ...images,
      })
    })

    test('leaves the revision alone, so no author is refused for it', async (t) => {
      const { posts } = await table(t)
      await posts.create(post, [])
      await posts.enrich(post.id, someEntities(), post)

      assert.equal((await posts.edit(post.id, { title: 'New' }, [1], () => [])).revision, 2)
    })

    test('writes nothing when title or body are not those it was found in', async (t) => {
      const { posts, changes } = await table(t)
      await posts.create(post, [])
      const edited = await posts.edit(post.id, { title: 'New' }, 'any', () => [])

      await posts.enrich(post.id, someEntities(), post)
      await posts.enrich(post.id, someEntities(), { ...edited.post, body: 'Other' })

      assert.deepEqual(await posts.find(post.id), edited)
      assert.equal((await changes()).length, 2)
    })

    test('stands beside an author and a topic that were edited meanwhile', async (t) => {
      const { posts } = await table(t)
      await posts.create(post, [])
      await posts.edit(post.id, { author: 'Ada', topic: 'winter' }, 'any', () => [])

      await posts.enrich(post.id, someEntities(), post)

      const { post: now } = (await posts.find(post.id)) ?? {}
      assert.deepEqual(now, { ...post, author: 'Ada', topic: 'winter', entities: someEntities() })
    })

    test('does not bring back a post that is gone', async (t) => {
      const { posts, changes } = await table(t)
      await posts.create(post, [])
      await posts.remove(post.id, 'any')

      await posts.enrich(post.id, someEntities(), post)

      assert.equal(await posts.find(post.id), null)
      assert.equal((await changes()).length, 2)
    })

    test('tells nothing when the entities are the same, in whatever order they are named', async (t) => {
      const { posts, changes } = await table(t)
      await posts.create(post, [])
      const { locations, persons, organizations } = someEntities()

      await posts.enrich(post.id, { locations, persons, organizations }, post)
      await posts.enrich(post.id, { organizations, persons, locations }, post)

      assert.equal((await posts.find(post.id))?.version, 2)
      assert.equal((await changes()).length, 2)
    })

    test('tells that a text was looked at in which nothing was found', async (t) => {
      const { posts, changes } = await table(t)
      const none = someEntities({ locations: [], persons: [], organizations: [] })
      await posts.create(post, [])

      await posts.enrich(post.id, none, post)

      assert.deepEqual((await posts.find(post.id))?.post.entities, none)
      assert.deepEqual((await changes())[1]?.newImage?.entities, none)
    })
  })
}
