/**
 * What strangers may send: each reader of patterns and of events answers, or refuses in its own words,
 * however deep, long or many things are. A test that took its time would run into its time limit; it stands
 * among the properties because what it asks for takes seconds.
 */
import assert from 'node:assert/strict'
import { describe as suite, test } from 'node:test'
import { compile, describe, explain, InvalidEvent, InvalidEventPattern, RuleSet } from './index.ts'

type Event = string | Uint8Array | object

const readers: Record<string, (pattern: string | object, event: Event) => unknown> = {
  compile: (pattern, event) => compile(pattern)(event),
  RuleSet: (pattern, event) => {
    const rules = new RuleSet()
    rules.add('rule', pattern)
    const [matched] = rules.match(event)
    rules.delete('rule')
    return matched === 'rule'
  },
  explain: (pattern, event) => explain(pattern, event).matched,
}
const many = <T>(size: number, make: (at: number) => T) =>
  Array.from({ length: size }, (_, at) => make(at))
const within = { timeout: 60_000 }

const deep = (open: string, close: string, levels: number) =>
  `{"a":${open.repeat(levels)}[1]${close.repeat(levels)}}`
const keys = (size: number) => Object.fromEntries(many(size, (at) => [`k${at}`, [at]]))
const $or = (key: string, size: number) => ({ $or: many(size, (at) => ({ [key + at]: [1] })) })
const cyclic: Record<string, unknown> = {}
cyclic.a = cyclic

const refused: [name: string, pattern: string | object, reason: RegExp][] = [
  ['keys 101 levels deep', deep('{"a":', '}', 100), /deeper than 100 levels/],
  ['keys 1,000 levels deep', deep('{"a":', '}', 1_000), /deeper than 100 levels/],
  ['a key of 100,000 dots', { ['.'.repeat(100_000)]: [1] }, /deeper than 100 levels/],
  ['an object that contains itself', cyclic, /deeper than 100 levels/],
  ['arrays 100,000 levels deep', deep('[', ']', 100_000), /Match value must be/],
  ['a text that ends 100,000 levels deep', `{"a":${'['.repeat(100_000)}`, /Match value must be/],
  ['20,000 keys', keys(20_000), /More than 256 fields/],
  ['the text of 20,000 keys', JSON.stringify(keys(20_000)), /More than 256 fields/],
  [
    'a million combinations',
    { a: $or('a', 100), b: $or('b', 100), c: $or('c', 100) },
    /over 1000 rule combinations/,
  ],
  [
    '$or in $or in $or …',
    many(99, String).reduce<object>((inner) => $orTwo(inner), keys(1)),
    /More than 100|deeper/,
  ],
  ['10,000 stars', { a: [{ wildcard: '*a'.repeat(10_000) }] }, /too complex/],
  ['a block of addresses of a million slashes', { a: [{ cidr: `${'/'.repeat(1e6)}x` }] }, /CIDR/],
  ['a string of 5,000,000 letters that does not end', `{"a":["${'a'.repeat(5e6)}`, /closing quote/],
]

function $orTwo(inner: object): object {
  return { $or: [inner, inner], b: { $or: [inner, { c: [1] }] } }
}

suite('a pattern of', () => {
  for (const [name, pattern, reason] of refused)
    test(`${name} is refused by all that read patterns`, within, () => {
      for (const read of [...Object.values(readers), describe])
        assert.throws(
          () => read(pattern, {}),
          (error) => error instanceof InvalidEventPattern && reason.test(error.message),
        )
    })
})

const text = 'a'.repeat(500_000)
const objects = (size: number) => many(size, (at) => ({ b: at, c: at + 1 }))

