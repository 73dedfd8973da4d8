/**
 * Whether what an event had in its places satisfies a branch of a pattern. The fields are asked one
 * by one, and for most events that is all: only where two of them found values in arrays must it be
 * asked whether they can be taken from the same elements.
 */
import { consistent } from './array-consistency.ts'
import type { Clue, Condition } from './condition.ts'
import { type Place, type Places, valueAt } from './places.ts'

/** A field of a pattern in its place. What was found for an event is kept: branches share fields. */
export interface PlacedField {
  readonly place: Place
  readonly condition: Condition
  event: number
  answer: Answer
}

/** As bits. Yes: some value passes, or may be missing. Open: depends on the elements chosen. */
type Answer = number
const no = 0
const yes = 1
const inArray = 2

export function placedField(place: Place, condition: Condition): PlacedField {
  return { place, condition, event: 0, answer: no }
}

/** A branch's fields, in the order of their paths, and those that are quickly asked first. */
export interface PlacedBranch {
  readonly fields: readonly PlacedField[]
  readonly quickestFirst: readonly PlacedField[]
}

export function placedBranch(fields: readonly PlacedField[]): PlacedBranch {
  const cost = ({ condition }: PlacedField) =>
    condition.clues.reduce((sum, { kind }) => sum + costs[kind], condition.orAbsent ? 9 : 0)
  return { fields, quickestFirst: fields.toSorted((a, b) => cost(a) - cost(b)) }
}

const costs: Record<Clue['kind'], number> = {
  exact: 1,
  numbers: 1,
  prefix: 2,
  suffix: 2,
  contains: 3,
  addresses: 4,
  'ignore-case': 5,
  any: 6,
}

export function matchesBranch({ fields, quickestFirst }: PlacedBranch, places: Places): boolean {
  let inArrays = 0
  let sure = true
  for (const field of quickestFirst) {
    if (field.event !== places.event) {
      field.event = places.event
      field.answer = ask(field, places)
    }
    if ((field.answer & inArray) !== 0) {
      inArrays++
      // Present, it may yet be missing from the element that fields before it settle on.
      if ((field.answer & yes) === 0) {
        if (!field.condition.orAbsent) return false
        sure = false
      }
    } else if (field.answer === no) return false
  }
  if (inArrays < 2) return sure
  return consistent(fields, places)
}

function ask({ place, condition }: PlacedField, places: Places): Answer {
  if (place.event !== places.event) return condition.orAbsent ? yes : no
  let answer = no
  for (let at = 0; at < place.count; at++) {
    if (place.elements[at] !== 0) answer |= inArray
    if ((answer & yes) === 0 && condition.test(valueAt(places, place, at))) answer |= yes
    if (answer === (yes | inArray)) break
  }
  return answer
}
