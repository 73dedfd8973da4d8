import type { Subscription } from '@busbar/event-bus'

/** The blog's topic that a subscription of ours is about: the one value of its filter policy. */
export function topicOf({ id, filterPolicy }: Subscription): string {
  const [topic, ...others] =
    (filterPolicy.detail as { readonly topic?: readonly unknown[] })?.topic ?? []
  if (typeof topic !== 'string' || others.length > 0)
    throw new Error(`Subscription ${id} is not about one topic`)
  return topic
}
