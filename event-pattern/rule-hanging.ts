/**
 * On which of its fields a rule hangs. Those that want exact values come first, and of them the one
 * whose values the smallest part of the other rules name; a second one narrows it down further, because a source or
 * a detail-type alone is named by hundreds of rules.
 */

import type { Clue } from './condition.ts'
import { addToIndex, type FieldIndex, fieldIndex, findInIndex } from './field-index.ts'
import type { PlacedField } from './placed-field.ts'
import { type Place, type Places, valueAt } from './places.ts'

/** What hangs in one place. */
export interface Hooks<Item> {
  readonly index: FieldIndex<Item>
  /** What hangs on a value here and on what a second place has. */
  readonly pairs: Map<unknown, Map<Place, Second<Item>>>
  /** How many rules name a value here, wherever they hang, and how many all values. */
  readonly named: Map<unknown, number>
  allNamed: number
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
  for (const clue of first.condition.clues) {
    const { index, pairs } = hooksAt(hooks, first.place)
    if (second === undefined) undo.push(addToIndex(index, clue, item))
    else
      for (const other of second.condition.clues)
        undo.push(addPair(pairs, exactValue(clue), second.place, other, item))
  }
  return [...undo, () => fields.forEach(({ place }) => forgetEmpty(hooks, place))]
}

/** Whether all that the clue finds passes the test. */
function isCertain(clue: Clue): boolean {
  if (clue.kind === 'prefix' || clue.kind === 'suffix')
    return clue.isAll === true && clue.text !== ''
  return clue.kind === 'exact' || clue.kind === 'numbers'
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
  found: Item[],
): void {
  for (const item of always) found.push(item)
  for (let at = 0; at < places.foundCount; at++) {
    const place = places.found[at] as Place
    const hook = hooks.get(place)
    if (hook === undefined || hook.index.size + hook.pairs.size === 0) continue
    for (let each = 0; each < place.count; each++) {
      const value = valueAt(places, place, each)
      if (hook.index.size > 0) findInIndex(hook.index, value, found)
      const seconds = hook.pairs.size > 0 ? hook.pairs.get(value) : undefined
      if (seconds === undefined) continue
      for (const { place: second, index } of seconds.values())
        if (second.event === places.event)
          for (let other = 0; other < second.count; other++)
            findInIndex(index, valueAt(places, second, other), found)
    }
  }
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
    known = { index: fieldIndex(), pairs: new Map(), named: new Map(), allNamed: 0 }
    hooks.set(place, known)
  }
  return known
}

/** A place that no rule asks for any more; `unwant` has been told. */
function forgetEmpty<Item>(hooks: Map<Place, Hooks<Item>>, place: Place): void {
  if (place.uses === 0) hooks.delete(place)
}

function name<Item>(hooks: Hooks<Item>, value: unknown): () => void {
  const { named } = hooks
  named.set(value, (named.get(value) ?? 0) + 1)
  hooks.allNamed++
  return () => {
    const left = (named.get(value) ?? 0) - 1
    if (left > 0) named.set(value, left)
    else named.delete(value)
    hooks.allNamed--
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
  const { named, allNamed } = hooksAt(hooks, place)
  return (
    condition.clues.reduce((sum, clue) => sum + (named.get(exactValue(clue)) ?? 0), 0) / allNamed
  )
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
    case 'any':
      return anything
  }
}

const anything = 9

function addPair<Item>(
  pairs: Hooks<Item>['pairs'],
  value: unknown,
  second: Place,
  clue: Clue,
  item: Item,
): () => void {
  const seconds = pairs.get(value) ?? new Map<Place, Second<Item>>()
  pairs.set(value, seconds)
  const known = seconds.get(second) ?? { place: second, index: fieldIndex<Item>() }
  seconds.set(second, known)
  const undo = addToIndex(known.index, clue, item)
  return () => {
    undo()
    if (known.index.size === 0) seconds.delete(second)
    if (seconds.size === 0) pairs.delete(value)
  }
}
