/**
 * What a field must be, compiled, and how an index may find it without asking every rule.
 */

/** Asked of a string, number, boolean or null only: objects, arrays and missing fields never match. */
export type Test = (value: unknown) => boolean

/**
 * Where an index looks for a matcher: no value passes the test that is not found by the clue; one
 * that is found may yet fail the test.
 */
export type Clue =
  | { readonly kind: 'exact'; readonly value: unknown }
  /** `isAll`: the matcher asks for nothing more. */
  | { readonly kind: 'prefix' | 'suffix'; readonly text: string; readonly isAll?: true }
  | { readonly kind: 'contains'; readonly text: string }
  /** ASCII in lower case. */
  | { readonly kind: 'ignore-case'; readonly text: string }
  | { readonly kind: 'numbers'; readonly low: number; readonly high: number }
  /** As {@link addressText} spells addresses; also what begins with `high`. */
  | { readonly kind: 'addresses'; readonly low: string; readonly high: string }
  /** Finds all but what both another clue finds and the test, the matcher's own, refuses. */
  | { readonly kind: 'not'; readonly others: readonly Clue[]; readonly test: Test }
  | { readonly kind: 'any' }

export interface Matcher {
  readonly test: Test
  readonly clue: Clue
}

export interface Condition {
  readonly test: Test
  /** Whether a missing field will do (`{"exists": false}`). */
  readonly orAbsent: boolean
  /** Whether only a missing field will do. */
  readonly onlyAbsent: boolean
  /** One for each matcher. */
  readonly clues: readonly Clue[]
}

export const any: Clue = { kind: 'any' }
