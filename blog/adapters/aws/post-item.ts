/** A post as an item of its table. */
import type { Post, PostEntities, StoredPost } from '../../post.ts'
import type { Item, Key } from './table.ts'

export type StoredRow = Item

export const rowKey = (id: Post['id']): Key => ({ pk: `row#${id}`, sk: 'row' })

/** What is left of a post that was removed. */
export const removedKey = (id: Post['id']) => ({ pk: `removed#${id}`, sk: 'removed' })

/** Ids sort by time: `gsi1` has all posts newest first, `gsi2` those of a topic. */
export const allPosts = 'posts'
export const postsOf = (topic: Post['topic']): string => `topic#${topic}`

export const postItem = ({ post, revision, version }: StoredPost): Item & Key => ({
  ...rowKey(post.id),
  ...{ gsi1pk: allPosts, gsi1sk: post.id, gsi2pk: postsOf(post.topic), gsi2sk: post.id },
  ...post,
  ...{ revision, version },
})

/** Fields in the order of `Post`, so that two of the same content are the same text. */
export function storedPost(item: StoredRow | null): StoredPost | null {
  if (!item) return null
  const entities = item.entities as PostEntities | undefined
  const post: Post = {
    ...{ id: String(item.id), createdAt: String(item.createdAt), author: String(item.author) },
    ...{ title: String(item.title), body: String(item.body), topic: String(item.topic) },
    ...(entities && {
      entities: {
        locations: entities.locations,
        persons: entities.persons,
        organizations: entities.organizations,
      },
    }),
  }
  return { post, revision: Number(item.revision), version: Number(item.version) }
}
