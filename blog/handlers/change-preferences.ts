import { type Clock, oneEndpoint, type Subscription, type Subscriptions } from '@busbar/event-bus'
import { subscriptionRequested } from '../events.ts'
import type { Ids, Seal } from '../ports.ts'
import { type Subscriber, subscriberOf } from '../preferences.ts'
import { topicOf } from './topic-of.ts'
import { wishOf } from './wish-of.ts'

export type PreferencesChange =
  | { readonly kind: 'end' | 'rotate'; readonly id: Subscription['id'] }
  | { readonly kind: 'add'; readonly topic: string }
  | { readonly kind: 'end-all' | 'erase' }

interface Uses {
  readonly subscriptions: Subscriptions
  readonly seal: Seal
  readonly ids: Ids
  readonly clock: Clock
}

/** Whether the link is one of ours. What is not the subscriber's is left as it is. */
export async function changePreferences(
  { sealed, change }: { readonly sealed: string; readonly change: PreferencesChange },
  uses: Uses,
): Promise<boolean> {
  const { subscriptions, seal, clock } = uses
  const subscriber = await subscriberOf(sealed, seal)
  if (!subscriber) return false
  const { protocol, endpoint } = subscriber
  switch (change.kind) {
    case 'end': {
      const one = await subscriptions.find(change.id)
      if (one && isOf(one, subscriber)) await subscriptions.unsubscribe(one.unsubscribeToken)
      return true
    }
    case 'end-all':
      for (const { unsubscribeToken } of await subscriptions.ofEndpoint(protocol, endpoint))
        await subscriptions.unsubscribe(unsubscribeToken)
      return true
    case 'rotate': {
      const rotatedAt = clock.now().toISOString()
      const rotated = (one: Subscription) =>
        isOf(one, subscriber) && protocol === 'https'
          ? { key: { version: (one.key?.version ?? 1) + 1, rotatedAt } }
          : null
      await subscriptions.change(change.id, rotated, [])
      return true
    }
    case 'add':
      await add(subscriber, change.topic, uses)
      return true
    case 'erase':
      await subscriptions.erase(protocol, endpoint)
      return true
  }
}

/** No endpoint has more: whoever has a link could fill the store. */
const mostSubscriptions = 100

/** At once for who has confirmed before; by a mail or a POST that asks for anybody else. */
async function add(subscriber: Subscriber, topic: string, uses: Uses): Promise<void> {
  const { subscriptions, clock } = uses
  const { protocol, endpoint } = subscriber
  const all = await subscriptions.ofEndpoint(protocol, endpoint)
  const confirmed = all.filter(({ status }) => status === 'confirmed')
  if (all.length >= mostSubscriptions || confirmed.some((one) => topicOf(one) === topic)) return
  const isKnown = confirmed.length > 0
  await subscriptions.subscribe(wishOf(subscriber, topic, uses), (id) =>
    isKnown ? [] : [subscriptionRequested(id)],
  )
  if (!isKnown) return
  const stored = await subscriptions.ofEndpoint(protocol, endpoint)
  const own = stored.find((one) => topicOf(one) === topic && one.endpoint === endpoint)
  if (own) await subscriptions.confirm(own.confirmToken, clock.now())
}

const isOf = (one: Subscription, { protocol, endpoint }: Subscriber): boolean =>
  one.protocol === protocol &&
  oneEndpoint(protocol, one.endpoint) === oneEndpoint(protocol, endpoint)
