import type { Clock, Http, Subscriptions } from '@busbar/event-bus'
import type { SubscriptionRequested } from '../events.ts'
import type { Links, Seal } from '../ports.ts'
import { tellWebhook } from './tell-webhook.ts'
import { topicOf } from './topic-of.ts'

/** Asks whoever has a webhook whether the subscription was meant. */
export async function postConfirmation(
  { id, time, detail }: SubscriptionRequested,
  {
    subscriptions,
    http,
    links,
    seal,
    clock,
  }: { subscriptions: Subscriptions; http: Http; links: Links; seal: Seal; clock: Clock },
): Promise<void> {
  const subscription = await subscriptions.find(detail.subscriptionId)
  if (subscription?.status !== 'pending' || subscription.protocol !== 'https') return
  const topic = topicOf(subscription)
  await tellWebhook(
    subscription,
    {
      id: `${id}_${subscription.id}`,
      type: 'subscription.confirmation',
      timestamp: time,
      data: { topic, confirmUrl: links.confirm(subscription.confirmToken) },
    },
    { subscriptions, http, seal, clock },
  )
}
