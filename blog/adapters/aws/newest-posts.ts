/**
 * Finds posts by looking at them, the newest first: DynamoDB knows no search, and an index of our own
 * would be hundreds of items with each post. One asking ends after so many posts or so much text, with
 * what was found by then and where to go on.
 */
import type { FoundPosts } from '../../ports.ts'
import type { Post, StoredPost } from '../../post.ts'
import { allPosts, storedPost } from './post-item.ts'
import type { DynamoTable } from './table.ts'

/** A read is a tenth of a second or so for each megabyte, and is paid by it. */
const mostPosts = 1_000
const mostText = 4_000_000
const atOnce = 100

export async function newestPosts(
  table: Pick<DynamoTable, 'query'>,
  fits: (post: Post) => boolean,
  { before, limit }: { readonly before?: Post['id'] | undefined; readonly limit: number },
): Promise<FoundPosts> {
  const posts: Post[] = []
  let cursor = before
  let text = 0
  for (let looked = 0; looked < mostPosts && text < mostText; looked += atOnce) {
    const items = await table.query({
      ...{ index: 'gsi1', pk: allPosts, order: 'descending', limit: atOnce },
      ...(cursor !== undefined && { before: cursor }),
    })
    for (const item of items) {
      const { post } = storedPost(item) as StoredPost
      if (fits(post)) {
        // There is one more: so the page before is not the last.
        if (posts.length === limit) return { posts, cursor: posts.at(-1)?.id ?? null }
        posts.push(post)
      }
      cursor = post.id
      text += post.body.length
    }
    if (items.length < atOnce) return { posts, cursor: null }
  }
  return { posts, cursor: cursor ?? null }
}
