/** A delivery that was given up. It keeps all that is needed to look into it and to try it again. */
import type { DeliveryKey } from './delivery.ts'
import type { DeliveryErrorCode } from './errors.ts'

export interface DeadLetter extends DeliveryKey {
  /** The event as it was to be delivered, as JSON text. */
  readonly text: string
  readonly attempts: number
  readonly error: string
  readonly errorCode: DeliveryErrorCode
  /** EventBridge's name for why no more attempts were made; absent when the error said so. */
  readonly exhaustedRetryCondition?: 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds'
  /** When it was attempted first; ms since 1970. */
  readonly firstAt: number
  /** Ms since 1970. */
  readonly diedAt: number
  readonly lane?: string
  /** How far a fan-out had come: redriven, it goes on from there. */
  readonly progress?: string
}

/** Which dead letters; all of them when nothing is said. */
export interface DeadLetterFilter {
  readonly id?: number
  readonly target?: string
  /** What the target's key begins with: `<bus>/<rule>/`. */
  readonly targetPrefix?: string
  readonly errorCode?: DeliveryErrorCode
  /** A part of the error's text, letter for letter. */
  readonly error?: string
  /** Those with an id below this one. */
  readonly before?: number
  /** Those with an id above this one. */
  readonly after?: number
}
