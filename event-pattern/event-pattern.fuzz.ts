/**
 * Holds the compiled tree against a matcher that follows EventBridge's words one by one: list every
 * value of the event with its path and the array elements it sits in, then try every combination.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compile, InvalidEventPattern } from './index.ts'
import { type Pattern, patternsOf } from './testing.ts'

const runs = { numRuns: 5_000 }

test('agrees with trying every combination of values, in arrays of arrays and objects', () => {
  const keys = fc.constantFrom('a', 'b', 'c')
  fc.assert(
    fc.property(patterns(keys), events(keys, { arrays: true }), (pattern, event) => {
      assert.equal(compile(pattern)(event), naiveMatch(pattern, event))
    }),
    runs,
  )
})

test('agrees with trying every combination of values, where few fields share many arrays', () => {
  // Random patterns and events seldom meet: here all hangs below one array, and a field is either
  // one value, or missing, or may be both.
  const below = fc.constantFrom('b', 'c')
  const one = fc.constantFrom<unknown[]>([1], [{ exists: false }], [1, { exists: false }])
  const fields = fc.dictionary(below, one, { minKeys: 1 })
  const pattern = fc.dictionary(fc.constantFrom('b', 'c', 'd'), fc.oneof(one, fields), {
    minKeys: 2,
    maxKeys: 3,
  })
  const element = fc.dictionary(
    fc.constantFrom('b', 'c', 'd'),
    fc.oneof(
      fc.constantFrom(1, 2),
      fc.array(fc.dictionary(below, fc.constantFrom(1, 2)), { maxLength: 2 }),
    ),
  )
  fc.assert(
    fc.property(pattern, fc.array(element, { maxLength: 3 }), (pattern, array) => {
      assert.equal(compile({ a: pattern })({ a: array }), naiveMatch({ a: pattern }, { a: array }))
    }),
    { numRuns: 20_000 },
  )
})

test('agrees with trying every combination of values, however keys are dotted, in arrays too', () => {
  const keys = fc.constantFrom('a', 'b', 'c', 'a.b', 'b.c', 'a.b.c', '')
  fc.assert(
    fc.property(patterns(keys), events(keys, { arrays: true }), (pattern, event) => {
      assert.equal(compile(pattern)(event), naiveMatch(pattern, event))
    }),
    runs,
  )
})

test('agrees with trying every way to read a wildcard, for short pieces and long ones', () => {
  const units = fc.constantFrom('a', 'b', '*')
  const text = fc.string({ unit: units, maxLength: 12 }).map((each) => each.replace(/\*+/g, '*'))
  const value = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 20 })
  fc.assert(
    fc.property(text, value, fc.constantFrom(1, 100), (wildcard, value, times) => {
      const long = (each: string) => each.replace(/[ab]/g, (unit) => unit.repeat(times))
      const limits = { wildcardComplexity: Number.POSITIVE_INFINITY }
      const match = compile({ a: [{ wildcard: long(wildcard) }] }, limits)
      assert.equal(match({ a: long(value) }), naiveWildcard(long(wildcard), long(value)))
    }),
    { numRuns: 1_000 },
  )
})

test('either throws InvalidEventPattern for a text or matches any event by it', () => {
  const words =
    '$or a b prefix suffix wildcard cidr exists numeric anything-but equals-ignore-case exactly __proto__ constructor'
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(null, true, false, 1, -0, '', 'a*', '**', '\\', '>', '<=', '=', '10.0.0.0/8'),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...words.split(' ')), tie('value'), { maxKeys: 3 }),
    ),
  }))
  const text = fc.oneof(
    { arbitrary: value.map((each) => JSON.stringify(each)), weight: 4 },
    fc.json(),
    fc.string(),
  )
  fc.assert(
    fc.property(text, fc.dictionary(fc.string(), fc.jsonValue()), (pattern, event) => {
      try {
        assert.equal(typeof compile(pattern)(event), 'boolean')
      } catch (error) {
        if (!(error instanceof InvalidEventPattern)) throw error
      }
    }),
    { numRuns: 20_000 },
  )
})

type Entry = readonly [path: string, matchers: readonly unknown[]]

const scalars = fc.constantFrom('', 'x', 'xy', 'y', 'XY', 1, 2, 3, true, false, null)

function patterns(keys: fc.Arbitrary<string>): fc.Arbitrary<Pattern> {
  const matchers = fc.oneof(
    { arbitrary: scalars, weight: 4 },
    { arbitrary: fc.record({ exists: fc.boolean() }), weight: 4 },
    fc.record({ prefix: fc.constantFrom('', 'x', 'y') }),
    fc.record({ suffix: fc.constantFrom('', 'x', 'y') }),
    fc.record({ 'anything-but': fc.constantFrom('x', 1, ['x', 'y'], [1, 2]) }),
    fc.record({ numeric: fc.constantFrom(['<', 2], ['=', 2], ['>=', 1, '<', 3]) }),
  )
  return patternsOf(keys, matchers)
}

function events(keys: fc.Arbitrary<string>, { arrays }: { arrays: boolean }): fc.Arbitrary<object> {
  const { object } = fc.letrec<{ object: object; array: unknown[]; value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      scalars,
      tie('object'),
      ...(arrays ? [{ arbitrary: tie('array'), weight: 3 }] : []),
    ),
    array: fc.array(tie('value'), { maxLength: 3 }),
    object: fc.dictionary(keys, tie('value'), { maxKeys: 3 }),
  }))
  return object
}

function naiveMatch(pattern: Pattern, event: object): boolean {
  const leaves = leavesOf(event)
  return branchesOf(pattern).some((branch) => {
    const fields = [...branch].sort(([a], [b]) => (a < b ? -1 : 1))
    return combine(fields, leaves, new Map())
  })
}

/** Every way through the `$or`s; of a path that is written twice, the later writing stands. */
function branchesOf(pattern: Pattern): Map<string, readonly unknown[]>[] {
  return listsOf(pattern, []).map((entries) => new Map(entries))
}

