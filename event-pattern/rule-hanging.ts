/**
 * On which of its fields a rule hangs. Those that want exact values come first, and of them the one
 * whose values the fewest other rules name; a second one narrows it down further, because a source or
 * a detail-type alone is named by hundreds of rules.
 */
import type { PlacedField } from './branch-match.ts'
import type { Clue } from './condition.ts'
import { addToIndex, type FieldIndex, fieldIndex, findInIndex } from './field-index.ts'
import type { Place, Places } from './places.ts'

/** What hangs in one place. */
export interface Hooks<Item> {
  readonly index: FieldIndex<Item>
  /** What hangs on a value here together with a value in a second place. */
  readonly pairs: Map<unknown, Map<Place, Map<unknown, Item[]>>>
  /** How many rules name a value here, wherever they hang. */
  readonly named: Map<unknown, number>
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

/** Answers what undoes it. */
export function hang<Item>(
  { hooks, always }: Hanging<Item>,
  fields: readonly PlacedField[],
  item: Item,
): (() => void)[] {
  const wanted = fields.filter(({ condition }) => !condition.orAbsent)
  const exact = wanted.filter(({ condition }) => condition.clues.every(isExact))
  const undo = exact.flatMap(({ place, condition }) =>
    condition.clues.map((clue) => count(hooksAt(hooks, place).named, exactValue(clue))),
  )
  exact.sort((a, b) => namedAt(hooks, a) - namedAt(hooks, b))
  const [first = leastCommon(wanted), ...others] = exact
  if (first === undefined) {
    always.push(item)
    return [() => always.splice(always.indexOf(item), 1)]
  }
  const { clues } = first.condition
  const second = others.find((other) => other.condition.clues.length * clues.length <= mostPairs)
  for (const clue of clues) {
    const { index, pairs } = hooksAt(hooks, first.place)
    if (second === undefined) undo.push(addToIndex(index, clue, item))
    else
      for (const other of second.condition.clues)
        undo.push(addPair(pairs, exactValue(clue), second.place, exactValue(other), item))
  }
  return [...undo, () => fields.forEach(({ place }) => forgetEmpty(hooks, place))]
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
    if (hook === undefined) continue
    for (let each = 0; each < place.count; each++) {
      const value = place.values[each]
      findInIndex(hook.index, value, found)
      if (hook.pairs.size === 0) continue
      const seconds = hook.pairs.get(value)
      if (seconds === undefined) continue
      for (const [second, byValue] of seconds)
        if (second.event === places.event)
          for (let other = 0; other < second.count; other++) {
            const items = byValue.get(second.values[other])
            if (items !== undefined) for (const item of items) found.push(item)
          }
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
    known = { index: fieldIndex(), pairs: new Map(), named: new Map() }
    hooks.set(place, known)
  }
  return known
}

/** A place that no rule asks for any more; `unwant` has been told. */
function forgetEmpty<Item>(hooks: Map<Place, Hooks<Item>>, place: Place): void {
  if (place.uses === 0) hooks.delete(place)
}

function count(named: Map<unknown, number>, value: unknown): () => void {
  named.set(value, (named.get(value) ?? 0) + 1)
  return () => {
    const left = (named.get(value) ?? 0) - 1
    if (left > 0) named.set(value, left)
    else named.delete(value)
  }
}

function namedAt<Item>(hooks: Map<Place, Hooks<Item>>, { place, condition }: PlacedField): number {
  const { named } = hooksAt(hooks, place)
  return condition.clues.reduce((sum, clue) => sum + (named.get(exactValue(clue)) ?? 0), 0)
}

/** By how much of all values a clue may be expected to find. */
const commonness: Record<Clue['kind'], number> = {
  exact: 0,
  'ignore-case': 1,
  addresses: 2,
  prefix: 3,
  suffix: 3,
  contains: 4,
  numbers: 5,
  any: 7,
}

function leastCommon(fields: readonly PlacedField[]): PlacedField | undefined {
  const common = ({ condition }: PlacedField) => Math.max(...condition.clues.map(commonnessOf))
  return fields.toSorted((a, b) => common(a) - common(b))[0]
}

function commonnessOf(clue: Clue): number {
  if ('text' in clue && clue.text === '' && clue.kind !== 'ignore-case') return commonness.any
  const isOpen = clue.kind === 'numbers' && !Number.isFinite(clue.high - clue.low)
  return commonness[clue.kind] + (isOpen ? 1 : 0)
}

function addPair<Item>(
  pairs: Hooks<Item>['pairs'],
  value: unknown,
  second: Place,
  other: unknown,
  item: Item,
): () => void {
  const seconds = pairs.get(value) ?? new Map<Place, Map<unknown, Item[]>>()
  pairs.set(value, seconds)
  const byValue = seconds.get(second) ?? new Map<unknown, Item[]>()
  seconds.set(second, byValue)
  const items = byValue.get(other)
  if (items === undefined) byValue.set(other, [item])
  else items.push(item)
  return () => {
    const left = byValue.get(other) ?? []
    if (left.length > 1) left.splice(left.indexOf(item), 1)
    else byValue.delete(other)
    if (byValue.size === 0) seconds.delete(second)
    if (seconds.size === 0) pairs.delete(value)
  }
}
