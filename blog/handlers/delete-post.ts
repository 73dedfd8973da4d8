import type { Posts } from '../ports.ts'
import type { EditPost } from './edit-post.ts'

/**
 * Mail that still waits is cancelled: its sender finds no post any more.
 * Throws `PostNotFound` and `RevisionConflict`.
 */
export async function deletePost(
  { id, revisions }: Pick<EditPost, 'id' | 'revisions'>,
  { posts }: { posts: Posts },
): Promise<void> {
  await posts.remove(id, revisions)
}
