/**
 * A pattern's branches as they were written. `branches.ts` reads the same ways through the `$or`s,
 * but compiles what it meets; to explain and to describe, one needs the author's own words, and to
 * know in which alternative they stand.
 */
import { isObject } from './json.ts'
import { entriesOf, readPatternText } from './pattern-text.ts'

/** What the pattern asks of one field, in one place of it. */
export interface WrittenLeaf {
  readonly path: string
  readonly matchers: readonly unknown[]
  /** The alternatives it stands in, from the outermost. */
  readonly within: readonly Choice[]
}

export interface Choice {
  readonly or: WrittenOr
  readonly index: number
}

export interface WrittenOr {
  /** As `detail.$or`. */
  readonly path: string
  readonly size: number
}

/** One way through all `$or`s: its leaves by their paths, of each path the one written last. */
export interface WrittenBranch {
  readonly choices: readonly Choice[]
  readonly leaves: ReadonlyMap<string, WrittenLeaf>
}

/** The object that a pattern is, or that its text spells. One that `compile` has read before. */
export function patternObject(pattern: string | object): object {
  return (typeof pattern === 'string' ? readPatternText(pattern).root[0] : pattern) as object
}

/** The branches of a pattern that compiles, in the order of `readBranches`. */
export function writtenBranches(pattern: object): readonly WrittenBranch[] {
  return fieldsIn(pattern, [], [], [{ choices: [], leaves: new Map() }])
}

type Keys = readonly string[]
type Growing = WrittenBranch & { readonly leaves: Map<string, WrittenLeaf> }

function fieldsIn(pattern: object, keys: Keys, within: readonly Choice[], sofar: Growing[]) {
  let branches = sofar
  for (const [key, value] of entriesOf(pattern)) {
    const path = [...keys, key]
    if (key === '$or') branches = alternativesIn(value as readonly object[], keys, within, branches)
    else if (isObject(value)) branches = fieldsIn(value, path, within, branches)
    else {
      const leaf = { path: path.join('.'), matchers: value as readonly unknown[], within }
      for (const { leaves } of branches) leaves.set(leaf.path, leaf)
    }
  }
  return branches
}

function alternativesIn(
  alternatives: readonly object[],
  keys: Keys,
  within: readonly Choice[],
  sofar: readonly Growing[],
): Growing[] {
  const or: WrittenOr = { path: [...keys, '$or'].join('.'), size: alternatives.length }
  return alternatives.flatMap((alternative, index) => {
    const choice = { or, index }
    const copies = sofar.map(({ choices, leaves }) => ({
      choices: [...choices, choice],
      leaves: new Map(leaves),
    }))
    return fieldsIn(alternative, keys, [...within, choice], copies)
  })
}
