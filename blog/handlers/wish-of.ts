import type { Clock, Subscription } from '@busbar/event-bus'
import type { Ids } from '../ports.ts'
import type { Subscriber } from '../preferences.ts'

/** To be told of each new post about that topic. */
export const wishOf = (
  { protocol, endpoint }: Subscriber,
  topic: string,
  { ids, clock }: { readonly ids: Ids; readonly clock: Clock },
): Subscription => ({
  ...{ id: ids.next(), topic: 'new-posts', protocol, endpoint },
  filterPolicy: { detail: { topic: [topic] } },
  status: 'pending',
  requestedAt: clock.now().toISOString(),
  confirmToken: ids.token(),
  unsubscribeToken: ids.token(),
})
