import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  anEvent,
  anId,
  aPost,
  aSubscription,
  blogPorts,
  memoryPosts,
  memorySubscriptions,
} from '../testing.ts'
import { countReaders } from './count-readers.ts'
import { emailSubscriber } from './email-subscriber.ts'
import { postToWebhook } from './post-to-webhook.ts'
import { pushToBrowsers } from './push-to-browsers.ts'
import { recognizeEntities } from './recognize-entities.ts'
import { showProgress } from './show-progress.ts'

test('the way of a post is seen as its handlers go it, with what fails and what was of nobody', async () => {
  const post = aPost({ createdAt: blogPorts().clock.now().toISOString() })
  const hook = { protocol: 'https', endpoint: 'https://hooks.example/a' } as const
  const readers = [
    aSubscription(),
    aSubscription({ id: anId(102), endpoint: 'b@example.org', unsubscribeToken: 'u-102' }),
    aSubscription({ id: anId(103), ...hook, unsubscribeToken: 'u-103' }),
  ]
  const ports = {
    ...blogPorts(),
    posts: memoryPosts(post),
    subscriptions: memorySubscriptions(...readers),
  }
  const event = anEvent('BlogPostCreated', post)
  const shown = async () => (await showProgress({ id: post.id }, ports)).progress
  const mail = (n: number) => emailSubscriber({ event, subscriptionId: anId(n) }, ports)

  assert.deepEqual([(await shown()).announced, (await shown()).isFinished], [null, false])
  await countReaders(event, ports)
  await mail(101)
  ports.mailer.fail = new Error('450')
  await assert.rejects(mail(102))
  const { mailed, called, failures } = await shown()
  assert.deepEqual([mailed.of, mailed.done, mailed.failed, called.of], [2, 1, 1, 1])
  assert.deepEqual(
    failures.map(({ step, reason, isTriedAgain }) => [step, reason, isTriedAgain]),
    [['mailed', '450', true]],
  )

  await ports.subscriptions.unsubscribe('u-102')
  await mail(102)
  ports.http.answer = { status: 410 }
  await postToWebhook({ event, subscriptionId: anId(103) }, ports)
  await recognizeEntities(event, ports)
  for (const eventName of ['INSERT', 'MODIFY'] as const)
    await pushToBrowsers(
      anEvent('BlogPostUpdated', { eventName, keys: { id: post.id }, newImage: post }),
      ports,
    )

  const end = await shown()
  assert.deepEqual([end.mailed.of, end.mailed.done, end.called.of, end.failures], [1, 1, 0, []])
  assert.deepEqual([end.recognised, end.pushed], [post.createdAt, post.createdAt])
  assert.equal(end.isFinished, true)
})

test('there is none of a post that is gone', async () => {
  const ports = { ...blogPorts(), posts: memoryPosts(aPost()) }
  await ports.posts.remove(aPost().id, 'any')
  await assert.rejects(showProgress({ id: aPost().id }, ports), { code: 'PostNotFound' })
})
