/**
 * Whether what an event had in its places satisfies a branch of a pattern. The fields are asked one
 * by one, and for most events that is all: only where two of them found values in arrays must it be
 * asked whether they can be taken from the same elements.
 */
import { consistent } from './array-consistency.ts'
import type { Clue } from './condition.ts'
import type { PlacedField } from './placed-field.ts'
import { type Place, type Places, valueAt } from './places.ts'

export interface PlacedBranch {
  /** In the order of their paths. */
  readonly fields: readonly PlacedField[]
  /** Those that are quickly asked first; without the certain ones. */
  readonly questions: readonly PlacedField[]
  /** Of fields that pass whenever the branch is asked, because an index has found it by them. */
  readonly certain: readonly Place[]
}

export function placedBranch(
  fields: readonly PlacedField[],
  certain: readonly PlacedField[] = [],
): PlacedBranch {
  const cost = ({ condition }: PlacedField) =>
    condition.clues.reduce((sum, { kind }) => sum + costs[kind], condition.orAbsent ? 9 : 0)
  const questions = fields.filter((field) => !certain.includes(field))
  return {
    fields,
    questions: questions.sort((a, b) => cost(a) - cost(b)),
    certain: certain.map(({ place }) => place),
  }
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
  const now = places.event
  let inArrays = 0
  let isOpen = false
  for (const place of branch.certain) if (place.arrayEvent === now) inArrays++
  for (const field of branch.questions) {
    const { place } = field
    const isFound = place.event === now
    const isInArray = isFound && place.arrayEvent === now
    if (isInArray) inArrays++
    if (isFound ? passes(field, places) : field.condition.orAbsent) continue
    // Present in an array, it may yet be missing from the element that fields before it settle on.
    if (!isInArray || !field.condition.orAbsent) return false
    isOpen = true
  }
  return inArrays < 2 ? !isOpen : consistent(branch.fields, places)
}

function passes(field: PlacedField, places: Places): boolean {
  if (field.event === places.event) return field.passes
  field.event = places.event
  field.passes = false
  const { place, condition } = field
  for (let at = 0; at < place.count && !field.passes; at++)
    field.passes = condition.test(valueAt(places, place, at))
  return field.passes
}
