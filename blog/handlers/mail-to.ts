import type { Subscription, Subscriptions } from '@busbar/event-bus'
import type { Mail, Mailer } from '../ports.ts'

/** Mails a subscriber. A mailbox that there is not is never tried again, whatever it asked for. */
export async function mailTo(
  { endpoint }: Subscription,
  mail: Omit<Mail, 'to'>,
  { subscriptions, mailer }: { subscriptions: Subscriptions; mailer: Mailer },
): Promise<void> {
  try {
    await mailer.send({ ...mail, to: endpoint })
  } catch (error) {
    const { name, code } = error as { readonly name?: unknown; readonly code?: unknown }
    if (name === 'DeliveryRefused' && code === 'NO_RESOURCE')
      await subscriptions.suppress('email', endpoint)
    throw error
  }
}