function listsOf(pattern: Pattern, keys: readonly string[]): Entry[][] {
  return Object.entries(pattern).reduce<Entry[][]>(
    (lists, [key, value]) => {
      const path = [...keys, key]
      let options: Entry[][]
      if (key === '$or') options = (value as Pattern[]).flatMap((each) => listsOf(each, keys))
      else if (Array.isArray(value)) options = [[[path.join('.'), value]]]
      else options = listsOf(value as Pattern, path)
      return lists.flatMap((list) => options.map((option) => [...list, ...option]))
    },
    [[]],
  )
}

/** Which element a value sits in, by array. */
type Membership = ReadonlyMap<unknown, number>
type Leaf = { path: string; value: unknown; membership: Membership }

function leavesOf(
  value: unknown,
  keys: readonly string[] = [],
  membership: Membership = new Map(),
) {
  const leaves: Leaf[] = []
  if (Array.isArray(value))
    value.forEach((element, index) => {
      const isScalar = typeof element !== 'object' || element === null
      const within = isScalar ? membership : new Map(membership).set(value, index)
      leaves.push(...leavesOf(element, keys, within))
    })
  else if (typeof value === 'object' && value !== null)
    for (const [key, each] of Object.entries(value))
      leaves.push(...leavesOf(each, [...keys, key], membership))
  else leaves.push({ path: keys.join('.'), value, membership })
  return leaves
}

function combine(fields: readonly Entry[], leaves: readonly Leaf[], chosen: Membership): boolean {
  const [field, ...others] = fields
  if (field === undefined) return true
  const [path, matchers] = field
  const candidates = leaves.filter(
    (leaf) =>
      leaf.path === path &&
      [...leaf.membership].every(([array, index]) => (chosen.get(array) ?? index) === index),
  )
  const isAbsent = candidates.length === 0
  if (isAbsent && matchers.some((each) => (each as { exists?: boolean } | null)?.exists === false))
    return combine(others, leaves, chosen)
  return candidates.some(
    ({ value, membership }) =>
      matchers.some((matcher) => naiveTest(matcher, value)) &&
      combine(others, leaves, new Map([...chosen, ...membership])),
  )
}

function naiveTest(matcher: unknown, value: unknown): boolean {
  if (typeof matcher !== 'object' || matcher === null) return matcher === value
  const [[operator, operand] = []] = Object.entries(matcher)
  switch (operator) {
    case 'exists':
      return operand
    case 'prefix':
      return typeof value === 'string' && value.slice(0, operand.length) === operand
    case 'suffix':
      return typeof value === 'string' && new RegExp(`${operand}$`).test(value)
    case 'anything-but':
      return ![operand].flat().includes(value)
    default:
      if (typeof value !== 'number') return false
      if (operand[0] === '<') return value < 2
      return operand[0] === '=' ? value === 2 : value === 1 || value === 2
  }
}

/** Keeps every place of the value that the text so far can have reached. */
function naiveWildcard(text: string, value: string): boolean {
  let places = [0]
  for (const unit of text)
    if (unit !== '*') places = places.filter((at) => value[at] === unit).map((at) => at + 1)
    else if (places.length > 0) {
      const [first = 0] = places
      places = Array.from({ length: value.length + 1 - first }, (_, at) => first + at)
    }
  return places.includes(value.length)
}
