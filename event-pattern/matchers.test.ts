import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from './index.ts'

/** What one field's matchers accept and refuse, the field standing in `detail`. */
const operators: [name: string, matchers: unknown[], yes: unknown[], no: unknown[]][] = [
  ['a string matches itself', ['a'], ['a'], ['A', 'ab', '', ' a', null, ['b'], { a: 'a' }]],
  ['a number matches however it is spelt', [300, 0], [300.0, 3e2, -0], ['300', 301, true]],
  ['true and false match themselves', [true], [true], [false, 'true', 1]],
  ['null matches null only', [null], [null], ['null', '', 0, false, undefined, []]],
  ['any of the matchers is enough', ['a', 1, { prefix: 'b' }], ['a', 1, 'bc'], ['c', 2]],
  ['exactly matches one string', [{ exactly: '10.0.0.1' }], ['10.0.0.1'], ['010.0.0.1']],
  ['prefix looks at the beginning', [{ prefix: 'ab' }], ['ab', 'abc'], ['a', 'cab', 'AB', 1, null]],
  ['an empty prefix matches strings only', [{ prefix: '' }], ['', 'a'], [0, null, true]],
  ['suffix looks at the end', [{ suffix: '.png' }], ['.png', 'a.png'], ['.PNG', 'a.png ', 1]],
  [
    'prefix may ignore case',
    [{ prefix: { 'equals-ignore-case': 'straß' } }],
    ['STRASSE', 'Straße', 'straß'],
    ['strasse', 'stra', 7],
  ],
  [
    'suffix may ignore case',
    [{ suffix: { 'equals-ignore-case': 'aße' } }],
    ['STRASSE', 'straße', 'AßE'],
    ['strasse', 'asse', 'ße', 7],
  ],
  [
    'equals-ignore-case ignores it unit by unit of the pattern',
    [
      { 'equals-ignore-case': 'Straße' },
      { 'equals-ignore-case': 'k' },
      { 'equals-ignore-case': '' },
    ],
    ['STRASSE', 'straße', 'sTRAßE', 'K', 'k', ''],
    ['strasse', 'STRASS', 'STRASSEN', '\u212a', 1],
  ],
  ['upper case in the pattern has no sharp s', [{ 'equals-ignore-case': 'SS' }], ['ss'], ['ß']],
  [
    'an emoji in the pattern is two question marks where case is ignored',
    [{ 'equals-ignore-case': 'a\u{1f342}b' }],
    ['a??b', 'A??B'],
    ['a\u{1f342}b', 'a?b'],
  ],
  ['the sign kelvin matches k', [{ 'equals-ignore-case': '\u212a' }], ['k', '\u212a'], ['K']],
  [
    'a star stands for any run, also of line ends and of nothing',
    [{ wildcard: 'a*b*c' }],
    ['abc', 'a\nb\nc', 'axbxbxc', 'abcbc'],
    ['ab', 'ac', 'abcd', 'xabc', 'acb', 1],
  ],
  [
    'the ends of a wildcard do not overlap',
    [{ wildcard: 'aba*aba' }],
    ['abaaba'],
    ['aba', 'ababa'],
  ],
  ['a piece between stars keeps clear of the end', [{ wildcard: '*ab*b' }], ['abb'], ['ab', 'bb']],
  ['a lone star matches any string', [{ wildcard: '*' }], ['', 'a'], [1, null]],
  ['a wildcard without a star is a string', [{ wildcard: 'a?[b]' }], ['a?[b]'], ['axb', '']],
  ['an empty wildcard is an empty string', [{ wildcard: '' }], [''], ['a']],
  ['an escaped star is a star', [{ wildcard: '\\**\\\\' }], ['*\\', '*a\\'], ['a\\', '*', '\\*\\']],
  ['anything-but excludes a string', [{ 'anything-but': 'a' }], ['b', '', 1, null, true], ['a']],
  ['anything-but excludes a number', [{ 'anything-but': 35 }], ['35', 36, null], [35, 3.5e1]],
  ['anything-but excludes a list', [{ 'anything-but': [1, 2] }], [3, '1', false], [1, 2]],
  ['anything-but wants a value', [{ 'anything-but': 'a' }], [['a', 'b']], [undefined, [], {}]],
  [
    'anything-but excludes prefixes',
    [{ 'anything-but': { prefix: ['a', 'b'] } }],
    ['c', '', 1, null],
    ['a', 'bc'],
  ],
  ['anything-but excludes a suffix', [{ 'anything-but': { suffix: 'a' } }], ['ab', 1], ['ba', 'a']],
  [
    'anything-but excludes a string in any case',
    [{ 'anything-but': { 'equals-ignore-case': ['a', 'b'] } }],
    ['c', 'ab', false],
    ['A', 'b'],
  ],
  [
    'anything-but excludes wildcards',
    [{ 'anything-but': { wildcard: ['a*', '*z'] } }],
    ['b', 5],
    ['a', 'ab', 'xyz'],
  ],
  ['numeric = compares numbers', [{ numeric: ['=', 3.018e2] }], [301.8], ['301.8', 301, null]],
  ['numeric < is strict', [{ numeric: ['<', 0] }], [-1, -0.1], [0, -0, 1, '-1']],
  ['numeric <= is not strict', [{ numeric: ['<=', 0] }], [-1, 0], [0.1]],
  ['numeric > is strict', [{ numeric: ['>', 5] }], [5.1, 1e300], [5, Number.POSITIVE_INFINITY]],
  ['numeric takes a range', [{ numeric: ['>=', 1, '<', 3] }], [1, 2.9], [0.9, 3, '2', true]],
  ['a range may be closed above', [{ numeric: ['>', 1, '<=', 3] }], [1.1, 3], [1, 3.1]],
  [
    'cidr matches the addresses of an IPv4 block',
    [{ cidr: '10.0.0.77/24' }],
    ['10.0.0.0', '10.0.0.255', '010.000.000.009', '::ffff:a00:5'],
    ['10.0.1.0', '10.0.0.256', '10.0.0', '10.0.0.5 ', '::a00:5', 'x', 123, null],
  ],
  [
    'an IPv4 block matches whatever begins with the digits of its addresses',
    [{ cidr: '1.2.3.4/0' }],
    ['9.9.9.9', 'fe80::1', '::1', 167772161, 7, 1234567.5],
    [0, -12345678, '12345678', '::ffff:10.0.0.5', true],
  ],
  [
    'a number lies in an IPv4 block by its decimal digits',
    [{ cidr: '22.119.112.0/20' }],
    [16777216, 167772161],
    [0x16777216, 26777216],
  ],
  [
    'the widest IPv6 block matches nearly all IPv4 addresses',
    [{ cidr: '1::/0' }],
    ['1::', '9.9.9.9', 3],
    ['0.0.0.0', 0],
  ],
  [
    'cidr matches the addresses of an IPv6 block',
    [{ cidr: '2001:db8::/33' }],
    ['2001:db8::', '2001:DB8:7fff::1', '2001:0db8:0:0:0:0:0:1'],
    ['2001:db8:8000::', '2001:db9::', '2001:db8', '2001:db8:::1', '2001::db8::1', '32.1.13.184'],
  ],
  [
    'a string that spells an address matches the address',
    ['10.0.0.1', '::1'],
    ['10.0.0.1', '010.000.000.001', '::ffff:a00:1', '0:0:0:0:0:0:0:1'],
    ['10.0.0.10', '::2', '1:2:3:4:5:6:7:8:9', '12345::1', ':'.repeat(50)],
  ],
  ['exists wants a value, null too', [{ exists: true }], [null, '', 0, [1]], [undefined, {}, []]],
  ['exists false wants none', [{ exists: false }], [undefined, {}, [], { x: 1 }], [null, '', [1]]],
  ['exists mixes with values', ['a', { exists: false }], ['a', undefined, []], ['b', null]],
]

