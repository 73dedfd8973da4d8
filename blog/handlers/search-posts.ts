import type { Posts } from '../ports.ts'
import type { Post } from '../post.ts'
import type { PostPage } from './list-posts.ts'

export interface SearchPosts {
  /** Words, each of which a post has to have; the last may be the beginning of one. */
  readonly query: string
  readonly limit: number
  /** The `cursor` of the page before. */
  readonly cursor?: Post['id'] | undefined
}

/** Newest first. A page may be short, even empty, and not the last. */
export const searchPosts = (
  { query, limit, cursor }: SearchPosts,
  { posts }: { posts: Posts },
): Promise<PostPage> => posts.search({ query, before: cursor, limit })
