import type { Clock, Subscriptions } from '@busbar/event-bus'
import type { TopicMessage } from '@busbar/runtime'
import type { BlogPostCreated } from '../events.ts'
import { newPost } from '../mails/new-post.ts'
import type { Links, Mailer, Posts, Progress, Renderer, Seal } from '../ports.ts'
import { preferencesLink } from '../preferences.ts'
import { mailTo } from './mail-to.ts'
import { noted } from './noted.ts'
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
    renderer,
    progress,
    clock,
  }: {
    posts: Posts
    subscriptions: Subscriptions
    mailer: Mailer
    links: Links
    seal: Seal
    renderer: Renderer
    progress: Progress
    clock: Clock
  },
): Promise<void> {
  const mail = async () => {
    const subscription = await subscriptions.find(subscriptionId)
    const found = await posts.find(event.detail.id)
    if (subscription?.status !== 'confirmed' || !found) return 'skipped'
    const { post } = found
    const unsubscribe = links.unsubscribe(subscription.unsubscribeToken)
    await mailTo(
      subscription,
      {
        // The same for each try: a second copy after a crash is known by it.
        messageId: `${post.id}.${subscriptionId}@${links.host}`,
        ...newPost(post, {
          rendered: await renderer.html(post),
          topic: topicOf(subscription),
          post: links.post(post.id),
          unsubscribe,
          preferences: await preferencesLink(subscription, { seal, links }),
        }),
        unsubscribe,
      },
      { subscriptions, mailer },
    )
    return 'done'
  }
  await noted({ postId: event.detail.id, step: 'mailed', subscriptionId }, mail, {
    progress,
    clock,
  })
}
