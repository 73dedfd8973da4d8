import type { Posts } from '../ports.ts'
import type { Post } from '../post.ts'
import type { PostPage } from './list-posts.ts'

export interface ListMentions {
  /** Of a person, a place or an organization. */
  readonly name: string
  readonly limit: number
  /** The `cursor` of the page before. */
  readonly cursor?: Post['id'] | undefined
}

/** The posts in which the name was recognised, newest first. A page may be short, even empty, and not the last. */
export const listMentions = (
  { name, limit, cursor }: ListMentions,
  { posts }: { posts: Posts },
): Promise<PostPage> => posts.mentioning({ name, before: cursor, limit })
