import type { Subscriptions } from '@busbar/event-bus'
import type { SubscriptionRequested } from '../events.ts'
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
  const topic = topicOf(subscription)
  await mailTo(
    subscription,
    {
      messageId: `${id}.confirm@${links.host}`,
      subject: `Please confirm: mail about ${topic}`,
      // Plain ASCII and a line for the link, so that it stays in one piece however the mail is read.
      text: `Somebody, hopefully you, asked for a mail
whenever a post about "${topic}" appears.

If it was you, open this link within 48 hours:

${links.confirm(subscription.confirmToken)}

If it was not, do nothing: there will be no further mail.
What is kept of your address, and how to have it deleted:

${await preferencesLink(subscription, { seal, links })}
`,
    },
    { subscriptions, mailer },
  )
}
