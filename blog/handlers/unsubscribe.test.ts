import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anId, aSubscription, memorySubscriptions } from '../testing.ts'
import { unsubscribe } from './unsubscribe.ts'

const one = aSubscription()
const other = aSubscription({
  ...{ id: anId(102), endpoint: 'other@example.org' },
  ...{ confirmToken: 'confirm-102', unsubscribeToken: 'unsubscribe-102' },
})

test('ends the subscription of the token, and no other', async () => {
  const subscriptions = memorySubscriptions(one, other)

  await unsubscribe({ token: one.unsubscribeToken }, { subscriptions })

  assert.deepEqual(subscriptions.all(), [other])
})

test('is content when there is none any more', async () => {
  const subscriptions = memorySubscriptions(one)

  await unsubscribe({ token: one.unsubscribeToken }, { subscriptions })
  await unsubscribe({ token: one.unsubscribeToken }, { subscriptions })

  assert.deepEqual(subscriptions.all(), [])
})

test('does not take the token of a confirmation', async () => {
  const subscriptions = memorySubscriptions(one)

  await unsubscribe({ token: one.confirmToken }, { subscriptions })

  assert.deepEqual(subscriptions.all(), [one])
})
