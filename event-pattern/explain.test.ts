import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe, explain, explanationText } from './index.ts'

/** What is said of the one field of a pattern that an event misses. */
const misses: [name: string, pattern: object, event: object, words: string][] = [
  ['another value', { a: ['x'] }, { a: 'what' }, 'a  is "what", wanted "x"'],
  ['another case', { a: ['Run'] }, { a: 'run' }, 'is "run", wanted "Run": only the case differs'],
  ['white space', { a: ['run'] }, { a: 'run ' }, 'only the white space at its ends differs'],
  ['a letter spelt in two characters', { a: ['é'] }, { a: 'e\u0301' }, 'it looks alike, but'],
  ['a mistyped letter', { a: ['runnig'] }, { a: 'running' }, ': one character differs'],
  ['swapped letters', { a: ['runnign'] }, { a: 'running' }, ': one character differs'],
  ['two mistyped letters', { a: ['runnnig'] }, { a: 'ruinning' }, ': two characters differ'],
  ['a star in a plain value', { a: ['run*'] }, { a: 'running' }, 'a star is a star here'],
  ['a part of the value', { a: ['run'] }, { a: 'running' }, 'it contains that, but a plain value'],
  ['a string for a number', { a: [35] }, { a: '35' }, 'it is a string, not a number'],
  ['a number for a string', { a: ['35'] }, { a: 35 }, 'it is a number, not a string'],
  ['a string for true', { a: [true] }, { a: 'true' }, 'it is a string, not a boolean'],
  ['null for a string', { a: ['null'] }, { a: null }, 'it is null, not a string'],
  [
    'a string for a comparison',
    { a: [{ numeric: ['>', 5] }] },
    { a: '6' },
    'is "6", wanted a number > 5: it is a string: numeric looks at numbers only',
  ],
  ['an excluded bound', { a: [{ numeric: ['>', 5] }] }, { a: 5 }, ': 5 itself is outside'],
  ['the case of a prefix', { a: [{ prefix: 'Su' }] }, { a: 'sun' }, 'only the case differs'],
  ['most of a prefix', { a: [{ prefix: 'sum' }] }, { a: 'sun' }, 'the first 2 of 3 characters agr'],
  ['a prefix further on', { a: [{ prefix: 'un' }] }, { a: 'sun' }, 'but not at its beginning'],
  ['a prefix of a number', { a: [{ prefix: '3' }] }, { a: 35 }, 'prefix looks at strings only'],
  ['most of a suffix', { a: [{ suffix: '.png' }] }, { a: 'a.jng' }, 'the last 2 of 4 characters'],
  ['a suffix before the end', { a: [{ suffix: 'su' }] }, { a: 'sun' }, 'but not at its end'],
  ['the case of a wildcard', { a: [{ wildcard: 'S*' }] }, { a: 'sun' }, 'only the case differs'],
  [
    'a wildcard without its star',
    { a: [{ wildcard: 's*u' }] },
    { a: 'sun' },
    '"*s*u*" would match',
  ],
  [
    'an excluded value',
    { a: [{ 'anything-but': 'x' }] },
    { a: 'x' },
    'anything but "x": it is excl',
  ],
  ['no address', { a: [{ cidr: '10.0.0.0/8' }] }, { a: 'host' }, 'it is not an IP address'],
  [
    'the other IP version',
    { a: [{ cidr: '10.0.0.0/8' }] },
    { a: 'fe80::1' },
    'it is an IPv6 address',
  ],
  ['a missing field', { a: ['x'] }, {}, 'a  is missing, wanted "x"'],
  [
    'a missing parent',
    { a: { b: { c: [1] } } },
    { a: {} },
    'a.b.c  is missing, wanted 1: there is no a.b',
  ],
  [
    'a value for a parent',
    { a: { b: [1] } },
    { a: 2 },
    'is missing, wanted 1: a is 2, not an object',
  ],
  [
    'an object',
    { a: [{ exists: true }] },
    { a: { b: 1 } },
    'is an object, wanted any value: only the f',
  ],
  [
    'an empty array',
    { a: [{ exists: true }] },
    { a: [] },
    'is an empty array, wanted any value: it',
  ],
  ['a present field', { a: [{ exists: false }] }, { a: null }, 'a  is null, wanted no value'],
  [
    'a key in another case',
    { a: { topic: ['x'] } },
    { a: { Topic: 'x' } },
    'there is a.Topic, which is "x" and would match',
  ],
  [
    'a key with other separators',
    { 'detail-type': ['x'] },
    { detailType: 'y' },
    'there is detailType, which is "y"',
  ],
  [
    'a mistyped key of a parent',
    { detail: { topic: ['x'] } },
    { deatil: { topic: 'x' } },
    'there is deatil.topic, which is "x" and would match',
  ],
  [
    'an operator outside its array',
    { state: { 'anything-but': ['x'] } },
    { state: 'y' },
    'as the operator stands in no array: [{"anything-but": …}]',
  ],
  [
    'detail forgotten',
    { topic: ['x'] },
    { detail: { topic: 'x' } },
    'there is detail.topic, which',
  ],
  [
    'detail too much',
    { detail: { source: ['x'] } },
    { source: 'x' },
    'there is source, which is "x"',
  ],
  [
    'the values of an array',
    { a: { b: ['x'] } },
    { a: [{ b: 'p' }, { b: ['q', 'X'] }] },
    'is "X" at a[1].b[1], "p" at a[0].b and "q" at a[1].b[0], wanted "x": only the case differs',
  ],
  ['many values', { a: ['x'] }, { a: [1, 2, 3, 4, 5] }, 'and 2 more, wanted "x"'],
  ['a dotted key of the event', { a: { b: ['x'] } }, { 'a.b': 'y' }, 'a.b  is "y", wanted "x"'],
  [
    'lists',
    { a: ['x', 1, { exists: false }] },
    { a: 2 },
    'one that is one of "x" or 1 or is missing',
  ],
]

