import type { Clock } from '@busbar/event-bus'
import type { Posts, Progress } from '../ports.ts'
import type { Post } from '../post.ts'
import { type PostProgress, progressOf } from '../progress.ts'
import { showPost } from './show-post.ts'

/** Throws as `showPost` does. */
export async function showProgress(
  { id }: { readonly id: Post['id'] },
  { posts, progress, clock }: { posts: Posts; progress: Progress; clock: Clock },
): Promise<{ readonly post: Post; readonly progress: PostProgress }> {
  const { post } = await showPost({ id }, { posts })
  return { post, progress: progressOf(post, await progress.of(id), clock.now()) }
}
