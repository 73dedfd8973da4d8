import type { Posts } from '../ports.ts'

/** The topics that have posts, the one written to last first. */
export async function listTopics(
  { limit }: { readonly limit: number },
  { posts }: { posts: Posts },
): Promise<{ readonly topics: readonly string[] }> {
  return { topics: await posts.topics(limit) }
}
