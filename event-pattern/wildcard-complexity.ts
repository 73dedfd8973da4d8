/**
 * The complexity for which EventBridge refuses wildcards: how many of their beginnings one text can
 * match at the same time. It depends on what wildcards share, so they are put into an automaton like
 * event-ruler's, byte by byte, and all sets of states that a text can be in are looked at. AWS's answers
 * to some 200 patterns agree with it.
 */

/** A wildcard, or all that one anything-but refuses: AWS counts these once. */
export interface Wildcards {
  /** The pieces between the stars of each. */
  readonly texts: readonly (readonly string[])[]
  readonly isNegated: boolean
  /** What is asked for after them. A text that matches them counts once for each. */
  readonly next: object
}

/** A state, or, where it has no transitions of its own, the match of a whole wildcard. */
interface State {
  readonly number: number
  readonly byByte: Map<number, State[]>
  /** Where any byte leads: to what stands for a star, which leads to itself. */
  readonly byAny: State[]
  readonly leadsTo: Set<string>
  readonly isMatch: boolean
  /** Behind a star: what was read does not tell the state. */
  isUnsure: boolean
}

const star = -1
const quote = 0x22
/** No wildcard has this byte: it stands for all that none has. */
const otherByte = 0xff

/** Four stars can have been reached or not, each for itself. */
const setsForEachState = 16

/** Whether one text can match more than `most` beginnings of the wildcards of one field. */
export function isTooComplex(all: readonly Wildcards[], most: number): boolean {
  const automaton = new Automaton()
  for (const wildcards of all) automaton.add(wildcards)
  return automaton.isBeyond(most)
}

class Automaton {
  readonly #states: State[] = []
  readonly #start = this.#state()
  readonly #matches = new Map<object, Map<string, State>>()

  #state(isUnsure = false, isMatch = false): State {
    const state: State = {
      number: this.#states.length,
      byByte: new Map(),
      byAny: [],
      leadsTo: new Set(),
      isMatch,
      isUnsure,
    }
    this.#states.push(state)
    return state
  }

  add({ texts, isNegated, next }: Wildcards): void {
    const distinct = new Map(texts.map((pieces) => [JSON.stringify(pieces), pieces]))
    // Lists of the same members are the same, in whatever order.
    const name = `${isNegated} ${[...distinct.keys()].sort()}`
    for (const pieces of distinct.values()) this.#addOne(unitsOf(pieces), name, next)
  }

  #addOne(units: readonly Unit[], name: string, end: object): void {
    const last = units.length - 1
    let before: State | undefined
    let state = this.#start
    let at = 0
    for (; at < last; at++) {
      const unit = units[at] as Unit
      const shared = following(state, unit.byte).find((next) => isShareable(state, next, unit))
      if (shared === undefined) break
      shared.leadsTo.add(name)
      before = state
      state = shared
    }
    for (; at < last; at++) {
      const { byte } = units[at] as Unit
      const next = this.#state(state.isUnsure || byte === star)
      next.leadsTo.add(name)
      if (byte === star) {
        next.byAny.push(next)
        state.byAny.push(next)
      } else link(state, before, units, at, next)
      before = state
      state = next
    }
    const isThere = ({ isMatch, leadsTo }: State) => isMatch && leadsTo.has(name)
    if (following(state, quote).some(isThere)) return
    const match = this.#match(name, end)
    link(state, before, units, last, match)
  }

  #match(name: string, end: object): State {
    const matches = this.#matches.get(end) ?? new Map<string, State>()
    this.#matches.set(end, matches)
    const match = matches.get(name) ?? this.#state(false, true)
    match.leadsTo.add(name)
    matches.set(name, match)
    return match
  }

  isBeyond(most: number): boolean {
    const sum = this.#states.reduce((total, { leadsTo }) => total + leadsTo.size, 0)
    if (sum <= most) return false
    // Matching does not depend on it, so what would take long to count is let through.
    const mostSets = setsForEachState * this.#states.length
    const seen = new Set<string>()
    const waiting: (readonly State[])[] = nextSets([this.#start])
    for (let set = waiting.pop(); set !== undefined && seen.size < mostSets; set = waiting.pop()) {
      const name = set.map(({ number }) => number).join()
      if (seen.has(name)) continue
      seen.add(name)
      // What is in a state has also come to the star that follows it, which matches nothing too.
      const reached = new Set([...set, ...set.flatMap(({ byAny }) => byAny)])
      let size = 0
      for (const { leadsTo } of reached) size += leadsTo.size
      if (size > most) return true
      waiting.push(...nextSets(set))
    }
    return false
  }
}

/** Links a state to the next one, and past a star, which matches nothing too. */
function link(
  state: State,
  before: State | undefined,
  units: readonly Unit[],
  at: number,
  next: State,
): void {
  const { byte } = units[at] as Unit
  const origins = units[at - 1]?.byte === star && before !== undefined ? [state, before] : [state]
  for (const { byByte } of origins) {
    const nexts = byByte.get(byte)
    if (nexts === undefined) byByte.set(byte, [next])
    else nexts.push(next)
  }
}

function following({ byByte, byAny }: State, byte: number): readonly State[] {
  if (byte === star) return byAny
  return [...byAny, ...(byByte.get(byte) ?? [])]
}

/**
 * Whether a wildcard can go on through a state that another has made. Behind a star event-ruler takes
 * no chances with letters, which may have been written in both cases.
 */
function isShareable(state: State, next: State, unit: Unit): boolean {
  if (next === state || next.isMatch) return false
  if (!next.isUnsure || unit.byte === star || !unit.isFirst) return true
  return !unit.hasCases && !state.byAny.some((any) => any !== state)
}

/** The sets of states that one more byte leads to. */
function nextSets(set: readonly State[]): State[][] {
  const bytes = new Set(set.flatMap(({ byByte }) => [...byByte.keys()]))
  return [...bytes, otherByte].flatMap((byte) => {
    const next = new Set(set.flatMap((state) => following(state, byte)))
    return next.size === 0 ? [] : [[...next].sort((a, b) => a.number - b.number)]
  })
}

interface Unit {
  /** In UTF-8, or {@link star}. */
  readonly byte: number
  /** Of a character. */
  readonly isFirst: boolean
  readonly hasCases: boolean
}

/** Texts stand between quotes. */
function unitsOf(pieces: readonly string[]): Unit[] {
  const units: Unit[] = []
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) units.push({ byte: star, isFirst: true, hasCases: false })
    const opened = index === 0 ? `"${piece}` : piece
    for (const character of index === pieces.length - 1 ? `${opened}"` : opened) {
      const hasCases = character.length === 1 && character.toLowerCase() !== character.toUpperCase()
      for (const [at, byte] of new TextEncoder().encode(character).entries())
        units.push({ byte, isFirst: at === 0, hasCases })
    }
  }
  return units
}
