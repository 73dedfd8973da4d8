/**
 * Comparing without case as event-ruler does: each UTF-16 unit of the pattern may stand in its lower
 * or its upper case, which may be several units ("ß" also as "SS"). So it is not symmetric: the
 * pattern "straße" matches "STRASSE", the pattern "STRASSE" does not match "straße". A title-case
 * letter ("ǅ") is neither, and does not match itself. Letters outside the Basic Multilingual Plane
 * are two units without case: they match themselves, where event-ruler's never match.
 */
export interface IgnoringCase {
  readonly equals: (value: unknown) => boolean
  readonly prefix: (value: unknown) => boolean
  readonly suffix: (value: unknown) => boolean
}

export function ignoringCase(text: string): IgnoringCase {
  const spellings = text.split('').map((unit) => [unit.toLowerCase(), unit.toUpperCase()] as const)
  const backwards = spellings.toReversed()

  // The first spelling that fits is the only one: of a unit's two, neither begins or ends with the
  // other. A test tries all units.
  /** Where the text ends when it stands at the front of the value, else -1. */
  function endIn(value: string): number {
    let at = 0
    for (const [lower, upper] of spellings) {
      if (value.startsWith(lower, at)) at += lower.length
      else if (value.startsWith(upper, at)) at += upper.length
      else return -1
    }
    return at
  }

  return {
    equals: (value) => typeof value === 'string' && endIn(value) === value.length,
    prefix: (value) => typeof value === 'string' && endIn(value) >= 0,
    suffix: (value) => {
      if (typeof value !== 'string') return false
      let end = value.length
      for (const [lower, upper] of backwards) {
        if (value.endsWith(lower, end)) end -= lower.length
        else if (value.endsWith(upper, end)) end -= upper.length
        else return false
      }
      return true
    },
  }
}
