/**
 * Event patterns, as EventBridge defines them: a field matches when any of its matchers does, an
 * event matches when all the fields named in the pattern do. This package is pure: no clock, no I/O,
 * no import from outside it.
 */
import { type Branch, readBranches } from './branches.ts'
import { InvalidEvent, InvalidEventPattern } from './errors.ts'
import { type Field, fieldTrees, matchesObject } from './field-tree.ts'
import { isObject, parseJson } from './json.ts'

/**
 * A pattern, typed so that a misspelt operator does not compile, nor a misspelt `$or`. To tell fields
 * from `$or`, the type knows them by their first character; `compile` itself takes any name.
 */
export interface EventPattern {
  readonly [field: `${FirstCharacter}${string}`]: EventPattern | readonly Matcher[]
  readonly $or?: readonly [EventPattern, EventPattern, ...EventPattern[]]
}

type Letter = Characters<'abcdefghijklmnopqrstuvwxyz'>
type FirstCharacter = Letter | Uppercase<Letter> | Characters<'0123456789_-@#:.'>
type Characters<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? First | Characters<Rest>
  : never

export type Matcher =
  | string
  | number
  | boolean
  | null
  | { readonly prefix: string | IgnoringCase }
  | { readonly suffix: string | IgnoringCase }
  | { readonly wildcard: string }
  | { readonly cidr: string }
  | { readonly exists: boolean }
  | { readonly numeric: readonly [Comparison, number] | readonly [Lower, number, Upper, number] }
  | { readonly 'anything-but': OneOrMore<string> | OneOrMore<number> | Negatable }
  | IgnoringCase

type IgnoringCase = { readonly 'equals-ignore-case': string }
type Negatable =
  | { readonly prefix: OneOrMore<string> }
  | { readonly suffix: OneOrMore<string> }
  | { readonly wildcard: OneOrMore<string> }
  | { readonly 'equals-ignore-case': OneOrMore<string> }
type OneOrMore<T> = T | readonly [T, ...T[]]
type Lower = '>' | '>='
type Upper = '<' | '<='
type Comparison = '=' | Lower | Upper

/**
 * Answers whether an event matches; a text, or its bytes in UTF-8, is parsed. Throws InvalidEvent
 * (`ValidationException`) for what is not one JSON object.
 */
export type Match = (event: string | Uint8Array | object) => boolean

/**
 * Compiles a pattern once, for any number of events. Throws InvalidEventPattern
 * (`InvalidEventPatternException`) with AWS's text and the path of the first field it would refuse.
 */
export function compile(pattern: string | object): Match {
  const branches = readBranches(typeof pattern === 'string' ? parsePattern(pattern) : pattern)
  const shared = sharedFields(branches)
  const toTree = fieldTrees()
  const guard = toTree([...shared])
  const alternatives = branches.map((branch) =>
    toTree([...branch.values()].filter((field) => !shared.has(field))),
  )
  return (event) => {
    const object = readEvent(event)
    if (!matchesObject(guard, object)) return false
    for (const alternative of alternatives) if (matchesObject(alternative, object)) return true
    return false
  }
}

/**
 * The top-level values that all branches ask for alike, so that they are looked at once, whatever the
 * number of branches. Deeper ones stay: which array element they bind belongs to their branch.
 */
function sharedFields([first, ...others]: readonly Branch[]): ReadonlySet<Field> {
  const fields = [...(first?.values() ?? [])]
  return new Set(
    fields.filter(
      (field) =>
        field.path.keys.length === 1 &&
        others.every((branch) => branch.get(field.path.text) === field),
    ),
  )
}

function parsePattern(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    throw new InvalidEventPattern(`Filter is not JSON: ${(error as Error).message}`, [], {
      cause: error,
    })
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function readEvent(event: unknown): object {
  let value = event
  try {
    if (value instanceof Uint8Array) value = utf8.decode(value)
    if (typeof value === 'string') value = parseJson(value)
  } catch (error) {
    throw new InvalidEvent(`it is not JSON: ${(error as Error).message}`, { cause: error })
  }
  return isObject(value) ? value : fail()
}

function fail(): never {
  throw new InvalidEvent('it is not a JSON object')
}
