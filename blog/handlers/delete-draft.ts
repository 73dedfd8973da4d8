import { guarded } from '../draft.ts'
import type { Drafts } from '../ports.ts'
import type { SaveDraft } from './save-draft.ts'

/** Throws `DraftNotFound`, `DraftPublished` and `RevisionConflict`. */
export async function deleteDraft(
  { id, revisions }: Pick<SaveDraft, 'id' | 'revisions'>,
  { drafts }: { drafts: Drafts },
): Promise<void> {
  await drafts.change(id, (found) => {
    guarded(found, revisions)
    return null
  })
}