const answered: [name: string, pattern: string | object, event: Event, matched: boolean][] = [
  ['100,000 values of a field', { a: many(100_000, (at) => `v${at}`) }, { a: 'v99999' }, true],
  ['20,000 prefixes', { a: many(20_000, (at) => ({ prefix: `v${at}-` })) }, { a: 'v7-' }, true],
  ['256 fields in an event of 20,000 keys', keys(256), JSON.stringify(keys(20_000)), true],
  ['a key that is written 20,000 times', `{${'"a":[1],'.repeat(20_000)}"a":[2]}`, { a: 2 }, true],
  ['a thousand combinations of many fields', { ...keys(50), o: $or('a', 1_000) }, {}, false],
  ['500,000 letters', JSON.stringify({ a: [text] }), JSON.stringify({ a: text }), true],
  [
    '500,000 letters of any case',
    { a: [{ 'equals-ignore-case': text }] },
    { a: `${text}b` },
    false,
  ],
  ['a number of a million digits', `{"a":[1${'0'.repeat(1e6)}]}`, { a: 1 }, false],
  [
    'two fields of one of 10,000 elements',
    { a: { b: [9_999], c: [1] } },
    { a: objects(10_000) },
    false,
  ],
  [
    'events 100,000 levels deep',
    { a: { b: [1] } },
    `{"a":${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}}`,
    false,
  ],
  ['arrays 100,000 levels deep', { a: [1] }, `{"a":${'['.repeat(1e5)}1${']'.repeat(1e5)}}`, true],
  [
    'objects and arrays 100,000 levels deep',
    { a: { b: [1] } },
    `{"a":${'[{"a":'.repeat(1e5)}1${'}]'.repeat(1e5)}}`,
    false,
  ],
]

suite('of bounded cost are', () => {
  for (const [name, pattern, event, matched] of answered) {
    for (const [reader, read] of Object.entries(readers))
      test(`${name}, for ${reader}`, within, () => assert.equal(read(pattern, event), matched))
    test(`${name}, for describe`, within, () => assert.ok(describe(pattern).length > 0))
  }
})

test('rules of 20,000 fields cost an event of as many keys no more than to read it', within, () => {
  const rules = new RuleSet<number>()
  for (let at = 0; at < 20_000; at++) rules.add(at, { [`k${at}`]: [19_999] })
  assert.deepEqual(rules.match(JSON.stringify(keys(20_000))), [19_999])
  for (let at = 0; at < 20_000; at++) rules.delete(at)
  assert.deepEqual(rules.match(JSON.stringify(keys(20_000))), [])
})

test('the steps of a wildcard of 3,000 stars do not multiply', within, () => {
  const limits = { wildcardComplexity: Number.POSITIVE_INFINITY }
  const pattern = { a: [{ wildcard: `${'*a'.repeat(3_000)}c` }] }
  assert.equal(compile(pattern, limits)({ a: `${text}b` }), false)
  assert.equal(explain(pattern, { a: `${text}b` }, limits).matched, false)
  assert.ok(describe(pattern, limits).includes('*a*a'))
})

test('an event that is not UTF-8, ends too early or has no end is refused by all that read events', () => {
  const bytes = (...codes: number[]) =>
    new Uint8Array([...Buffer.from('{"a":"'), ...codes, 0x22, 0x7d])
  const endless: unknown[] = []
  endless.push(endless)
  const events = [
    bytes(0xff),
    bytes(0xc0, 0x80),
    bytes(0xed, 0xa0, 0x80),
    bytes(0xe2, 0x82),
    '{"a":'.repeat(100_000),
    `{"b":${'['.repeat(100_000)}`,
    { a: endless },
  ]
  for (const event of events)
    for (const read of Object.values(readers))
      assert.throws(() => read({ a: ['b'] }, event), InvalidEvent)
})

test('adding and deleting stay cheap among 100,000 rules', () => {
  const rules = new RuleSet<number>()
  const pattern = (id: number) => [
    { a: [`v${id}`] },
    { a: [{ numeric: ['>', id, '<=', id + 1] }] },
    { source: ['s'], a: [{ prefix: `v${id}` }] },
    { [`key${id}`]: [id] },
  ]
  for (let id = 0; id < 100_000; id++) rules.add(id, pattern(id)[id % 4] ?? {})
  assert.deepEqual(rules.match({ a: 'v50000' }), [50_000])
  // Held by the runner's limit: to rebuild what matches a hundred thousand takes a thousand times as long.
  for (let id = 0; id < 1_000; id++) {
    assert.ok(rules.delete(id))
    rules.add(id, pattern(id)[id % 4] ?? {})
    assert.ok(
      rules
        .match({ source: 's', a: id % 4 === 1 ? id + 1 : `v${id}`, [`key${id}`]: id })
        .includes(id),
    )
  }
})
