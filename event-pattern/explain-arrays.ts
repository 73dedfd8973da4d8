/**
 * The consistency of arrays, explained: fields below one array must match in one element of it. When
 * each of them matches alone and all together do not, some disagree about the element.
 */
import { describePath, listed } from './describe-value.ts'
import type { AskedLeaf } from './explain-leaf.ts'
import { type Found, type Place, spellPlace } from './explain-values.ts'

export interface Disagreement {
  /** The array, as `detail.items`. */
  readonly array: string
  readonly fields: readonly {
    readonly path: string
    /** The elements in which the field matches: at most 10 indexes. */
    readonly elements: readonly number[]
  }[]
  readonly why: string
}

const mostElements = 10
const mostInSentence = 5
/** The combinations tried in search of the values that a match rests on. */
const mostTries = 1_000

/**
 * A few of the leaves that cannot match together, found by leaving out one after the other as long as
 * the rest still disagrees, and for no other reason: a leaf that matches only beside one that settles
 * on an element keeps that one.
 */
export function quarrel(leaves: readonly AskedLeaf[], matchesAll: MatchesAll) {
  let rest = leaves
  for (const leaf of leaves) {
    const others = rest.filter((each) => each !== leaf)
    const holding = others.filter(({ alone }) => alone)
    const dependent = others.filter(({ alone }) => !alone)
    if (!matchesAll(others) && dependent.every((each) => matchesAll([...holding, each])))
      rest = others
  }
  return rest
}

export type MatchesAll = (leaves: readonly AskedLeaf[]) => boolean

/** Where the leaves disagree: the outermost of their common arrays with no element for all of them. */
export function disagreement(leaves: readonly AskedLeaf[]): Disagreement | undefined {
  const places = new Map<Elements, Place | undefined>()
  for (const leaf of leaves)
    for (const { place } of leaf.reached().values)
      for (const element of elementsOf(place)) places.set(element.array, element.place)
  const inOrder = leaves.toSorted((a, b) => (a.written.path < b.written.path ? -1 : 1))
  const quarrels = [...places].map(([array, place]) => {
    let isSettled = false
    const fields = inOrder.map((leaf) => {
      const { matching, present } = elementsWith(leaf, array)
      // Missing from one element counts once a field before has settled on it, else from all.
      if (leaf.orAbsent && (isSettled || present.size === 0))
        for (const index of array.keys()) if (!present.has(index)) matching.add(index)
      if (present.size > 0) isSettled = true
      return { path: leaf.written.path, in: matching }
    })
    const [first, ...others] = fields
    const inCommon = [...(first?.in ?? [])].some((index) =>
      others.every((each) => each.in.has(index)),
    )
    return { place, fields, concernsAll: fields.every((each) => each.in.size > 0), inCommon }
  })
  const found =
    quarrels.find(({ concernsAll, inCommon }) => concernsAll && !inCommon) ??
    quarrels.find(({ inCommon }) => !inCommon) ??
    quarrels[0]
  if (found === undefined) return undefined
  const array = spellPlace(found.place)
  const fields = found.fields.map(({ path, in: indexes }) => ({
    path,
    elements: [...indexes].sort((a, b) => a - b).slice(0, mostElements),
  }))
  const words = fields.map(({ path, elements }) => {
    const where = elements.map((index) => `[${index}]`)
    return `${describePath(path, 60)} in ${listed(where, mostInSentence, 'and') || 'none'}`
  })
  const name = describePath(array, 60)
  return {
    array,
    fields,
    why: `no one element of ${name} matches them all: ${listed(words, mostInSentence, 'and')}`,
  }
}

/**
 * The values that a match rests on, one for each leaf that matches by its presence, all of one element
 * of each array; those it finds within a bounded number of tries. For the eye only: `compile` judges.
 */
export function settle(leaves: readonly AskedLeaf[]): ReadonlyMap<AskedLeaf, Found> {
  const settled = new Map<AskedLeaf, Found>()
  const chosen = new Map<Elements, number>()
  const candidates = leaves.map(({ test, reached }) =>
    reached()
      .values.filter(({ value }) => test(value))
      .slice(0, mostTries),
  )
  let tries = 0

  function choose(at: number): boolean {
    const leaf = leaves[at]
    if (leaf === undefined) return true
    for (const found of candidates[at] ?? []) {
      if (tries++ > mostTries) return false
      const through = [...elementsOf(found.place)]
      if (through.some(({ array, index }) => (chosen.get(array) ?? index) !== index)) continue
      const added = through.filter(({ array }) => !chosen.has(array))
      for (const { array, index } of added) chosen.set(array, index)
      settled.set(leaf, found)
      if (choose(at + 1)) return true
      settled.delete(leaf)
      for (const { array } of added) chosen.delete(array)
    }
    return leaf.orAbsent && choose(at + 1)
  }

  choose(0)
  return settled
}

type Elements = readonly unknown[]

/** The elements of the array in which the leaf finds values, and those in which one matches. */
function elementsWith({ test, reached }: AskedLeaf, array: Elements) {
  const matching = new Set<number>()
  const present = new Set<number>()
  for (const { value, place } of reached().values)
    for (const element of elementsOf(place)) {
      if (element.array !== array) continue
      present.add(element.index)
      if (test(value)) matching.add(element.index)
    }
  return { matching, present }
}

/** The array elements that bind other fields: a value that is an element itself binds none. */
function* elementsOf(place: Place | undefined) {
  let at = typeof place?.step === 'object' ? place.up : place
  for (; at !== undefined; at = at.up)
    if (typeof at.step === 'object') yield { ...at.step, place: at.up }
}
