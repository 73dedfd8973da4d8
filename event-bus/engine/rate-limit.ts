/** How often something may begin: a bucket of tokens that fills up with time. */
export interface RateLimit {
  /** How long to wait for a token, in ms; 0 takes one. */
  take(now: number): number
}

/** A tenth of a second's tokens may be used at once. */
export function rateLimit(perSecond: number): RateLimit {
  const most = Math.max(1, perSecond / 10)
  let tokens = most
  let filledAt = Number.NEGATIVE_INFINITY
  return {
    take(now) {
      if (now < filledAt) filledAt = now // the clock was set back
      tokens = Math.min(most, tokens + ((now - filledAt) * perSecond) / 1_000)
      filledAt = now
      if (tokens < 1) return Math.ceil(((1 - tokens) * 1_000) / perSecond)
      tokens--
      return 0
    },
  }
}
