import type { Clock, Subscription, Subscriptions } from '@busbar/event-bus'
import type { Seal } from '../ports.ts'
import { type Subscriber, subscriberOf } from '../preferences.ts'
import { webhookSecrets } from '../webhook.ts'
import { topicOf } from './topic-of.ts'

/** All that is kept of a subscriber. */
export interface Preferences extends Subscriber {
  /** Its mail server has said that there is no such mailbox: nothing is sent there. */
  readonly isSuppressed: boolean
  readonly subscriptions: readonly (Pick<
    Subscription,
    'id' | 'status' | 'endpoint' | 'requestedAt' | 'remindedAt'
  > & {
    readonly topic: string
    /** For a webhook: what its messages are signed with, the newest first. */
    readonly secrets: readonly string[]
    /** When that began to be the first of them. */
    readonly rotatedAt: string | null
  })[]
}

/** Null when the link is none of ours. */
export async function showPreferences(
  { sealed }: { readonly sealed: string },
  { subscriptions, seal, clock }: { subscriptions: Subscriptions; seal: Seal; clock: Clock },
): Promise<Preferences | null> {
  const subscriber = await subscriberOf(sealed, seal)
  if (!subscriber) return null
  const { protocol, endpoint } = subscriber
  const all = await subscriptions.ofEndpoint(protocol, endpoint)
  const shown = all.map(async (one) => {
    const { id, status, requestedAt, remindedAt, key } = one
    const isSigned = protocol === 'https' && status === 'confirmed'
    return {
      ...{ id, topic: topicOf(one), status, endpoint: one.endpoint, requestedAt },
      ...(remindedAt !== undefined && { remindedAt }),
      secrets: isSigned ? await webhookSecrets(one, seal, clock.now()) : [],
      rotatedAt: key?.rotatedAt ?? null,
    }
  })
  return {
    ...subscriber,
    isSuppressed: await subscriptions.isSuppressed(protocol, endpoint),
    subscriptions: await Promise.all(shown),
  }
}
