/**
 * On which of its fields a rule hangs. Those that want exact values come first, and of them the one
 * whose values the smallest part of the other rules name; a second one narrows it down further, because a source or
 * a detail-type alone is named by hundreds of rules.
 */

import type { Clue } from './condition.ts'
import { addToIndex, type FieldIndex, fieldIndex, findInIndex } from './field-index.ts'
import { append, type Found, found } from './found.ts'
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
  readonly partners: Partners<Item>
  /** How many hang on a value here and something in a second place. */
  twice: number
  /** By kind and text. A value has few of them, so that they are names too, but only for what hangs twice. */
  readonly affixes: Map<string, { readonly name: Name<Item>; readonly undo: () => void }>
  readonly affixIndex: FieldIndex<Name<Item>>
  /** The event whose values' names are below. */
  event: number
  readonly namesNow: Found<Name<Item>>
}

interface Partners<Item> {
  readonly list: Partner<Item>[]
  readonly byPlace: Map<Place, Partner<Item>>
}

interface Partner<Item> {
  readonly hook: Hooks<Item>
  readonly pairs: PairTable<Item>
}

interface Name<Item> {
  readonly number: number
  uses: number
  /** What hangs on this value and, in a second place, on what is no named value. */
  seconds: Map<Place, FieldIndex<Item>> | undefined
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
  if (second === undefined) {
    const { index } = hooksAt(hooks, first.place)
    for (const clue of first.condition.clues) undo.push(addToIndex(index, clue, item))
  } else if (exact.includes(second) && isPartner(hooks, second.place, first.place))
    undo.push(...hangTwice(hooks, second, first, item))
  else undo.push(...hangTwice(hooks, first, second, item))
  return [...undo, () => fields.forEach(({ place }) => forgetEmpty(hooks, place))]
}

/** What hangs on exact values of the same two places does so the same way around: one look-up less. */
function isPartner<Item>(hooks: Map<Place, Hooks<Item>>, first: Place, second: Place): boolean {
  return hooksAt(hooks, first).partners.byPlace.has(second)
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
    if (index.size > 0) findAll(index, place, places, found)
    if (hook.twice > 0) findTwice(hook, places, found)
  }
}

function findTwice<Item>(hook: Hooks<Item>, places: Places, found: Found<Item>): void {
  const { partners } = hook
  const names = namesNow(hook, places)
  if (names.count === 0) return
  // Rules may have partners in thousands of places; an event has values in few.
  if (partners.list.length <= places.foundCount) {
    for (const partner of partners.list)
      if (partner.hook.place.event === places.event) findPairs(names, partner, places, found)
  } else
    for (let at = 0; at < places.foundCount; at++) {
      const partner = partners.byPlace.get(places.found[at] as Place)
      if (partner !== undefined) findPairs(names, partner, places, found)
    }
  for (let at = 0; at < names.count; at++) {
    const { seconds } = names.items[at] as Name<Item>
    if (seconds !== undefined)
      for (const [second, index] of seconds)
        if (second.event === places.event) findAll(index, second, places, found)
  }
}

function findPairs<Item>(
  names: Found<Name<Item>>,
  { hook: partner, pairs }: Partner<Item>,
  places: Places,
  found: Found<Item>,
): void {
  const others = namesNow(partner, places)
  for (let at = 0; at < names.count; at++) {
    const { number } = names.items[at] as Name<Item>
    for (let each = 0; each < others.count; each++)
      append(found, findPair(pairs, number, (others.items[each] as Name<Item>).number))
  }
}

function findAll<Item>(
  index: FieldIndex<Item>,
  place: Place,
  places: Places,
  found: Found<Item>,
): void {
  for (let at = 0; at < place.count; at++) findInIndex(index, valueAt(places, place, at), found)
}

