import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventBridgeRetryPolicy, exhausted, retryDelay } from './retry-policy.ts'

describe('the wait before the next attempt', () => {
  test('doubles from one second to one minute', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 8, 185].map((attempts) => retryDelay(attempts, () => 1))

    assert.deepEqual(
      longest,
      [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000),
    )
  })

  test('is any part of that, nothing included, in whole milliseconds', () => {
    assert.equal(
      retryDelay(3, () => 0),
      0,
    )
    assert.equal(
      retryDelay(3, () => 0.25),
      1_000,
    )
    assert.equal(
      retryDelay(1, () => 1 / 3),
      333,
    )
  })

  test('is a minute after any number of attempts', () => {
    assert.equal(
      retryDelay(5_000, () => 1),
      60_000,
    )
  })
})

describe("EventBridge's policy", () => {
  test('ends after 185 retries, which are 186 attempts', () => {
    assert.equal(exhausted(eventBridgeRetryPolicy, 185, 0), null)
    assert.equal(exhausted(eventBridgeRetryPolicy, 186, 0), 'MaximumRetryAttempts')
  })

  test('ends when the event is older than 24 hours', () => {
    assert.equal(exhausted(eventBridgeRetryPolicy, 1, 86_400_000), null)
    assert.equal(exhausted(eventBridgeRetryPolicy, 1, 86_400_001), 'MaximumEventAgeInSeconds')
  })
})
