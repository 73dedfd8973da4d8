import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, InvalidEvent, InvalidEventPattern } from './index.ts'

const list = 'Inside anything but list, start|null|boolean is not supported.'
const mixed =
  'Inside anything but list, either all values are number or string, mixed type is not supported'
const caseList =
  'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.'
const notValue = 'Value of anything-but must be an array or single string/number value.'
const tooMany = 'Too many elements in numeric expression'
const oneKey = 'Only one key allowed in match expression'

const tooComplex =
  'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character'

/** Matchers that are refused, with AWS's reason. */
const refusals: [matcher: unknown, reason: string][] = [
  [['a'], 'Match value must be String, number, true, false, or null'],
  [undefined, 'Match value must be String, number, true, false, or null'],
  [{}, 'Match expression name not found'],
  [{ EXISTS: true }, 'Unrecognized match type EXISTS'],
  [{ constructor: 'a' }, 'Unrecognized match type constructor'],
  [{ prefix: 'a', suffix: 'b' }, oneKey],
  [{ exists: 'true' }, 'exists match pattern must be either true or false.'],
  [{ exists: true, prefix: 'a' }, oneKey],
  [{ exactly: 1 }, 'exact match pattern must be a string'],
  [{ prefix: 1 }, 'prefix match pattern must be a string'],
  [{ prefix: {} }, 'Prefix expression name not found'],
  [{ prefix: { wildcard: 'a' } }, 'Unsupported prefix pattern: wildcard'],
  [{ prefix: { 'equals-ignore-case': 1 } }, 'equals-ignore-case match pattern must be a string'],
  [{ suffix: null }, 'suffix match pattern must be a string'],
  [{ suffix: {} }, 'Suffix expression name not found'],
  [{ suffix: { prefix: 'a' } }, 'Unsupported suffix pattern: prefix'],
  [{ suffix: { 'equals-ignore-case': 'a', prefix: 'b' } }, oneKey],
  [{ 'equals-ignore-case': ['a'] }, 'equals-ignore-case match pattern must be a string'],
  [{ wildcard: 1 }, 'wildcard match pattern must be a string'],
  [{ wildcard: '**' }, 'Consecutive wildcard characters at pos 1'],
  [{ wildcard: 'aü**' }, 'Consecutive wildcard characters at pos 4'],
  [{ wildcard: 'a\\b' }, 'Invalid escape character at pos 2'],
  [{ wildcard: '\\' }, 'Invalid escape character at pos 1'],
  [{ 'anything-but': null }, notValue],
  [{ 'anything-but': { prefix: { suffix: 'a' } } }, notValue],
  [{ 'anything-but': [null] }, list],
  [{ 'anything-but': ['a', ['b']] }, list],
  [{ 'anything-but': ['a', 1] }, mixed],
  [{ 'anything-but': [] }, mixed],
  [{ 'anything-but': 'a', prefix: 'b' }, tooMany],
  [{ 'anything-but': {} }, 'Anything-But expression name not found'],
  [{ 'anything-but': { numeric: ['=', 1] } }, 'Unsupported anything-but pattern: numeric'],
  [{ 'anything-but': { prefix: '' } }, 'Null prefix/suffix not allowed'],
  [{ 'anything-but': { suffix: ['a', ''] } }, 'Null prefix/suffix not allowed'],
  [{ 'anything-but': { suffix: 1 } }, 'prefix/suffix match pattern must be a string'],
  [{ 'anything-but': { prefix: [] } }, 'Empty arrays are not allowed'],
  [{ 'anything-but': { wildcard: [1] } }, 'wildcard match pattern must be a string'],
  [{ 'anything-but': { wildcard: 'a**' } }, 'Consecutive wildcard characters at pos 2'],
  [{ 'anything-but': { 'equals-ignore-case': [1] } }, caseList],
  [{ 'anything-but': { prefix: 'a', suffix: 'b' } }, tooMany],
  [{ numeric: 1 }, 'Value of numeric must be an array.'],
  [{ numeric: [] }, 'Invalid member in numeric match: ]'],
  [{ numeric: [1] }, 'Invalid member in numeric match: 1'],
  [{ numeric: [['=']] }, 'Invalid member in numeric match: ['],
  [{ numeric: ['=='] }, 'Unrecognized numeric range operator: =='],
  [{ numeric: ['='] }, 'Value of equals must be numeric'],
  [{ numeric: ['<', '1'] }, 'Value of < must be numeric'],
  [{ numeric: ['>=', null] }, 'Value of >= must be numeric'],
  [{ numeric: ['=', 1, '<', 2] }, tooMany],
  [{ numeric: ['<', 2, '>', 1] }, tooMany],
  [{ numeric: ['>', 1], prefix: 'a' }, tooMany],
  [{ numeric: ['>', 1, {}] }, 'Bad value in numeric range: {'],
  [{ numeric: ['>', 1, '>', 2] }, 'Bad numeric range operator: >'],
  [{ numeric: ['>', 1, '<'] }, 'Value of < must be numeric'],
  [{ numeric: ['>', 1, '<', 2, 3] }, 'Too many terms in numeric range expression'],
  [{ numeric: ['>=', 5, '<=', 5] }, 'Bottom must be less than top'],
  [{ numeric: ['>', Number.POSITIVE_INFINITY] }, 'Cannot compare number : Infinity'],
  [{ 'anything-but': Number.NEGATIVE_INFINITY }, 'Cannot compare number : -Infinity'],
  [{ cidr: 1 }, 'prefix match pattern must be a string'],
  [{ cidr: '10.0.0.0' }, "Malformed CIDR, one '/' required"],
  [{ cidr: '10.0.0.0/' }, "Malformed CIDR, one '/' required"],
  [{ cidr: '10.0.0.0/8/8' }, "Malformed CIDR, one '/' required"],
  [{ cidr: '10.0.0.0/2147483648' }, 'Malformed CIDR, mask bits must be an integer'],
  [{ cidr: '10.0.0.0/2147483647' }, 'IPv4 mask bits must be < 32'],
  [{ cidr: '/8' }, 'Nonstandard IP address: '],
  [{ cidr: '10.0.0.0/x' }, 'Malformed CIDR, mask bits must be an integer'],
  [{ cidr: '10.0.0.0/-1' }, 'Malformed CIDR, mask bits must not be negative'],
  [{ cidr: '10.0.0/8' }, 'Nonstandard IP address: 10.0.0'],
  [{ cidr: '300.0.0.0/8' }, 'Invalid IP address: 300.0.0.0'],
  [{ cidr: '10.0.0.0/32' }, 'IPv4 mask bits must be < 32'],
  [{ cidr: '::/128' }, 'IPv6 mask bits must be < 128'],
]

