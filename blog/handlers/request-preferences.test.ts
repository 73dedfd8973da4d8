import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handClock } from '@busbar/event-bus/testing'
import { aSubscription, memorySubscriptions } from '../testing.ts'
import { requestPreferences } from './request-preferences.ts'

const reader = { protocol: 'email', endpoint: 'Reader@example.org' } as const

test('announces who is to be sent the link, without the address', async () => {
  const subscriptions = memorySubscriptions(aSubscription())

  const answer = await requestPreferences(reader, { subscriptions, clock: handClock() })

  assert.equal(answer, undefined)
  const [announced, ...more] = subscriptions.outbox
  assert.deepEqual(more, [])
  assert.equal(announced?.DetailType, 'PreferencesRequested')
  assert.deepEqual(JSON.parse(announced.Detail), { subscriptionId: aSubscription().id })
})

test('announces nothing for who is unknown or has confirmed nothing, and answers the same', async () => {
  for (const all of [[], [aSubscription({ status: 'pending' })]]) {
    const subscriptions = memorySubscriptions(...all)
    const answer = await requestPreferences(reader, { subscriptions, clock: handClock() })
    assert.equal(answer, undefined)
    assert.deepEqual(subscriptions.outbox, [])
  }
})

test('announces it once in ten minutes, however often anybody asks', async () => {
  const subscriptions = memorySubscriptions(aSubscription())
  const clock = handClock()
  const ask = () => requestPreferences(reader, { subscriptions, clock })

  for (let count = 0; count < 3; count++) await ask()
  await clock.move(10 * 60_000 - 1)
  await ask()
  assert.equal(subscriptions.outbox.length, 1)
  await clock.move(1)
  await ask()

  assert.equal(subscriptions.outbox.length, 2)
})
