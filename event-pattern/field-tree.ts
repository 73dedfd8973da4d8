/**
 * A branch of a pattern as a tree of keys, walked together with an event. Only the event's values on
 * the pattern's paths are looked at, so neither depth nor breadth beside them costs anything.
 *
 * Arrays are looked through, at any nesting, and one element must satisfy all that the branch asks
 * below it: two fields never match in different elements of the same array. In a tree this is one
 * loop for each array. Comparing the array memberships of all values, as event-ruler does, is left to
 * the fuzz test: a hostile event makes the combinations multiply.
 */
import { isObject } from './json.ts'
import type { Condition } from './matchers.ts'
import type { Path } from './path.ts'

export interface Field {
  readonly path: Path
  readonly condition: Condition
}

export interface FieldTree {
  readonly depth: number
  /** Of the value at this very place. */
  readonly condition: Condition | undefined
  readonly edges: readonly Edge[]
  /** All fields below, in the order of their paths. */
  readonly below: readonly Field[]
  /** Whether every field below may be missing. */
  readonly optional: boolean
}

interface Edge {
  readonly key: string
  /** The fields through this edge, among them the one that ends here. */
  readonly fields: readonly Field[]
  /** In how many ways dotted keys may spell them. */
  readonly spellings: number
  readonly tree: FieldTree
}

/** The conditions that array elements have already been chosen for: they may no longer be absent. */
type Bound = ReadonlySet<Condition>
const nothing: Bound = new Set()

/**
 * Grows trees for the branches of one pattern. Branches share the trees of the fields they share:
 * a pattern of 4 KB with 1,000 branches otherwise grew a million of them.
 */
export function fieldTrees(): (fields: readonly Field[]) => FieldTree {
  const numbers = new Map<Field, number>()
  const grown = new Map<string, FieldTree>()

  function grow(fields: readonly Field[], depth: number): FieldTree {
    const below = fields.filter(({ path }) => path.keys.length > depth)
    const edges = [...Map.groupBy(below, ({ path }) => path.keys[depth] ?? '')].map(
      ([key, through]): Edge => ({
        key,
        fields: through,
        spellings: through.reduce((sum, { path }) => sum + path.keys.length - depth - 1, 0),
        tree: shared(through, depth + 1),
      }),
    )
    return {
      depth,
      condition: fields.find(({ path }) => path.keys.length === depth)?.condition,
      // What is decided at this place comes first: most events are rejected without a descent.
      edges: edges.sort((a, b) => a.tree.edges.length - b.tree.edges.length),
      below,
      optional: below.every(({ condition }) => condition.orAbsent),
    }
  }

  function shared(fields: readonly Field[], depth: number): FieldTree {
    const name = `${depth}:${fields.map((field) => numbers.get(field))}`
    const tree = grown.get(name) ?? grow(fields, depth)
    grown.set(name, tree)
    return tree
  }

  return (fields) => {
    for (const field of fields) if (!numbers.has(field)) numbers.set(field, numbers.size)
    return shared(
      fields.toSorted((a, b) => (a.path.text < b.path.text ? -1 : 1)),
      0,
    )
  }
}

/** Whether the object satisfies all fields of the tree. */
export function matchesObject(tree: FieldTree, object: object, bound = nothing): boolean {
  for (const edge of tree.edges) {
    if (edge.spellings > 0 && hasDottedKey(edge, tree.depth, object)) {
      // One path in several spellings: all its values count. As they come from different places, the
      // fields are asked one by one, and the consistency of arrays below is given up.
      for (const field of edge.fields)
        if (!matchesAlone(field, tree.depth, object, bound)) return false
    } else if (!matches(edge.tree, ownValue(object, edge.key), bound)) return false
  }
  return true
}