for (const [matcher, reason] of refusals)
  test(`${JSON.stringify(matcher)} is refused: ${reason}`, () => {
    assertRefused({ detail: { field: ['a', matcher] } }, reason, ['detail', 'field'])
  })

/** Whole patterns that are refused, with AWS's reason and the field at fault. */
const shapes: [pattern: unknown, reason: string, path: string[]][] = [
  [[], 'Filter is not an object', []],
  [1, 'Filter is not an object', []],
  [{}, 'Empty objects are not allowed', []],
  [{ a: { 'b.c': {} } }, 'Empty objects are not allowed', ['a', 'b.c']],
  [{ a: { b: [] } }, 'Empty arrays are not allowed', ['a', 'b']],
  [{ a: { b: 'x' } }, '"b" must be an object or an array', ['a', 'b']],
  [{ a: null }, '"a" must be an object or an array', ['a']],
  [{ $or: { a: [1] } }, 'It must be an Array followed with $or.', ['$or']],
  [
    { a: { $or: [{ b: [1] }] } },
    'There must have at least 2 Objects in $or relationship.',
    ['a', '$or'],
  ],
  [
    { $or: [{ a: [1] }, 'b'] },
    'Only JSON object is allowed in array of $or relationship.',
    ['$or'],
  ],
  [{ $or: [{ a: [1] }, {}] }, 'Empty objects are not allowed', []],
  [
    { a: { $or: [{ b: [1] }, { c: { prefix: ['x'] } }] } },
    'prefix is Ruler reserved fieldName which cannot be used inside $or.',
    ['a', 'c', 'prefix'],
  ],
]

for (const [pattern, reason, path] of shapes)
  test(`${JSON.stringify(pattern)} is refused: ${reason}`, () => {
    assertRefused(pattern, reason, path)
  })

