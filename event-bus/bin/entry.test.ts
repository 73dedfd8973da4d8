import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entryOf, eventOf, fits, sizeOf } from './entry.ts'

test("an entry in PutEvents' words is taken as it is, its detail as an object or as text", () => {
  assert.deepEqual(
    entryOf(
      '{"Source":"shop","DetailType":"A","Detail":{"n":12345678901234567890},"Resources":["r"]}',
    ),
    { Source: 'shop', DetailType: 'A', Detail: '{"n":12345678901234567890}', Resources: ['r'] },
  )
  assert.equal(entryOf('{"Detail":"{\\"a\\":1.0}"}').Detail, '{"a":1.0}')
  assert.equal(entryOf('{"Time":"2026-09-30T10:00:00Z"}').Time, 1_790_762_400)
  assert.equal(entryOf('{"Time":1790762400}').Time, 1_790_762_400)
})

test('an event that was delivered is an entry of the same content and time', () => {
  const event =
    '{"version":"0","id":"old","detail-type":"A","source":"shop","account":"1","time":"2026-09-30T10:00:00Z","region":"r","resources":["a"],"detail":{"p":1.0},"replay-name":"x"}'
  assert.deepEqual(entryOf(event, { EventBusName: 'orders', Source: 'not this' }), {
    ...{ EventBusName: 'orders', Source: 'shop', DetailType: 'A', Detail: '{"p":1.0}' },
    ...{ Resources: ['a'], Time: 1_790_762_400 },
  })
})

test('what a line does not say is taken from the flags', () => {
  assert.deepEqual(entryOf('{"Detail":{}}', { Source: 'shop', DetailType: 'A' }), {
    ...{ Source: 'shop', DetailType: 'A', Detail: '{}' },
  })
})

test('a line that is none is refused with its column', () => {
  for (const [line, column, message] of [
    ['{"Source":"shop",}', 18, /^it is not JSON: "}" is not expected here/],
    ['{"Source":"sh', 11, /^the JSON ends too early/],
    ['  [{}]', 1, /^it is a list/],
    ['"text"', 1, /^it is not an object/],
    ['{"Source":"a","Detial":{}}', 15, /no member "Detial"\. Did you mean Detail\?/],
    ['{"source":"a","DetailType":"b"}', 15, /an event has no member "DetailType"/],
    ['{"Time":"noon"}', 1, /the time "noon" is none/],
  ] as const)
    assert.throws(() => entryOf(line), { name: 'EntryFault', column, message })
})

test('a request takes ten entries and 1 MB as EventBridge counts it, and one that is larger alone', () => {
  const size = sizeOf({ Source: 'ä', DetailType: 'bc', Detail: '{}', Resources: ['r'], Time: 1 })
  assert.equal(size, 2 + 2 + 2 + 1 + 14)
  assert.ok(fits(9, 1_048_000, 576))
  assert.ok(!fits(9, 1_048_000, 577))
  assert.ok(!fits(10, 0, 1))
  assert.ok(fits(0, 0, 2_000_000))
})

test('the event that patterns are asked about has what the bus would fill in', () => {
  const event = eventOf({ Source: 'shop', DetailType: 'A', Detail: '{"a":1}' }, 1_790_762_400_000)
  assert.equal(event.time, '2026-09-30T10:00:00Z')
  assert.deepEqual(event.detail, { a: 1 })
})
