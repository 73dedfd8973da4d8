import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { idAt, idOf, sequence, suffixOf, timeOf, uuidOf } from './event-id.ts'

const suffix = suffixOf('0123456789abcdef'.repeat(4))
const now = Date.parse('2026-01-01T12:00:00.123Z')

describe('an id', () => {
  test('is a UUID outside and the same number again inside', () => {
    for (const id of [0, 1, 4_095, 4_096, idAt(now), idAt(now) + 4_095, 2 ** 53 - 1])
      assert.equal(idOf(uuidOf(id, suffix), suffix), id)
  })

  test('is a UUID of version 7 and variant 10, whatever the secret of its file', () => {
    for (const digit of '0123456789abcdef') {
      const uuid = uuidOf(idAt(now) + 77, suffixOf(digit + 'f'.repeat(63)))
      assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    }
  })

  test('tells its time, as any UUID of version 7 does', () => {
    const uuid = uuidOf(idAt(now) + 5, suffix)

    assert.equal(Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16), now)
    assert.equal(timeOf(idAt(now) + 5), now)
  })

  test('sorts as text as it does as a number', () => {
    const ids = [0, 1, 4_095, 4_096, idAt(now) - 1, idAt(now), idAt(now) + 4_096, 2 ** 53 - 1]
    const uuids = ids.map((id) => uuidOf(id, suffix))

    assert.deepEqual(uuids.toSorted(), uuids)
  })

  test('is none of this file when it has another suffix, or is no id', () => {
    const other = uuidOf(7, suffixOf('fedcba9876543210'.repeat(4)))
    const uuid = uuidOf(7, suffix)
    const none = [
      other,
      '',
      'x',
      `${uuid} `,
      `${uuid}\n`,
      uuid.toUpperCase(),
      uuid.replaceAll('-', ''),
      uuid.replace('-7', '-4'),
      uuid.replace(/^......../, '00000000'),
      uuid.replace(/^......../, 'ffffffff'),
      '__proto__',
    ]
    for (const text of none) assert.equal(idOf(text, suffix), null, text)
  })
})

describe('a sequence', () => {
  test('rises with the clock', () => {
    let at = now
    const next = sequence(() => at++, 0)

    assert.deepEqual([next(), next()], [idAt(now), idAt(now + 1)])
  })

  test('rises in one millisecond too, beyond 4,096 into the next', () => {
    const next = sequence(() => now, 0)
    const ids = Array.from({ length: 10_000 }, next)

    assert.deepEqual(
      ids,
      Array.from({ length: 10_000 }, (_, index) => idAt(now) + index),
    )
  })

  test('rises when the clock is set back, and when it stands before 2020', () => {
    let at = now
    const next = sequence(() => at, 0)
    const first = next()
    at -= 3_600_000
    assert.equal(next(), first + 1)
    at = 0
    assert.equal(next(), first + 2)
    assert.equal(sequence(() => 0, 0)(), 1)
  })

  test('goes on above what another has given, whose clock is ahead', () => {
    const next = sequence(() => now, 0, { number: 3, of: 32 })
    const known = idAt(now + 500) + 7

    const ids = [next(known), next(), next(known - 100)]

    assert.deepEqual(
      ids,
      [0, 32, 64].map((more) => idAt(now + 500) + 35 + more),
    )
  })

  test('goes on above the last id of the process before', () => {
    const last = idAt(now + 3_600_000)

    assert.equal(sequence(() => now, last)(), last + 1)
  })
})
