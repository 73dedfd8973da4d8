import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anEvent, anId, aPost, aSubscription, blogPorts, memorySubscriptions } from '../testing.ts'
import { countReaders } from './count-readers.ts'

test('readers of the topic who have confirmed are counted, by mail and by webhook', async () => {
  const { progress } = blogPorts()
  const subscriptions = memorySubscriptions(
    aSubscription(),
    aSubscription({ id: anId(102), endpoint: 'other@example.org' }),
    aSubscription({ id: anId(103), protocol: 'https', endpoint: 'https://hooks.example/a' }),
    aSubscription({ id: anId(104), endpoint: 'pending@example.org', status: 'pending' }),
    aSubscription({ id: anId(105), filterPolicy: { detail: { topic: ['winter'] } } }),
  )
  const event = anEvent('BlogPostCreated', aPost())

  await countReaders(event, { subscriptions, progress })

  assert.deepEqual((await progress.of(aPost().id)).announcement, {
    ...{ postId: aPost().id, at: event.time, readers: { email: 2, https: 1 } },
  })
})
