/** The numeric operator: one comparison, or a lower bound followed by an upper one. */
import type { Refuse } from './errors.ts'

const comparisons = new Map<unknown, (bound: number) => (value: number) => boolean>([
  ['=', (bound) => (value) => value === bound],
  ['<', (bound) => (value) => value < bound],
  ['<=', (bound) => (value) => value <= bound],
  ['>', (bound) => (value) => value > bound],
  ['>=', (bound) => (value) => value >= bound],
])

/** Reads `["=", 1]`, `[">", 0, "<=", 5]`; the refusals and their order are event-ruler's. */
export function numeric(range: unknown, refuse: Refuse): (value: unknown) => boolean {
  if (!Array.isArray(range)) return refuse('Value of numeric must be an array.')
  const [operator, bound, secondOperator, secondBound] = range
  if (typeof operator !== 'string')
    return refuse(`Invalid member in numeric match: ${token(operator)}`)
  const compare = comparisons.get(operator)
  if (compare === undefined) return refuse(`Unrecognized numeric range operator: ${operator}`)
  if (typeof bound !== 'number')
    return refuse(`Value of ${operator === '=' ? 'equals' : operator} must be numeric`)
  const holds = compare(comparable(bound, refuse))
  // An event's number beyond a double's range is comparable with nothing, not even by ">".
  if (range.length === 2) return (value) => Number.isFinite(value) && holds(value as number)

  if (!operator.startsWith('>')) return refuse('Too many elements in numeric expression')
  if (typeof secondOperator !== 'string')
    return refuse(`Bad value in numeric range: ${token(secondOperator)}`)
  const compareSecond = secondOperator.startsWith('<') && comparisons.get(secondOperator)
  if (!compareSecond) return refuse(`Bad numeric range operator: ${secondOperator}`)
  if (typeof secondBound !== 'number') return refuse(`Value of ${secondOperator} must be numeric`)
  if (range.length > 4) return refuse('Too many terms in numeric range expression')
  if (bound >= comparable(secondBound, refuse)) return refuse('Bottom must be less than top')
  const holdsToo = compareSecond(secondBound)
  return (value) => Number.isFinite(value) && holds(value as number) && holdsToo(value as number)
}

/** A number that a double can hold. */
export function comparable(number: number, refuse: Refuse): number {
  return Number.isFinite(number) ? number : refuse(`Cannot compare number : ${number}`)
}

/** How event-ruler's messages quote a member: the token it met, so a missing one is the bracket. */
function token(member: unknown): string {
  if (member === undefined) return ']'
  if (Array.isArray(member)) return '['
  return typeof member === 'object' && member !== null ? '{' : String(member)
}
