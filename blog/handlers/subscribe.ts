import type { Clock, Subscriptions } from '@busbar/event-bus'
import { subscriptionRequested } from '../events.ts'
import type { Ids } from '../ports.ts'
import { wishOf } from './wish-of.ts'

export type Subscribe = { readonly topic: string } & (
  | { readonly email: string }
  | { readonly url: string }
)

/** Stores the wish; the answer never tells whether the address was known. */
export async function subscribe(
  wish: Subscribe,
  { subscriptions, ids, clock }: { subscriptions: Subscriptions; ids: Ids; clock: Clock },
): Promise<void> {
  const subscriber =
    'url' in wish
      ? ({ protocol: 'https', endpoint: wish.url } as const)
      : ({ protocol: 'email', endpoint: wish.email } as const)
  await subscriptions.subscribe(wishOf(subscriber, wish.topic, { ids, clock }), (id) => [
    subscriptionRequested(id),
  ])
}
