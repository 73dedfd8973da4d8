/** Holds explanations to the verdicts of `compile`, and to their bounds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  compile,
  describe,
  type Explanation,
  explain,
  explanationText,
  InvalidEvent,
  InvalidEventPattern,
} from './index.ts'
import { patternsOf } from './testing.ts'

test('the verdict is the verdict of compile, and there is a reason for it', () => {
  fc.assert(
    fc.property(patterns, events, (pattern, event) => {
      const explanation = explain(pattern, event)
      assert.equal(explanation.matched, compile(pattern)(event))
      assertReason(explanation)
    }),
    { numRuns: 1_000 },
  )
})

test('the verdict is the verdict of compile where keys are written twice and numbers long', () => {
  fc.assert(
    fc.property(patterns.chain(texts), events.chain(texts), (pattern, event) => {
      const match = compileOrNot(pattern)
      fc.pre(match !== undefined)
      const explanation = explain(pattern, event)
      assert.equal(explanation.matched, match(event))
      assertReason(explanation)
    }),
    { numRuns: 1_000 },
  )
})

test('where few fields share many arrays a disagreement names two of them or more', () => {
  const one = fc.constantFrom<unknown[]>([1], [2], [{ exists: false }], [1, { exists: false }])
  const pattern = fc.dictionary(fc.constantFrom('b', 'c', 'd'), one, { minKeys: 2 })
  const element = fc.dictionary(fc.constantFrom('b', 'c', 'd'), fc.constantFrom(1, 2))
  fc.assert(
    fc.property(pattern, fc.array(element, { maxLength: 3 }), (pattern, array) => {
      const explanation = explain({ a: pattern }, { a: array })
      assertReason(explanation)
      const { disagreement } = explanation
      if (disagreement !== undefined) assert.ok(disagreement.fields.length > 1)
    }),
    { numRuns: 1_000 },
  )
})

test('whatever comes is explained briefly in printable lines, or refused with an error of its own', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.jsonValue())
  const matcher = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.double(),
    fc.record({ prefix: fc.string({ unit: 'binary' }) }),
    fc.record({ wildcard: fc.string() }),
    fc.record({ 'anything-but': fc.array(fc.string(), { minLength: 1 }) }),
    value,
  )
  const key = fc.oneof(fc.constantFrom('a', '$or', '__proto__', 'constructor'), fc.string())
  const pattern = fc.oneof(fc.json(), fc.dictionary(key, fc.array(matcher, { minLength: 1 })))
  const event = fc.oneof(fc.json(), fc.dictionary(key, fc.oneof(value, fc.array(value))))
  fc.assert(
    fc.property(pattern, event, (pattern, event) => {
      try {
        const lines = explanationText(explain(pattern, event)).split('\n')
        for (const line of [...lines, describe(pattern)])
          assert.doesNotMatch(line, /[\p{Cc}\u2028\u2029\u202e]/u)
        for (const line of lines) assert.ok(line.length < 1_500, `${line.length}`)
      } catch (error) {
        if (!(error instanceof InvalidEventPattern || error instanceof InvalidEvent)) throw error
      }
    }),
    { numRuns: 1_000 },
  )
})

function assertReason({ matched, leaves, disagreement }: Explanation) {
  const missed = leaves.filter((leaf) => leaf.nearest && !leaf.matched)
  assert.equal(missed.length > 0 || disagreement !== undefined, !matched, JSON.stringify(missed))
}

function compileOrNot(pattern: string) {
  try {
    return compile(pattern)
  } catch (error) {
    if (error instanceof InvalidEventPattern) return undefined
    throw error
  }
}

const scalars = fc.constantFrom<unknown>('', 'x', 'xy', 'X', 1, 2, true, null)
const keys = fc.constantFrom('a', 'b', 'c', 'a.b', '')

const matchers = fc.oneof(
  { arbitrary: scalars, weight: 4 },
  { arbitrary: fc.record({ exists: fc.boolean() }), weight: 3 },
  fc.record({ prefix: fc.constantFrom('', 'x') }),
  fc.record({ 'anything-but': fc.constantFrom('x', 1, ['x', 'y']) }),
  fc.record({ numeric: fc.constantFrom(['<', 2], ['>=', 1, '<', 3]) }),
)

const patterns = patternsOf(keys, matchers)

const { object: events } = fc.letrec<{ object: object; value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalars,
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
  object: fc.dictionary(keys, tie('value'), { maxKeys: 3 }),
}))

/** The object as a text, some of its keys renamed so that they meet, some of its numbers respelt. */
function texts(object: object): fc.Arbitrary<string> {
  const text = JSON.stringify(object)
  return fc
    .tuple(
      fc.constantFrom('"c":', '"b":'),
      fc.constantFrom('2', '1e400', '9007199254740993', '2.0'),
    )
    .map(([key, number]) => text.replaceAll('"c":', key).replaceAll(/\b2\b/g, number))
}
