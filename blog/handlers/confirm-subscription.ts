import type { Clock, Subscription, Subscriptions } from '@busbar/event-bus'
import type { Links, Seal } from '../ports.ts'
import { preferencesLink } from '../preferences.ts'
import { webhookSecrets } from '../webhook.ts'
import { topicOf } from './topic-of.ts'

/** What a link that was opened has begun, or that it had begun before. */
export type Confirmation =
  | { readonly topic: string; readonly isNew: false }
  | {
      readonly topic: string
      readonly isNew: true
      readonly protocol: Subscription['protocol']
      /** Where the subscriber finds all that is kept. */
      readonly preferences: string
      /** What messages to a webhook are signed with; null for mail. */
      readonly secret: string | null
    }

/** Answers what will come now; null when the link is unknown or too old. Only the first time it tells secrets. */
export async function confirmSubscription(
  { token }: { readonly token: string },
  {
    subscriptions,
    seal,
    links,
    clock,
  }: { subscriptions: Subscriptions; seal: Seal; links: Links; clock: Clock },
): Promise<Confirmation | null> {
  const now = clock.now()
  const confirmed = await subscriptions.confirm(token, now)
  if (!confirmed) return null
  const { subscription, isNew } = confirmed
  const { protocol } = subscription
  const topic = topicOf(subscription)
  if (!isNew) return { topic, isNew }
  const [secret = null] = protocol === 'https' ? await webhookSecrets(subscription, seal, now) : []
  const preferences = await preferencesLink(subscription, { seal, links })
  return { topic, isNew, protocol, preferences, secret }
}
