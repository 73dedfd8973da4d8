import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  anEvent,
  aPost,
  aSubscription,
  blogPorts,
  memoryPosts,
  memorySubscriptions,
} from '../testing.ts'
import { postToWebhook } from './post-to-webhook.ts'

const post = aPost()
const hook = aSubscription({ protocol: 'https', endpoint: 'https://hooks.example/a' })
const message = { event: anEvent('BlogPostCreated', post), subscriptionId: hook.id }
const ports = (subscription = hook) => ({
  ...blogPorts(),
  posts: memoryPosts(post),
  subscriptions: memorySubscriptions(subscription),
})

test('tells the webhook the post as it is now, under a name that is the same for each try', async () => {
  const { posts, http, ...rest } = ports()
  await posts.edit(post.id, { title: 'New' }, 'any', () => [])
  http.answer = { status: 500 }
  await assert.rejects(postToWebhook(message, { posts, http, ...rest }))
  http.answer = { status: 200 }
  await postToWebhook(message, { posts, http, ...rest })

  const bodies = http.requests.map(({ body }) => JSON.parse(body ?? ''))
  assert.deepEqual(bodies[1], {
    type: 'blog.post.created',
    timestamp: post.createdAt,
    data: { ...post, title: 'New' },
  })
  const names = http.requests.map(({ headers }) => headers['webhook-id'])
  assert.deepEqual(names, Array(2).fill(`${message.event.id}_${hook.id}`))
})

test('tells nothing of a post that is gone, nor to a subscription that is not confirmed', async () => {
  for (const uses of [
    { ...ports(), posts: memoryPosts() },
    ports({ ...hook, status: 'pending' }),
    { ...ports(), subscriptions: memorySubscriptions() },
  ]) {
    await postToWebhook(message, uses)
    assert.deepEqual(uses.http.requests, [])
  }
})

test('ends the subscription when the webhook is gone', async () => {
  const { http, subscriptions, ...rest } = ports()
  http.answer = { status: 410 }

  await postToWebhook(message, { http, subscriptions, ...rest })

  assert.deepEqual(subscriptions.all(), [])
})
