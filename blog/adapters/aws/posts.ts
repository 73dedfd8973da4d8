/**
 * Posts in DynamoDB. A post, the events it announces and the key it was asked for under are one
 * transaction; each later write holds only if the row is still the one that was read.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { mentionKey, mentionsOf, searchedText } from '../../mentions.ts'
import type { Posts } from '../../ports.ts'
import { edited, type Post, PostError, type StoredPost, textOf } from '../../post.ts'
import { holds, wantedBy } from '../../words.ts'
import { newestPosts } from './newest-posts.ts'
import { type OutboxOptions, outbox } from './outbox.ts'
import { allPosts, postItem, postsOf, removedKey, rowKey, storedPost } from './post-item.ts'
import { dynamoTable, type Item, isConditionFailed, type Write } from './table.ts'
import { topicList } from './topic-list.ts'

export interface DynamoPostsOptions extends OutboxOptions {
  /** The table's name. */
  readonly table: string
}

const day = 86_400_000
/** Reads of a row that somebody else changes each time before it is written. */
const attempts = 100

type Guard = readonly number[] | 'any'
interface Next {
  /** Null: the row goes. */
  readonly after: StoredPost | null
  readonly writes?: readonly Write[]
}

export function dynamoPosts(client: DynamoDBClient, options: DynamoPostsOptions): Posts {
  const table = dynamoTable(client, options.table)
  const announced = outbox(options)
  const topics = topicList(table)

  const read = async (id: Post['id']) => storedPost(await table.get(rowKey(id)))

  /** Writes what `next` makes of the row, as often as it takes for nobody to come in between. */
  async function change(
    id: Post['id'],
    next: (before: StoredPost | null) => Next | null,
  ): Promise<{ readonly before: StoredPost | null; readonly after: StoredPost | null }> {
    for (let attempt = 1; ; attempt++) {
      const before = await read(id)
      const { after, writes = [] } = next(before) ?? { after: before }
      if (!before || after === before) return { before, after: before }
      const unchanged = { when: '#version = :was', values: { was: before.version } }
      const row: Write = after
        ? { put: postItem(after), ...unchanged }
        : { delete: rowKey(id), ...unchanged }
      try {
        await table.write([row, ...writes])
        return { before, after }
      } catch (error) {
        if (!isConditionFailed(error) || attempt === attempts) throw error
      }
    }
  }

  return {
    async create(post, announce, idempotency) {
      const made: StoredPost = { post, revision: 1, version: 1 }
      const row: Write = { put: postItem(made), when: 'attribute_not_exists(pk)' }
      const keys = idempotency ? [kept(idempotency, made)] : []
      try {
        await table.write([row, ...keys, ...announced(announce)])
      } catch (error) {
        if (!isConditionFailed(error)) throw error
        const [taken, known] = error.found
        if (known) return answer(known, idempotency?.fingerprint)
        if (taken) throw new Error(`There is a post ${post.id} already`, { cause: error })
        throw error
      }
      await topics.add(post.topic, post.id)
      return made
    },

    async edit(id, wanted, revisions, announce) {
      const { before, after } = await change(id, (found) => {
        const before = guarded(id, found, revisions)
        const post = edited(before.post, wanted)
        if (same(before.post, post)) return null
        return {
          after: { post, revision: before.revision + 1, version: before.version + 1 },
          writes: announced(announce(before.post, post)),
        }
      })
      const [was, is] = [before as StoredPost, after as StoredPost]
      if (was.post.topic !== is.post.topic) {
        await topics.add(is.post.topic, id)
        await topics.remove(was.post.topic, id)
      }
      return is
    },

    async remove(id, revisions) {
      const { before } = await change(id, (found) => {
        guarded(id, found, revisions)
        return { after: null, writes: [{ put: removedKey(id) }] }
      })
      await topics.remove((before as StoredPost).post.topic, id)
    },

    async enrich(id, { locations, persons, organizations }, foundIn) {
      await change(id, (before) => {
        if (!before || textOf(before.post) !== textOf(foundIn)) return null
        const post = { ...before.post, entities: { locations, persons, organizations } }
        return same(before.post, post)
          ? null
          : { after: { ...before, post, version: before.version + 1 } }
      })
    },

    find: read,

    wasRemoved: async (id) => (await table.get(removedKey(id))) !== null,

    async list({ topic, before, limit }) {
      const items = await table.query({
        ...(topic === undefined
          ? ({ index: 'gsi1', pk: allPosts } as const)
          : ({ index: 'gsi2', pk: postsOf(topic) } as const)),
        ...(before !== undefined && { before }),
        ...{ order: 'descending', limit },
      })
      return items.map((item) => (storedPost(item) as StoredPost).post)
    },

    topics: topics.newest,

    async search({ query, ...page }) {
      const wanted = wantedBy(query)
      if (!wanted) return { posts: [], cursor: null }
      return newestPosts(table, (post) => holds(searchedText(post), wanted), page)
    },
    async mentioning({ name, ...page }) {
      const key = mentionKey(name)
      return newestPosts(table, (post) => mentionsOf(post).includes(key), page)
    },
  }
}

function guarded(id: Post['id'], found: StoredPost | null, revisions: Guard): StoredPost {
  if (!found) throw new PostError('PostNotFound', `There is no post ${id}`)
  if (revisions !== 'any' && !revisions.includes(found.revision))
    throw new PostError('RevisionConflict', `Post ${id} has been edited since you read it`)
  return found
}

/** What was answered to the first request under a key; it makes room for another after a day. */
function kept({ key, fingerprint }: { key: string; fingerprint: string }, made: StoredPost): Write {
  const at = Date.parse(made.post.createdAt)
  const until = at + day
  return {
    put: {
      ...{ pk: `idempotency#${key}`, sk: 'idempotency', fingerprint, until },
      answer: JSON.stringify(made),
      expiresAt: Math.ceil(until / 1_000),
    },
    // DynamoDB deletes what has expired when it comes to it, which may be days later.
    when: 'attribute_not_exists(pk) OR #until <= :at',
    values: { at },
  }
}

function answer(known: Item, fingerprint: string | undefined): StoredPost {
  if (known.fingerprint !== fingerprint)
    throw new PostError('IdempotencyConflict', 'This Idempotency-Key was used for another post')
  return JSON.parse(String(known.answer)) as StoredPost
}

/** Both were put together in the order in which `storedPost` does it. */
const same = (a: Post, b: Post): boolean => JSON.stringify(a) === JSON.stringify(b)
