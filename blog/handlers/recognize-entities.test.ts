import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EntityType } from '../ports.ts'
import { anEvent, aPost, blogPorts, memoryPosts, wordRecognizer } from '../testing.ts'
import { recognizeEntities } from './recognize-entities.ts'

const words: Record<string, EntityType> = {
  ...{ Joe: 'PERSON', Ada: 'PERSON', Spain: 'LOCATION', Oslo: 'LOCATION', ACME: 'ORGANIZATION' },
}
const created = (post = aPost()) => anEvent('BlogPostCreated', post)

test('keeps the people and the places of a post with it', async () => {
  const posts = memoryPosts(aPost())

  await recognizeEntities(created(), { ...blogPorts(), posts, recognizer: wordRecognizer(words) })

  assert.deepEqual((await posts.find(aPost().id))?.post, {
    ...aPost(),
    entities: { locations: ['Spain'], persons: ['Joe'], organizations: [] },
  })
})

test('keeps each name once, in the order of the text, the title before the body', async () => {
  const post = aPost({
    title: 'Oslo, Ada',
    body: 'Joe met Ada of ACME. Joe is going to Spain, not Oslo.',
  })
  const posts = memoryPosts(post)

  await recognizeEntities(created(post), {
    ...blogPorts(),
    posts,
    recognizer: wordRecognizer(words),
  })

  assert.deepEqual((await posts.find(post.id))?.post.entities, {
    locations: ['Oslo', 'Spain'],
    persons: ['Ada', 'Joe'],
    organizations: ['ACME'],
  })
})

test('notes also that a text names nobody', async () => {
  const posts = memoryPosts(aPost())

  await recognizeEntities(created(), { ...blogPorts(), posts, recognizer: wordRecognizer({}) })

  const none = { locations: [], persons: [], organizations: [] }
  assert.deepEqual((await posts.find(aPost().id))?.post.entities, none)
})

test('looks at the post as it is now, not as it was when the event was made', async () => {
  const posts = memoryPosts(aPost({ body: 'Ada is going to Oslo' }))
  const recognizer = wordRecognizer(words)

  await recognizeEntities(created(aPost({ body: 'Joe is going to Spain' })), {
    ...blogPorts(),
    posts,
    recognizer,
  })

  assert.deepEqual(recognizer.asked, ['Title\n\nAda is going to Oslo'])
  assert.deepEqual((await posts.find(aPost().id))?.post.entities?.persons, ['Ada'])
})

test('looks at no post that is gone', async () => {
  const posts = memoryPosts()
  const recognizer = wordRecognizer(words)

  await recognizeEntities(created(), { ...blogPorts(), posts, recognizer })

  assert.deepEqual(recognizer.asked, [])
  assert.deepEqual(posts.changes, [])
})

test('keeps what an author wrote while it was looking', async () => {
  const posts = memoryPosts(aPost())
  const slow = wordRecognizer(words)
  const recognizer = {
    async recognize(text: string) {
      await posts.edit(aPost().id, { body: 'Ada is going to Oslo' }, 'any', () => [])
      return slow.recognize(text)
    },
  }

  await recognizeEntities(created(), { ...blogPorts(), posts, recognizer })

  assert.deepEqual((await posts.find(aPost().id))?.post, aPost({ body: 'Ada is going to Oslo' }))
})

test('announces nothing, so that it never runs because of itself', async () => {
  const posts = memoryPosts(aPost())

  await recognizeEntities(created(), { ...blogPorts(), posts, recognizer: wordRecognizer(words) })

  assert.deepEqual(posts.outbox, [])
  assert.equal(posts.changes.length, 1)
})

test('writes nothing when it comes to the same again', async () => {
  const posts = memoryPosts(aPost())
  const ports = { ...blogPorts(), posts, recognizer: wordRecognizer(words) }

  await recognizeEntities(created(), ports)
  await recognizeEntities(created(), ports)

  assert.equal(posts.changes.length, 1)
})

test('fails with its recogniser, so that it is tried again', async () => {
  const posts = memoryPosts(aPost())
  const recognizer = { recognize: () => Promise.reject(new Error('the model is loading')) }

  await assert.rejects(
    recognizeEntities(created(), { ...blogPorts(), posts, recognizer }),
    /model is loading/,
  )
  assert.deepEqual(posts.changes, [])
})
