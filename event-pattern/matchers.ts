/**
 * The array of matchers that a pattern gives a field, compiled into one condition on the field's
 * value. Refusals, their order, texts and places are event-ruler's (JsonRuleCompiler), which AWS returns.
 */
import { any, type Clue, type Condition, type Matcher, type Test } from './condition.ts'
import type { Refuse } from './errors.ts'
import { ignoringCase } from './ignore-case.ts'
import { cidr, ipAddress, oneAddress } from './ip-address.ts'
import { isObject } from './json.ts'
import { comparable, isNumber, numeric } from './numeric.ts'
import { entriesOf, isClosed } from './pattern-text.ts'
import { wildcard } from './wildcard.ts'

export type { Condition, Test } from './condition.ts'

/** An operator reads its operand, the first value of the expression. */
type Operator = (operand: unknown, refuse: Refuse, expression: object) => Matcher

// A Map, not an object: "constructor" is no operator.
const operators = new Map<string, Operator>([
  ['prefix', (operand, refuse, expression) => affix('prefix', operand, refuse, expression)],
  ['suffix', (operand, refuse, expression) => affix('suffix', operand, refuse, expression)],
  ['numeric', numeric],
  ['anything-but', anythingBut],
  // AWS says "prefix" here too. What is wrong with the block itself, it says without a place.
  [
    'cidr',
    (operand, refuse, expression) =>
      cidr(string(operand, 'prefix', refuse, expression), (reason) =>
        refuse(reason, expression, 0, { read: true, place: 'none' }),
      ),
  ],
  [
    'wildcard',
    (operand, refuse, expression) =>
      wildcard(string(operand, 'wildcard', refuse, expression), (reason) =>
        refuse(reason, expression, 0, { read: true }),
      ),
  ],
  [
    'equals-ignore-case',
    (operand, refuse, expression) =>
      ignoringCase(string(operand, 'equals-ignore-case', refuse, expression)).equals,
  ],
  [
    // Not in AWS's guide, but its engine knows it: a string, even one that spells an IP address.
    'exactly',
    (operand, refuse, expression) => exact(string(operand, 'exact', refuse, expression)),
  ],
])

/** Compiles the matchers of one field: a value matches when any of them does. */
export function readMatchers(matchers: readonly unknown[], refuse: Refuse): Condition {
  if (matchers.length === 0) refuse('Empty arrays are not allowed', matchers)
  const literals = new Set<unknown>()
  const tests: Test[] = []
  const clues: Clue[] = []
  let orAbsent = false
  for (const [index, matcher] of matchers.entries()) {
    const address = ipAddress(matcher)
    const compiled = address === undefined ? undefined : oneAddress(address)
    if (compiled !== undefined) {
      tests.push(compiled.test)
      clues.push(compiled.clue)
    } else if (isLiteral(matcher)) {
      literals.add(matcher)
      clues.push(exact(matcher).clue)
    } else if (!isObject(matcher))
      refuse('Match value must be String, number, true, false, or null', matchers, index)
    else {
      const read = readExpression(matcher, refuse)
      if (read === undefined) orAbsent = true
      else {
        tests.push(read.test)
        clues.push(read.clue)
      }
    }
  }
  return {
    test: anyOf(literals, tests),
    orAbsent,
    onlyAbsent: clues.length === 0,
    // A copy, because an array that was pushed to keeps room for 16 more.
    clues: clues.slice(),
  }
}

/** Reads `{"prefix": "a"}` and its like; undefined stands for `{"exists": false}`. */
function readExpression(expression: object, refuse: Refuse): Matcher | undefined {
  const [name, operand, size] = firstEntry(expression)
  if (name === undefined) return refuse('Match expression name not found', expression)
  let matcher: Matcher | undefined
  if (name === 'exists') {
    if (typeof operand !== 'boolean')
      refuse('exists match pattern must be either true or false.', expression, 0)
    matcher = operand ? { test: () => true, clue: any } : undefined
  } else {
    const operator = operators.get(name) ?? refuse(`Unrecognized match type ${name}`, expression, 0)
    matcher = operator(operand, refuse, expression)
  }
  if (size > 1) {
    // AWS's text for anything-but speaks of numeric too.
    if (name === 'numeric' || name === 'anything-but')
      refuse('Too many elements in numeric expression', expression, 1)
    refuse('Only one key allowed in match expression', expression, 1)
  }
  return matcher
}

function affix(
  kind: 'prefix' | 'suffix',
  operand: unknown,
  refuse: Refuse,
  expression: object,
): Matcher {
  if (isObject(operand)) {
    const [name, text, size] = firstEntry(operand)
    const title = kind === 'prefix' ? 'Prefix' : 'Suffix'
    if (name === undefined) return refuse(`${title} expression name not found`, operand)
    if (name !== 'equals-ignore-case')
      return refuse(`Unsupported ${kind} pattern: ${name}`, operand, 0)
    const matcher = ignoringCase(string(text, 'equals-ignore-case', refuse, operand))[kind]
    return size > 1
      ? refuse('Only one key allowed in match expression', operand, 1)
      : { test: matcher, clue: any }
  }
  const text = string(operand, kind, refuse, expression)
  const clue: Clue = { kind, text, isAll: true }
  return kind === 'prefix'
    ? { test: (value) => typeof value === 'string' && value.startsWith(text), clue }
    : { test: (value) => typeof value === 'string' && value.endsWith(text), clue }
}

