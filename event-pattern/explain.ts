/**
 * The first thing users ask of a bus: why did this event match, or why not? The verdict is always
 * `compile`'s; what is added here are the author's own words beside the event's values.
 */
import { compile } from './event-pattern.ts'
import {
  type Disagreement,
  disagreement,
  type MatchesAll,
  quarrel,
  settle,
} from './explain-arrays.ts'
import {
  patternObject,
  type WrittenBranch,
  type WrittenLeaf,
  type WrittenOr,
  writtenBranches,
} from './explain-branches.ts'
import { walkable } from './explain-json.ts'
import { type AskedLeaf, type ExplainedLeaf, explainLeaf } from './explain-leaf.ts'
import { type Reached, valuesAt } from './explain-values.ts'
import { conditionOf, matchesLeaves } from './explain-verdict.ts'
import type { Limits } from './limits.ts'

export interface Explanation {
  /** What `compile(pattern)(event)` answers. */
  readonly matched: boolean
  /**
   * The leaves of the pattern: first of the alternatives that matched or came nearest, then the others'.
   * In each part the misses stand first, the nearest before all. Leaves that a later one of the same
   * path replaces everywhere are left out.
   */
  readonly leaves: readonly ExplainedLeaf[]
  /** How many leaves of other alternatives were left out, to keep the explanation short. */
  readonly omitted: number
  /** Set when fields that match one by one do not match in one element of an array. */
  readonly disagreement: Disagreement | undefined
  /** One for each `$or`. */
  readonly alternatives: readonly Alternatives[]
}

export interface Alternatives {
  /** As `detail.$or`. */
  readonly or: string
  /** The index of the alternative that matched or came nearest. */
  readonly nearest: number
  /** By alternative: how many leaves miss, of the whole pattern, when it is taken. */
  readonly misses: readonly number[]
}

type Event = string | Uint8Array | object

/** Leaves of the alternatives that were not nearest: so many are explained. */
const mostOthers = 256
/** Leaves that match only among others: so many are asked for with each set of those. */
const mostDependent = 16
/** Branches with equally few misses whose leaves are compared for how near they came. */
const mostCompared = 16

/**
 * Says why an event matches a pattern or does not. Meant for people, so it takes its time: some
 * hundred times that of a match. Throws what {@link compile} and its match throw.
 */
export function explain(
  pattern: string | object,
  event: Event,
  limits?: Partial<Limits>,
): Explanation {
  const matched = compile(pattern, limits)(event)
  const object = walkable(event)
  const branches = writtenBranches(patternObject(pattern))
  const matchesAll: MatchesAll = (leaves) =>
    matchesLeaves(
      leaves.map(({ written }) => written),
      event,
    )
  const ask = asking(object)

  const asked = branches.map((branch) => [...branch.leaves.values()].map(ask))
  const misses = asked.map((leaves) => leaves.filter(({ alone }) => !alone).length)
  const at = matched
    ? Math.max(0, asked.findIndex(matchesAll))
    : nearestOf(asked, misses, (leaf) =>
        explainLeaf(leaf, object, { matched: leaf.alone, nearest: true }),
      )
  const leaves = asked[at] ?? []

  const failing = matched ? new Set<AskedLeaf>() : failingOf(leaves, matchesAll)
  const holding = leaves.filter((leaf) => !failing.has(leaf))
  const agrees = matched || matchesAll(holding)
  const between = agrees ? [] : quarrel(holding, matchesAll)
  const settled = agrees ? settle(holding) : undefined
  const explained = leaves.map((leaf) =>
    explainLeaf(leaf, object, {
      matched: !failing.has(leaf),
      nearest: true,
      settled: settled?.get(leaf),
    }),
  )
  const others = [...new Set(asked.flat())].filter((leaf) => !leaves.includes(leaf))
  const explainedOthers = others
    .slice(0, mostOthers)
    .map((leaf) => explainLeaf(leaf, object, { matched: leaf.alone, nearest: false }))
  return {
    matched,
    leaves: [...nearestFirst(explained), ...nearestFirst(explainedOthers)],
    omitted: others.length - explainedOthers.length,
    disagreement: agrees ? undefined : disagreement(between),
    alternatives: alternativesOf(branches, misses, at),
  }
}

/** Each leaf is asked once, whatever the number of branches it stands in. */
function asking(event: object): (written: WrittenLeaf) => AskedLeaf {
  const known = new Map<WrittenLeaf, AskedLeaf>()

  function ask(written: WrittenLeaf): AskedLeaf {
    const keys = written.path.split('.')
    const { test, orAbsent } = conditionOf(written.matchers)
    const { values } = valuesAt(keys, event)
    const alone = values.some(({ value }) => test(value)) || (orAbsent && values.length === 0)
    let reached: Reached | undefined
    return {
      written,
      keys,
      test,
      orAbsent,
      alone,
      // Walked again when it is asked for: all leaves of a large pattern would keep too much.
      reached: () => {
        reached ??= valuesAt(keys, event)
        return reached
      },
    }
  }

  return (written) => {
    const asked = known.get(written) ?? ask(written)
    known.set(written, asked)
    return asked
  }
}

/** The branch with the fewest misses; of several, the one whose misses are nearest. */
function nearestOf(
  asked: readonly (readonly AskedLeaf[])[],
  misses: readonly number[],
  explain: (leaf: AskedLeaf) => ExplainedLeaf,
): number {
  const fewest = misses.reduce((least, each) => Math.min(least, each), Infinity)
  const tied = [...misses.keys()].filter((at) => misses[at] === fewest).slice(0, mostCompared)
  const distances = tied.map((at) =>
    (asked[at] ?? []).reduce((sum, leaf) => sum + (leaf.alone ? 0 : explain(leaf).distance), 0),
  )
  return tied[distances.indexOf(Math.min(...distances))] ?? 0
}

/**
 * The leaves that fail. One that fails alone may hold among the others: a field that may be missing
 * speaks of the element that a field before it has settled on.
 */
function failingOf(leaves: readonly AskedLeaf[], matchesAll: MatchesAll): ReadonlySet<AskedLeaf> {
  const holding = leaves.filter(({ alone }) => alone)
  const dependent = leaves
    .filter(({ alone, orAbsent }) => !alone && orAbsent)
    .slice(0, mostDependent)
    .filter((leaf) => matchesAll([...holding, leaf]))
  return new Set(leaves.filter((leaf) => !leaf.alone && !dependent.includes(leaf)))
}

function nearestFirst(leaves: readonly ExplainedLeaf[]): readonly ExplainedLeaf[] {
  const rank = ({ matched, distance }: ExplainedLeaf) => (matched ? 2 : distance)
  return leaves.toSorted((a, b) => rank(a) - rank(b))
}

function alternativesOf(
  branches: readonly WrittenBranch[],
  misses: readonly number[],
  nearest: number,
): Alternatives[] {
  const fewest = new Map<WrittenOr, number[]>()
  for (const [at, { choices }] of branches.entries())
    for (const { or, index } of choices) {
      const least = fewest.get(or) ?? new Array<number>(or.size).fill(Infinity)
      least[index] = Math.min(least[index] ?? Infinity, misses[at] ?? Infinity)
      fewest.set(or, least)
    }
  return (branches[nearest]?.choices ?? []).map(({ or, index }) => ({
    or: or.path,
    nearest: index,
    misses: fewest.get(or) ?? [],
  }))
}
