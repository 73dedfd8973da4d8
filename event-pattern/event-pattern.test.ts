import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, type EventPattern } from './index.ts'

/** Patterns on whole events. */
const patterns: [name: string, pattern: string | object, yes: object[], no: object[]][] = [
  [
    'all fields must match',
    { source: ['blog'], detail: { topic: ['summer'] } },
    [{ source: 'blog', detail: { topic: 'summer' } }],
    [{ source: 'blog', detail: { topic: 'autumn' } }, { source: 'blog' }, { source: 'shop' }, {}],
  ],
  [
    'keys joined by dots are nested keys, in the pattern and in the event',
    { 'a.b': { c: [1] }, a: { d: [2] } },
    [{ a: { b: { c: 1 }, d: 2 } }, { 'a.b.c': 1, 'a.d': 2 }, { 'a.b': { c: 1 }, a: { d: 2 } }],
    [{ a: { b: { c: 1 } } }, { 'a.b': { d: 2, c: 1 } }],
  ],
  [
    'every spelling of a path counts',
    { a: { b: [1], c: [{ exists: false }] } },
    [
      { a: { b: 2 }, 'a.b': 1 },
      { a: 3, 'a.b': [1] },
    ],
    [{ a: { b: 1 }, 'a.c': 1 }],
  ],
  [
    'of a path written twice the later stands',
    '{"a.b":[1],"a":{"b":[2]}}',
    [{ a: { b: 2 } }],
    [{ a: { b: 1 } }],
  ],
  ['an empty key is a key', { '': ['x'] }, [{ '': 'x' }], [{ x: 'x' }, {}]],
  [
    'inherited keys are no fields',
    '{"__proto__":{"a":[1]},"constructor":[{"exists":false}]}',
    [JSON.parse('{"__proto__":{"a":1}}')],
    [{}, JSON.parse('{"__proto__":{"a":1},"constructor":2}'), { a: 1 }],
  ],
  [
    'arrays are looked through at any nesting',
    { a: { b: [1] } },
    [{ a: [[[{ b: [[2], [[1]]] }]]] }, { a: [3, { c: 4 }, { b: 1 }] }],
    [{ a: [[{ b: 2 }]] }, { a: [] }, { a: [1] }],
  ],
  [
    'two fields match in one element of an array, not in two',
    { a: { b: [1], c: { d: [2] } } },
    [{ a: [{ b: 3 }, { b: 1, c: [{ d: 2 }] }] }],
    [
      {
        a: [
          { b: 1, c: { d: 3 } },
          { b: 3, c: { d: 2 } },
        ],
      },
      { a: [{ b: 1 }, { c: { d: 2 } }] },
    ],
  ],
  [
    'two arrays are chosen from independently',
    { a: { x: [1] }, b: { x: [2] } },
    [{ a: [{ x: 1 }, {}], b: [{}, { x: 2 }] }],
    [{ a: [{ x: 1 }], b: [{ x: 1 }] }],
  ],
  [
    'a missing field is missing from all elements until an earlier field settles on one',
    { a: { b: [{ exists: false }], c: [1] } },
    [{ a: [{ c: 1 }, { c: 2 }] }],
    [{ a: [{ c: 1 }, { b: 2 }] }],
  ],
  [
    'a missing field is missing from the element that an earlier field settled on',
    { a: { c: [1], d: [{ exists: false }] } },
    [{ a: [{ c: 1 }, { d: 2 }] }],
    [{ a: [{ c: 1, d: 2 }, { c: 3 }] }],
  ],
  [
    'a field that is present in one element does not match by its absence from another',
    { a: { b: [1, { exists: false }] } },
    [{ a: [{ b: 1 }, {}] }, { a: [{}, {}] }, { a: [] }, {}],
    [{ a: [{ b: 2 }, {}] }],
  ],
  [
    'any alternative of $or is enough, together with its siblings',
    { source: ['s'], detail: { $or: [{ a: [1] }, { b: { c: [2] }, d: [3] }] } },
    [
      { source: 's', detail: { a: 1 } },
      { source: 's', detail: { b: { c: 2 }, d: 3 } },
    ],
    [{ source: 'x', detail: { a: 1 } }, { source: 's', detail: { b: { c: 2 } } }, { source: 's' }],
  ],
  [
    '$or nests, and several multiply',
    { $or: [{ a: [1] }, { $or: [{ b: [1] }, { c: [1] }] }], x: { $or: [{ d: [1] }, { e: [1] }] } },
    [
      { a: 1, x: { e: 1 } },
      { c: 1, x: { d: 1 } },
    ],
    [{ a: 1 }, { x: { d: 1, e: 1 } }],
  ],
  [
    '$or takes a missing parent for a missing field',
    { $or: [{ a: { b: [{ exists: false }] } }, { c: [1] }] },
    [{}, { a: { b: 2 }, c: 1 }],
    [{ a: { b: 2 } }],
  ],
  [
    'a field within $or replaces the one before it',
    { a: [1], $or: [{ a: [2] }, { b: [3] }] },
    [{ a: 2 }, { a: 1, b: 3 }],
    [{ a: 1 }, { a: 3, b: 3 }],
  ],
  [
    'a field after $or replaces those within it',
    { $or: [{ a: [2] }, { b: [3] }], a: [1] },
    [{ a: 1 }],
    [{ a: 2 }, { a: 2, b: 3 }],
  ],
  ['words of the language are fields outside $or', { prefix: ['x'] }, [{ prefix: 'x' }], [{}]],
]

