import assert from 'node:assert/strict'
import { test } from 'node:test'
import { duration, moment, momentOf, roughly, told } from './times.ts'

const now = Date.parse('2026-09-30T12:00:00Z')

test('a duration is a number with a unit', () => {
  const durations = ['500ms', '30s', '10m', '1.5h', '7d'].map((text) => duration('--x', text))
  assert.deepEqual(durations, [500, 30_000, 600_000, 5_400_000, 604_800_000])
})

test('what is no duration is refused by its flag', () => {
  for (const text of ['30', 's', '', '-1s', '0s', '1y', '1s2'])
    assert.throws(() => duration('--timeout', text), {
      exitCode: 2,
      message: `--timeout is “${text}”; it has to be a duration like 500ms, 30s, 10m, 2h or 7d.`,
    })
})

test('a moment is a time, now, or so long ago', () => {
  assert.equal(moment('--from', '2h', now), now - 7_200_000)
  assert.equal(moment('--from', 'now', now), now)
  assert.equal(moment('--from', '2026-09-30T10:00Z', now), now - 7_200_000)
  assert.equal(momentOf('01a21b2e-1b1a-7006-9ae2-6f65d4a38d11', now), null)
  assert.throws(() => moment('--from', 'yesterday', now), { exitCode: 2 })
})

test('seconds of the wire are told as a time, and ms in the largest unit that fits', () => {
  assert.equal(told(now / 1_000), '2026-09-30 12:00:00Z')
  assert.equal(told(undefined), '–')
  assert.deepEqual([0, 999, 1_500, 90_000, 7_200_000].map(roughly), [
    ...['0 ms', '999 ms', '1.5 s', '1.5 m', '2 h'],
  ])
})
