import type { Clock } from '@busbar/event-bus'
import { type DraftContent, demandPublishable, newDraft, type SavedDraft } from '../draft.ts'
import type { Drafts, Ids } from '../ports.ts'

export interface CreateDraft extends DraftContent {
  /** The id that it is to have, a new UUID: asked for twice it is one draft. */
  readonly id?: SavedDraft['id'] | undefined
}

/** Throws `DraftIncomplete` when it has a time and lacks something, `IdempotencyConflict` when the id is another's. */
export async function createDraft(
  { id, ...content }: CreateDraft,
  { drafts, ids, clock }: { drafts: Drafts; ids: Ids; clock: Clock },
): Promise<SavedDraft> {
  const now = clock.now()
  demandPublishable(content, now)
  return drafts.create(newDraft(id ?? ids.next(), content, now.toISOString()))
}
