import type { Subscriptions } from '@busbar/event-bus'
import type { BlogPostCreated } from '../events.ts'
import type { Progress } from '../ports.ts'
import { newPosts, policyOf } from './wish-of.ts'

/** Notes that a post was announced, and how many readers there are to be told: an author sees how far that is. */
export async function countReaders(
  { time, detail }: BlogPostCreated,
  { subscriptions, progress }: { subscriptions: Subscriptions; progress: Progress },
): Promise<void> {
  const count = (protocol: 'email' | 'https') =>
    subscriptions.count(newPosts, protocol, policyOf(detail.topic))
  const [email, https] = await Promise.all([count('email'), count('https')])
  await progress.announce({ postId: detail.id, at: time, readers: { email, https } })
}
