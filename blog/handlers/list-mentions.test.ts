import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anId, aPost, memoryPosts, someEntities } from '../testing.ts'
import { listMentions } from './list-mentions.ts'

test('leads from page to page of the posts in which the name was recognised', async () => {
  const entities = someEntities()
  const posts = memoryPosts(
    ...[aPost({ id: anId(1), entities }), aPost({ id: anId(2), title: 'Spain' })],
    aPost({ id: anId(3), entities }),
  )

  const first = await listMentions({ name: 'spain', limit: 1 }, { posts })
  const last = await listMentions(
    { name: 'spain', limit: 1, cursor: first.cursor ?? undefined },
    { posts },
  )

  assert.deepEqual([first.posts.map(({ id }) => id), first.cursor], [[anId(3)], anId(3)])
  assert.deepEqual([last.posts.map(({ id }) => id), last.cursor], [[anId(1)], null])
})
