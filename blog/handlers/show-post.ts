import type { Posts } from '../ports.ts'
import { type Post, PostError, type StoredPost } from '../post.ts'

/** Throws `PostNotFound`, which says whether the post was removed. */
export async function showPost(
  { id }: { readonly id: Post['id'] },
  { posts }: { posts: Posts },
): Promise<StoredPost> {
  const found = await posts.find(id)
  if (!found)
    throw new PostError('PostNotFound', `There is no post ${id}`, await posts.wasRemoved(id))
  return found
}
