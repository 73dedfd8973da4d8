import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handClock } from '@busbar/event-bus/testing'
import { aSubscription, blogPorts, memorySubscriptions } from '../testing.ts'
import { confirmSubscription } from './confirm-subscription.ts'

const pending = aSubscription({ status: 'pending', requestedAt: '2026-01-01T12:00:00.000Z' })
const token = pending.confirmToken
const clock = handClock('2026-01-03T12:00:00.000Z')
const { seal, links } = blogPorts()
const uses = { seal, links, clock }

test('answers the topic and confirms, up to 48 hours after the wish', async () => {
  const subscriptions = memorySubscriptions(pending)

  const answer = await confirmSubscription({ token }, { ...uses, subscriptions })

  assert.ok(answer?.isNew)
  const { preferences, ...rest } = answer
  assert.deepEqual(rest, { topic: 'summer', isNew: true, protocol: 'email', secret: null })
  assert.match(preferences, /^https:\/\/blog\.test\/subscriptions\/preferences\/[\w.-]+$/)
  assert.equal(subscriptions.all()[0]?.status, 'confirmed')
})

test('tells a webhook what its messages are signed with', async () => {
  const hook = { protocol: 'https', endpoint: 'https://hooks.example/a' } as const
  const subscriptions = memorySubscriptions({ ...pending, ...hook })

  const answer = await confirmSubscription({ token }, { ...uses, subscriptions })

  assert.ok(answer?.isNew)
  assert.match(answer.secret ?? '', /^whsec_/)
})

test('says that it was confirmed before when the link is opened again, and no more', async () => {
  const subscriptions = memorySubscriptions(pending)
  await confirmSubscription({ token }, { ...uses, subscriptions })
  const before = subscriptions.all()

  assert.deepEqual(await confirmSubscription({ token }, { ...uses, subscriptions }), {
    topic: 'summer',
    isNew: false,
  })
  assert.deepEqual(subscriptions.all(), before)
})

test('answers null when the link is too old, and confirms nothing', async () => {
  const subscriptions = memorySubscriptions(pending)
  const late = handClock('2026-01-03T12:00:00.001Z')

  assert.equal(await confirmSubscription({ token }, { ...uses, subscriptions, clock: late }), null)
  assert.equal(subscriptions.all()[0]?.status, 'pending')
})

test('answers null to a token that is no confirmation', async () => {
  const subscriptions = memorySubscriptions(pending)

  for (const wrong of ['', pending.unsubscribeToken])
    assert.equal(await confirmSubscription({ token: wrong }, { ...uses, subscriptions }), null)
  assert.equal(subscriptions.all()[0]?.status, 'pending')
})