for (const [name, pattern, event, words] of misses)
  test(`says of a miss: ${name}`, () => {
    const explanation = explain(pattern, event)
    assert.equal(explanation.matched, false)
    const [, line = ''] = explanationText(explanation).split('\n')
    assert.ok(line.startsWith('✗ ') && line.includes(words), line)
  })

test('what matched is told with its operator, and the value among several', () => {
  const pattern = {
    a: [{ prefix: 's' }, 'x'],
    b: [{ exists: false }, 'y'],
    c: [1],
    d: [{ exists: true }],
  }
  assert.equal(
    explanationText(explain(pattern, { a: 'sun', c: [2, 1], d: null })),
    `The event matches.
✓ a  is "sun", which starts with "s"
✓ b  is missing, as wanted
✓ c  is 1 at c[1]
✓ d  is null`,
  )
})

test('the nearest miss comes first, and what matched comes last', () => {
  const pattern = { m: [1], x: { y: [1] }, far: ['abc'], near: ['abc'], gone: [1] }
  const { leaves } = explain(pattern, { m: 1, far: 'xyz', near: 'ABC' })
  assert.deepEqual(
    leaves.map(({ path, matched }) => [path, matched]),
    [
      ['near', false],
      ['gone', false],
      ['x.y', false],
      ['far', false],
      ['m', true],
    ],
  )
})

test('a leaf tells its matchers as written, and its values with their places', () => {
  const matcher = ['x', { prefix: 'y' }]
  const event = { detail: { items: [{ state: 'p' }, { state: ['x', 2] }] } }
  const [leaf] = explain({ detail: { items: { state: matcher } } }, event).leaves
  assert.deepEqual(leaf, {
    path: 'detail.items.state',
    matcher,
    found: [
      { value: 'x', at: 'detail.items[1].state[0]', matched: true },
      { value: 2, at: 'detail.items[1].state[1]', matched: false },
      { value: 'p', at: 'detail.items[0].state', matched: false },
    ],
    count: 3,
    matched: true,
    why: 'is "x" at detail.items[1].state[0]',
    distance: 0,
    nearest: true,
  })
})

