/**
 * Reads a pattern into its branches: every way through its `$or`s, each a plain AND over paths. In
 * each branch a path has one condition, the one written last, inside or outside the `$or`: so
 * `{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}` is "a is 2, or a is 1 and b is 3", as at AWS.
 */
import { InvalidEventPattern, locationIn, type Refuse, type Telling } from './errors.ts'
import { isObject } from './json.ts'
import { type Limits, usualLimits } from './limits.ts'
import { type Condition, readMatchers } from './matchers.ts'
import type { Fault } from './pattern-faults.ts'
import { entriesOf, readPatternText, spansOf } from './pattern-text.ts'
import { tooComplexField } from './rule-complexity.ts'

/** What a pattern asks of the values at a path: keys joined by dots, however they are nested. */
export interface Field {
  readonly path: string
  /** As they are written; a number that no double holds is a symbol. */
  readonly matchers: readonly unknown[]
  readonly condition: Condition
}

/** The fields of a branch by their paths' texts. A field that several branches share is one object. */
export type Branch = ReadonlyMap<string, Field>

/** Bounds the recursion over a pattern, here and wherever its paths are walked. AWS names no number. */
const deepest = 100
/** AWS's limit on the combinations of all `$or`s; without it a short pattern would fill the memory. */
const mostBranches = 1000
/** event-ruler's limit on the fields of a rule. */
const mostFields = 256

/** Names of present and future operators: within `$or` they would be taken for matchers put wrongly. */
const reserved = new Set(
  (
    'exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= ' +
    'regex not-wildcard not-equals-ignore-case date-after date-on-or-after date-before ' +
    'date-on-or-before in-date-range ip-address-in-range ip-address-not-in-range'
  ).split(' '),
)

/**
 * Reads a pattern, given as its text or as an object. Throws {@link InvalidEventPattern}, as
 * everything here, for the first fault in reading order: what is no JSON is a fault like the others.
 */
export function readBranches(pattern: unknown, limits: Limits = usualLimits): Branch[] {
  const text = typeof pattern === 'string' ? pattern : undefined
  if ((text?.length ?? lengthOf(pattern, limits)) > limits.patternLength)
    throw new InvalidEventPattern(
      `More than ${limits.patternLength} characters are not allowed`,
      [],
    )
  const { root, fault } = text === undefined ? { root: [pattern] } : readPatternText(text)
  const refusal = text === undefined ? unplaced : placed(text, fault)
  const [fields] = root
  if (!isObject(fields)) return refusal([])('Filter is not an object', root, 0)
  const paths = new Map<Field, readonly string[]>()
  const place = { path: [], depth: 0, inOr: false, refusal, paths }
  const branches = readFields(fields, place, [new Map()])
  if (text !== undefined && fault !== undefined) throw unreadable(text, fault)
  // AWS says so when all else is well.
  const complex = tooComplexField(branches, limits.wildcardComplexity)
  if (complex !== undefined) throw new InvalidEventPattern(tooComplex, paths.get(complex) ?? [])
  return branches
}

type Refusal = (path: readonly string[]) => Refuse

const unplaced: Refusal = (path) => (reason) => {
  throw new InvalidEventPattern(reason, path)
}

/** A refusal of what stands behind the place where the text ceases to be JSON is never come to. */
function placed(text: string, fault: Fault | undefined): Refusal {
  return (path) => (reason, container, index, telling) => {
    const at = container === undefined ? undefined : placeOf(container, index, telling)
    if (fault !== undefined && (at ?? 0) > fault.at) throw unreadable(text, fault, telling)
    const location = at === undefined || telling?.place === 'none' ? '' : locationIn(text, at)
    throw new InvalidEventPattern(
      reason + location.repeat(telling?.place === 'twice' ? 2 : 1),
      path,
    )
  }
}

function placeOf(container: object, index?: number, telling?: Telling): number | undefined {
  const spans = spansOf(container)
  const span = index === undefined ? undefined : spans?.values[index]
  return span === undefined ? spans?.end : span[telling?.read ? 'read' : 'begun']
}

function unreadable(text: string, fault: Fault, telling?: Telling): InvalidEventPattern {
  const again = telling?.place === 'twice' ? locationIn(text, fault.read) : ''
  return new InvalidEventPattern(fault.reason + locationIn(text, fault.told) + again, [])
}

/** A branch's fields in the order of their paths, in which event-ruler has them choose from arrays. */
export function inPathOrder(branch: Branch): Field[] {
  return [...branch.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Not asked for when any length will do: an object may hold what JSON cannot. */
function lengthOf(pattern: unknown, { patternLength }: Limits): number {
  return Number.isFinite(patternLength) ? (JSON.stringify(pattern)?.length ?? 0) : 0
}

const tooComplex =
  'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character'

interface Place {
  readonly paths: Map<Field, readonly string[]>
  readonly path: readonly string[]
  readonly depth: number
  readonly inOr: boolean
  readonly refusal: Refusal
}

function readFields(fields: object, place: Place, sofar: Map<string, Field>[]) {
  const entries = entriesOf(fields)
  if (entries.length === 0) place.refusal(place.path)('Empty objects are not allowed', fields)
  let branches = sofar
  for (const [index, [key, value]] of entries.entries()) {
    const path = [...place.path, key]
    const refuse = place.refusal(path)
    const refuseKey = (reason: string) => refuse(reason, fields, index)
    const depth = place.depth + key.split('.').length
    if (depth > deepest) refuseKey(`Fields nested deeper than ${deepest} levels are not allowed`)
    if (key === '$or') {
      if (!Array.isArray(value)) refuseKey('It must be an Array followed with $or.')
      branches = readOr(value as unknown[], { ...place, depth }, branches, refuse)
      continue
    }
    if (place.inOr && reserved.has(key))
      refuseKey(`${key} is Ruler reserved fieldName which cannot be used inside $or.`)
    if (Array.isArray(value)) {
      const condition = readMatchers(value, refuse)
      const field = { path: path.join('.'), matchers: value, condition }
      place.paths.set(field, path)
      for (const branch of branches) {
        branch.set(field.path, field)
        if (branch.size > mostFields) refuseKey(`More than ${mostFields} fields are not allowed`)
      }
    } else if (isObject(value)) branches = readFields(value, { ...place, path, depth }, branches)
    else refuseKey(`"${key}" must be an object or an array`)
  }
  return branches
}

function readOr(
  alternatives: readonly unknown[],
  place: Place,
  sofar: readonly Branch[],
  refuse: Refuse,
): Map<string, Field>[] {
  const branches: Map<string, Field>[] = []
  for (const [index, alternative] of alternatives.entries()) {
    if (!isObject(alternative))
      refuse('Only JSON object is allowed in array of $or relationship.', alternatives, index)
    const copies = sofar.map((branch) => new Map(branch))
    branches.push(...readFields(alternative as object, { ...place, inOr: true }, copies))
    if (branches.length > mostBranches)
      refuse(
        `Or operator is producing over ${mostBranches} rule combinations`,
        ...([alternatives, index, { read: true, place: 'none' }] as const),
      )
  }
  if (alternatives.length < 2)
    refuse('There must have at least 2 Objects in $or relationship.', alternatives)
  return branches
}
