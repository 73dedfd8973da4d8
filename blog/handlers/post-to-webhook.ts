import type { Clock, Http, Subscriptions } from '@busbar/event-bus'
import type { TopicMessage } from '@busbar/runtime'
import type { BlogPostCreated } from '../events.ts'
import type { Posts, Progress, Seal } from '../ports.ts'
import { noted } from './noted.ts'
import { tellWebhook } from './tell-webhook.ts'

/** Tells a webhook of a new post, unless the post or the subscription has gone meanwhile. */
export async function postToWebhook(
  { event, subscriptionId }: TopicMessage<BlogPostCreated>,
  {
    posts,
    subscriptions,
    http,
    seal,
    clock,
    progress,
  }: {
    posts: Posts
    subscriptions: Subscriptions
    http: Http
    seal: Seal
    clock: Clock
    progress: Progress
  },
): Promise<void> {
  const tell = async () => {
    const subscription = await subscriptions.find(subscriptionId)
    const found = await posts.find(event.detail.id)
    if (subscription?.status !== 'confirmed' || !found) return 'skipped'
    const isWanted = await tellWebhook(
      subscription,
      {
        id: `${event.id}_${subscriptionId}`,
        type: 'blog.post.created',
        timestamp: event.detail.createdAt,
        data: found.post,
      },
      { subscriptions, http, seal, clock },
    )
    return isWanted ? 'done' : 'skipped'
  }
  await noted({ postId: event.detail.id, step: 'called', subscriptionId }, tell, {
    progress,
    clock,
  })
}
