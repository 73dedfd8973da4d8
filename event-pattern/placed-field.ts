/** A field of a pattern in its place among all that is asked of events. */
import type { Condition } from './condition.ts'
import type { Place } from './places.ts'

export interface PlacedField {
  readonly place: Place
  readonly condition: Condition
  /** The event that was asked last, and whether the field may pass by itself. */
  event: number
  passes: boolean
}

export function placedField(place: Place, condition: Condition): PlacedField {
  return { place, condition, event: 0, passes: false }
}