/** Patterns as text, with the reason and the column that AWS or event-ruler tells. */
const located: [pattern: string, reason: string, column: number][] = [
  ['[]', 'Filter is not an object', 2],
  [' "a"', 'Filter is not an object', 3],
  ['{"source": ["aws.health"], "detail": {}}', 'Empty objects are not allowed', 40],
  [
    '{"source":["test.event-pattern"],"detail":{"lenderId":"LenderA"}}',
    '"lenderId" must be an object or an array',
    56,
  ],
  ['{"a":12}', '"a" must be an object or an array', 8],
  ['{"a":[]}', 'Empty arrays are not allowed', 8],
  ['{"a":[1, [2]]}', 'Match value must be String, number, true, false, or null', 11],
  ['{"a":[{}]}', 'Match expression name not found', 9],
  ['{"a":[{"EXISTS":true}]}', 'Unrecognized match type EXISTS', 21],
  ['{"a":[{"prefix":"b","suffix":"c"}]}', oneKey, 31],
  ['{"a":[{"prefix":"b","prefix":"b"}]}', oneKey, 31],
  ['{"a":[{"suffix":["b"]}]}', 'suffix match pattern must be a string', 18],
  ['{"key": [{"wildcard": "abc**def"}]}', 'Consecutive wildcard characters at pos 4', 33],
  ['{"a":[{"anything-but":[]}]}', mixed, 25],
  ['{"a":[{"anything-but":{"prefix":""}}]}', 'Null prefix/suffix not allowed', 35],
  ['{"a":[{"anything-but":[1e400]}]}', 'Cannot compare number : 1e400', 29],
  [
    '{"a":[{"anything-but":{"wildcard":["a","b**"]}}]}',
    'Consecutive wildcard characters at pos 2',
    46,
  ],
  ['{"a":[{"numeric":[">",1,[]]}]}', 'Bad value in numeric range: [', 26],
  ['{"a":[{"numeric":["==",1]}]}', 'Unrecognized numeric range operator: ==', 25],
  ['{"a":[{"numeric":["="]}]}', 'Value of equals must be numeric', 23],
  ['{"a":[{"numeric":[">",1,">",2]}]}', 'Bad numeric range operator: >', 28],
  ['{"a":[{"numeric":[">",1e400]}]}', 'Cannot compare number : 1e400', 29],
  ['{"a":[{"numeric":[">",5,"<",5]}]}', 'Bottom must be less than top', 31],
  ['{"$or":{}}', 'It must be an Array followed with $or.', 9],
  ['{"$or":[1]}', 'Only JSON object is allowed in array of $or relationship.', 10],
  ['{"$or":[{"a":[1]}]}', 'There must have at least 2 Objects in $or relationship.', 19],
  [
    '{"$or":[{"prefix":["a"]},{"a":[1]}]}',
    'prefix is Ruler reserved fieldName which cannot be used inside $or.',
    20,
  ],
]

for (const [pattern, reason, column] of located)
  test(`${pattern} is refused at column ${column}: ${reason}`, () => {
    const source = `(String)"${pattern}"; line: 1, column: ${column}]`
    assert.throws(() => compile(pattern), {
      message: `Event pattern is not valid. Reason: ${reason}\n at [Source: ${source}`,
    })
  })

test('a refusal names the line, and the beginning of a long text', () => {
  const pattern = `{"a":\n${' '.repeat(600)}\r\n  [null, []]}`
  assert.throws(
    () => compile(pattern),
    (error) =>
      (error as Error).message.endsWith(
        `"${pattern.slice(0, 500)}"[truncated 121 chars]; line: 3, column: 11]`,
      ),
  )
})

test('a wrong member of a list in anything-but is refused with its place told twice', () => {
  for (const [pattern, reason, column] of [
    ['{"a":[{"anything-but":[null]}]}', list, 28],
    ['{"a":[{"anything-but":["b",["c"]]}]}', list, 29],
    ['{"a":[{"anything-but":{"prefix":["b",""]}}]}', 'Null prefix/suffix not allowed', 40],
    ['{"a":[{"anything-but":{"equals-ignore-case":[1]}}]}', caseList, 47],
  ] as const) {
    const place = `\n at [Source: (String)"${pattern}"; line: 1, column: ${column}]`
    assert.throws(() => compile(pattern), {
      message: `Event pattern is not valid. Reason: ${reason}${place}${place}`,
    })
  }
})

