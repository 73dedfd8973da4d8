import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, InvalidEvent, InvalidEventPattern, RuleSet } from './index.ts'

test('an event is answered with the ids of its rules, in the order of adding', () => {
  const rules = ruleSet({
    late: { a: [{ exists: true }] },
    never: { a: ['y'] },
    early: { a: [{ prefix: 'x' }], b: [{ exists: false }] },
    both: { $or: [{ a: ['x'] }, { a: [{ suffix: 'x' }] }] },
  })
  assert.deepEqual(rules.match({ a: 'x' }), ['late', 'early', 'both'])
  assert.deepEqual(rules.match('{"a":"wx","b":1}'), ['late', 'both'])
  assert.deepEqual(rules.match(new TextEncoder().encode('{"b":1}')), [])
  assert.equal(rules.size, 4)
})

test('a rule that is deleted no longer matches', () => {
  const rules = ruleSet({ a: { x: [1] }, b: { x: [1] } })
  assert.equal(rules.delete('a'), true)
  assert.equal(rules.delete('a'), false)
  assert.deepEqual(rules.match({ x: 1 }), ['b'])
  assert.equal(rules.size, 1)
})

test('a rule that is added again has the new pattern and its old place', () => {
  const rules = ruleSet({ a: { x: [1] }, b: { x: [1, 2] } })
  rules.add('a', { x: [2] })
  assert.deepEqual(rules.match({ x: 1 }), ['b'])
  assert.deepEqual(rules.match({ x: 2 }), ['a', 'b'])
  assert.equal(rules.size, 2)
})

test('a set knows the keys at or below which its rules ask for something', () => {
  const rules = ruleSet({
    a: { x: [1], $or: [{ y: { z: [1] } }, { 'v.w': [{ exists: false }] }] },
    b: { x: { toString: [1] } },
  })
  assert.deepEqual(rules.keys().toSorted(), ['v', 'x', 'y'])
  rules.delete('a')
  assert.deepEqual(rules.keys(), ['x'])
  rules.delete('b')
  assert.deepEqual(rules.keys(), [])
})

test('an object that throws when it is looked at is no event, and the next one is read as ever', () => {
  const rules = ruleSet({ a: { x: [1] } })
  const hostile = {
    get x(): never {
      throw new Error('mine')
    },
  }
  assert.throws(() => rules.match(hostile), InvalidEvent)
  assert.throws(() => compile({ x: [1] })(hostile), { code: 'ValidationException' })
  assert.deepEqual(rules.match({ x: 1 }), ['a'])
})

test('a pattern that is refused changes nothing', () => {
  const rules = ruleSet({ a: { x: [1] } })
  for (const id of ['a', 'b'])
    assert.throws(() => rules.add(id, { x: [{ prefx: 'a' }] }), InvalidEventPattern)
  assert.deepEqual(rules.match({ x: 1 }), ['a'])
  assert.equal(rules.size, 1)
})

test('an id may be any value', () => {
  const id = { name: 'rule' }
  const rules = new RuleSet<object>()
  rules.add(id, { x: [1] })
  assert.equal(rules.match({ x: 1 })[0], id)
})

test('a set without rules still refuses what is no event', () => {
  const rules = new RuleSet()
  assert.deepEqual(rules.match({}), [])
  for (const event of ['', '[]', '{"a":}', '{"a":"\n"}', '{"a":1', [1], null])
    assert.throws(() => rules.match(event as string), InvalidEvent)
})

/** One field's matchers, and values at the edges of what the index finds for them. */
const indexed: [matchers: unknown[], values: unknown[]][] = [
  [
    ['a', 1, null, true],
    ['a', 'b', 1, -1, '1', null, true, false],
  ],
  [[0], [0, -0, '0']],
  [
    [{ prefix: 'ab' }, { prefix: 'abc' }],
    ['a', 'ab', 'abc', 'xab', 1],
  ],
  [[{ suffix: 'yz' }], ['z', 'yz', 'xyz', 'yzx']],
  [[{ prefix: '' }], ['', 'a', 1, null]],
  [
    [{ 'equals-ignore-case': 'Kiß' }, { 'equals-ignore-case': 'k' }],
    ['KISS', 'kiß', '\u212a', 'K'],
  ],
  [[{ prefix: { 'equals-ignore-case': 'ab' } }], ['ABC', 'a']],
  [
    [{ wildcard: '*b*' }, { wildcard: '*cd*e' }],
    ['b', 'abc', 'cde', 'cxde', 'e', 'cd', 1],
  ],
  [[{ wildcard: '*' }], ['', 'x', 0]],
  [
    [{ wildcard: 'ab*' }, { wildcard: 'a*bcd*' }],
    ['ab', 'abcd', 'axbcd', 'a'],
  ],
  [
    [{ numeric: ['>', 1, '<=', 3] }, { numeric: ['=', 7] }],
    [1, 1.0000000000000002, 3, 4, 7, '2'],
  ],
  [[{ numeric: ['<', 0] }], [-0, -5e-324, -1e308, Number.NEGATIVE_INFINITY, 1]],
  [[{ numeric: ['>=', 5] }], [5, 4.9, 1e308, Number.POSITIVE_INFINITY]],
  [[{ cidr: '10.0.0.0/31' }], ['10.0.0.0', '10.0.0.1', '10.0.0.2', '::ffff:a00:1', 'x', 1e7]],
  [[{ cidr: '22.119.112.0/20' }], [167772161, 16777216, 26777216, '1677:7216::']],
  [
    ['10.0.0.1', '::1'],
    ['010.0.0.1', '10.0.0.10', '::1', '0::1', '::2'],
  ],
  [[{ 'anything-but': ['a'] }], ['a', 'b', 1, null, ['a', 'b'], ['a'], []]],
  [
    [{ exists: false }, 'a'],
    ['a', 'b', undefined, {}],
  ],
]

test('a set finds by its indexes what the pattern alone matches', () => {
  const rules = new RuleSet<number>()
  const patterns = indexed.map(([matchers]) => ({ a: { b: matchers } }))
  patterns.forEach((pattern, id) => rules.add(id, pattern))
  for (const b of indexed.flatMap(([, values]) => values))
    assert.deepEqual(
      rules.match({ a: { b } }),
      patterns.flatMap((pattern, id) => (compile(pattern)({ a: { b } }) ? [id] : [])),
      `${b}`,
    )
})

test('a rule that hangs on two fields is found by both', () => {
  const rules = ruleSet({
    both: { source: ['s', 't'], detail: { type: ['a', 'b'], n: [{ numeric: ['>', 1] }] } },
  })
  assert.deepEqual(rules.match({ source: 't', detail: { type: 'b', n: 2 } }), ['both'])
  assert.deepEqual(rules.match({ source: 't', detail: { type: 'b', n: 1 } }), [])
  assert.deepEqual(rules.match({ source: 't', detail: { type: 'c', n: 2 } }), [])
  assert.deepEqual(rules.match({ source: ['s', 't'], detail: { type: ['b', 'a'], n: 2 } }), [
    'both',
  ])
})

function ruleSet(patterns: Record<string, object>): RuleSet {
  const rules = new RuleSet()
  for (const [id, pattern] of Object.entries(patterns)) rules.add(id, pattern)
  return rules
}
