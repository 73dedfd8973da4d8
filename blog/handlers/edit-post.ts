import { blogPostEdited } from '../events.ts'
import type { Posts } from '../ports.ts'
import { type Draft, type Post, type StoredPost, textOf } from '../post.ts'

export interface EditPost {
  readonly id: Post['id']
  readonly changes: Partial<Draft>
  /** The revisions that the author may have seen. */
  readonly revisions: readonly number[] | 'any'
}

/** Announces new text, so that it is looked through. Throws `PostNotFound` and `RevisionConflict`. */
export async function editPost(
  { id, changes, revisions }: EditPost,
  { posts }: { posts: Posts },
): Promise<StoredPost> {
  return posts.edit(id, changes, revisions, (before, after) =>
    textOf(before) === textOf(after) ? [] : [blogPostEdited(after)],
  )
}
