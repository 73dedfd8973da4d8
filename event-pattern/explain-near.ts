/**
 * Near misses: what is almost right with a value that a matcher does not match. Nine in ten patterns
 * that "do not work" differ from the event in case, in type, in one letter or in the operator.
 */
import { cut, describeValue } from './describe-value.ts'
import { plainValue } from './explain-json.ts'
import { editDistance } from './explain-spelling.ts'
import { conditionOf } from './explain-verdict.ts'
import { ipAddress } from './ip-address.ts'
import { isObject } from './json.ts'

/** `distance` is from 0 (all but a match) to 1 (nothing alike). */
export interface NearMiss {
  readonly why: string
  readonly distance: number
}

/** Longer texts are not compared: a sentence would tell nothing of them, and they cost. */
const longest = 1_000

/** What is almost right, if anything is, with a value that does not match. */
export function nearMiss(matcher: unknown, value: unknown): NearMiss | undefined {
  if (isObject(matcher) && 'anything-but' in matcher) return near(0.5, 'it is excluded')
  if (isLong(value) || isLong(matcher)) return undefined
  if (typeof matcher === 'string') return nearText(matcher, value)
  if (!isObject(matcher)) return nearScalar(matcher, value)
  const [name, operand] = Object.entries(matcher)[0] ?? []
  if (isLong(operand)) return undefined
  switch (name) {
    case 'numeric':
      return nearNumber(operand as readonly unknown[], value)
    case 'cidr':
      return nearAddress(String(operand), value)
    case 'prefix':
    case 'suffix': {
      const text = String(isObject(operand) ? Object.values(operand)[0] : operand)
      return isLong(text) ? undefined : nearAffix(name, text, value)
    }
    case 'wildcard':
      return nearWildcard(String(operand), value)
    case 'exactly':
    case 'equals-ignore-case':
      return nearText(String(operand), value)
    default:
      return undefined
  }
}

function nearText(text: string, value: unknown): NearMiss | undefined {
  if (typeof value !== 'string')
    return typeof value !== 'symbol' && String(value) === text
      ? near(0.1, `it is ${kind(value)}, not a string`)
      : undefined
  if (sameCaseless(text, value)) return near(0.1, 'only the case differs')
  if (text.trim() === value.trim()) return near(0.1, 'only the white space at its ends differs')
  if (text.normalize('NFKC') === value.normalize('NFKC'))
    return near(0.1, 'it looks alike, but is spelt in other Unicode characters')
  const edits = editDistance(text, value, 2)
  if (edits !== undefined && edits * 3 <= text.length)
    return near(0.2, edits === 1 ? 'one character differs' : 'two characters differ')
  if (text.includes('*') && likes(text, value))
    return near(0.2, 'a star is a star here, unless in {"wildcard": …}')
  if (text.length > 2 && value.includes(text))
    return near(0.4, 'it contains that, but a plain value must be equal')
  return undefined
}

function nearScalar(matcher: unknown, value: unknown): NearMiss | undefined {
  if (typeof matcher === 'symbol' || typeof value === 'symbol')
    return plainValue(matcher) === plainValue(value)
      ? near(0.2, 'no double holds it, so only the same spelling matches')
      : undefined
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const isSame = typeof matcher === 'number' ? Number(value) === matcher : value === String(matcher)
  return isSame ? near(0.1, `it is a string, not ${kind(matcher)}`) : undefined
}

function nearAffix(name: 'prefix' | 'suffix', text: string, value: unknown) {
  const onlyStrings = `${name} looks at strings only`
  if (typeof value !== 'string') {
    const spelt = describeValue(value)
    const would = name === 'prefix' ? spelt.startsWith(text) : spelt.endsWith(text)
    return near(would ? 0.1 : 0.8, `it is ${kind(value)}: ${onlyStrings}`)
  }
  const end = name === 'prefix' ? value.slice(0, text.length) : value.slice(-text.length)
  if (sameCaseless(end, text)) return near(0.1, 'only the case differs')
  if (value.includes(text))
    return near(0.3, `it contains that, but not at its ${name === 'prefix' ? 'beginning' : 'end'}`)
  const alike = commonLength(name, text, value)
  if (alike * 2 < text.length || alike === 0) return undefined
  const which = name === 'prefix' ? 'first' : 'last'
  return near(0.3, `the ${which} ${alike} of ${text.length} characters agree`)
}

function nearWildcard(text: string, value: unknown): NearMiss | undefined {
  if (typeof value !== 'string')
    return near(0.8, `it is ${kind(value)}: wildcard looks at strings only`)
  if (likes(text.toLowerCase(), value.toLowerCase())) return near(0.1, 'only the case differs')
  const wider = `*${text}*`.replace(/^\*{2,}/, '*').replace(/(?<!\\)\*{2,}$/, '*')
  if (likes(wider, value)) return near(0.3, `${describeValue(cut(wider, 60))} would match`)
  return undefined
}

function nearNumber(range: readonly unknown[], value: unknown): NearMiss | undefined {
  if (typeof value === 'string')
    return Number.isNaN(Number(value)) || value.trim() === ''
      ? undefined
      : near(0.1, 'it is a string: numeric looks at numbers only')
  if (typeof value === 'symbol') return near(0.3, 'no double holds it, so it compares with nothing')
  if (typeof value !== 'number') return undefined
  return range.includes(value) ? near(0.1, `${value} itself is outside`) : undefined
}

function nearAddress(block: string, value: unknown): NearMiss | undefined {
  const address = ipAddress(value)
  if (address === undefined) return near(0.8, 'it is not an IP address')
  const version = (groups: number | undefined) => (groups === 2 ? 4 : 6)
  const wanted = version(ipAddress(block.split('/')[0])?.length)
  return version(address.length) === wanted
    ? undefined
    : near(0.6, `it is an IPv${version(address.length)} address`)
}

function isLong(value: unknown): boolean {
  return typeof value === 'string' && value.length > longest
}

function commonLength(name: 'prefix' | 'suffix', text: string, value: string): number {
  let length = 0
  const at = (whole: string) => whole.at(name === 'prefix' ? length : -1 - length)
  while (length < text.length && length < value.length && at(text) === at(value)) length++
  return length
}

function sameCaseless(a: string, b: string): boolean {
  return a !== b && a.toLowerCase() === b.toLowerCase()
}

function likes(text: string, value: string): boolean {
  try {
    return conditionOf([{ wildcard: text }]).test(value)
  } catch {
    return false
  }
}

function kind(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'symbol') return 'a number'
  return typeof value === 'object' ? 'a value' : `a ${typeof value}`
}

function near(distance: number, why: string): NearMiss {
  return { why, distance }
}
