/**
 * Whether what an event had in its places satisfies a branch of a pattern. The fields are asked one
 * by one, and for most events that is all: only where two of them found values in arrays must it be
 * asked whether they can be taken from the same elements.
 */
import { consistent, consistentPair } from './array-consistency.ts'
import type { Clue } from './condition.ts'
import type { PlacedField } from './placed-field.ts'
import { type Places, valueAt } from './places.ts'

export interface PlacedBranch {
  /** In the order of their paths. */
  readonly fields: readonly PlacedField[]
  /**
   * Of the fields that an index has not settled yet the one that is asked most quickly. It stands by
   * itself, because to most branches only it is put, and an array would be further from the cache.
   */
  readonly question: PlacedField | undefined
  readonly questions: readonly PlacedField[]
}

const none: readonly PlacedField[] = []

/** A field that is certain passes whenever the branch is asked. */
export function placedBranch(
  fields: readonly PlacedField[],
  isCertain: (field: PlacedField) => boolean = () => false,
): PlacedBranch {
  const cost = ({ condition }: PlacedField) =>
    condition.clues.reduce((sum, { kind }) => sum + costs[kind], condition.orAbsent ? 9 : 0)
  const questions = fields.filter((field) => !isCertain(field))
  const [question, ...others] = questions.sort((a, b) => cost(a) - cost(b))
  return { fields, question, questions: others.length === 0 ? none : others }
}

const costs: Record<Clue['kind'], number> = {
  exact: 1,
  numbers: 1,
  prefix: 2,
  suffix: 2,
  contains: 3,
  addresses: 4,
  'ignore-case': 5,
  not: 6,
  any: 6,
}

export function matchesBranch(branch: PlacedBranch, places: Places): boolean {
  return passesFirst(branch, places) && passesRest(branch, places)
}

/** Without the first question a branch cannot match; the rest is to be asked then. */
export function passesFirst({ question }: PlacedBranch, places: Places): boolean {
  return question === undefined || mayPass(question, places)
}

export function passesRest({ fields, questions }: PlacedBranch, places: Places): boolean {
  for (const field of questions) if (!mayPass(field, places)) return false
  return places.arrays.elementCount === 1 || passesInArrays(fields, places)
}

/** Where all fields may pass by themselves. */
function passesInArrays(fields: readonly PlacedField[], places: Places): boolean {
  let first: PlacedField | undefined
  let second: PlacedField | undefined
  for (const field of fields) {
    if (field.place.arrayEvent !== places.event) continue
    if (second !== undefined) return consistent(fields, places)
    if (first === undefined) first = field
    else second = field
  }
  if (first === undefined) return true
  if (second === undefined) return !first.condition.orAbsent || passes(first, places)
  return consistentPair(fields, first, second, places)
}

/** Branches share fields, so the answer is kept. */
function mayPass(field: PlacedField, places: Places): boolean {
  const { event } = places
  if (field.event === event) return field.passes
  field.event = event
  const { place, condition } = field
  // Present in an array, it may yet be missing from the element that fields before it settle on.
  const isOpen = condition.orAbsent && (place.event !== event || place.arrayEvent === event)
  field.passes = isOpen || (place.event === event && passes(field, places))
  return field.passes
}

function passes({ place, condition }: PlacedField, places: Places): boolean {
  for (let at = 0; at < place.count; at++)
    if (condition.test(valueAt(places, place, at))) return true
  return false
}
