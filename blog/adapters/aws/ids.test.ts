import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handClock } from '@busbar/event-bus/testing'
import { functionIds } from './ids.ts'

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('ids are UUIDs that sort in the order in which they were made, also within a millisecond', () => {
  const ids = functionIds(handClock())

  const made = Array.from({ length: 10_000 }, () => ids.next())

  for (const id of made) assert.match(id, uuid7)
  assert.deepEqual(made.toSorted(), made)
  assert.equal(new Set(made).size, made.length)
})

test('an id says when it was made, and never goes back with a clock that does', () => {
  const times = [1_000_000, 2_000_000, 1_500_000]
  const ids = functionIds({ now: () => new Date(times.shift() ?? 0) })
  const made = [ids.next(), ids.next(), ids.next()]

  const said = made.map((id) => Number.parseInt(id.replace('-', '').slice(0, 12), 16))
  assert.deepEqual(said.slice(0, 2), [1_000_000, 2_000_000])
  assert.deepEqual(made.toSorted(), made)
})

test('two processes make different ids in the same millisecond', () => {
  const clock = handClock()
  const made = Array.from({ length: 1_000 }, () => functionIds(clock).next())
  assert.equal(new Set(made).size, made.length)
})

test('a token is 128 bits, and fit for a URL', () => {
  const ids = functionIds(handClock())
  const tokens = Array.from({ length: 100 }, () => ids.token())
  for (const token of tokens) assert.match(token, /^[\w-]{22}$/)
  assert.equal(new Set(tokens).size, 100)
})
