/** When a failed delivery is tried again, and when no more. */

/** EventBridge's words and bounds: 0 to 185 retries, 60 to 86,400 seconds. */
export interface RetryPolicy {
  /** Attempts after the first. */
  readonly maximumRetryAttempts: number
  readonly maximumEventAgeInSeconds: number
}

/** EventBridge's own defaults: 185 times, 24 hours. */
export const eventBridgeRetryPolicy: RetryPolicy = {
  maximumRetryAttempts: 185,
  maximumEventAgeInSeconds: 86_400,
}

const firstDelayMs = 1_000
const longestDelayMs = 60_000

/**
 * The wait before the next attempt, in ms: exponential from one second to one minute, with full
 * jitter, so that what failed together does not come back together. `attempts` counts those made.
 */
export const retryDelay = (attempts: number, random: () => number): number =>
  Math.round(random() * Math.min(longestDelayMs, firstDelayMs * 2 ** (attempts - 1)))

/**
 * Which limit ends the retries, if any: `age` is how old the event will be at the next attempt.
 */
export function exhausted(
  { maximumRetryAttempts, maximumEventAgeInSeconds }: RetryPolicy,
  attempts: number,
  ageMs: number,
): 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | null {
  if (attempts > maximumRetryAttempts) return 'MaximumRetryAttempts'
  return ageMs > maximumEventAgeInSeconds * 1_000 ? 'MaximumEventAgeInSeconds' : null
}
