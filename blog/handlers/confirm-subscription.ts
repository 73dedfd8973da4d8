import type { Clock, Subscriptions } from '@busbar/event-bus'
import { topicOf } from './topic-of.ts'

/** Answers the topic that mail will now come about; null when the link is unknown or too old. */
export async function confirmSubscription(
  { token }: { readonly token: string },
  { subscriptions, clock }: { subscriptions: Subscriptions; clock: Clock },
): Promise<{ readonly topic: string } | null> {
  const confirmed = (await subscriptions.confirm(token, clock.now()))?.subscription ?? null
  return confirmed && { topic: topicOf(confirmed) }
}
