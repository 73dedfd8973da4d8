import type { Posts } from '../ports.ts'
import type { Post } from '../post.ts'

export interface ListPosts {
  readonly topic?: string | undefined
  readonly limit: number
  /** The `cursor` of the page before. */
  readonly cursor?: Post['id'] | undefined
}

export interface PostPage {
  readonly posts: readonly Post[]
  /** For the next page; null on the last. */
  readonly cursor: Post['id'] | null
}

/** Newest first. */
export async function listPosts(
  { topic, limit, cursor }: ListPosts,
  { posts }: { posts: Posts },
): Promise<PostPage> {
  const found = await posts.list({ topic, before: cursor, limit: limit + 1 })
  const page = found.slice(0, limit)
  return { posts: page, cursor: found.length > limit ? (page.at(-1)?.id ?? null) : null }
}
