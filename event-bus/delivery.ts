/** One event on its way to one target. */

/** What names a delivery. `item` is empty, or the subscription that a topic's message is for. */
export interface DeliveryKey {
  /** `<bus>/<rule>/<target>`, or `<topic>/<protocol>`. */
  readonly target: string
  readonly event: number
  readonly item: string
}

/** A delivery as it waits on disk, for its first attempt or for the next. */
export interface WaitingDelivery extends DeliveryKey {
  /** Attempts that were made. */
  readonly attempts: number
  /** Ms since 1970; not before. */
  readonly due: number
  /** What the last attempt failed with. */
  readonly error?: string
  /** How far a fan-out has come. */
  readonly progress?: string
}

/** The same with its event, ready to be attempted. */
export interface StoredDelivery extends WaitingDelivery {
  /** Null when the log does not keep the event any more. */
  readonly text: string | null
}

/** A delivery that was given up. It keeps all that is needed to look into it and to try it again. */
export interface DeadLetter extends DeliveryKey {
  /** The event as it was to be delivered, as JSON text. */
  readonly text: string
  readonly attempts: number
  readonly error: string
  /** EventBridge's name for why no more attempts were made; absent when the error said so. */
  readonly exhaustedRetryCondition?: 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds'
  /** Ms since 1970. */
  readonly diedAt: number
}

/** What names a delivery within its target. */
export const keyOf = ({ event, item }: Omit<DeliveryKey, 'target'>): string => `${event}/${item}`
