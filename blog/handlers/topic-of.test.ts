import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aSubscription } from '../testing.ts'
import { topicOf } from './topic-of.ts'

test('reads the topic from the filter policy', () => {
  assert.equal(
    topicOf(aSubscription({ filterPolicy: { detail: { topic: ['Grand Canyon'] } } })),
    'Grand Canyon',
  )
})

test('names the subscription whose filter policy is about no single topic', () => {
  for (const filterPolicy of [
    {},
    { detail: { author: ['Ada'] } },
    { detail: { topic: [{ prefix: 'sum' }] } },
    { detail: { topic: ['summer', 'winter'] } },
  ])
    assert.throws(() => topicOf(aSubscription({ filterPolicy })), new RegExp(aSubscription().id))
})