function matches(tree: FieldTree, value: unknown, bound: Bound): boolean {
  if (Array.isArray(value)) return matchesArray(tree, value, bound)
  const { condition } = tree
  if (isLeaf(value)) return (condition?.test(value) ?? true) && isOptional(tree, bound)
  if (condition !== undefined && !mayBeAbsent(condition, bound)) return false
  return value === undefined ? isOptional(tree, bound) : matchesObject(tree, value as object, bound)
}

/**
 * The conditions are taken in the order of their paths because `{"exists": false}` depends on it at
 * AWS: it speaks of all elements until a field before it has settled on one, and then of that one.
 * A value at this place and fields below it are chosen separately, which event-ruler does too unless
 * they sit in arrays of arrays.
 */
function matchesArray(tree: FieldTree, array: readonly unknown[], bound: Bound): boolean {
  const { condition, depth, below } = tree
  if (condition !== undefined) {
    const found = someElement(array, (element) => isLeaf(element) && condition.test(element))
    if (!found && (!mayBeAbsent(condition, bound) || someElement(array, isLeaf))) return false
  }
  for (const { path, condition } of below) {
    const isBound = !mayBeAbsent(condition, bound)
    if (!isBound && !someLeaf(path, depth, array, anything)) continue
    if (condition.onlyAbsent) return false
    // Present in some element, a field can no longer match by its absence from the others.
    const settled = isBound ? bound : new Set(bound).add(condition)
    return someElement(
      array,
      (element) => isObject(element) && matchesObject(tree, element, settled),
    )
  }
  return true
}

function mayBeAbsent(condition: Condition, bound: Bound): boolean {
  return condition.orAbsent && !bound.has(condition)
}

function isOptional(tree: FieldTree, bound: Bound): boolean {
  if (!tree.optional || bound.size === 0) return tree.optional
  return tree.below.every(({ condition }) => mayBeAbsent(condition, bound))
}

function hasDottedKey({ fields, spellings }: Edge, depth: number, object: object): boolean {
  // Few spellings are quickly looked up; for many it is the object's keys that are few.
  if (spellings > 8 && !Object.keys(object).some((key) => key.includes('.'))) return false
  for (const { path } of fields)
    for (const key of path.dotted[depth] ?? []) if (ownValue(object, key) !== undefined) return true
  return false
}

function matchesAlone({ path, condition }: Field, depth: number, object: object, bound: Bound) {
  if (someLeaf(path, depth, object, condition.test)) return true
  return mayBeAbsent(condition, bound) && !someLeaf(path, depth, object, anything)
}

/** Whether a value at the path passes the test, whatever arrays it sits in and however its keys are dotted. */
function someLeaf(path: Path, depth: number, value: unknown, test: Condition['test']): boolean {
  if (Array.isArray(value))
    return someElement(value, (element) => someLeaf(path, depth, element, test))
  if (value === undefined) return false
  if (isLeaf(value)) return depth === path.keys.length && test(value)
  const key = path.keys[depth]
  if (key === undefined) return false
  const object = value as object
  if (someLeaf(path, depth + 1, ownValue(object, key), test)) return true
  const dotted = path.dotted[depth] ?? []
  return dotted.some((each, at) => someLeaf(path, depth + 2 + at, ownValue(object, each), test))
}

function anything(): boolean {
  return true
}

/** Arrays within the array are flattened with a list, not by recursion: only the event bounds their nesting. */
function someElement(array: readonly unknown[], test: (element: unknown) => boolean): boolean {
  const arrays = [array]
  for (const each of arrays)
    for (const element of each)
      if (Array.isArray(element)) arrays.push(element)
      else if (test(element)) return true
  return false
}

function isLeaf(value: unknown): boolean {
  return value === null || (value !== undefined && typeof value !== 'object')
}

/** `__proto__` and `constructor` are keys like any other: an event has them only as its own. */
function ownValue(object: object, key: string): unknown {
  const value = (object as Record<string, unknown>)[key]
  return value !== undefined && Object.hasOwn(object, key) ? value : undefined
}
