/** How often something may begin, at moments that are given. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rateLimit } from './rate-limit.ts'

/** How many begin within so many ms when each waits as long as it is told. */
function begun(perSecond: number, ms: number): number {
  const limit = rateLimit(perSecond)
  let count = 0
  for (let now = 0; now < ms; ) {
    const wait = limit.take(now)
    if (wait === 0) count++
    now += wait
  }
  return count
}

describe('a rate limit', () => {
  test('lets begin so many in a second, over a long time', () => {
    assert.equal(begun(1, 100_000), 100)
    assert.equal(begun(7, 100_000), 700)
    assert.equal(begun(0.5, 100_000), 50)
    assert.ok(Math.abs(begun(300, 100_000) - 30_000) <= 30)
  })

  test('lets begin a tenth of them at once and no more, however long nothing did', () => {
    const limit = rateLimit(300)
    const atOnce = (now: number) => {
      let count = 0
      while (limit.take(now) === 0) count++
      return count
    }

    assert.equal(atOnce(0), 30)
    assert.equal(atOnce(3_600_000), 30)
    assert.equal(atOnce(3_600_010), 3)
  })

  test('tells how long to wait, and keeps its word', () => {
    const limit = rateLimit(2)
    assert.equal(limit.take(0), 0)

    assert.equal(limit.take(0), 500)
    assert.equal(limit.take(250), 250)
    assert.equal(limit.take(500), 0)
  })

  test('neither stops nor lets more begin when the clock is set back', () => {
    const limit = rateLimit(1)
    assert.equal(limit.take(10_000_000), 0)

    assert.equal(limit.take(0), 1_000)
    assert.equal(limit.take(400), 600)
    assert.equal(limit.take(1_000), 0)
    assert.equal(limit.take(1_000), 1_000)
  })
})
