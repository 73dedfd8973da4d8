/**
 * On which of its fields a rule hangs. Those that want exact values come first, and of them the one
 * whose values the smallest part of the other rules name; a second one narrows it down further, because a source or
 * a detail-type alone is named by hundreds of rules.
 */

import type { Clue } from './condition.ts'
import { addToIndex, type FieldIndex, fieldIndex, findInIndex } from './field-index.ts'
import { append, type Found } from './found.ts'
import { addPair, findPair, type PairTable, pairTable } from './pair-table.ts'
import type { PlacedField } from './placed-field.ts'
import { type Place, type Places, valueAt } from './places.ts'

/** What hangs in one place. */
interface Hooks<Item> {
  readonly place: Place
  readonly index: FieldIndex<Item>
  /** The values that rules name here, wherever they hang. */
  readonly names: Map<unknown, Name<Item>>
  /** How many times rules name one. */
  allNamed: number
  namesMade: number
  /** Where the other of two named values is. */
  readonly partners: Map<Hooks<Item>, PairTable<Item>>
  /** How many hang on a value here and something in a second place. */
  twice: number
  /** The event whose values' names are below. */
  event: number
  readonly namesNow: (Name<Item> | undefined)[]
}

interface Name<Item> {
  readonly number: number
  uses: number
  /** What hangs on this value and, in a second place, on what is no named value. */
  readonly seconds: Second<Item>[]
}

interface Second<Item> {
  readonly place: Place
  readonly index: FieldIndex<Item>
}

export interface Hanging<Item> {
  readonly hooks: Map<Place, Hooks<Item>>
  /** What may match though all its fields are missing. */
  readonly always: Item[]
}

/** More combinations of values than this are not worth a second place. */
const mostPairs = 32

export function hanging<Item>(): Hanging<Item> {
  return { hooks: new Map(), always: [] }
}

/**
 * `make` is told the fields that the item need not be asked for again when it is found. Answers what
 * undoes it.
 */
export function hang<Item>(
  { hooks, always }: Hanging<Item>,
  fields: readonly PlacedField[],
  make: (certain: readonly PlacedField[]) => Item,
): (() => void)[] {
  const wanted = fields.filter(({ condition }) => !condition.orAbsent)
  const exact = wanted.filter(({ condition }) => condition.clues.every(isExact))
  const undo = exact.flatMap(({ place, condition }) =>
    condition.clues.map((clue) => name(hooksAt(hooks, place), exactValue(clue))),
  )
  exact.sort((a, b) => partNamed(hooks, a) - partNamed(hooks, b))
  const [first = leastCommon(wanted)] = exact
  if (first === undefined) {
    const item = make([])
    always.push(item)
    return [() => always.splice(always.indexOf(item), 1)]
  }
  const second = exact.includes(first) ? secondBest(wanted, exact) : undefined
  const hung = second === undefined ? [first] : [first, second]
  const item = make(hung.filter(({ condition }) => condition.clues.every(isCertain)))
  const hook = hooksAt(hooks, first.place)
  for (const clue of first.condition.clues)
    if (second === undefined) undo.push(addToIndex(hook.index, clue, item))
    else undo.push(...hangTwice(hook, exactValue(clue), hooksAt(hooks, second.place), second, item))
  return [...undo, () => fields.forEach(({ place }) => forgetEmpty(hooks, place))]
}

/** Whether all that the clue finds passes the test. */
function isCertain(clue: Clue): boolean {
  if (clue.kind === 'prefix' || clue.kind === 'suffix')
    return clue.isAll === true && clue.text !== ''
  return clue.kind === 'exact' || clue.kind === 'numbers' || clue.kind === 'not'
}

/** Beside the first of those that want exact values. */
function secondBest(
  wanted: readonly PlacedField[],
  [first, ...exact]: readonly PlacedField[],
): PlacedField | undefined {
  const others = wanted.filter((field) => field !== first && !exact.includes(field))
  const least = leastCommon(others)
  const isCommon = least?.condition.clues.some((clue) => commonnessOf(clue) >= anything)
  const candidates = least === undefined || isCommon ? exact : [...exact, least]
  const clues = first?.condition.clues.length ?? 0
  return candidates.find(({ condition }) => condition.clues.length * clues <= mostPairs)
}

/** Appends all that the event's values may match. */
export function findHanging<Item>(
  { hooks, always }: Hanging<Item>,
  places: Places,
  found: Found<Item>,
): void {
  append(found, always)
  for (let at = 0; at < places.foundCount; at++) {
    const hook = hooks.get(places.found[at] as Place)
    if (hook === undefined) continue
    const { place, index } = hook
    if (index.size > 0)
      for (let each = 0; each < place.count; each++)
        findInIndex(index, valueAt(places, place, each), found)
    if (hook.twice > 0) findTwice(hook, places, found)
  }
}