/** Of all values that the event has there. */
function namesNow<Item>(hook: Hooks<Item>, places: Places): Found<Name<Item>> {
  const { place, names, affixIndex, namesNow } = hook
  if (hook.event === places.event) return namesNow
  hook.event = places.event
  namesNow.count = 0
  for (let at = 0; at < place.count; at++) {
    const value = valueAt(places, place, at)
    const name = names.get(value)
    if (name !== undefined) namesNow.items[namesNow.count++] = name
    if (affixIndex.size > 0) findInIndex(affixIndex, value, namesNow)
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
      partners: { list: [], byPlace: new Map() },
      twice: 0,
      affixes: new Map(),
      affixIndex: fieldIndex(),
      event: 0,
      namesNow: found(),
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
  const known = names.get(value) ?? newName(hook)
  names.set(value, known)
  known.uses++
  hook.allNamed++
  return () => {
    if (--known.uses === 0) names.delete(value)
    hook.allNamed--
  }
}

function newName<Item>(hook: Hooks<Item>): Name<Item> {
  return { number: hook.namesMade++, uses: 0, seconds: undefined }
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
  const common = ({ condition }: PlacedField) =>
    condition.clues.reduce((most, clue) => Math.max(most, commonnessOf(clue)), 0)
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
  hooks: Map<Place, Hooks<Item>>,
  first: PlacedField,
  second: PlacedField,
  item: Item,
): (() => void)[] {
  const hook = hooksAt(hooks, first.place)
  const partner = hooksAt(hooks, second.place)
  // Only such a field has named its values.
  const isNamed = second.condition.clues.every(isExact)
  hook.twice++
  const undo = first.condition.clues.flatMap((clue) => {
    const name = hook.names.get(exactValue(clue)) as Name<Item>
    return second.condition.clues.flatMap((other) => {
      if (isNamed) {
        const otherName = partner.names.get(exactValue(other)) as Name<Item>
        return [addPartner(hook.partners, partner, name, otherName, item)]
      }
      if (!isAffix(other)) return [addSecond(name, partner.place, other, item)]
      const [affix, forget] = nameAffix(partner, other)
      return [forget, addPartner(hook.partners, partner, name, affix, item)]
    })
  })
  return [() => hook.twice--, ...undo]
}

type Affix = Extract<Clue, { kind: 'prefix' | 'suffix' | 'ignore-case' }>

function isAffix(clue: Clue): clue is Affix {
  const { kind } = clue
  return (kind === 'prefix' || kind === 'suffix' || kind === 'ignore-case') && clue.text !== ''
}

function nameAffix<Item>(hook: Hooks<Item>, clue: Affix): readonly [Name<Item>, () => void] {
  const { affixes, affixIndex } = hook
  const key = `${clue.kind} ${clue.text}`
  let affix = affixes.get(key)
  if (affix === undefined) {
    const name = newName(hook)
    affix = { name, undo: addToIndex(affixIndex, clue, name) }
    affixes.set(key, affix)
  }
  const { name, undo } = affix
  name.uses++
  return [
    name,
    () => {
      if (--name.uses > 0) return
      affixes.delete(key)
      undo()
    },
  ]
}

function addSecond<Item>(name: Name<Item>, place: Place, clue: Clue, item: Item): () => void {
  name.seconds ??= new Map()
  const { seconds } = name
  const index = seconds.get(place) ?? fieldIndex<Item>()
  seconds.set(place, index)
  const undo = addToIndex(index, clue, item)
  return () => {
    undo()
    if (index.size === 0) seconds.delete(place)
  }
}

function addPartner<Item>(
  partners: Partners<Item>,
  hook: Hooks<Item>,
  { number }: Name<Item>,
  other: Name<Item>,
  item: Item,
): () => void {
  const { list, byPlace } = partners
  let partner = byPlace.get(hook.place)
  if (partner === undefined) {
    partner = { hook, pairs: pairTable<Item>() }
    list.push(partner)
    byPlace.set(hook.place, partner)
  }
  const { pairs } = partner
  const undo = addPair(pairs, number, other.number, item)
  return () => {
    undo()
    if (pairs.size > 0) return
    byPlace.delete(hook.place)
    list.splice(
      list.findIndex((each) => each.hook === hook),
      1,
    )
  }
}
