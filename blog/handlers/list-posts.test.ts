import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anId, aPost, memoryPosts } from '../testing.ts'
import { listPosts } from './list-posts.ts'

const five = () => memoryPosts(...[1, 2, 3, 4, 5].map((n) => aPost({ id: anId(n) })))

test('leads from page to page, and says on the last that it is', async () => {
  const posts = five()
  const pages: (readonly string[])[] = []
  let cursor: string | null | undefined
  while (cursor !== null && pages.length < 10) {
    const page = await listPosts({ limit: 2, cursor }, { posts })
    pages.push(page.posts.map(({ id }) => id))
    cursor = page.cursor
  }

  assert.deepEqual(
    pages,
    [[5, 4], [3, 2], [1]].map((page) => page.map(anId)),
  )
})

test('has no further page when the last post is the last on its page', async () => {
  const { posts, cursor } = await listPosts({ limit: 5 }, { posts: five() })

  assert.equal(posts.length, 5)
  assert.equal(cursor, null)
})

test('skips and repeats nothing when posts are added between two pages', async () => {
  const posts = five()
  const first = await listPosts({ limit: 3 }, { posts })
  await posts.create(aPost({ id: anId(6) }), [])
  assert.ok(first.cursor)

  const second = await listPosts({ limit: 3, cursor: first.cursor }, { posts })

  assert.deepEqual(
    second.posts.map(({ id }) => id),
    [anId(2), anId(1)],
  )
})

test('keeps to a topic', async () => {
  const topics = ['summer', 'winter', 'summer', 'summer']
  const posts = memoryPosts(...topics.map((topic, n) => aPost({ id: anId(n), topic })))

  const page = await listPosts({ topic: 'summer', limit: 2 }, { posts })

  assert.deepEqual(
    page.posts.map(({ id }) => id),
    [anId(3), anId(2)],
  )
  assert.equal(page.cursor, anId(2))
})

test('answers an empty page, and no further one, where nothing is', async () => {
  assert.deepEqual(await listPosts({ limit: 1 }, { posts: memoryPosts() }), {
    posts: [],
    cursor: null,
  })
})
