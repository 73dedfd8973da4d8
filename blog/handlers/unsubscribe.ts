import type { Subscriptions } from '@busbar/event-bus'

/** RFC 8058: one POST ends it, without a question. Done twice it is done once. */
export async function unsubscribe(
  { token }: { readonly token: string },
  { subscriptions }: { subscriptions: Subscriptions },
): Promise<void> {
  await subscriptions.unsubscribe(token)
}
