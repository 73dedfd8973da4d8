import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anEvent, aSubscription, blogPorts, memorySubscriptions } from '../testing.ts'
import { postConfirmation } from './post-confirmation.ts'

const pending = aSubscription({
  ...{ protocol: 'https', endpoint: 'https://hooks.example/a', status: 'pending' },
})
const requested = anEvent('SubscriptionRequested', { subscriptionId: pending.id })
const ports = (...all: readonly (typeof pending)[]) => ({
  ...blogPorts(),
  subscriptions: memorySubscriptions(...all),
})

test('asks the webhook whether it was meant, and tells no other token', async () => {
  const { http, ...rest } = ports(pending)

  await postConfirmation(requested, { http, ...rest })

  const [request, ...more] = http.requests
  assert.deepEqual(more, [])
  assert.equal(request?.url, pending.endpoint)
  assert.deepEqual(JSON.parse(request?.body ?? ''), {
    type: 'subscription.confirmation',
    timestamp: requested.time,
    data: { topic: 'summer', confirmUrl: 'https://blog.test/subscriptions/confirm/confirm-101' },
  })
})

test('asks nobody about mail, what is confirmed or what is gone', async () => {
  const mail = aSubscription({ status: 'pending' })
  for (const all of [[mail], [{ ...pending, status: 'confirmed' } as const], []]) {
    const uses = ports(...all)
    await postConfirmation(requested, uses)
    assert.deepEqual(uses.http.requests, [])
  }
})

test('fails with the webhook, and forgets the wish when nobody is there', async () => {
  const { http, subscriptions, ...rest } = ports(pending)
  http.answer = { status: 302 }
  await assert.rejects(postConfirmation(requested, { http, subscriptions, ...rest }))
  assert.equal(subscriptions.all().length, 1)

  http.answer = { status: 410 }
  await postConfirmation(requested, { http, subscriptions, ...rest })

  assert.deepEqual(subscriptions.all(), [])
})
