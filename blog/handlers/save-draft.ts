import type { Clock } from '@busbar/event-bus'
import {
  type DraftContent,
  demandPublishable,
  type Revisions,
  type SavedDraft,
  saved,
} from '../draft.ts'
import type { Drafts } from '../ports.ts'

export interface SaveDraft extends DraftContent {
  readonly id: SavedDraft['id']
  /** The revisions that the author may have seen. */
  readonly revisions: Revisions
}

/**
 * Without a time it is not published by itself, whatever it had before. Throws `DraftNotFound`,
 * `DraftPublished`, `RevisionConflict` and `DraftIncomplete`.
 */
export async function saveDraft(
  { id, revisions, ...content }: SaveDraft,
  { drafts, clock }: { drafts: Drafts; clock: Clock },
): Promise<SavedDraft> {
  const now = clock.now()
  return drafts.change(id, (found) => {
    const after = saved(found, content, revisions, now.toISOString())
    if (after !== found) demandPublishable(content, now)
    return after
  })
}
