import type { Clock, Http, Subscriptions } from '@busbar/event-bus'
import type { PreferencesRequested } from '../events.ts'
import type { Links, Seal } from '../ports.ts'
import { preferencesLink } from '../preferences.ts'
import { tellWebhook } from './tell-webhook.ts'

/** Tells a webhook where its preferences are, because somebody has lost the link. */
export async function postPreferences(
  { id, time, detail }: PreferencesRequested,
  {
    subscriptions,
    http,
    links,
    seal,
    clock,
  }: { subscriptions: Subscriptions; http: Http; links: Links; seal: Seal; clock: Clock },
): Promise<void> {
  const subscription = await subscriptions.find(detail.subscriptionId)
  if (subscription?.status !== 'confirmed' || subscription.protocol !== 'https') return
  await tellWebhook(
    subscription,
    {
      id: `${id}_${subscription.id}`,
      type: 'subscription.preferences',
      timestamp: time,
      data: { preferencesUrl: await preferencesLink(subscription, { seal, links }) },
    },
    { subscriptions, http, seal, clock },
  )
}
