/** One leaf of a pattern beside the event: what was wanted, what was found, and what is almost right. */
import { describeMatchers, describeWanted } from './describe-matchers.ts'
import { cut, describeValue, listed } from './describe-value.ts'
import type { WrittenLeaf } from './explain-branches.ts'
import { plainValue } from './explain-json.ts'
import { missing } from './explain-missing.ts'
import { type NearMiss, nearMiss } from './explain-near.ts'
import { type Found, type Reached, spellPlace } from './explain-values.ts'
import { conditionOf } from './explain-verdict.ts'

/** The bounds of an explanation, for events that strangers send. */
const mostFound = 10
const longestFound = 200
/** Of more values and matchers no near misses are sought. */
const mostCompared = 100
/** And of a sentence. */
const brief = { longest: 60, most: 5 }
const mostInSentence = 3

export interface ExplainedLeaf {
  readonly path: string
  /** The field's matchers, as written. */
  readonly matcher: readonly unknown[]
  /** At most 10 of the values found, those that match first, then those that nearly do. */
  readonly found: readonly FoundValue[]
  /** How many values the event holds at the path. */
  readonly count: number
  readonly matched: boolean
  /** What was found and what was wanted; it follows the path: `is "pending", wanted "running"`. */
  readonly why: string
  /** 0 when it matched, else up to 1: the smaller, the nearer. */
  readonly distance: number
  /** Whether it belongs to the alternatives that matched or came nearest; without `$or` it always does. */
  readonly nearest: boolean
}

export interface FoundValue {
  /** A string is cut to 200 UTF-16 units. */
  readonly value: unknown
  /** Where it sits, as `detail.items[2].state`. */
  readonly at: string
  /** Whether it satisfies the leaf, taken alone. */
  readonly matched: boolean
}

type Test = (value: unknown) => boolean

/** A leaf together with what the event holds at its path. */
export interface AskedLeaf {
  readonly written: WrittenLeaf
  readonly keys: readonly string[]
  /** Whether a value satisfies it. */
  readonly test: Test
  /** Whether a missing field does. */
  readonly orAbsent: boolean
  /** Whether the event satisfies it, taken alone. */
  readonly alone: boolean
  /** What the event holds at its path. */
  reached(): Reached
}

/** `settled` is the value that the whole match rests on, when there is one. */
export function explainLeaf(
  asked: AskedLeaf,
  event: object,
  {
    matched,
    nearest,
    settled,
  }: { matched: boolean; nearest: boolean; settled?: Found | undefined },
): ExplainedLeaf {
  const { path, matchers } = asked.written
  const { test } = asked
  const reached = asked.reached()
  const compared = reached.values
    .filter((found) => found === settled || test(found.value))
    .concat(reached.values.filter((found) => !test(found.value)))
    .slice(0, mostCompared)
    .map((found) => ({
      found,
      matched: test(found.value),
      miss: nearestMiss(matchers, found, test),
    }))
    .sort((a, b) => rank(a, settled) - rank(b, settled))
  const base = {
    path,
    matcher: matchers.map(plainValue),
    found: compared.slice(0, mostFound).map(
      ({ found, matched }): FoundValue => ({
        value:
          typeof found.value === 'string'
            ? cut(found.value, longestFound)
            : plainValue(found.value),
        at: spellPlace(found.place),
        matched,
      }),
    ),
    count: reached.values.length,
    matched,
    nearest,
  }
  const [first] = compared
  if (matched) return { ...base, why: whyMatched(path, matchers, first), distance: 0 }

  const wanted = `wanted ${describeWanted(matchers, brief)}`
  if (first === undefined) {
    const { is, hint, distance } = missing(asked.keys, reached, event, test)
    return { ...base, why: sentence(is, wanted, hint), distance }
  }
  const more = reached.values.length - Math.min(compared.length, mostInSentence)
  const values = compared
    .slice(0, mostInSentence)
    .map(({ found }) => describeFound(found, path))
    .concat(more > 0 ? [`${more} more`] : [])
  const { why, distance } = first.miss ?? { why: undefined, distance: 1 }
  // What is missing from one element may stand in another: a value that matches is in the wrong one.
  return { ...base, why: sentence(`is ${listed(values, Infinity, 'and')}`, wanted, why), distance }
}

type Compared = { found: Found; matched: boolean; miss: NearMiss | undefined }

function rank({ found, matched, miss }: Compared, settled: Found | undefined): number {
  if (found === settled) return -2
  return matched ? -1 : (miss?.distance ?? 1)
}

function nearestMiss(matchers: readonly unknown[], { value }: Found, test: Test) {
  if (test(value)) return undefined
  let nearest: NearMiss | undefined
  for (const matcher of matchers.slice(0, mostCompared)) {
    const miss = nearMiss(matcher, value)
    if (miss !== undefined && miss.distance < (nearest?.distance ?? 1)) nearest = miss
  }
  return nearest
}

function whyMatched(path: string, matchers: readonly unknown[], first: Compared | undefined) {
  if (first === undefined) return 'is missing, as wanted'
  if (!first.matched) return 'is missing where the other fields match, as wanted'
  const { value } = first.found
  const is = `is ${describeFound(first.found, path)}`
  const matcher = matchers.find((each) => conditionOf([each]).test(value))
  const [phrase = ''] = describeMatchers([matcher], brief)
  const isPlain = phrase === 'exists' || typeof matcher !== 'object' || matcher === null
  return isPlain ? is : `${is}, which ${phrase}`
}

/** The value, and its place where the path alone does not tell it. */
function describeFound({ value, place }: Found, path: string): string {
  const at = spellPlace(place)
  const words = describeValue(value, brief.longest)
  return at === cut(path, longestFound) ? words : `${words} at ${describeValue(at).slice(1, -1)}`
}

function sentence(is: string, wanted: string, hint: string | undefined): string {
  return hint === undefined ? `${is}, ${wanted}` : `${is}, ${wanted}: ${hint}`
}
