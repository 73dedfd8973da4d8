/** Whom a rule calls, and how far the bus goes for it. */
import type { EventBridgeEvent } from './event.ts'
import { eventBridgeRetryPolicy, type RetryPolicy } from './retry-policy.ts'

export interface Target {
  readonly id: string
  /** Resolves when the target has done its part; throws to be tried again. */
  readonly invoke: (invocation: Invocation) => Promise<undefined | FanOut>
  readonly retryPolicy: RetryPolicy
  /** An attempt that takes longer has failed. */
  readonly timeoutMs: number
  /** Attempts at the same time. */
  readonly concurrency: number
}

export interface Invocation {
  readonly event: EventBridgeEvent
  /** Empty, or the id of the subscription that the message is for. */
  readonly item: string
  /** Where the last part of this fan-out ended. */
  readonly progress: string | undefined
  /** Aborted when the attempt has timed out. */
  readonly signal: AbortSignal
}

/**
 * A target's answer when the event goes on to many: each becomes a delivery of its own, stored in
 * the commit that notes how far the fan-out has come, so a crash neither loses nor repeats one.
 */
export interface FanOut {
  readonly deliveries: readonly { readonly target: string; readonly item: string }[]
  /** Absent when these were the last. */
  readonly progress?: string
}

/** Generous enough for a mail server, short enough that a target that hangs is noticed. */
export const targetDefaults = {
  retryPolicy: eventBridgeRetryPolicy,
  timeoutMs: 30_000,
  concurrency: 10,
} as const
