import type { Posts } from '../ports.ts'
import { type Post, PostError, type StoredPost } from '../post.ts'

/** Throws `PostNotFound`. */
export async function showPost(
  { id }: { readonly id: Post['id'] },
  { posts }: { posts: Posts },
): Promise<StoredPost> {
  const found = await posts.find(id)
  if (!found) throw new PostError('PostNotFound', `There is no post ${id}`)
  return found
}
