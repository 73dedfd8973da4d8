import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handClock } from '@busbar/event-bus/testing'
import { aSubscription, memorySubscriptions } from '../testing.ts'
import { confirmSubscription } from './confirm-subscription.ts'

const pending = aSubscription({ status: 'pending', requestedAt: '2026-01-01T12:00:00.000Z' })
const token = pending.confirmToken
const clock = handClock('2026-01-03T12:00:00.000Z')

test('answers the topic and confirms, up to 48 hours after the wish', async () => {
  const subscriptions = memorySubscriptions(pending)

  const answer = await confirmSubscription({ token }, { subscriptions, clock })

  assert.deepEqual(answer, { topic: 'summer' })
  assert.equal(subscriptions.all()[0]?.status, 'confirmed')
})

test('answers the same when the link is opened again', async () => {
  const subscriptions = memorySubscriptions(pending)
  await confirmSubscription({ token }, { subscriptions, clock })

  assert.deepEqual(await confirmSubscription({ token }, { subscriptions, clock }), {
    topic: 'summer',
  })
})

test('answers null when the link is too old, and confirms nothing', async () => {
  const subscriptions = memorySubscriptions(pending)
  const late = handClock('2026-01-03T12:00:00.001Z')

  assert.equal(await confirmSubscription({ token }, { subscriptions, clock: late }), null)
  assert.equal(subscriptions.all()[0]?.status, 'pending')
})

test('answers null to a token that is no confirmation', async () => {
  const subscriptions = memorySubscriptions(pending)

  for (const wrong of ['', pending.unsubscribeToken])
    assert.equal(await confirmSubscription({ token: wrong }, { subscriptions, clock }), null)
  assert.equal(subscriptions.all()[0]?.status, 'pending')
})