test('fields that match in different elements of an array are told with the elements', () => {
  const pattern = { d: [0], a: { b: { x: [1], y: [2], z: [3] } } }
  const event = { d: 0, a: [{ b: [{ x: 1, y: 2 }, { y: 2, z: 3 }, { x: 1 }] }] }
  const { leaves, disagreement } = explain(pattern, event)
  assert.ok(leaves.every(({ matched }) => matched))
  assert.deepEqual(disagreement, {
    array: 'a[0].b',
    fields: [
      { path: 'a.b.x', elements: [0, 2] },
      { path: 'a.b.z', elements: [1] },
    ],
    why: 'no one element of a[0].b matches them all: a.b.x in [0] and [2] and a.b.z in [1]',
  })
})

test('three fields may disagree of which any two agree', () => {
  const pattern = { a: { x: [1], y: [1], z: [1] } }
  const event = {
    a: [
      { x: 1, y: 1 },
      { y: 1, z: 1 },
      { x: 1, z: 1 },
    ],
  }
  const { disagreement } = explain(pattern, event)
  assert.deepEqual(
    disagreement?.fields.map(({ elements }) => elements),
    [
      [0, 2],
      [0, 1],
      [1, 2],
    ],
  )
})

test('a match shows the values of the one element that it rests on', () => {
  const pattern = { a: { x: [1], y: [1], z: [{ exists: false }] } }
  const event = { a: [{ x: 1, z: 1 }, { y: 1 }, { x: 1, y: 1 }] }
  const { leaves } = explain(pattern, event)
  assert.deepEqual(
    leaves.map(({ why }) => why),
    ['is 1 at a[2].x', 'is 1 at a[2].y', 'is missing where the other fields match, as wanted'],
  )
})

test('of the alternatives of $or the nearest is told, and what the others miss', () => {
  const pattern = {
    s: ['b'],
    d: {
      $or: [
        { x: [1], y: [1] },
        { x: [2], z: [3] },
        { w: [1], v: [1] },
      ],
    },
  }
  const explanation = explain(pattern, { s: 'b', d: { x: 2, y: 2 } })
  assert.deepEqual(explanation.alternatives, [{ or: 'd.$or', nearest: 1, misses: [2, 1, 2] }])
  assert.equal(
    explanationText(explanation),
    `The event does not match.
✗ d.z  is missing, wanted 3
✓ s    is "b"
✓ d.x  is 2
d.$or: alternative 2 of 3 came nearest (fields missed by each: 2, 1, 2)`,
  )
  assert.deepEqual(
    explanation.leaves.filter(({ nearest }) => !nearest).map(({ path }) => path),
    ['d.w', 'd.v', 'd.x', 'd.y'],
  )
})

test('of alternatives with equally many misses the one with the nearer miss is told', () => {
  const pattern = { $or: [{ a: ['abcdef'] }, { b: ['abcdef'] }] }
  const { alternatives } = explain(pattern, { a: 'xyz', b: 'abcdeF' })
  assert.deepEqual(alternatives, [{ or: '$or', nearest: 1, misses: [1, 1] }])
})

test('the alternative that matched is told, and a field as the alternative replaced it', () => {
  const text = explanationText(explain({ a: [1], $or: [{ b: [1] }, { a: [2] }] }, { a: 2 }))
  assert.equal(text, 'The event matches.\n✓ a  is 2\n$or: alternative 2 of 2 matched')
})

test('an event comes as a text, as bytes or as an object, and a faulty one is refused', () => {
  const text = '{"a":"x"}'
  for (const event of [text, new TextEncoder().encode(text), JSON.parse(text)])
    assert.ok(explain('{"a":["x"]}', event).matched)
  assert.throws(() => explain({ a: [1] }, '[1]'), { code: 'ValidationException' })
  assert.throws(() => explain({ a: 1 }, '{}'), { code: 'InvalidEventPatternException' })
})

