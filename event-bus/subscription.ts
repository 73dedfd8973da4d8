/** A reader of a topic, in SNS's words. Nothing is sent to an endpoint that has not confirmed. */
import type { EventPattern } from '@busbar/event-pattern'

export interface Subscription {
  readonly id: string
  /** The SNS topic, e.g. `new-posts`. */
  readonly topic: string
  readonly protocol: 'email' | 'https'
  /** For `email`: the address. For `https`: the URL that messages are posted to. */
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
  /** With which of its keys messages are signed; absent: the first, and there was no other. */
  readonly key?: { readonly version: number; readonly rotatedAt: string }
  /** ISO 8601. When the way to its preferences was last asked for. */
  readonly remindedAt?: string
}

/** The same for two spellings of one endpoint: of `email`, upper and lower case of ASCII are one. */
export const oneEndpoint = (protocol: string, endpoint: string): string =>
  protocol === 'email' ? endpoint.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()) : endpoint
