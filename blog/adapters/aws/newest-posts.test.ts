import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Post } from '../../post.ts'
import { anId, aPost } from '../../testing.ts'
import { newestPosts } from './newest-posts.ts'
import { postItem } from './post-item.ts'
import type { Query } from './table.ts'

/** A table of that many posts, which tells how many were read. */
function table(count: number, body = '') {
  const items = Array.from({ length: count }, (_, n) =>
    postItem({ post: aPost({ id: anId(n + 1), body }), revision: 1, version: 1 }),
  ).reverse()
  let read = 0
  return {
    async query({ before, limit }: Query) {
      const page = items
        .filter(({ gsi1sk }) => before === undefined || String(gsi1sk) < before)
        .slice(0, limit)
      read += page.length
      return page
    },
    read: () => read,
  }
}
const numberOf = ({ id }: Pick<Post, 'id'>) => Number.parseInt(id.slice(-12), 16)
const each =
  (n: number) =>
  (post: Post): boolean =>
    numberOf(post) % n === 0

test('finds no more than it is asked for, and says where to go on when there is more', async () => {
  const first = await newestPosts(table(50), each(10), { limit: 2 })
  assert.deepEqual([first.posts.map(numberOf), first.cursor], [[50, 40], anId(40)])

  const last = await newestPosts(table(50), each(10), { limit: 3, before: anId(40) })
  assert.deepEqual([last.posts.map(numberOf), last.cursor], [[30, 20, 10], null])
})

test('stops after a thousand posts, with what it has found and where to go on', async () => {
  const rows = table(2_500)
  const page = await newestPosts(rows, each(1_000), { limit: 5 })
  assert.deepEqual([page.posts.map(numberOf), page.cursor], [[2_000], anId(1_501)])
  assert.equal(rows.read(), 1_000)

  const next = await newestPosts(rows, each(1_000), { limit: 5, before: anId(1_501) })
  assert.deepEqual([next.posts.map(numberOf), next.cursor], [[1_000], anId(501)])

  const end = await newestPosts(rows, each(1_000), { limit: 5, before: anId(501) })
  assert.deepEqual([end.posts, end.cursor], [[], null])
})

test('stops sooner when the posts are long', async () => {
  const rows = table(500, 'x'.repeat(50_000))

  const { posts, cursor } = await newestPosts(rows, each(1_000), { limit: 5 })

  assert.deepEqual([posts, cursor, rows.read()], [[], anId(401), 100])
})

test('ends where the posts end with a whole reading', async () => {
  const { cursor } = await newestPosts(table(100), each(1_000), { limit: 5 })

  assert.equal(cursor, null)
})