/** The operators that anything-but negates, and what each says of a member that is not a string. */
const negatable = new Map([
  ['prefix', 'prefix/suffix match pattern must be a string'],
  ['suffix', 'prefix/suffix match pattern must be a string'],
  ['wildcard', 'wildcard match pattern must be a string'],
  [
    'equals-ignore-case',
    'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
  ],
])

function anythingBut(operand: unknown, refuse: Refuse, expression: object): Matcher {
  if (!isObject(operand)) {
    const listed = listOf(operand, refuse, expression)
    for (const [index, value] of listed.values.entries()) {
      if (isNumber(value)) {
        const place = listed.isList ? undefined : 'none'
        comparable(value, (reason) => refuse(reason, listed.container, index, { place }))
      } else if (typeof value !== 'string')
        listed.refuse('Inside anything but list, start|null|boolean is not supported.', index)
    }
    listed.close()
    if (new Set(listed.values.map((value) => typeof value)).size !== 1)
      refuse(
        'Inside anything but list, either all values are number or string, mixed type is not supported',
        listed.container,
      )
    const clues = listed.values.map((value) => exact(value).clue)
    return not(anyOf(new Set(listed.values), []), clues)
  }
  const [name, affected, size] = firstEntry(operand)
  if (name === undefined) return refuse('Anything-But expression name not found', operand)
  const operator = operators.get(name)
  const notString = negatable.get(name)
  if (operator === undefined || notString === undefined)
    return refuse(`Unsupported anything-but pattern: ${name}`, operand, 0)
  const listed = listOf(affected, refuse, operand)
  for (const [index, value] of listed.values.entries()) {
    if (typeof value !== 'string') listed.refuse(notString, index)
    if (value === '' && name.endsWith('fix'))
      listed.refuse('Null prefix/suffix not allowed', index, true)
  }
  listed.close()
  // event-ruler takes the empty list and fails when an event comes; refusing is kinder.
  if (listed.values.length === 0) refuse('Empty arrays are not allowed', listed.container)
  const index = listed.isList ? undefined : 0
  const refuseValue: Refuse = (reason) => refuse(reason, listed.container, index, { read: true })
  const matchers = listed.values.map((value) => operator(value, refuseValue, operand))
  if (size > 1) refuse('Too many elements in numeric expression', operand, 1)
  const tests = matchers.map(({ test }) => test)
  const clues = matchers.map(({ clue }) => clue)
  return not(anyOf(new Set(), tests), clues)
}

function not(excluded: Test, others: readonly Clue[]): Matcher {
  const test: Test = (value) => !excluded(value)
  return { test, clue: { kind: 'not', others, test } }
}

interface Listed {
  readonly values: readonly unknown[]
  readonly isList: boolean
  /** The array or object of the pattern that the values stand in. */
  readonly container: object
  /** For a value. */
  readonly refuse: (reason: string, index: number, read?: true) => never
  /** Refuses a list that its text does not close. */
  readonly close: () => void
}

/** One value or a list. event-ruler reads lists within an error of its own, which tells the place again. */
function listOf(operand: unknown, refuse: Refuse, expression: object): Listed {
  const isList = Array.isArray(operand)
  if (!isList && typeof operand !== 'string' && !isNumber(operand))
    refuse('Value of anything-but must be an array or single string/number value.', expression, 0)
  const container = isList ? operand : expression
  const place = isList ? 'twice' : undefined
  return {
    values: isList ? operand : [operand],
    isList,
    container,
    refuse: (reason, index, read) => refuse(reason, container, index, { place, read }),
    close: () => {
      if (isList && !isClosed(operand)) refuse('', container, undefined, { place })
    },
  }
}

function exact(value: unknown): Matcher {
  return {
    test: (other) => other === value,
    // A number that no double holds is known by its spelling, which few events have: none is indexed.
    clue: typeof value === 'symbol' ? any : { kind: 'exact', value },
  }
}

function anyOf(literals: ReadonlySet<unknown>, tests: readonly Test[]): Test {
  const spellings = new Set([...literals].filter(isSpelling).map(({ description }) => description))
  if (spellings.size > 0)
    tests = [...tests, (value) => isSpelling(value) && spellings.has(value.description)]
  const [only] = literals
  if (tests.length === 0) return literals.size === 1 ? equal(only) : oneOf(literals)
  const [first] = tests
  if (first !== undefined && tests.length === 1 && literals.size === 0) return first
  return (value) => literals.has(value) || tests.some((test) => test(value))
}

/** Most fields want one value: what its test refers to is that value alone, not what it was read from. */
function equal(wanted: unknown): Test {
  return (value) => value === wanted
}

function oneOf(wanted: ReadonlySet<unknown>): Test {
  return (value) => wanted.has(value)
}

/** Of a number that no double holds. */
function isSpelling(value: unknown): value is symbol {
  return typeof value === 'symbol'
}

function isLiteral(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'symbol'].includes(typeof value)
}

function string(operand: unknown, kind: string, refuse: Refuse, expression: object): string {
  return typeof operand === 'string'
    ? operand
    : refuse(`${kind} match pattern must be a string`, expression, 0)
}

function firstEntry(expression: object): readonly [string | undefined, unknown, number] {
  const entries = entriesOf(expression)
  return [entries[0]?.[0], entries[0]?.[1], entries.length]
}