test('a block of addresses, a lone number and too complex wildcards are refused without a place', () => {
  for (const [matcher, reason] of [
    [{ cidr: '10.0.0.0' }, "Malformed CIDR, one '/' required"],
    [{ wildcard: '*:*:*:*:*:event-bus/*' }, tooComplex],
  ])
    assertRefused(JSON.stringify({ a: [matcher] }), reason as string, ['a'])
  assertRefused('{"a":[{"anything-but":1e400}]}', 'Cannot compare number : 1e400', ['a'])
})

test('the first of several faults is the one that is told, but complexity comes last', () => {
  const complex = '{"wildcard":"*:*:*:*:*:event-bus/*"}'
  assertRefused(`{"a":[${complex}],"b":[{"cidr":"x"}]}`, "Malformed CIDR, one '/' required", ['b'])
  assertRefused('{"a":[{"cidr":"x"}],"b":[{}]}', "Malformed CIDR, one '/' required", ['a'])
  assert.ok(compile(`{"a":[${complex}],"a":["b"]}`)({ a: 'b' }))
})

test('the wildcards of a field may be as complex as EventBridge takes them', () => {
  const wildcards = (many: number) => ({
    a: Array.from({ length: many }, (_, at) => ({ wildcard: `*:stack/${at}/*` })),
  })
  assert.ok(compile(wildcards(3))({ a: 'x:stack/2/y' }))
  assertRefused(wildcards(4), tooComplex, ['a'])
  assert.ok(compile(wildcards(4), { wildcardComplexity: 12 })({ a: 'x:stack/3/y' }))
  assert.ok(compile({ a: [{ wildcard: 'arn:aws:events:us-east-1:*:event-bus/*' }] }))
  assert.ok(compile({ a: [{ wildcard: '*b*b*b*b*b' }] })({ a: 'bbbbbb' }))
  assertRefused({ a: [{ 'anything-but': { wildcard: ['*a*a*a*a*a*'] } }] }, tooComplex, ['a'])
  const without = Array.from({ length: 11 }, (_, at) => ({ wildcard: `w${at}` }))
  assert.ok(compile({ a: without.slice(1) })({ a: 'w3' }))
  assertRefused({ a: without }, tooComplex, ['a'])
})

test('wildcards count together as they share beginnings in EventBridge', () => {
  const wildcards = (...texts: readonly string[]) => texts.map((wildcard) => ({ wildcard }))
  const all = (many: number, text: (at: number) => string) =>
    Array.from({ length: many }, (_, at) => text(at))
  for (const [taken, refused] of [
    // Behind a star letters are not shared.
    [wildcards(...all(4, () => '*q*')), wildcards(...all(5, () => '*q*'))],
    [wildcards(...all(40, () => 'north')), wildcards(...all(11, (at) => `north${at}`))],
    // What one anything-but refuses counts once at the end.
    [
      [{ 'anything-but': { wildcard: all(30, (at) => `${at}*k`) } }],
      wildcards(...all(11, (at) => `${at}*k`)),
    ],
    [
      [{ 'anything-but': { wildcard: all(4, (at) => `*k${at}*`) } }],
      [{ 'anything-but': { wildcard: all(5, (at) => `*k${at}*`) } }],
    ],
    // In bytes of UTF-8.
    [wildcards(`*${'ü'.repeat(8)}*`), wildcards(`*${'ü'.repeat(9)}*`)],
  ] as const) {
    assert.ok(compile({ a: taken }), JSON.stringify(taken))
    assertRefused({ a: refused }, tooComplex, ['a'])
  }
})

