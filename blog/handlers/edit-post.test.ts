import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aPost, memoryPosts } from '../testing.ts'
import { editPost } from './edit-post.ts'

const post = aPost()

for (const changes of [{ title: 'New' }, { body: 'Ada stays' }, { title: 'New', author: 'Ada' }])
  test(`announces the new text of an edit of ${Object.keys(changes).join(' and ')}`, async () => {
    const posts = memoryPosts(post)

    const edited = await editPost({ id: post.id, changes, revisions: [1] }, { posts })

    assert.deepEqual(edited.post, { ...post, ...changes })
    const [announced, ...more] = posts.outbox
    assert.equal(announced?.DetailType, 'BlogPostEdited')
    assert.deepEqual(JSON.parse(announced.Detail), edited.post)
    assert.deepEqual(more, [])
  })

test('announces nothing when author and topic change, for the names in the text are the same', async () => {
  const posts = memoryPosts(post)
  const changes = { author: 'Ada', topic: 'winter' }

  const edited = await editPost({ id: post.id, changes, revisions: 'any' }, { posts })

  assert.deepEqual(edited, { post: { ...post, ...changes }, revision: 2, version: 2 })
  assert.deepEqual(posts.outbox, [])
  assert.equal(posts.changes.length, 1)
})

test('refuses an author who has not seen the last edit', async () => {
  const posts = memoryPosts(post)
  const edit = { id: post.id, changes: { title: 'New' }, revisions: [1] }
  await editPost(edit, { posts })

  await assert.rejects(editPost({ ...edit, changes: { title: 'Newer' } }, { posts }), {
    code: 'RevisionConflict',
  })
  assert.equal((await posts.find(post.id))?.post.title, 'New')
})

test('says that there is no such post', async () => {
  const edit = { id: post.id, changes: { title: 'New' }, revisions: 'any' } as const
  await assert.rejects(editPost(edit, { posts: memoryPosts() }), { code: 'PostNotFound' })
})
