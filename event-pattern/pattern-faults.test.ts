/** What is said of a pattern's text that is not JSON, and how it stands among the other refusals. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, describe, explain, InvalidEventPattern, RuleSet } from './index.ts'

const value = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
const comma = 'was expecting comma to separate Array entries'
const name = 'was expecting double-quote to start field name'
const unescaped = 'has to be escaped using backslash to be included in'

/** A text, what is said of it, and the column that is told. */
const faults: [pattern: string, reason: string, column: number][] = [
  ['', 'Filter is not an object', 1],
  ['7', 'Filter is not an object', 2],
  ['sunny', `Unrecognized token 'sunny': was expecting ${value}`, 6],
  ["{'a':[1]}", `Unexpected character (''' (code 39)): ${name}`, 2],
  ['{a:[1]}', `Unexpected character ('a' (code 97)): ${name}`, 2],
  ['{"a":[1],}', `Unexpected character ('}' (code 125)): ${name}`, 10],
  [
    '{"a" [1]}',
    "Unexpected character ('[' (code 91)): was expecting a colon to separate field name and value",
    6,
  ],
  ['{"a":}', "Unexpected character ('}' (code 125)): expected a value", 6],
  ['{"a":[1,]}', `Unexpected character (']' (code 93)): expected a valid value ${value}`, 9],
  ['{"a":[€]}', `Unrecognized token '€': was expecting ${value}`, 8],
  [
    '{"a":[“b”]}',
    `Unexpected character ('“' (code 8220 / 0x201c)): expected a valid value ${value}`,
    7,
  ],
  ['{"a":[-.5]}', `Unexpected character ('.' (code 46)): expected a valid value ${value}`, 8],
  ['{"a":[1 2]}', `Unexpected character ('2' (code 50)): ${comma}`, 9],
  ['{"a":["b""c"]}', `Unexpected character ('"' (code 34)): ${comma}`, 10],
  ['{"a":[trux]}', `Unrecognized token 'trux': was expecting ${value}`, 11],
  ['{"a":[nulls]}', `Unrecognized token 'nulls': was expecting ${value}`, 12],
  [
    '{"a":[NaN]}',
    "Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow",
    10,
  ],
  ['{"a":[007]}', 'Invalid numeric value: Leading zeroes not allowed', 8],
  [
    '{"a":[-x]}',
    "Unexpected character ('x' (code 120)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value",
    8,
  ],
  [
    '{"a":[1.]}',
    "Unexpected character (']' (code 93)) in numeric value: Decimal point not followed by a digit",
    8,
  ],
  [
    '{"a":[12e+]}',
    "Unexpected character (']' (code 93)) in numeric value: Exponent indicator not followed by a digit",
    9,
  ],
  ['{"a":["b\\c"]}', "Unrecognized character escape 'c' (code 99)", 10],
  [
    '{"a":["\\u12x4"]}',
    "Unexpected character ('x' (code 120)): expected a hex-digit for character escape sequence",
    12,
  ],
  [
    '{"a":["b\n"]}',
    `Illegal unquoted character ((CTRL-CHAR, code 10)): ${unescaped} string value`,
    9,
  ],
  ['{"a\n":[1]}', `Illegal unquoted character ((CTRL-CHAR, code 10)): ${unescaped} name`, 4],
  [
    '{//a\n"b":[1]}',
    "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)",
    2,
  ],
  ['{"a":["b', 'Unexpected end-of-input: was expecting closing quote for a string value', 9],
  ['{"a', 'Unexpected end-of-input in field name', 4],
  ['{"a":', 'Unexpected end-of-input within/between Object entries', 6],
  ['{"a":["\\', 'Unexpected end-of-input in character escape sequence', 9],
]

for (const [pattern, reason, column] of faults)
  test(`${JSON.stringify(pattern)} is refused at column ${column}: ${reason}`, () => {
    const message = `Event pattern is not valid. Reason: ${reason}${place(pattern, column)}`
    assert.throws(() => compile(pattern), { code: 'InvalidEventPatternException', message })
  })

test('a bracket that is missing is told with the place of the one that opened', () => {
  for (const [pattern, reason, opened, column] of [
    ['{"a":["b"', ': expected close marker for Array (start marker at ', 6, 10],
    ['{"a":["b"]', ': expected close marker for Object (start marker at ', 1, 11],
  ] as const)
    assertMessage(
      pattern,
      `Unexpected end-of-input${reason}${source(pattern, opened)})${place(pattern, column)}`,
    )
  const wrong = '{"a":["b"}'
  assertMessage(
    wrong,
    `Unexpected close marker '}': expected ']' (for Array starting at ${source(wrong, 6)})${place(wrong, 10)}`,
  )
})

test('a control character is spelt out where the text is quoted', () => {
  const pattern = '{"a":[\t"b\t"]}'
  assertMessage(
    pattern,
    `Illegal unquoted character ((CTRL-CHAR, code 9)): ${unescaped} string value` +
      place('{"a":[\\u0009"b\\u0009"]}', 10),
  )
})

test('the text is read until the first fault of either kind, and not behind its object', () => {
  assertMessage('{"a":"b" oops', `"a" must be an object or an array${place('{"a":"b" oops', 7)}`)
  const second = '{"a":[{"prefix":[1 2]}]}'
  assertMessage(second, `prefix match pattern must be a string${place(second, 18)}`)
  const first = '{"a":[x],"b":1}'
  assertMessage(first, `Unrecognized token 'x': was expecting ${value}${place(first, 8)}`)
  assert.ok(compile('{"a":[1]} and more')({ a: 1 }))
})

test('within a list of anything-but the place is told twice', () => {
  const pattern = '{"a":[{"anything-but":["b" "c"]}]}'
  assertMessage(
    pattern,
    `Unexpected character ('"' (code 34)): ${comma}${place(pattern, 28)}${place(pattern, 29)}`,
  )
})

test('all that read a pattern refuse a text that is not JSON alike', () => {
  const pattern = '{"a":[1'
  const messages = [
    () => compile(pattern),
    () => new RuleSet().add('rule', pattern),
    () => explain(pattern, {}),
    () => describe(pattern),
  ].map((read) => {
    try {
      return read()
    } catch (error) {
      assert.ok(error instanceof InvalidEventPattern)
      return error.message
    }
  })
  assert.equal(new Set(messages).size, 1)
})

function source(pattern: string, column: number): string {
  return `[Source: (String)"${pattern}"; line: 1, column: ${column}]`
}

function place(pattern: string, column: number): string {
  return `\n at ${source(pattern, column)}`
}

function assertMessage(pattern: string, reason: string): void {
  assert.throws(() => compile(pattern), {
    message: `Event pattern is not valid. Reason: ${reason}`,
  })
}
