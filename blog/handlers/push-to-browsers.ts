import type { Clock } from '@busbar/event-bus'
import type { BlogPostUpdated } from '../events.ts'
import type { Connections, Progress } from '../ports.ts'
import { noted } from './noted.ts'

/**
 * The event's id is the cursor with which a browser comes back for what it missed. Of a post's changes the
 * first is noted: with that it is in the open pages.
 */
export async function pushToBrowsers(
  { id, detail }: BlogPostUpdated,
  { connections, progress, clock }: { connections: Connections; progress: Progress; clock: Clock },
): Promise<void> {
  const push = () => connections.push(id, detail)
  if (detail.eventName !== 'INSERT') return push()
  const step = { postId: detail.keys.id, step: 'pushed', subscriptionId: '' } as const
  await noted(step, () => push().then(() => 'done'), { progress, clock })
}
