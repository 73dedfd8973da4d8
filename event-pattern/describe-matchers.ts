/**
 * The matchers of one field in plain English, each a phrase that follows the field's path:
 * `is "a"`, `starts with "sum"`, `is missing`.
 */
import { describeValue, listed } from './describe-value.ts'
import { ipAddress } from './ip-address.ts'
import { isObject } from './json.ts'

/** How much to say of long texts and of long lists; all of it, unless told. */
export interface Brevity {
  readonly longest?: number
  readonly most?: number
}

/** What is asked of the field, in one phrase an alternative: plain values first, as one. */
export function describeMatchers(matchers: readonly unknown[], brevity: Brevity = {}): string[] {
  const values = matchers.filter(isPlain)
  const phrases = matchers.filter((each) => !isPlain(each)).map((each) => phrase(each, brevity))
  if (values.length > 0) {
    const words = quoted(values, brevity)
    phrases.unshift(values.length === 1 ? `is ${words}` : `is one of ${words}`)
  }
  return [...new Set(phrases)]
}

/** What would have matched, as the object of "wanted". */
export function describeWanted(matchers: readonly unknown[], brevity: Brevity): string {
  const phrases = describeMatchers(matchers, brevity)
  const [first = ''] = phrases
  if (phrases.length === 1) {
    if (first === 'is missing') return 'no value'
    if (first === 'exists') return 'any value'
    if (first.startsWith('is ') && !first.startsWith('is like ')) return first.slice('is '.length)
  }
  return `one that ${listed(phrases, brevity.most)}`
}

function isPlain(matcher: unknown): boolean {
  return !isObject(matcher) && ipAddress(matcher) === undefined
}

function phrase(matcher: unknown, brevity: Brevity): string {
  if (!isObject(matcher)) return `is the IP address ${quoted(matcher, brevity)}`
  const [name = '', operand] = Object.entries(matcher)[0] ?? []
  switch (name) {
    case 'exists':
      return operand === true ? 'exists' : 'is missing'
    case 'numeric':
      return numeric(operand as readonly unknown[])
    case 'anything-but':
      return anythingBut(operand, brevity)
    default:
      return verb(name, operand, brevity)
  }
}

function verb(name: string, operand: unknown, brevity: Brevity): string {
  if (isObject(operand)) {
    const [text] = Object.values(operand)
    return `${verb(name, text, brevity)} in any case`
  }
  const words = quoted(operand, brevity)
  switch (name) {
    case 'prefix':
      return `starts with ${words}`
    case 'suffix':
      return `ends with ${words}`
    case 'wildcard':
      return `is like ${words}`
    case 'equals-ignore-case':
      return `is ${words} in any case`
    case 'cidr':
      return `is an IP address in ${String(operand)}`
    default:
      return `is ${name} ${words}`
  }
}

function numeric(range: readonly unknown[]): string {
  const [operator, bound, secondOperator, secondBound] = range
  const first = `${operator} ${describeValue(bound)}`
  if (operator === '=') return `is the number ${describeValue(bound)}`
  return range.length === 2
    ? `is a number ${first}`
    : `is a number ${first} and ${secondOperator} ${describeValue(secondBound)}`
}

function anythingBut(operand: unknown, brevity: Brevity): string {
  if (!isObject(operand)) return `is anything but ${quoted(operand, brevity)}`
  const [name, texts] = Object.entries(operand)[0] ?? []
  const words = quoted(texts, brevity)
  switch (name) {
    case 'prefix':
      return `is anything that does not start with ${words}`
    case 'suffix':
      return `is anything that does not end with ${words}`
    case 'wildcard':
      return `is anything not like ${words}`
    default:
      return `is anything but ${words} in any case`
  }
}

/** One value or a list of them. */
function quoted(operand: unknown, { longest, most }: Brevity): string {
  const values = Array.isArray(operand) ? operand : [operand]
  return listed(
    values.map((value) => describeValue(value, longest)),
    most,
  )
}
