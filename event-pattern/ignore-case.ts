/**
 * Comparing without case as event-ruler does: each UTF-16 unit of the pattern may stand in its lower
 * or its upper case, which may be several units ("ß" also as "SS"). So it is not symmetric: the
 * pattern "straße" matches "STRASSE", the pattern "STRASSE" does not match "straße". A title-case
 * letter ("ǅ") is neither, and does not match itself. Nor do letters and emoji outside the Basic
 * Multilingual Plane: event-ruler takes each of their two units for a question mark, and AWS answers so.
 */
import { any, type Matcher, type Test } from './condition.ts'

export interface IgnoringCase {
  readonly equals: Matcher
  readonly prefix: Test
  readonly suffix: Test
}

export function ignoringCase(text: string): IgnoringCase {
  const spellings = text
    .replace(/[\ud800-\udfff]/g, '?')
    .split('')
    .map((unit) => [unit.toLowerCase(), unit.toUpperCase()] as const)
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
    equals: {
      test: (value) => typeof value === 'string' && endIn(value) === value.length,
      // Other letters may have several forms in one case, or none.
      clue: isAscii(text) ? { kind: 'ignore-case', text: text.toLowerCase() } : any,
    },
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

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false
  return true
}
