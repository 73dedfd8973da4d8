/**
 * Holds a set of rules against compiling each of them: whatever is added and deleted in between, both
 * answer alike, and an event is answered alike as text and as an object where the object has lost nothing.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compile, InvalidEvent, RuleSet } from './index.ts'

const words = fc.constantFrom('', 'a', 'ab', 'abc', 'b', 'ba', 'A', 'aß', '10.0.0.1', '::1')
const numbers = fc.constantFrom(0, -0, 1, 2, 3, 0.5, -1, 167772161)
const scalars = fc.oneof(words, numbers, fc.constantFrom(true, false, null))
const keys = fc.constantFrom('a', 'b', 'c', 'a.b')

const matchers = fc.oneof(
  { arbitrary: scalars, weight: 6 },
  fc.record({ prefix: words }),
  fc.record({ suffix: words }),
  fc.record({ 'equals-ignore-case': words }),
  fc.record({ wildcard: fc.constantFrom('*', 'a*', '*b', '*a*', '*ab*', 'a*b', 'ab') }),
  fc.record({ exists: fc.boolean() }),
  fc.record({ 'anything-but': fc.constantFrom('a', 1, ['a', 'b'], { prefix: 'a' }) }),
  fc.record({ cidr: fc.constantFrom('10.0.0.0/24', '0.0.0.0/0', '::/16') }),
  fc.record({ numeric: fc.constantFrom(['<', 1], ['>=', 1], ['=', 2], ['>', 0, '<=', 2]) }),
)
const { fields } = fc.letrec<{ fields: object }>((tie) => ({
  fields: fc.oneof(
    { maxDepth: 2 },
    fc.dictionary(keys, fc.array(matchers, { minLength: 1, maxLength: 3 }), { minKeys: 1 }),
    fc.dictionary(keys, tie('fields'), { minKeys: 1, maxKeys: 2 }),
    fc.record({ $or: fc.array(tie('fields'), { minLength: 2, maxLength: 3 }) }),
  ),
}))
const { event } = fc.letrec<{ event: object; value: unknown }>((tie) => ({
  event: fc.dictionary(keys, tie('value'), { maxKeys: 3 }),
  value: fc.oneof(
    { maxDepth: 3 },
    { arbitrary: scalars, weight: 3 },
    tie('event'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
}))

/** Branches that ask for the same wildcards are soon too complex. */
const limits = { wildcardComplexity: Number.POSITIVE_INFINITY }

test('answers as its patterns do one by one, whatever is added and deleted', () => {
  const ids = fc.integer({ min: 0, max: 6 })
  const steps = fc.oneof(
    { arbitrary: fc.tuple(ids, fields), weight: 3 },
    fc.tuple(ids, fc.constant(undefined)),
    { arbitrary: fc.tuple(fc.constant(undefined), event), weight: 3 },
  )
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 30 }), (steps) => {
      const rules = new RuleSet<number>(limits)
      const patterns = new Map<number, object>()
      for (const [id, given] of steps) {
        if (id === undefined) {
          const matched = [...patterns].filter(([, pattern]) => compile(pattern, limits)(given))
          const expected = matched.map(([id]) => id)
          assert.deepEqual(rules.match(given), expected)
          assert.deepEqual(rules.match(JSON.stringify(given)), expected)
        } else if (given === undefined) assert.equal(rules.delete(id), patterns.delete(id))
        else {
          rules.add(id, given)
          patterns.set(id, given)
        }
        assert.equal(rules.size, patterns.size)
      }
    }),
    { numRuns: 3_000 },
  )
})

test('answers a text of any spelling as the object that JSON.parse makes of it', () => {
  const space = fc.constantFrom('', ' ', '\n\t', '  ')
  fc.assert(
    fc.property(fields, event, space, fc.boolean(), (pattern, event, space, isEscaped) => {
      let text = JSON.stringify(event, undefined, space)
      const escaped = (unit: string) => `\\u00${unit.charCodeAt(0).toString(16)}`
      if (isEscaped) text = text.replace(/"[^"]*"/g, (each) => each.replace(/[ab]/g, escaped))
      const match = compile(JSON.stringify(pattern), limits)
      assert.equal(match(text), match(JSON.parse(text)))
      assert.equal(match(new TextEncoder().encode(text)), match(text))
    }),
    { numRuns: 10_000 },
  )
})

test('takes for an event what JSON.parse takes for an object, and throws InvalidEvent for the rest', () => {
  const broken = fc
    .tuple(
      fc.oneof(
        event.map((each) => JSON.stringify(each)),
        fc.json(),
      ),
      fc.nat(),
      fc.string(),
    )
    .map(
      ([text, at, by]) =>
        text.slice(0, at % (text.length + 1)) + by + text.slice((at % (text.length + 1)) + 1),
    )
  const match = compile({ a: { b: [1] }, c: ['x'] })
  fc.assert(
    fc.property(fc.oneof(broken, fc.json(), fc.string()), (text) => {
      let isEvent = true
      try {
        match(text)
      } catch (error) {
        if (!(error instanceof InvalidEvent)) throw error
        isEvent = false
      }
      // What follows the closing brace is not looked at.
      const ends = [...text.matchAll(/\}/g)].map(({ index }) => index + 1)
      assert.equal(
        isEvent,
        ends.some((end) => isObject(text.slice(0, end))),
        text,
      )
    }),
    { numRuns: 30_000 },
  )
})

function isObject(text: string): boolean {
  try {
    return !Array.isArray(JSON.parse(text)) && text.trimStart().startsWith('{')
  } catch {
    return false
  }
}
