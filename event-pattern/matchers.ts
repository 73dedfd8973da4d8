/**
 * The array of matchers that a pattern gives a field, compiled into one condition on the field's
 * value. Refusals, their order and their texts are event-ruler's (JsonRuleCompiler), which AWS returns.
 */
import type { Refuse } from './errors.ts'
import { ignoringCase } from './ignore-case.ts'
import { cidr, ipAddress, sharesBits } from './ip-address.ts'
import { isObject } from './json.ts'
import { comparable, numeric } from './numeric.ts'
import { wildcard } from './wildcard.ts'

/** Asked of a string, number, boolean or null only: objects, arrays and missing fields never match. */
export type Test = (value: unknown) => boolean

/** What a field must be. */
export interface Condition {
  readonly test: Test
  /** Whether a missing field will do (`{"exists": false}`). */
  readonly orAbsent: boolean
  /** Whether only a missing field will do. */
  readonly onlyAbsent: boolean
}

type Operator = (operand: unknown, refuse: Refuse) => Test

// A Map, not an object: "constructor" is no operator.
const operators = new Map<string, Operator>([
  ['prefix', (operand, refuse) => affix('prefix', operand, refuse)],
  ['suffix', (operand, refuse) => affix('suffix', operand, refuse)],
  ['numeric', numeric],
  ['anything-but', anythingBut],
  // AWS says "prefix" here too.
  ['cidr', (operand, refuse) => cidr(string(operand, 'prefix', refuse), refuse)],
  ['wildcard', (operand, refuse) => wildcard(string(operand, 'wildcard', refuse), refuse)],
  ['equals-ignore-case', (operand, refuse) => equalsIgnoreCase(operand, refuse).equals],
  [
    // Not in AWS's guide, but its engine knows it: a string, even one that spells an IP address.
    'exactly',
    (operand, refuse) => {
      const text = string(operand, 'exact', refuse)
      return (value) => value === text
    },
  ],
])

/** Compiles the matchers of one field: a value matches when any of them does. */
export function readMatchers(matchers: readonly unknown[], refuse: Refuse): Condition {
  if (matchers.length === 0) refuse('Empty arrays are not allowed')
  const exact = new Set<unknown>()
  const tests: Test[] = []
  let orAbsent = false
  for (const matcher of matchers) {
    const address = ipAddress(matcher)
    if (address !== undefined) tests.push((value) => isAddress(address, value))
    else if (isScalar(matcher)) exact.add(matcher)
    else if (!isObject(matcher)) refuse('Match value must be String, number, true, false, or null')
    else {
      const test = readExpression(matcher, refuse)
      if (test === undefined) orAbsent = true
      else tests.push(test)
    }
  }
  return { test: anyOf(exact, tests), orAbsent, onlyAbsent: exact.size + tests.length === 0 }
}

/** Reads `{"prefix": "a"}` and its like; undefined stands for `{"exists": false}`. */
function readExpression(expression: object, refuse: Refuse): Test | undefined {
  const [name, operand, size] = firstEntry(expression)
  if (name === undefined) return refuse('Match expression name not found')
  let test: Test | undefined
  if (name === 'exists') {
    if (typeof operand !== 'boolean') refuse('exists match pattern must be either true or false.')
    test = operand ? () => true : undefined
  } else {
    const operator = operators.get(name) ?? refuse(`Unrecognized match type ${name}`)
    test = operator(operand, refuse)
  }
  if (size > 1) {
    // AWS's text for anything-but speaks of numeric too.
    if (name === 'numeric' || name === 'anything-but')
      refuse('Too many elements in numeric expression')
    refuse('Only one key allowed in match expression')
  }
  return test
}

function affix(kind: 'prefix' | 'suffix', operand: unknown, refuse: Refuse): Test {
  if (isObject(operand)) {
    const [name, text, size] = firstEntry(operand)
    const title = kind === 'prefix' ? 'Prefix' : 'Suffix'
    if (name === undefined) return refuse(`${title} expression name not found`)
    if (name !== 'equals-ignore-case') return refuse(`Unsupported ${kind} pattern: ${name}`)
    const test = equalsIgnoreCase(text, refuse)[kind]
    return size > 1 ? refuse('Only one key allowed in match expression') : test
  }
  const text = string(operand, kind, refuse)
  return kind === 'prefix'
    ? (value) => typeof value === 'string' && value.startsWith(text)
    : (value) => typeof value === 'string' && value.endsWith(text)
}

function equalsIgnoreCase(operand: unknown, refuse: Refuse) {
  return ignoringCase(string(operand, 'equals-ignore-case', refuse))
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

function anythingBut(operand: unknown, refuse: Refuse): Test {
  if (!isObject(operand)) {
    const values = listed(operand, refuse)
    for (const value of values) {
      if (typeof value === 'number') comparable(value, refuse)
      else if (typeof value !== 'string')
        refuse('Inside anything but list, start|null|boolean is not supported.')
    }
    if (new Set(values.map((value) => typeof value)).size !== 1)
      refuse(
        'Inside anything but list, either all values are number or string, mixed type is not supported',
      )
    const excluded = anyOf(new Set(values), [])
    return (value) => !excluded(value)
  }
  const [name, affected, size] = firstEntry(operand)
  if (name === undefined) return refuse('Anything-But expression name not found')
  const notString = negatable.get(name) ?? refuse(`Unsupported anything-but pattern: ${name}`)
  const tests = listed(affected, refuse).map((value) => {
    if (typeof value !== 'string') return refuse(notString)
    if (value === '' && name.endsWith('fix')) return refuse('Null prefix/suffix not allowed')
    return operators.get(name)?.(value, refuse) ?? refuse(`Unrecognized match type ${name}`)
  })
  // event-ruler takes the empty list and fails when an event comes; refusing is kinder.
  if (tests.length === 0) refuse('Empty arrays are not allowed')
  if (size > 1) refuse('Too many elements in numeric expression')
  const excluded = anyOf(new Set(), tests)
  return (value) => !excluded(value)
}

function listed(operand: unknown, refuse: Refuse): readonly unknown[] {
  if (Array.isArray(operand)) return operand
  if (typeof operand === 'string' || typeof operand === 'number') return [operand]
  return refuse('Value of anything-but must be an array or single string/number value.')
}

function anyOf(exact: ReadonlySet<unknown>, tests: readonly Test[]): Test {
  const [only] = exact
  if (tests.length === 0)
    return exact.size === 1 ? (value) => value === only : (value) => exact.has(value)
  const [first] = tests
  if (first !== undefined && tests.length === 1 && exact.size === 0) return first
  return (value) => exact.has(value) || tests.some((test) => test(value))
}

/** AWS compares a string that spells an IP address as an address. */
function isAddress(address: readonly number[], value: unknown): boolean {
  const found = ipAddress(value)
  return found !== undefined && sharesBits(address, found)
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

function string(operand: unknown, kind: string, refuse: Refuse): string {
  return typeof operand === 'string' ? operand : refuse(`${kind} match pattern must be a string`)
}

function firstEntry(expression: object): readonly [string | undefined, unknown, number] {
  const entries = Object.entries(expression)
  return [entries[0]?.[0], entries[0]?.[1], entries.length]
}
