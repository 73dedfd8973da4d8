/**
 * The topics that have posts, by their newest. Written after the post and not with it: in one
 * transaction all who post in a topic would meet at its item, and refuse each other. A function that
 * dies in between leaves a topic out, or in, until somebody posts there again.
 */
import type { Post } from '../../post.ts'
import { postsOf } from './post-item.ts'
import { type DynamoTable, isConditionFailed, type Write } from './table.ts'

export interface TopicList {
  /** After a post came to a topic. */
  add(topic: Post['topic'], id: Post['id']): Promise<void>
  /** After it has left it. */
  remove(topic: Post['topic'], id: Post['id']): Promise<void>
  newest(limit: number): Promise<readonly string[]>
}

const all = 'topics'
const keyOf = (topic: string) => ({ pk: `topic#${topic}`, sk: 'topic' })

export function topicList(table: DynamoTable): TopicList {
  /** Whether the item was as `write` wants it. */
  async function holds(write: Write): Promise<boolean> {
    try {
      await table.write([write])
      return true
    } catch (error) {
      if (isConditionFailed(error)) return false
      throw error
    }
  }

  const add = async (topic: string, id: string): Promise<void> => {
    await holds({
      update: keyOf(topic),
      set: 'SET #topic = :topic, gsi1pk = :all, gsi1sk = :id',
      when: 'attribute_not_exists(gsi1sk) OR gsi1sk < :id',
      values: { topic, all, id },
    })
  }

  return {
    add,
    async remove(topic, id) {
      const was = { when: 'gsi1sk = :id', values: { id } }
      // The index may still have the post that has gone; when it lacks one that has just come, that
      // one's own `add` comes after this, or has been here and made the condition false.
      const posts = await table.query({
        ...{ index: 'gsi2', pk: postsOf(topic), order: 'descending', limit: 2 },
      })
      const next = posts.map((post) => String(post.id)).find((other) => other !== id)
      const wasNewest = await holds({ delete: keyOf(topic), ...was })
      if (wasNewest && next !== undefined) await add(topic, next)
    },
    async newest(limit) {
      const items = await table.query({ index: 'gsi1', pk: all, order: 'descending', limit })
      return items.map((item) => String(item.topic))
    },
  }
}
