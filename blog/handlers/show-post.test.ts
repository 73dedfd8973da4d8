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
    ...{ code: 'PostNotFound', wasRemoved: false },
    message: new RegExp(anId(1)),
  })
})

test('says of a post that is gone that it was there', async () => {
  const posts = memoryPosts(aPost())
  await posts.remove(anId(1), 'any')

  await assert.rejects(showPost({ id: anId(1) }, { posts }), {
    ...{ code: 'PostNotFound', wasRemoved: true },
  })
})
