/**
 * On which of its fields a rule hangs. Those that want exact values come first, and of them the one
 * whose values the smallest part of the other rules name; a second one narrows it down further, because a source or
 * a detail-type alone is named by hundreds of rules.
 */

import type { Clue } from './condition.ts'
import { addToIndex, removeFromIndex } from './field-index.ts'
import {
  type AllHooks,
  hangTwice,
  hooksAt,
  isNaming,
  isPartner,
  nameValues,
  partNamed,
  unhangTwice,
  unnameValues,
} from './hooks.ts'
import { addItem, removeItem } from './items.ts'
import type { PlacedField } from './placed-field.ts'
import type { Place } from './places.ts'

export interface Hanging<Item> {
  readonly hooks: AllHooks<Item>
  /** What may match though all its fields are missing. */
  readonly always: Item[]
}

/** The fields that an item hangs on: none, one, or two at once, the first of which wants exact values. */
export interface Hold {
  readonly first: PlacedField | undefined
  readonly second: PlacedField | undefined
}

interface Hung extends Hold {
  readonly fields: readonly PlacedField[]
}

/** More combinations of values than this are not worth a second place. */
const mostPairs = 32

export function hanging<Item>(): Hanging<Item> {
  return { hooks: new Map(), always: [] }
}

/** For an item of these fields, which then must hang there. */
export function chooseHold<Item>({ hooks }: Hanging<Item>, fields: readonly PlacedField[]): Hold {
  const wanted = fields.filter(({ condition }) => !condition.orAbsent)
  const exact = wanted.filter(isNaming)
  for (const field of exact) nameValues(hooks, field)
  exact.sort((a, b) => partNamed(hooks, a) - partNamed(hooks, b))
  const [first = leastCommon(wanted)] = exact
  const second = first === exact[0] ? secondBest(wanted, exact) : undefined
  if (first === undefined || second === undefined) return { first, second: undefined }
  const isAround = isNaming(second) && isPartner(hooks, second.place, first.place)
  return isAround ? { first: second, second: first } : { first, second }
}

/** Whether an item that is found by its hold need not be asked for that field again. */
export function isCertain({ first, second }: Hold, field: PlacedField): boolean {
  return (field === first || field === second) && field.condition.clues.every(isSure)
}

export function hang<Item extends Hung>({ hooks, always }: Hanging<Item>, item: Item): void {
  const { first, second } = item
  if (first === undefined) addItem(always, item)
  else if (second !== undefined) hangTwice(hooks, first, second, item)
  else {
    const { index } = hooksAt(hooks, first.place)
    for (const clue of first.condition.clues) addToIndex(index, clue, item)
  }
}

export function unhang<Item extends Hung>({ hooks, always }: Hanging<Item>, item: Item): void {
  const { fields, first, second } = item
  if (first === undefined) removeItem(always, item)
  else if (second !== undefined) unhangTwice(hooks, first, second, item)
  else {
    const { index } = hooksAt(hooks, first.place)
    for (const clue of first.condition.clues) removeFromIndex(index, clue, item)
  }
  for (const field of fields) if (isNaming(field)) unnameValues(hooks, field)
}

/** A place that no rule asks for any more; `unwant` has been told. */
export function forgetEmpty<Item>({ hooks }: Hanging<Item>, place: Place): void {
  if (place.uses === 0) hooks.delete(place)
}

/** Whether all that the clue finds passes the test. */
function isSure(clue: Clue): boolean {
  if (clue.kind === 'prefix' || clue.kind === 'suffix')
    return clue.isAll === true && clue.text !== ''
  return clue.kind === 'exact' || clue.kind === 'numbers' || clue.kind === 'not'
}

/** Beside the first of those that want exact values. */
function secondBest(
  wanted: readonly PlacedField[],
  [first, ...exact]: readonly PlacedField[],
): PlacedField | undefined {
  if (first === undefined) return undefined
  const others = wanted.filter((field) => field !== first && !exact.includes(field))
  const least = leastCommon(others)
  const isCommon = least?.condition.clues.some((clue) => commonnessOf(clue) >= anything)
  const candidates = least === undefined || isCommon ? exact : [...exact, least]
  const clues = first.condition.clues.length
  return candidates.find(({ condition }) => condition.clues.length * clues <= mostPairs)
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
