/**
 * What hangs in a place, on one value there or on two at once: there on a value and in a second place
 * on another. Values that rules name have numbers, by which pairs of them are found.
 */
import type { Clue } from './condition.ts'
import { addToIndex, type FieldIndex, fieldIndex, removeFromIndex } from './field-index.ts'
import { type Found, found } from './found.ts'
import { addItem, removeItem } from './items.ts'
import { addPair, type PairTable, pairTable, removePair } from './pair-table.ts'
import type { PlacedField } from './placed-field.ts'
import type { Place } from './places.ts'

export interface Hooks<Item> {
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
  readonly affixes: Map<string, Name<Item>>
  readonly affixIndex: FieldIndex<Name<Item>>
  /** The event whose values' names are below. */
  event: number
  readonly namesNow: Found<Name<Item>>
}

interface Partners<Item> {
  readonly list: Partner<Item>[]
  readonly byPlace: Map<Place, Partner<Item>>
}

export interface Partner<Item> {
  readonly hook: Hooks<Item>
  readonly pairs: PairTable<Item>
}

export interface Name<Item> {
  readonly number: number
  uses: number
  /** What hangs on this value and, in a second place, on what is no named value. */
  seconds: Map<Place, FieldIndex<Item>> | undefined
}

export type AllHooks<Item> = Map<Place, Hooks<Item>>

export function hooksAt<Item>(hooks: AllHooks<Item>, place: Place): Hooks<Item> {
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

/** Whether the field asks for nothing but exact values; only such a field has named them. */
export function isNaming({ condition }: PlacedField): boolean {
  return !condition.orAbsent && condition.clues.every(({ kind }) => kind === 'exact')
}

export function nameValues<Item>(hooks: AllHooks<Item>, { place, condition }: PlacedField): void {
  const hook = hooksAt(hooks, place)
  for (const clue of condition.clues) {
    const value = exactValue(clue)
    const name = hook.names.get(value) ?? newName(hook)
    hook.names.set(value, name)
    name.uses++
    hook.allNamed++
  }
}

export function unnameValues<Item>(hooks: AllHooks<Item>, { place, condition }: PlacedField): void {
  const hook = hooksAt(hooks, place)
  for (const clue of condition.clues) {
    const value = exactValue(clue)
    const name = hook.names.get(value) as Name<Item>
    if (--name.uses === 0) hook.names.delete(value)
    hook.allNamed--
  }
}

/**
 * How large a part the field's values have in all that rules name in its place. A part, not a number:
 * so rules that ask for the same fields hang on the same ones, and an event looks in few places.
 */
export function partNamed<Item>(hooks: AllHooks<Item>, { place, condition }: PlacedField): number {
  const { names, allNamed } = hooksAt(hooks, place)
  const uses = (clue: Clue) => names.get(exactValue(clue))?.uses ?? 0
  return condition.clues.reduce((sum, clue) => sum + uses(clue), 0) / allNamed
}

/** What hangs on exact values of the same two places does so the same way around: one look-up less. */
export function isPartner<Item>(hooks: AllHooks<Item>, first: Place, second: Place): boolean {
  return hooksAt(hooks, first).partners.byPlace.has(second)
}

/** The first field has named its values. */
export function hangTwice<Item>(
  hooks: AllHooks<Item>,
  first: PlacedField,
  second: PlacedField,
  item: Item,
): void {
  const hook = hooksAt(hooks, first.place)
  const partner = hooksAt(hooks, second.place)
  hook.twice++
  for (const clue of first.condition.clues) {
    const name = hook.names.get(exactValue(clue)) as Name<Item>
    for (const other of second.condition.clues)
      if (isAffix(other)) addPartner(hook, partner, name, nameAffix(partner, other), item)
      else if (isNaming(second))
        addPartner(hook, partner, name, partner.names.get(exactValue(other)) as Name<Item>, item)
      else addSecond(name, partner.place, other, item)
  }
}

/** While the values still have their names. */
export function unhangTwice<Item>(
  hooks: AllHooks<Item>,
  first: PlacedField,
  second: PlacedField,
  item: Item,
): void {
  const hook = hooksAt(hooks, first.place)
  const partner = hooksAt(hooks, second.place)
  hook.twice--
  for (const clue of first.condition.clues) {
    const name = hook.names.get(exactValue(clue)) as Name<Item>
    for (const other of second.condition.clues)
      if (isAffix(other)) {
        const affix = partner.affixes.get(affixKey(other)) as Name<Item>
        removePartner(hook, partner, name, affix, item)
        unnameAffix(partner, other, affix)
      } else if (isNaming(second))
        removePartner(hook, partner, name, partner.names.get(exactValue(other)) as Name<Item>, item)
      else removeSecond(name, partner.place, other, item)
  }
}

function exactValue(clue: Clue): unknown {
  return clue.kind === 'exact' ? clue.value : undefined
}

function newName<Item>(hook: Hooks<Item>): Name<Item> {
  return { number: hook.namesMade++, uses: 0, seconds: undefined }
}

type Affix = Extract<Clue, { kind: 'prefix' | 'suffix' | 'ignore-case' }>

function isAffix(clue: Clue): clue is Affix {
  const { kind } = clue
  return (kind === 'prefix' || kind === 'suffix' || kind === 'ignore-case') && clue.text !== ''
}

function affixKey({ kind, text }: Affix): string {
  return `${kind} ${text}`
}

function nameAffix<Item>(hook: Hooks<Item>, clue: Affix): Name<Item> {
  const key = affixKey(clue)
  let name = hook.affixes.get(key)
  if (name === undefined) {
    name = newName(hook)
    hook.affixes.set(key, name)
    addToIndex(hook.affixIndex, clue, name)
  }
  name.uses++
  return name
}

function unnameAffix<Item>(hook: Hooks<Item>, clue: Affix, name: Name<Item>): void {
  if (--name.uses > 0) return
  hook.affixes.delete(affixKey(clue))
  removeFromIndex(hook.affixIndex, clue, name)
}

function addSecond<Item>(name: Name<Item>, place: Place, clue: Clue, item: Item): void {
  name.seconds ??= new Map()
  const index = name.seconds.get(place) ?? fieldIndex<Item>()
  name.seconds.set(place, index)
  addToIndex(index, clue, item)
}

function removeSecond<Item>({ seconds }: Name<Item>, place: Place, clue: Clue, item: Item): void {
  const index = seconds?.get(place) as FieldIndex<Item>
  removeFromIndex(index, clue, item)
  if (index.size === 0) seconds?.delete(place)
}

function addPartner<Item>(
  { partners }: Hooks<Item>,
  hook: Hooks<Item>,
  name: Name<Item>,
  other: Name<Item>,
  item: Item,
): void {
  const { list, byPlace } = partners
  let partner = byPlace.get(hook.place)
  if (partner === undefined) {
    partner = { hook, pairs: pairTable<Item>() }
    addItem(list, partner)
    byPlace.set(hook.place, partner)
  }
  addPair(partner.pairs, name.number, other.number, item)
}

function removePartner<Item>(
  { partners }: Hooks<Item>,
  { place }: Hooks<Item>,
  name: Name<Item>,
  other: Name<Item>,
  item: Item,
): void {
  const partner = partners.byPlace.get(place)
  // A rule that names a value twice has hung on it once.
  if (partner === undefined) return
  removePair(partner.pairs, name.number, other.number, item)
  if (partner.pairs.size > 0) return
  partners.byPlace.delete(place)
  removeItem(partners.list, partner)
}
