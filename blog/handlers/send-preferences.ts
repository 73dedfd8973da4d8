import type { Subscriptions } from '@busbar/event-bus'
import type { PreferencesRequested } from '../events.ts'
import type { Links, Mailer, Seal } from '../ports.ts'
import { preferencesLink } from '../preferences.ts'
import { mailTo } from './mail-to.ts'

/** Mails a subscriber the link to the preferences, because somebody has lost it. */
export async function sendPreferences(
  { id, detail }: PreferencesRequested,
  {
    subscriptions,
    mailer,
    links,
    seal,
  }: { subscriptions: Subscriptions; mailer: Mailer; links: Links; seal: Seal },
): Promise<void> {
  const subscription = await subscriptions.find(detail.subscriptionId)
  if (subscription?.status !== 'confirmed' || subscription.protocol !== 'email') return
  await mailTo(
    subscription,
    {
      messageId: `${id}.preferences@${links.host}`,
      subject: 'Your subscriptions',
      text: `Somebody, hopefully you, asked for the link to your subscriptions.
There you see all of them, and end them, begin others, or have all
that is kept of you deleted:

${await preferencesLink(subscription, { seal, links })}

Whoever has this link may do the same: pass it on to nobody.
`,
    },
    { subscriptions, mailer },
  )
}
