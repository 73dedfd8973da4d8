import type { Clock, Subscriptions } from '@busbar/event-bus'
import { subscriptionRequested } from '../events.ts'
import type { Ids } from '../ports.ts'

export interface Subscribe {
  readonly email: string
  readonly topic: string
}

/** Stores the wish; the answer never tells whether the address was known. */
export async function subscribe(
  { email, topic }: Subscribe,
  { subscriptions, ids, clock }: { subscriptions: Subscriptions; ids: Ids; clock: Clock },
): Promise<void> {
  await subscriptions.subscribe(
    {
      id: ids.next(),
      topic: 'new-posts',
      protocol: 'email',
      endpoint: email,
      filterPolicy: { detail: { topic: [topic] } },
      status: 'pending',
      requestedAt: clock.now().toISOString(),
      confirmToken: ids.token(),
      unsubscribeToken: ids.token(),
    },
    (id) => [subscriptionRequested(id)],
  )
}