for (const [name, matchers, yes, no] of operators)
  test(name, () => {
    const match = compile({ detail: { field: matchers } })
    for (const field of yes) assert.ok(match({ detail: { field } }), `${JSON.stringify(field)}`)
    for (const field of no) assert.ok(!match({ detail: { field } }), `not ${JSON.stringify(field)}`)
  })

test('a wildcard is matched in the time that reading the value takes', () => {
  // Backtracking would need 10^18 steps for the first and 10^9 for the second.
  const value = 'a'.repeat(1_000_000)
  const match = (wildcard: string) => compile({ a: [{ wildcard }] }, { wildcardComplexity: 1e9 })
  assert.ok(!match(`${'*a'.repeat(1000)}*b*a`)({ a: value }))
  const piece = `${'a'.repeat(500)}b${'a'.repeat(500)}`
  assert.ok(!match(`*${piece}*`)({ a: value }))
  assert.ok(match(`*${piece}*`)({ a: value + piece + value }))
})

test('a letter in one case neither begins nor ends with its other case', () => {
  for (let unit = 0; unit < 65_536; unit++) {
    const lower = String.fromCharCode(unit).toLowerCase()
    const upper = String.fromCharCode(unit).toUpperCase()
    const [short, long] = lower.length < upper.length ? [lower, upper] : [upper, lower]
    if (lower !== upper) assert.ok(!long.startsWith(short) && !long.endsWith(short), lower)
  }
})
