import type { Clock, Subscription } from '@busbar/event-bus'
import type { Ids } from '../ports.ts'
import type { Subscriber } from '../preferences.ts'

/** The SNS topic of all of the blog's subscriptions. */
export const newPosts = 'new-posts'
export const policyOf = (topic: string) => ({ detail: { topic: [topic] } })

/** To be told of each new post about that topic. */
export const wishOf = (
  { protocol, endpoint }: Subscriber,
  topic: string,
  { ids, clock }: { readonly ids: Ids; readonly clock: Clock },
): Subscription => ({
  ...{ id: ids.next(), topic: newPosts, protocol, endpoint },
  filterPolicy: policyOf(topic),
  status: 'pending',
  requestedAt: clock.now().toISOString(),
  confirmToken: ids.token(),
  unsubscribeToken: ids.token(),
})
