/**
 * Verdicts on parts of a pattern, each by the very code that judges the whole. The whole has been
 * held to the limits before: its parts are not, as some are longer than they were.
 */
import { compile } from './event-pattern.ts'
import type { WrittenLeaf } from './explain-branches.ts'
import { readMatchers } from './matchers.ts'

const unlimited = {
  patternLength: Number.POSITIVE_INFINITY,
  wildcardComplexity: Number.POSITIVE_INFINITY,
}

/** Whether the event matches a pattern of these leaves alone. */
export function matchesLeaves(
  leaves: readonly WrittenLeaf[],
  event: string | Uint8Array | object,
): boolean {
  if (leaves.length === 0) return true
  const pattern = Object.fromEntries(leaves.map(({ path, matchers }) => [path, matchers]))
  return compile(pattern, unlimited)(event)
}

/** The test of a field's values, and whether a missing field will do. */
export function conditionOf(matchers: readonly unknown[]) {
  return readMatchers(matchers, fail)
}

function fail(reason: string): never {
  throw new Error(reason)
}
