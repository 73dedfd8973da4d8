/** Where EventBridge refuses a pattern that means something, because it costs too much. */
export interface Limits {
  /**
   * UTF-16 units of its text, of an object of its JSON. EventBridge takes 2,048, and up to 4,096 where
   * that quota is raised. Here it is the caller's affair: unlimited unless told.
   */
  readonly patternLength: number
  /** Of the wildcards of a field together; see `wildcard-complexity.ts` for how it is counted. */
  readonly wildcardComplexity: number
}

export const usualLimits: Limits = {
  patternLength: Number.POSITIVE_INFINITY,
  wildcardComplexity: 10,
}
