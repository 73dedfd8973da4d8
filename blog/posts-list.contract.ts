/** What is told of posts and how they are listed. See `ports.contract.ts`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Posts } from './ports.ts'
import type { Post } from './post.ts'
import type { MakeTable, Sizes } from './posts.contract.ts'
import { anId, aPost, someEntities } from './testing.ts'

const post = aPost()

export function listContract(name: string, table: MakeTable, { crowd }: Sizes): void {
  test(`${name}: each post's changes hang together, however writes crowd`, async (t) => {
    const { posts, changes } = await table(t)
    const ids = [1, 2, 3].map(anId)
    const ends = await Promise.allSettled(
      Array.from({ length: crowd }, (_, n) =>
        ids.flatMap((id) => [
          posts.create(aPost({ id, title: `${n}` }), []),
          posts.edit(id, { body: `${n}` }, 'any', () => []),
          posts.edit(id, { title: `${n + 1}` }, [2, 4, 6], () => []),
          ...(n % 3 === 1 ? [posts.remove(id, 'any')] : []),
        ]),
      ).flat(),
    )
    assert.ok(
      new Set(ends.map(({ status }) => status)).size === 2,
      'some are refused, some are not',
    )

    const images = new Map<string, Post>()
    for (const { keys, oldImage, newImage } of await changes()) {
      assert.deepEqual(oldImage, images.get(keys.id))
      if (newImage) images.set(keys.id, newImage)
      else images.delete(keys.id)
    }
    const found = await Promise.all(ids.map(async (id) => (await posts.find(id))?.post))
    assert.deepEqual(
      found,
      ids.map((id) => images.get(id)),
    )
  })

  describe(`${name}: listing posts`, () => {
    test('gives each post once, newest first, while others come and go', async (t) => {
      const { posts } = await table(t)
      const add = (n: number) => posts.create(aPost({ id: anId(n) }), [])
      for (const n of [10, 30, 20, 50, 40]) await add(n)

      const first = await posts.list({ limit: 2 })
      await add(60)
      await posts.remove(anId(40), 'any') // the cursor's own post
      const second = await posts.list({ limit: 2, before: first.at(-1)?.id })
      const third = await posts.list({ limit: 2, before: second.at(-1)?.id })

      const pages = [first, second, third].map((page) => page.map(({ id }) => id))
      assert.deepEqual(
        pages,
        [[50, 40], [30, 20], [10]].map((page) => page.map(anId)),
      )
    })

    test('gives the whole of a post, also its entities', async (t) => {
      const { posts } = await table(t)
      await posts.create(post, [])
      await posts.enrich(post.id, someEntities(), post)

      assert.deepEqual(await posts.list({ limit: 1 }), [{ ...post, entities: someEntities() }])
    })

    test('gives the posts that are in a topic now', async (t) => {
      const { posts } = await table(t)
      const topics = ['summer', 'winter', 'Summer', 'summer', 'summers']
      for (const [n, topic] of topics.entries())
        await posts.create(aPost({ id: anId(n), topic }), [])
      await posts.edit(anId(1), { topic: 'summer' }, 'any', () => [])

      const ids = async (page: Parameters<Posts['list']>[0]) =>
        (await posts.list(page)).map(({ id }) => id)

      assert.deepEqual(await ids({ topic: 'summer', limit: 10 }), [3, 1, 0].map(anId))
      assert.deepEqual(await ids({ topic: 'summer', limit: 2 }), [3, 1].map(anId))
      assert.deepEqual(await ids({ topic: 'summer', before: anId(1), limit: 2 }), [anId(0)])
      assert.deepEqual(await ids({ topic: 'winter', limit: 10 }), [])
    })

    test('gives the topics with their newest posts first, and no more than asked for', async (t) => {
      const { posts } = await table(t)
      for (const [n, topic] of ['a', 'b', 'c', 'a'].entries())
        await posts.create(aPost({ id: anId(n), topic }), [])

      assert.deepEqual(await posts.topics(10), ['a', 'c', 'b'])
      assert.deepEqual(await posts.topics(2), ['a', 'c'])
      await posts.remove(anId(3), 'any')
      assert.deepEqual(await posts.topics(10), ['c', 'b', 'a'])
    })
  })
}
