import type { Subscriptions } from '@busbar/event-bus'
import type { SubscriptionRequested } from '../events.ts'
import { confirmation } from '../mails/confirmation.ts'
import type { Links, Mailer, Seal } from '../ports.ts'
import { preferencesLink } from '../preferences.ts'
import { mailTo } from './mail-to.ts'
import { topicOf } from './topic-of.ts'

/** Asks whoever reads the mailbox whether the subscription was meant. */
export async function sendConfirmation(
  { id, detail }: SubscriptionRequested,
  {
    subscriptions,
    mailer,
    links,
    seal,
  }: { subscriptions: Subscriptions; mailer: Mailer; links: Links; seal: Seal },
): Promise<void> {
  const subscription = await subscriptions.find(detail.subscriptionId)
  if (subscription?.status !== 'pending' || subscription.protocol !== 'email') return
  await mailTo(
    subscription,
    {
      messageId: `${id}.confirm@${links.host}`,
      ...confirmation(topicOf(subscription), {
        confirm: links.confirm(subscription.confirmToken),
        preferences: await preferencesLink(subscription, { seal, links }),
      }),
    },
    { subscriptions, mailer },
  )
}
