import type { Clock, EventBridgeEvent } from '@busbar/event-bus'
import type { Drafts, Ids, Posts } from '../ports.ts'
import { publishDraft } from './publish-draft.ts'

/** In a minute; the rest is due in the next one. */
const most = 100

/** Saved, unscheduled or deleted since it was due: what it is now is another's to see. */
const isOver = (error: unknown): boolean =>
  ['DraftNotFound', 'RevisionConflict', 'DraftPublished'].includes(
    String((error as { readonly code?: unknown } | null)?.code),
  )

/**
 * Publishes what is due, also what somebody began to publish and did not end. One that fails stands in
 * nobody's way, and is tried again.
 */
export async function publishDueDrafts(
  _: EventBridgeEvent,
  { drafts, posts, ids, clock }: { drafts: Drafts; posts: Posts; ids: Ids; clock: Clock },
): Promise<void> {
  const failures: unknown[] = []
  for (const { id, revision } of await drafts.due(clock.now(), most))
    try {
      await publishDraft({ id, revisions: [revision] }, { drafts, posts, ids, clock })
    } catch (error) {
      if (!isOver(error)) failures.push(error)
    }
  if (failures.length > 0) throw failures[0]
}
