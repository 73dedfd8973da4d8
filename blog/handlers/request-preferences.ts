import type { Clock, Subscription, Subscriptions } from '@busbar/event-bus'
import { preferencesRequested } from '../events.ts'
import type { Subscriber } from '../preferences.ts'

/** Between two mails that anybody may have sent to somebody else. */
const pauseMs = 10 * 60_000

/** Announces that the link is to be sent, if there is whom to send it to. The answer never tells. */
export async function requestPreferences(
  { protocol, endpoint }: Subscriber,
  { subscriptions, clock }: { subscriptions: Subscriptions; clock: Clock },
): Promise<void> {
  const now = clock.now()
  const all = await subscriptions.ofEndpoint(protocol, endpoint)
  const known = all.find(({ status }) => status === 'confirmed')
  if (!known) return
  const reminded = ({ remindedAt }: Subscription) =>
    remindedAt !== undefined && now.getTime() - Date.parse(remindedAt) < pauseMs
      ? null
      : { remindedAt: now.toISOString() }
  await subscriptions.change(known.id, reminded, [preferencesRequested(known.id)])
}
