import type { Subscriptions } from '@busbar/event-bus'
import type { TopicMessage } from '@busbar/runtime'
import type { BlogPostCreated } from '../events.ts'
import type { Links, Mailer, Posts, Seal } from '../ports.ts'
import { preferencesLink } from '../preferences.ts'
import { mailTo } from './mail-to.ts'
import { topicOf } from './topic-of.ts'

/** Mails a new post to one subscriber, unless the post or the subscription has gone meanwhile. */
export async function emailSubscriber(
  { event, subscriptionId }: TopicMessage<BlogPostCreated>,
  {
    posts,
    subscriptions,
    mailer,
    links,
    seal,
  }: { posts: Posts; subscriptions: Subscriptions; mailer: Mailer; links: Links; seal: Seal },
): Promise<void> {
  const subscription = await subscriptions.find(subscriptionId)
  const found = await posts.find(event.detail.id)
  if (subscription?.status !== 'confirmed' || !found) return
  const { id, author, title, body } = found.post
  const unsubscribe = links.unsubscribe(subscription.unsubscribeToken)
  await mailTo(
    subscription,
    {
      // The same for each try: a second copy after a crash is known by it.
      messageId: `${id}.${subscriptionId}@${links.host}`,
      subject: title,
      text: `${title}\nby ${author}\n\n${body}\n\n${links.post(id)}

--
You get this because you asked for posts about "${topicOf(subscription)}".
No more of these:
${unsubscribe}
All that you have asked for:
${await preferencesLink(subscription, { seal, links })}
`,
      unsubscribe,
    },
    { subscriptions, mailer },
  )
}
