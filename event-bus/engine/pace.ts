/**
 * How often a target is attempted: by its own rate and, when it fails again and again, less often. What
 * comes of that is a row each time, and the machine is for those that do something.
 */

import type { Target } from '../target.ts'
import type { Outcome } from './outcome.ts'
import { type RateLimit, rateLimit } from './rate-limit.ts'

export interface Pace {
  /** How long the next attempt has to wait, in ms; 0 takes one. */
  take(now: number): number
  ended(outcome: Outcome): void
  /** It fails again and again. */
  readonly isSlow: boolean
  update(target: Rated): void
}
type Rated = Pick<Target, 'ratePerSecond'>

/** After so many failures without a success a target is attempted this often in a second, until it succeeds. */
const manyFailures = 100
const slowPerSecond = 500

export function pace(first: Rated): Pace {
  let { ratePerSecond } = first
  let own = limitOf(ratePerSecond)
  let slow: RateLimit | null = null
  /** Attempts that have failed since one has not. */
  let failures = 0
  const isSlow = () => failures >= manyFailures

  return {
    take(now) {
      if (!isSlow()) return own?.take(now) ?? 0
      // A rate of its own that is lower goes on: a new one would begin with a burst.
      slow ??= own && Number(ratePerSecond) <= slowPerSecond ? own : rateLimit(slowPerSecond)
      return slow.take(now)
    },
    ended(outcome) {
      const hasFailed = outcome.kind === 'dead' || (outcome.kind === 'waits' && !outcome.fanOut)
      failures = hasFailed ? failures + 1 : 0
    },
    get isSlow() {
      return isSlow()
    },
    update(next) {
      if (next.ratePerSecond !== ratePerSecond) own = limitOf(next.ratePerSecond)
      ratePerSecond = next.ratePerSecond
      failures = 0
      slow = null
    },
  }
}

const limitOf = (perSecond: number | undefined): RateLimit | null =>
  perSecond === undefined ? null : rateLimit(perSecond)
