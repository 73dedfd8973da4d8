/** Whom a rule calls, and how far the bus goes for it. */
import type { DeadLetter } from './dead-letter.ts'
import type { EventBridgeEvent } from './event.ts'
import { eventBridgeRetryPolicy, type RetryPolicy } from './retry-policy.ts'

export interface Target {
  readonly id: string
  /**
   * Resolves when the target has done its part; throws to be tried again: `DeliveryFailed` to say
   * when, `DeliveryRefused` not to be.
   */
  readonly invoke: (invocation: Invocation) => Promise<undefined | FanOut>
  readonly retryPolicy: RetryPolicy
  /** An attempt that takes longer has failed. */
  readonly timeoutMs: number
  /** Attempts at the same time. */
  readonly concurrency: number
  /** Attempts that begin in a second; as many as it takes when absent. */
  readonly ratePerSecond?: number
  /**
   * Names what has to keep its order: events with the same answer are delivered one after the other,
   * and one that fails holds up those behind it until it succeeds or is dead. No order when absent.
   */
  readonly orderBy?: (event: EventBridgeEvent) => string
  /** Takes several at a time. `invoke` is then not called. */
  readonly batch?: Batch
  /** Another bus: the event is put there in the commit that stores it here. `invoke` is not called. */
  readonly forwardTo?: string
  /** Who is told, besides, of those of its deliveries that are dead. Nobody when absent. */
  readonly deadLetterTo?: DeadLetterTo
}

/**
 * A delivery of its own, stored in the commit that gives up the other: it is tried again as its
 * subscriber says, also when the target that it is about is gone.
 */
export interface DeadLetterTo {
  /** The key of the subscriber that is given the event as it was to be delivered. */
  readonly key: string
  /** What that finds in `progress`. It must not throw. */
  readonly tell: (letter: DeadLetter) => string
}

export interface Batch {
  /** At most so many in one attempt. */
  readonly size: number
  /** How long an attempt waits to be filled up, in ms. */
  readonly windowMs: number
  /**
   * Resolves with the failures, by the invocation's place in the batch; all others are done. Throws
   * when all of them failed.
   */
  readonly invoke: (invocations: readonly Invocation[]) => Promise<ReadonlyMap<number, unknown>>
}

export interface Invocation {
  /** Read from the text when it is first asked for. */
  readonly event: EventBridgeEvent
  /** The event's JSON as it came. */
  readonly text: string
  /** Empty, or the id of the subscription that the message is for. */
  readonly item: string
  /** Where the last part of this fan-out ended; or what is told of a delivery that is dead. */
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
  /** What they are given instead of the event's text; JSON. */
  readonly text?: string
  /** Absent when these were the last. */
  readonly progress?: string
}

/** Generous enough for a mail server, short enough that a target that hangs is noticed. */
export const targetDefaults = {
  retryPolicy: eventBridgeRetryPolicy,
  timeoutMs: 30_000,
  concurrency: 10,
} as const
