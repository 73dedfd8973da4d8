/** Whatever is read: nothing is lost, nothing is changed, and what is broken is told by its place. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EntryFault, entryOf } from './entry.ts'
import { parseExactly } from './exact-json.ts'
import { lines } from './lines.ts'
import { nearest } from './nearest.ts'

const runs = { numRuns: 2_000 }

test('lines are those of the text, however its bytes are cut into chunks', async () => {
  const part = fc.oneof(fc.constantFrom('\n', '\n\n', '\r\n', 'ä', '🚌', ' '), fc.string())
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { maxLength: 12 }),
      fc.array(fc.nat(80), { maxLength: 6 }),
      async (parts, cuts) => {
        const text = parts.join('')
        const bytes = Buffer.from(text)
        async function* chunks() {
          let from = 0
          for (const at of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
            yield bytes.subarray(from, Math.max(from, at))
            from = Math.max(from, Math.min(at, bytes.length))
          }
        }
        const found: string[] = []
        for await (const { number, text } of lines(chunks(), { blank: true }))
          found[number - 1] = text
        const expected = bytes.toString().split('\n')
        if (expected.at(-1) === '') expected.pop()
        assert.deepEqual(
          found,
          expected.map((line) => line.replace(/^\ufeff/, '').replace(/\r$/, '')),
        )
      },
    ),
    runs,
  )
})

test('JSON comes out as it went in', () => {
  const number = fc.oneof(
    fc.constantFrom('1.0', '-0', '1e5', '0.10', '12345678901234567890', '1E+2'),
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => JSON.stringify(each)),
  )
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      number,
      fc.constantFrom('null', 'true'),
      fc.string().map((each) => JSON.stringify(each)),
      fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
      fc
        .array(tie('value'), { maxLength: 3 })
        .map((items) => `{${items.map((item, at) => `"k${at}":${item}`).join(',')}}`),
    ),
  }))
  fc.assert(
    fc.property(value, (text) => assert.equal(JSON.stringify(parseExactly(text)), text)),
    runs,
  )
})

test('a line is an entry or a fault within the line', () => {
  const member = fc.constantFrom(
    ...['"Source":"a"', '"Detail":{}', '"Detail":1.0', '"Time":"x"', '"Time":5', '"source":"a"'],
    ...['"detail":{"a":1}', '"x":1', '"Detial":"', '"__proto__":{}', '"time":"2026-09-30"', ''],
  )
  const line = fc.oneof(
    fc.array(member, { maxLength: 3 }).map((members) => `{${members.join(',')}}`),
    fc.json(),
    fc.string(),
  )
  fc.assert(
    fc.property(line, (text) => {
      try {
        const { Detail } = entryOf(text)
        assert.ok(Detail === undefined || typeof Detail === 'string')
      } catch (error) {
        assert.ok(error instanceof EntryFault, String(error))
        assert.ok(error.column >= 1 && error.column <= text.length + 1)
      }
    }),
    runs,
  )
})

test('the nearest word is one of those that are known, and one that is known is nearest to itself', () => {
  const word = fc.stringMatching(/^[a-z-]{1,10}$/)
  fc.assert(
    fc.property(word, fc.array(word, { minLength: 1, maxLength: 6 }), (asked, known) => {
      const found = nearest(asked, known)
      assert.ok(found === undefined || known.includes(found))
      for (const each of known) assert.equal(nearest(each, [each]), each)
    }),
    runs,
  )
})
