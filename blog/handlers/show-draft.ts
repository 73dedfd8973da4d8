import { DraftError, draftNotFound, type SavedDraft } from '../draft.ts'
import type { Drafts } from '../ports.ts'

/** Throws `DraftNotFound`, and `DraftPublished` for a while when it is a post by now. */
export async function showDraft(
  { id }: { readonly id: SavedDraft['id'] },
  { drafts }: { drafts: Drafts },
): Promise<SavedDraft> {
  const found = await drafts.find(id)
  if (!found) throw draftNotFound(id)
  const { status, postId } = found
  if (status === 'published')
    throw new DraftError('DraftPublished', `Draft ${id} was published as post ${postId}`, {
      postId,
    })
  return found
}
