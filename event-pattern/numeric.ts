/** The numeric operator: one comparison, or a lower bound followed by an upper one. */
import type { Matcher } from './condition.ts'
import type { Refuse } from './errors.ts'

/** Whether a bound belongs to the numbers it bounds. */
const comparisons = new Map<unknown, boolean>([
  ['=', true],
  ['<', false],
  ['<=', true],
  ['>', false],
  ['>=', true],
])

/**
 * Reads the operand of `expression`: `["=", 1]`, `[">", 0, "<=", 5]`. The refusals, their order and
 * their places are event-ruler's.
 */
export function numeric(range: unknown, refuse: Refuse, expression: object): Matcher {
  if (!Array.isArray(range)) return refuse('Value of numeric must be an array.', expression, 0)
  const fail = (reason: string, index?: number, read?: true) =>
    refuse(reason, range, index, { read })
  const [operator, bound, secondOperator, secondBound] = range
  if (typeof operator !== 'string')
    return fail(`Invalid member in numeric match: ${token(operator)}`, 0)
  const isClosed = comparisons.get(operator)
  if (isClosed === undefined) return fail(`Unrecognized numeric range operator: ${operator}`, 1)
  if (!isNumber(bound))
    return fail(`Value of ${operator === '=' ? 'equals' : operator} must be numeric`, 1)
  if (range.length === 2) {
    const number = comparable(bound, fail)
    const low = operator.startsWith('<') ? -Infinity : number
    const high = operator.startsWith('>') ? Infinity : number
    return between(low, isClosed, high, isClosed)
  }

  if (!operator.startsWith('>')) return fail('Too many elements in numeric expression', 2)
  if (typeof secondOperator !== 'string')
    return fail(`Bad value in numeric range: ${token(secondOperator)}`, 2)
  const isTopClosed = comparisons.get(secondOperator)
  if (isTopClosed === undefined || !secondOperator.startsWith('<'))
    return fail(`Bad numeric range operator: ${secondOperator}`, 2, true)
  if (!isNumber(secondBound)) return fail(`Value of ${secondOperator} must be numeric`, 3)
  if (range.length > 4) return fail('Too many terms in numeric range expression', 4)
  const low = comparable(bound, fail)
  const high = comparable(secondBound, fail)
  if (low >= high) return fail('Bottom must be less than top')
  return between(low, isClosed, high, isTopClosed)
}

/**
 * An event's number that no double holds is comparable with nothing, not even by ">". As all rules of
 * a set test by this one function it is fast: with functions put together it took four times as long.
 */
function between(bottom: number, isClosed: boolean, top: number, isTopClosed: boolean): Matcher {
  const low = isClosed ? bottom : neighbour(bottom, 1)
  const high = isTopClosed ? top : neighbour(top, -1)
  return {
    test: (value) =>
      typeof value === 'number' && value >= low && value <= high && Number.isFinite(value),
    clue: { kind: 'numbers', low, high },
  }
}

/** The next double above or below: comparable numbers are doubles, so `> 1` is `>=` the one after 1. */
function neighbour(number: number, direction: 1 | -1): number {
  if (number === 0) return direction * Number.MIN_VALUE
  if (!Number.isFinite(number)) return number
  const bits = new BigInt64Array(new Float64Array([number]).buffer)
  // Of negative numbers the lesser have the greater bits.
  bits[0] = (bits[0] as bigint) + BigInt(number > 0 ? direction : -direction)
  return new Float64Array(bits.buffer)[0] as number
}

/** Also one that no double holds. */
export function isNumber(value: unknown): value is number | symbol {
  return typeof value === 'number' || typeof value === 'symbol'
}

/** A number that a double holds. */
export function comparable(number: number | symbol, fail: (reason: string) => never): number {
  if (typeof number === 'number' && Number.isFinite(number)) return number
  return fail(`Cannot compare number : ${spelling(number)}`)
}

function spelling(value: number | symbol): string {
  return typeof value === 'symbol' ? (value.description ?? '') : String(value)
}

/** How event-ruler's messages quote a member: the token it met, so a missing one is the bracket. */
function token(member: unknown): string {
  if (member === undefined) return ']'
  if (isNumber(member)) return spelling(member)
  if (Array.isArray(member)) return '['
  return typeof member === 'object' && member !== null ? '{' : String(member)
}