function findTwice<Item>(hook: Hooks<Item>, places: Places, found: Found<Item>): void {
  const names = namesNow(hook, places)
  for (const [partner, pairs] of hook.partners) {
    if (partner.place.event !== places.event) continue
    const others = namesNow(partner, places)
    for (let at = 0; at < hook.place.count; at++) {
      const name = names[at]
      if (name === undefined) continue
      for (let each = 0; each < partner.place.count; each++) {
        const other = others[each]
        if (other !== undefined) append(found, findPair(pairs, name.number, other.number))
      }
    }
  }
  for (let at = 0; at < hook.place.count; at++)
    for (const { place, index } of names[at]?.seconds ?? [])
      if (place.event === places.event)
        for (let each = 0; each < place.count; each++)
          findInIndex(index, valueAt(places, place, each), found)
}

/** By value of the event. */
function namesNow<Item>(hook: Hooks<Item>, places: Places): Hooks<Item>['namesNow'] {
  const { place, names, namesNow } = hook
  if (hook.event !== places.event) {
    hook.event = places.event
    for (let at = 0; at < place.count; at++) namesNow[at] = names.get(valueAt(places, place, at))
  }
  return namesNow
}

function isExact(clue: Clue): boolean {
  return clue.kind === 'exact'
}

function exactValue(clue: Clue): unknown {
  return clue.kind === 'exact' ? clue.value : undefined
}

function hooksAt<Item>(hooks: Map<Place, Hooks<Item>>, place: Place): Hooks<Item> {
  let known = hooks.get(place)
  if (known === undefined) {
    known = {
      place,
      index: fieldIndex(),
      names: new Map(),
      allNamed: 0,
      namesMade: 0,
      partners: new Map(),
      twice: 0,
      event: 0,
      namesNow: [],
    }
    hooks.set(place, known)
  }
  return known
}

/** A place that no rule asks for any more; `unwant` has been told. */
function forgetEmpty<Item>(hooks: Map<Place, Hooks<Item>>, place: Place): void {
  if (place.uses === 0) hooks.delete(place)
}

function name<Item>(hook: Hooks<Item>, value: unknown): () => void {
  const { names } = hook
  const known = names.get(value) ?? { number: hook.namesMade++, uses: 0, seconds: [] }
  names.set(value, known)
  known.uses++
  hook.allNamed++
  return () => {
    if (--known.uses === 0) names.delete(value)
    hook.allNamed--
  }
}

/**
 * How large a part the field's values have in all that rules name in its place. A part, not a number:
 * so rules that ask for the same fields hang on the same ones, and an event looks in few places.
 */
function partNamed<Item>(
  hooks: Map<Place, Hooks<Item>>,
  { place, condition }: PlacedField,
): number {
  const { names, allNamed } = hooksAt(hooks, place)
  const uses = (clue: Clue) => names.get(exactValue(clue))?.uses ?? 0
  return condition.clues.reduce((sum, clue) => sum + uses(clue), 0) / allNamed
}

function leastCommon(fields: readonly PlacedField[]): PlacedField | undefined {
  const common = ({ condition }: PlacedField) => Math.max(...condition.clues.map(commonnessOf))
  return fields.toSorted((a, b) => common(a) - common(b))[0]
}

/** In what order fields are worth hanging on: roughly, how much of all values a clue finds. */
function commonnessOf(clue: Clue): number {
  switch (clue.kind) {
    case 'exact':
      return 0
    case 'ignore-case':
      return 1
    case 'prefix':
    case 'suffix':
      return clue.text === '' ? anything : clue.text.length > 2 ? 2 : 5
    case 'contains':
      return clue.text === '' ? anything : clue.text.length > 2 ? 3 : 6
    case 'addresses':
      return 4
    case 'numbers':
      return Number.isFinite(clue.high - clue.low) ? 5 : 7
    case 'not':
    case 'any':
      return anything
  }
}

const anything = 9

function hangTwice<Item>(
  hook: Hooks<Item>,
  value: unknown,
  partner: Hooks<Item>,
  { condition }: PlacedField,
  item: Item,
): (() => void)[] {
  const name = hook.names.get(value)
  if (name === undefined) return []
  hook.twice++
  const undo = condition.clues.map((clue) => {
    const other = isExact(clue) ? partner.names.get(exactValue(clue)) : undefined
    return other === undefined
      ? addSecond(name.seconds, partner.place, clue, item)
      : addPartner(hook.partners, partner, name, other, item)
  })
  return [() => hook.twice--, ...undo]
}

function addSecond<Item>(
  seconds: Second<Item>[],
  place: Place,
  clue: Clue,
  item: Item,
): () => void {
  let second = seconds.find((each) => each.place === place)
  if (second === undefined) {
    second = { place, index: fieldIndex<Item>() }
    seconds.push(second)
  }
  const { index } = second
  const undo = addToIndex(index, clue, item)
  return () => {
    undo()
    if (index.size === 0)
      seconds.splice(
        seconds.findIndex((each) => each.index === index),
        1,
      )
  }
}

function addPartner<Item>(
  partners: Hooks<Item>['partners'],
  partner: Hooks<Item>,
  { number }: Name<Item>,
  other: Name<Item>,
  item: Item,
): () => void {
  const pairs = partners.get(partner) ?? pairTable<Item>()
  partners.set(partner, pairs)
  const undo = addPair(pairs, number, other.number, item)
  return () => {
    undo()
    if (pairs.size === 0) partners.delete(partner)
  }
}
