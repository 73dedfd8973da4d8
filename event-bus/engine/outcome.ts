/** How an attempt ended, for the next commit to keep. */
import type { DeadLetter } from '../dead-letter.ts'
import type { WaitingDelivery } from '../delivery.ts'
import { deliveryError } from '../delivery-error.ts'
import { exhausted, retryDelay } from '../retry-policy.ts'
import type { FanOut, Target } from '../target.ts'
import { timeOf } from './event-id.ts'
import type { Delivery } from './plan.ts'

export type Outcome = { readonly delivery: Delivery } & (
  | { readonly kind: 'finished'; readonly fanOut: FanOut | undefined }
  | { readonly kind: 'waits'; readonly row: WaitingDelivery; readonly fanOut?: FanOut }
  | { readonly kind: 'dead'; readonly deadLetter: DeadLetter }
)

/** Of a fan-out that has done a part the next is due at once. */
export function success(
  delivery: Delivery,
  fanOut: FanOut | undefined,
  now: () => number,
): Outcome {
  if (fanOut?.progress === undefined) return { kind: 'finished', delivery, fanOut }
  const { target, event, item } = delivery
  const row = { target, event, item, attempts: 0, due: now(), progress: fanOut.progress }
  return { kind: 'waits', delivery, row: { ...row, ...kept(delivery) }, fanOut }
}

/** What it keeps as long as it waits. */
const kept = ({ lane, ownText, since }: WaitingDelivery) => ({
  ...(lane !== undefined && { lane }),
  ...(ownText !== undefined && { ownText }),
  ...(since !== undefined && { since }),
})

/** Whether what failed is tried again, and when, is the retry policy's to say, unless the error does. */
export function failure(
  delivery: Delivery,
  thrown: unknown,
  {
    key,
    target,
    random,
    startedAt,
    now,
  }: {
    readonly key: string
    readonly target: Pick<Target, 'retryPolicy'>
    readonly random: () => number
    readonly startedAt: number
    readonly now: number
  },
): Outcome {
  const { event, item, text, firstAt = startedAt, since, lane, progress } = delivery
  const { refused, error, errorCode, retryAfterMs } = deliveryError(thrown)
  const attempts = delivery.attempts + 1
  // The larger of both, as EventBridge does it with Retry-After.
  const due = now + Math.max(retryAfterMs, retryDelay(attempts, random))
  const age = due - (since ?? timeOf(event))
  const limit = refused ? null : exhausted(target.retryPolicy, attempts, age)
  const named = { target: key, event, item, attempts, error, firstAt }
  if (!refused && !limit) {
    const row = {
      ...named,
      due,
      ...(progress !== undefined && { progress }),
      ...kept(delivery),
    }
    return { kind: 'waits', delivery, row }
  }
  const exhaustedRetryCondition = limit && { exhaustedRetryCondition: limit }
  const deadLetter = {
    ...named,
    text,
    errorCode,
    diedAt: now,
    ...exhaustedRetryCondition,
    ...(progress !== undefined && { progress }),
    ...(lane !== undefined && { lane }),
  }
  return { kind: 'dead', delivery, deadLetter }
}

/** Its event has left the log, which only happens to one that was not owed when it did. */
export function lost(row: WaitingDelivery, now: number): Outcome {
  const { target, event, item, attempts, firstAt = now } = row
  const error = 'The log does not keep the event any more, or not as it was written'
  return {
    kind: 'dead',
    delivery: { ...row, text: '', envelope: null, plan: null },
    deadLetter: {
      ...{ target, event, item, attempts, firstAt, error, text: '{}' },
      ...{ errorCode: 'INTERNAL_ERROR', diedAt: now },
    },
  }
}

/** As it waits on disk from now on. */
export function rowOf(delivery: Delivery, due: number): WaitingDelivery {
  const { envelope: _envelope, plan: _plan, text: _text, ...row } = delivery
  return { ...row, due }
}
