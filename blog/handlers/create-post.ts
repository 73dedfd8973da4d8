import type { Clock } from '@busbar/event-bus'
import { blogPostCreated } from '../events.ts'
import type { Ids, Posts } from '../ports.ts'
import type { Draft, Post, StoredPost } from '../post.ts'

export interface CreatePost {
  readonly draft: Draft
  /** Asked again under the same key, the first request's post is the answer. */
  readonly idempotencyKey?: string | undefined
}

/**
 * Answers as soon as the post is stored; mail, entities and the browsers follow by events.
 * Throws `IdempotencyConflict` when the key was used for another draft.
 */
export async function createPost(
  { draft, idempotencyKey }: CreatePost,
  { posts, ids, clock }: { posts: Posts; ids: Ids; clock: Clock },
): Promise<StoredPost> {
  const { author, title, body, topic } = draft
  const createdAt = clock.now().toISOString()
  const post: Post = { id: ids.next(), createdAt, author, title, body, topic }
  const idempotency = idempotencyKey
    ? { key: idempotencyKey, fingerprint: JSON.stringify([author, title, body, topic]) }
    : undefined
  return posts.create(post, [blogPostCreated(post)], idempotency)
}
