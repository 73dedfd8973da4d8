/**
 * Reads a pattern into its branches: every way through its `$or`s, each a plain AND over paths. In
 * each branch a path has one condition, the one written last, inside or outside the `$or`: so
 * `{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}` is "a is 2, or a is 1 and b is 3", as at AWS.
 */
import { InvalidEventPattern, type Refuse } from './errors.ts'
import type { Field } from './field-tree.ts'
import { isObject } from './json.ts'
import { readMatchers } from './matchers.ts'
import { type Path, paths } from './path.ts'

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

/** Throws {@link InvalidEventPattern}, as everything here, for the first fault in reading order. */
export function readBranches(pattern: unknown): Branch[] {
  if (!isObject(pattern)) return refusal([])('Filter is not an object')
  return readFields(pattern, { path: [], depth: 0, inOr: false, toPath: paths() }, [new Map()])
}

interface Place {
  readonly path: readonly string[]
  readonly depth: number
  readonly inOr: boolean
  readonly toPath: (text: string) => Path
}

function readFields(fields: object, place: Place, sofar: Map<string, Field>[]) {
  const entries = Object.entries(fields)
  if (entries.length === 0) refusal(place.path)('Empty objects are not allowed')
  let branches = sofar
  for (const [key, value] of entries) {
    const path = [...place.path, key]
    const refuse = refusal(path)
    const depth = place.depth + key.split('.').length
    if (depth > deepest) refuse(`Fields nested deeper than ${deepest} levels are not allowed`)
    if (key === '$or') {
      branches = readOr(value, { ...place, depth }, branches, refuse)
      continue
    }
    if (place.inOr && reserved.has(key))
      refuse(`${key} is Ruler reserved fieldName which cannot be used inside $or.`)
    if (Array.isArray(value)) {
      const field = { path: place.toPath(path.join('.')), condition: readMatchers(value, refuse) }
      for (const branch of branches) {
        branch.set(field.path.text, field)
        if (branch.size > mostFields) refuse(`More than ${mostFields} fields are not allowed`)
      }
    } else if (isObject(value)) branches = readFields(value, { ...place, path, depth }, branches)
    else refuse(`"${key}" must be an object or an array`)
  }
  return branches
}

function readOr(
  alternatives: unknown,
  place: Place,
  sofar: readonly Branch[],
  refuse: Refuse,
): Map<string, Field>[] {
  if (!Array.isArray(alternatives)) return refuse('It must be an Array followed with $or.')
  const branches: Map<string, Field>[] = []
  for (const alternative of alternatives) {
    if (!isObject(alternative))
      return refuse('Only JSON object is allowed in array of $or relationship.')
    const copies = sofar.map((branch) => new Map(branch))
    branches.push(...readFields(alternative, { ...place, inOr: true }, copies))
    if (branches.length > mostBranches)
      refuse(`More than ${mostBranches} combinations of $or are not allowed`)
  }
  if (alternatives.length < 2) refuse('There must have at least 2 Objects in $or relationship.')
  return branches
}

function refusal(path: readonly string[]): Refuse {
  return (reason) => {
    throw new InvalidEventPattern(reason, path)
  }
}
