/** A reader of a topic, in SNS's words. Nothing is sent to an endpoint that has not confirmed. */
import type { EventPattern } from '@busbar/event-pattern'

export interface Subscription {
  readonly id: string
  /** The SNS topic, e.g. `new-posts`. */
  readonly topic: string
  readonly protocol: 'email'
  /** For `email`: the address. */
  readonly endpoint: string
  /** An event pattern on the message's body; a message that does not match is not for this one. */
  readonly filterPolicy: EventPattern
  readonly status: 'pending' | 'confirmed'
  /** ISO 8601. When it was asked for; asking again while it is pending renews it. */
  readonly requestedAt: string
  /** Whoever holds it has read the confirmation mail. */
  readonly confirmToken: string
  /** Whoever holds it may end the subscription. The same in every message, so old mails keep working. */
  readonly unsubscribeToken: string
}
