import type { Clock, Http, Subscription, Subscriptions } from '@busbar/event-bus'
import type { Seal } from '../ports.ts'
import { postSigned, type WebhookMessage } from '../webhook.ts'

/** Posts to a webhook; one that answers that it is gone (410) loses its subscription, and the answer is false. */
export async function tellWebhook(
  subscription: Subscription,
  message: WebhookMessage,
  {
    subscriptions,
    ...uses
  }: { subscriptions: Subscriptions; http: Http; seal: Seal; clock: Clock },
): Promise<boolean> {
  const isWanted = await postSigned(subscription, message, uses)
  if (!isWanted) await subscriptions.unsubscribe(subscription.unsubscribeToken)
  return isWanted
}
