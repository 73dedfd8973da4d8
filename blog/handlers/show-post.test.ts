import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anId, aPost, memoryPosts } from '../testing.ts'
import { showPost } from './show-post.ts'

test('answers the post with the counters that name this state of it', async () => {
  const posts = memoryPosts(aPost(), aPost({ id: anId(2), title: 'Other' }))

  assert.deepEqual(await showPost({ id: anId(1) }, { posts }), {
    post: aPost(),
    revision: 1,
    version: 1,
  })
})

test('names the post that is not there', async () => {
  await assert.rejects(showPost({ id: anId(1) }, { posts: memoryPosts() }), {
    code: 'PostNotFound',
    message: new RegExp(anId(1)),
  })
})