for (const [name, pattern, yes, no] of patterns)
  test(name, () => {
    const match = compile(pattern)
    for (const event of yes) assert.ok(match(event), JSON.stringify(event))
    for (const event of no) assert.ok(!match(event), `not ${JSON.stringify(event)}`)
  })

test('an event comes as a text, as bytes or as an object', () => {
  const match = compile('{"a":["\\u00fc"]}')
  const text = '{"a":"ü"}'
  for (const event of [text, new TextEncoder().encode(text), JSON.parse(text), `\n${text} }[`])
    assert.ok(match(event))
})

test('a text is read to the end of its first object', () => {
  assert.ok(compile('{"a":["}\\"{"]} "')('{"a":"}\\"{"} and more'))
})

test('a pattern a hundred levels deep compiles, a deeper one is refused however it is spelt', () => {
  const nested = (open: string, inside: string, close: string, times: number) =>
    open.repeat(times) + inside + close.repeat(times)
  const event = nested('{"a":', '1', '}', 100)
  assert.ok(compile(nested('{"a":', '[1]', '}', 100))(event))
  for (const pattern of [
    nested('{"a":', '[1]', '}', 100_000),
    `{"${'a.'.repeat(100_000)}":[1]}`,
    nested('{"$or":[{"a":[1]},', '{"a":[1]}', ']}', 100_000),
  ])
    assert.throws(
      () => compile(pattern),
      /nested deeper than (100 levels are not allowed|1000 levels)\n at \[Source: /,
    )
})

test('an event is matched however deep it is', () => {
  const arrays = `{"a":${'['.repeat(100_000)}{"b":1}${']'.repeat(100_000)}}`
  const objects = `{"a":${'{"b":'.repeat(100_000)}1${'}'.repeat(100_000)}}`
  assert.ok(compile({ a: { b: [1] } })(arrays))
  assert.ok(compile({ a: { b: [{ exists: false }] } })(objects))
})

test('the type knows the operators', () => {
  const patterns: EventPattern[] = [
    { source: ['blog'], detail: { n: [{ numeric: ['>', 0, '<=', 5] }, null], 'x.y': [true] } },
    { $or: [{ a: [{ 'anything-but': { prefix: ['x', 'y'] } }] }, { b: [{ exists: true }] }] },
    { A1: [{ prefix: { 'equals-ignore-case': 'a' } }], _: [{ cidr: '10.0.0.0/8' }] },
  ]
  for (const pattern of patterns) assert.equal(compile(pattern)({}), false)

  const misspelt: EventPattern[] = [
    // @ts-expect-error
    { a: [{ prefx: 'x' }] },
    // @ts-expect-error
    { a: [{ 'anything-butt': ['x'] }] },
    // @ts-expect-error
    { a: { b: [{ 'anything-but': { prefixes: 'x' } }] } },
    // @ts-expect-error
    { a: [{ numeric: ['<', 0, '>', 5] }] },
    // @ts-expect-error
    { $ro: [{ a: [1] }, { b: [1] }] },
    // @ts-expect-error
    { a: 'x' },
    // @ts-expect-error
    { a: [{ prefix: 'x', suffix: 'y' }] },
  ]
  for (const pattern of misspelt)
    assert.throws(() => compile(pattern), { name: 'InvalidEventPattern' })
})
