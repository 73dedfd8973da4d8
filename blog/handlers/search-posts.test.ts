import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anId, aPost, memoryPosts } from '../testing.ts'
import { searchPosts } from './search-posts.ts'

test('leads from page to page of the posts that have all words', async () => {
  const titles = ['Rain in Spain', 'Rain', 'Rainy Spain', 'Spain without rain']
  const posts = memoryPosts(...titles.map((title, n) => aPost({ id: anId(n), title, body: '' })))

  const first = await searchPosts({ query: 'rain spain', limit: 1 }, { posts })
  const last = await searchPosts(
    { query: 'rain spain', limit: 1, cursor: first.cursor ?? undefined },
    { posts },
  )

  assert.deepEqual([first.posts.map(({ id }) => id), first.cursor], [[anId(3)], anId(3)])
  assert.deepEqual([last.posts.map(({ id }) => id), last.cursor], [[anId(0)], null])
})

test('finds nothing for a query without words', async () => {
  const posts = memoryPosts(aPost())

  assert.deepEqual(await searchPosts({ query: '"*" --', limit: 9 }, { posts }), {
    posts: [],
    cursor: null,
  })
})
