import type { Subscriptions } from '@busbar/event-bus'
import type { PreferencesRequested } from '../events.ts'
import { preferencesAgain } from '../mails/preferences-again.ts'
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
      ...preferencesAgain(await preferencesLink(subscription, { seal, links })),
    },
    { subscriptions, mailer },
  )
}