test('the wildcards of branches that come to a field alike count together', () => {
  const branches = (before: (at: number) => object) => ({
    $or: Array.from({ length: 11 }, (_, at) => ({ ...before(at), b: [{ wildcard: `${at}-*` }] })),
  })
  assertRefused(
    branches(() => ({})),
    tooComplex,
    ['b'],
  )
  assertRefused(
    branches(() => ({ a: ['alike'] })),
    tooComplex,
    ['b'],
  )
  assertRefused(
    branches((at) => ({ a: at % 2 ? [5] : [{ numeric: ['=', 5] }] })),
    tooComplex,
    ['b'],
  )
  assertRefused(
    branches((at) => ({ a: [{ 'anything-but': at % 2 ? ['p', 'q'] : ['q', 'p'] }] })),
    tooComplex,
    ['b'],
  )
  assertRefused(
    branches((at) => ({ a: [{ cidr: `10.1.2.${at}/24` }] })),
    tooComplex,
    ['b'],
  )
  assert.ok(compile(branches((at) => ({ a: [at] })))({ a: 7, b: '7-' }))
  // After b, in the order of their paths.
  assertRefused(
    branches((at) => ({ c: [at] })),
    tooComplex,
    ['b'],
  )
  const complex = { b: [{ wildcard: '*s*s*s*s*s*s' }] }
  assertRefused({ a: [{ exists: true }], ...complex }, tooComplex, ['b'])
  assertRefused({ c: [{ exists: false }], ...complex }, tooComplex, ['b'])
  assert.ok(compile({ a: [{ exists: false }], ...complex })({ b: 'ssssss' }))
  const common = (many: number) => ({
    a: [{ wildcard: '*s*' }],
    $or: Array.from({ length: many }, (_, at) => ({ b: [at] })),
  })
  assert.ok(compile(common(4))({ a: 'sss', b: 3 }))
  assertRefused(common(5), tooComplex, ['a'])
})

test('wildcards that begin differently do not add up', () => {
  const beginnings = ['dev', 'test', 'stage', 'live', 'other']
  const wildcards = beginnings.map((name) => ({ wildcard: `${name}-*-x*` }))
  assert.ok(compile({ a: wildcards })({ a: 'live-1-xyz' }))
  assertRefused({ a: wildcards.map((_, at) => ({ wildcard: `*-x*${at}` })) }, tooComplex, ['a'])
})

test('a pattern longer than it may be is refused', () => {
  const pattern = { a: ['12'] }
  for (const each of [pattern, JSON.stringify(pattern)]) {
    assert.ok(compile(each, { patternLength: 12 }))
    assert.throws(() => compile(each, { patternLength: 11 }), {
      message: 'Event pattern is not valid. Reason: More than 11 characters are not allowed',
    })
  }
})

test('a thousand combinations of $or are the most that compile', () => {
  const $or = (key: string, many: number) =>
    Array.from({ length: many }, (_, at) => ({ [key + at]: [1] }))
  const match = compile({ a: { $or: $or('a', 100) }, b: { $or: $or('b', 10) } })
  assert.ok(match({ a: { a99: 1 }, b: { b9: 1 } }))
  const pattern = JSON.stringify({ a: { $or: $or('a', 100) }, b: { $or: $or('b', 11) } })
  assert.throws(() => compile(pattern), {
    message:
      'Event pattern is not valid. Reason: Or operator is producing over 1000 rule combinations',
  })
})

test('a rule of 256 fields compiles, one of 257 does not', () => {
  const fields = (many: number) =>
    Object.fromEntries(Array.from({ length: many }, (_, at) => [`f${at}`, [1]]))
  assert.ok(compile(fields(256))(Object.fromEntries(Object.keys(fields(256)).map((f) => [f, 1]))))
  assertRefused(fields(257), 'More than 256 fields are not allowed', ['f256'])
})

test('an event that is not one JSON object throws ValidationException', () => {
  const match = compile({ a: [1] })
  const broken = ['', 'x', '{', '{"a":1', '{"a":x}}', '[1] {}', '"{}"', new Uint8Array([0xff])]
  for (const event of ['[{"a":1}]', '1', 'null', [{ a: 1 }], ...broken])
    assert.throws(
      () => match(event),
      (error) =>
        error instanceof InvalidEvent &&
        error.code === 'ValidationException' &&
        error.message.startsWith('Parameter Event is not valid. Reason: it is not '),
    )
})

function assertRefused(pattern: unknown, reason: string, path: readonly string[]): void {
  assert.throws(
    () => compile(pattern as object),
    (error) => {
      assert.ok(error instanceof InvalidEventPattern)
      assert.equal(error.name, 'InvalidEventPattern')
      assert.equal(error.code, 'InvalidEventPatternException')
      assert.equal(error.message, `Event pattern is not valid. Reason: ${reason}`)
      assert.deepEqual(error.path, path)
      return true
    },
  )
}
