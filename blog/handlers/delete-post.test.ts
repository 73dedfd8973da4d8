import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aPost, memoryPosts } from '../testing.ts'
import { deletePost } from './delete-post.ts'

const post = aPost()

test('removes the post that the author has seen', async () => {
  const posts = memoryPosts(post)

  await deletePost({ id: post.id, revisions: [1] }, { posts })

  assert.equal(await posts.find(post.id), null)
})

test('leaves a post that was edited meanwhile', async () => {
  const posts = memoryPosts(post)
  await posts.edit(post.id, { title: 'New' }, 'any', () => [])

  await assert.rejects(deletePost({ id: post.id, revisions: [1] }, { posts }), {
    code: 'RevisionConflict',
  })
  assert.equal((await posts.find(post.id))?.post.title, 'New')
})

test('says the second time that there is no such post', async () => {
  const posts = memoryPosts(post)
  await deletePost({ id: post.id, revisions: 'any' }, { posts })

  await assert.rejects(deletePost({ id: post.id, revisions: 'any' }, { posts }), {
    code: 'PostNotFound',
  })
})