test('a text keeps the values of a doubled key and the spelling of numbers', () => {
  const text = '{"n":[12345678901234567890,1e400],"a":{"b":1},"a":{"b":2}}'
  assert.equal(
    explanationText(
      explain('{"a":{"b":[2]},"n":[12345678901234567891, {"numeric":[">",5]}]}', text),
    ),
    `The event does not match.
✗ n    is 12345678901234567890 at n[0] and 1e400 at n[1], \
wanted one that is 12345678901234567891 or is a number > 5: \
no double holds it, so only the same spelling matches
✓ a.b  is 2`,
  )
  const [, n] = explain('{"a":{"b":[3]},"n":[1e400]}', text).leaves
  assert.deepEqual(
    n?.found.map(({ value, at }) => [value, at]),
    [
      [Infinity, 'n[1]'],
      [12345678901234567000, 'n[0]'],
    ],
  )
})

test('long values, many values and many matchers are cut', () => {
  const long = 'x'.repeat(1_000_000)
  const many = Array.from({ length: 10_000 }, (_, n) => `${n}`)
  const pattern = {
    a: [`${long}y`],
    b: [{ prefix: long }, ...many.map((n) => `n${n}`)],
    [long]: [1],
  }
  const explanation = explain(pattern, { a: long, b: many, [`${long}z`]: 1 })
  const [b] = explanation.leaves.filter(({ path }) => path === 'b')
  assert.equal(b?.found.length, 10)
  assert.equal(b?.count, 10_000)
  assert.ok(explanationText(explanation).length < 2_000)
  const [a] = explanation.leaves.filter(({ path }) => path === 'a')
  assert.equal(a?.found[0]?.value, `${'x'.repeat(200)}…`)
})

test('an event is explained however deep it is', () => {
  const arrays = `{"a":${'['.repeat(100_000)}{"b":1}${']'.repeat(100_000)}}`
  const objects = `{"a":${'{"b":'.repeat(100_000)}1${'}'.repeat(100_000)}}`
  assert.ok(explain({ a: { b: [1] } }, arrays).matched)
  assert.ok(!explain({ a: { b: [1] } }, objects).matched)
})

// Held by the runner's limit: to try each combination with each element takes hours.
test('a thousand combinations and ten thousand elements come to an end', () => {
  const alternatives = Array.from({ length: 10 }, (_, n) => ({ a: { [`x${n}`]: [n], y: [n] } }))
  const pattern = { p: { $or: alternatives }, q: { $or: alternatives }, r: { $or: alternatives } }
  const elements = Array.from({ length: 10_000 }, (_, n) => ({ [`x${n % 10}`]: n % 10, y: 10 }))
  const explanation = explain(pattern, { p: { a: elements }, q: { a: elements }, r: { a: [] } })
  assert.equal(explanation.matched, false)
  assert.equal(explanation.alternatives.length, 3)
})

test('a pattern is explained and described under the limits it was compiled with', () => {
  const pattern = { a: { b: [{ wildcard: '*:*:*:*:*:event-bus/*' }] } }
  const event = { a: { b: 'arn:x' } }
  assert.throws(() => explain(pattern, event), { code: 'InvalidEventPatternException' })
  const limits = { wildcardComplexity: 20, patternLength: 50 }
  assert.equal(explain(pattern, event, limits).matched, false)
  assert.equal(describe(pattern, limits), 'a.b is like "*:*:*:*:*:event-bus/*"')
})

test('a field that may be missing beside the field that settles on an element disagrees with others', () => {
  const pattern = { a: { b: [1], c: [1, { exists: false }], d: [{ exists: false }] } }
  const { leaves, disagreement } = explain(pattern, {
    a: [
      { b: 1, c: 2 },
      { b: 1, d: 1 },
    ],
  })
  assert.ok(leaves.every(({ matched }) => matched))
  assert.deepEqual(disagreement?.fields, [
    { path: 'a.b', elements: [0, 1] },
    { path: 'a.c', elements: [1] },
    { path: 'a.d', elements: [0] },
  ])
})
