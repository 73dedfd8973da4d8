import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe, type EventPattern } from './index.ts'

const cases: [name: string, pattern: EventPattern | string, words: string][] = [
  [
    'fields are joined by "and", in the order of the pattern',
    {
      source: ['blog'],
      'detail-type': ['BlogPostCreated'],
      detail: { topic: [{ prefix: 'sum' }] },
    },
    'source is "blog" and detail-type is "BlogPostCreated" and detail.topic starts with "sum"',
  ],
  ['plain values are one list', { a: ['x', 1, true, null] }, 'a is one of "x", 1, true or null'],
  [
    'alternatives of one field stand in brackets beside another field',
    { a: [{ prefix: 'x' }, 'y', { exists: false }], b: [1] },
    '(a is "y" or starts with "x" or is missing) and b is 1',
  ],
  ['suffixes', { a: [{ suffix: '.png' }] }, 'a ends with ".png"'],
  ['wildcards', { a: [{ wildcard: '*/x' }] }, 'a is like "*/x"'],
  ['case', { a: [{ 'equals-ignore-case': 'X' }] }, 'a is "X" in any case'],
  [
    'case of beginnings and ends',
    { a: [{ prefix: { 'equals-ignore-case': 'x' } }, { suffix: { 'equals-ignore-case': 'y' } }] },
    'a starts with "x" in any case or ends with "y" in any case',
  ],
  ['blocks of addresses', { a: [{ cidr: '10.0.0.0/8' }] }, 'a is an IP address in 10.0.0.0/8'],
  ['an address', { a: ['10.0.0.1'] }, 'a is the IP address "10.0.0.1"'],
  ['exact strings', '{"a":[{"exactly":"10.0.0.1"}]}', 'a is exactly "10.0.0.1"'],
  ['presence', { a: [{ exists: true }] }, 'a exists'],
  ['absence', { a: [{ exists: false }] }, 'a is missing'],
  ['one comparison', { a: [{ numeric: ['>', 0] }] }, 'a is a number > 0'],
  ['a range', { a: [{ numeric: ['>=', 0, '<', 5] }] }, 'a is a number >= 0 and < 5'],
  ['a numeric equality', { a: [{ numeric: ['=', 5] }] }, 'a is the number 5'],
  ['an exclusion', { a: [{ 'anything-but': 'x' }] }, 'a is anything but "x"'],
  ['a list of exclusions', { a: [{ 'anything-but': [1, 2] }] }, 'a is anything but 1 or 2'],
  [
    'an excluded beginning',
    { a: [{ 'anything-but': { prefix: ['x', 'y'] } }] },
    'a is anything that does not start with "x" or "y"',
  ],
  [
    'an excluded end',
    { a: [{ 'anything-but': { suffix: 'x' } }] },
    'a is anything that does not end with "x"',
  ],
  [
    'an excluded wildcard',
    { a: [{ 'anything-but': { wildcard: 'x*' } }] },
    'a is anything not like "x*"',
  ],
  [
    'an exclusion in any case',
    { a: [{ 'anything-but': { 'equals-ignore-case': ['x', 'y'] } }] },
    'a is anything but "x" or "y" in any case',
  ],
  ['$or alone needs no brackets', { $or: [{ a: [1] }, { b: [2] }] }, 'a is 1 or b is 2'],
  [
    '$or below a field, beside another',
    { a: [0], b: { $or: [{ c: [1] }, { d: [2], e: [3] }] } },
    'a is 0 and (b.c is 1 or (b.d is 2 and b.e is 3))',
  ],
  [
    '$or within $or reads as one list',
    { $or: [{ a: [1] }, { $or: [{ b: [2] }, { c: [3] }] }] },
    'a is 1 or b is 2 or c is 3',
  ],
  [
    'several $or are joined by "and"',
    { x: { $or: [{ a: [1] }, { b: [2] }] }, y: { $or: [{ a: [1] }, { b: [2] }] } },
    '(x.a is 1 or x.b is 2) and (y.a is 1 or y.b is 2)',
  ],
  [
    'a field that $or replaces is told where it stands',
    { a: [1], $or: [{ a: [2] }, { b: [3] }] },
    'a is 2 or (a is 1 and b is 3)',
  ],
  ['of a path written twice the later is told', { 'a.b': [1], a: { b: [2] } }, 'a.b is 2'],
  ['odd keys are quoted', '{"":[1],"is a":{"b":[2]}}', '"" is 1 and "is a.b" is 2'],
  [
    'nothing breaks the line, reorders it or commands a terminal',
    { a: ['\n\u001b[31m\u009b\u202e\u2028'] },
    'a is "\\n\\u001b[31m\\u009b\\u202e\\u2028"',
  ],
]

for (const [name, pattern, words] of cases)
  test(`describes: ${name}`, () => assert.equal(describe(pattern), words))

test('describes twenty combinations when fields replace each other in more', () => {
  const $or = Array.from({ length: 30 }, (_, n) => ({ a: [n] }))
  const words = describe({ a: ['x'], $or })
  assert.match(words, /^a is 0 or a is 1 or .* or a is 19 or 10 more combinations$/)
})

test('describes no pattern that compile refuses', () => {
  assert.throws(() => describe('{"a":[{"prefx":"x"}]}'), { code: 'InvalidEventPatternException' })
})
