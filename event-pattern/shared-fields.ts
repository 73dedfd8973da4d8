/**
 * The fields that rules have in common. Rules that ask the same of the same path share one condition:
 * its answer for an event is found once for all of them, and in memory that is at hand. At 10,000
 * rules, going to each rule's own condition took longer than asking it.
 */
import type { Field } from './branches.ts'
import { type PlacedField, placedField } from './placed-field.ts'
import { type Places, unwant, want } from './places.ts'

export interface SharedField extends PlacedField {
  readonly key: string
  /** How many branches have it. */
  uses: number
}

export interface SharedFields {
  readonly places: Places
  readonly byKey: Map<string, SharedField>
}

export function sharedFields(places: Places): SharedFields {
  return { places, byKey: new Map() }
}

/** Answers one that stands for the field. Whoever takes it for a branch must leave it again. */
export function sharedField({ places, byKey }: SharedFields, field: Field): SharedField {
  const key = keyOf(field)
  let shared = byKey.get(key)
  if (shared === undefined) {
    const place = want(places, field.path.split('.'))
    shared = { ...placedField(place, field.condition), key, uses: 0 }
    byKey.set(key, shared)
  }
  return shared
}

export function takeField(field: SharedField): void {
  field.uses++
}

export function leaveField({ byKey }: SharedFields, field: SharedField): void {
  if (--field.uses > 0) return
  byKey.delete(field.key)
  unwant(field.place)
}

/** Says all that a condition depends on. */
function keyOf({ path, matchers }: Field): string {
  const spelt = (_: string, value: unknown) =>
    typeof value === 'symbol' ? { spelt: value.description } : value
  return JSON.stringify([path, matchers], spelt)
}
