/** The table of posts in memory. */
import type { PutEventsRequestEntry } from '@busbar/event-bus'
import { blogPostUpdated } from '../events.ts'
import { mentionKey, mentionsOf, searchedText } from '../mentions.ts'
import type { FoundPosts, Posts } from '../ports.ts'
import { edited, type Post, PostError, type StoredPost, textOf } from '../post.ts'
import { holds, wantedBy } from '../words.ts'
import { taken } from './taken.ts'

/** `outbox` and `changes` are what its two streams were told, oldest first. */
export interface MemoryPosts extends Posts {
  readonly outbox: readonly PutEventsRequestEntry[]
  readonly changes: readonly PutEventsRequestEntry[]
}

export function memoryPosts(...posts: readonly Post[]): MemoryPosts {
  const rows = new Map(posts.map((post) => [post.id, { post, revision: 1, version: 1 }]))
  const answers = new Map<string, { fingerprint: string; answer: StoredPost; until: number }>()
  const removed = new Set<Post['id']>()
  const outbox: PutEventsRequestEntry[] = []
  const changes: PutEventsRequestEntry[] = []

  /** Both or neither. */
  function write(
    id: Post['id'],
    after: StoredPost | null,
    announce: readonly PutEventsRequestEntry[],
  ) {
    const announced = taken(announce)
    const before = rows.get(id)?.post ?? null
    if (after) rows.set(id, after)
    else {
      rows.delete(id)
      removed.add(id)
    }
    outbox.push(...announced)
    changes.push(blogPostUpdated(before, after?.post ?? null))
  }

  function guarded(id: Post['id'], revisions: readonly number[] | 'any'): StoredPost {
    const found = rows.get(id)
    if (!found) throw new PostError('PostNotFound', `There is no post ${id}`)
    if (revisions !== 'any' && !revisions.includes(found.revision))
      throw new PostError('RevisionConflict', `Post ${id} has another revision`)
    return found
  }
  const newestFirst = () =>
    [...rows.values()].map(({ post }) => post).sort((a, b) => (a.id < b.id ? 1 : -1))

  function found(
    fits: (post: Post) => boolean,
    { before, limit }: { readonly before?: Post['id'] | undefined; readonly limit: number },
  ): FoundPosts {
    const all = newestFirst().filter(
      (post) => (before === undefined || post.id < before) && fits(post),
    )
    const posts = all.slice(0, limit)
    return { posts, cursor: all.length > limit ? (posts.at(-1)?.id ?? null) : null }
  }

  return {
    outbox,
    changes,
    async create(post, announce, idempotency) {
      const at = Date.parse(post.createdAt)
      const known = idempotency && answers.get(idempotency.key)
      if (known && known.until > at) {
        if (known.fingerprint === idempotency.fingerprint) return known.answer
        throw new PostError('IdempotencyConflict', 'The key was used for another post')
      }
      if (rows.has(post.id)) throw new Error(`There is a post ${post.id} already`)
      const answer = { post, revision: 1, version: 1 }
      write(post.id, answer, announce)
      if (idempotency)
        answers.set(idempotency.key, { ...idempotency, answer, until: at + 86_400_000 })
      return answer
    },
    async edit(id, wanted, revisions, announce) {
      const before = guarded(id, revisions)
      const post = edited(before.post, wanted)
      if (alike(before.post, post)) return before
      const after = { post, revision: before.revision + 1, version: before.version + 1 }
      write(id, after, announce(before.post, post))
      return after
    },
    async remove(id, revisions) {
      guarded(id, revisions)
      write(id, null, [])
    },
    async enrich(id, entities, foundIn) {
      const before = rows.get(id)
      if (!before || textOf(before.post) !== textOf(foundIn)) return
      const post = { ...before.post, entities }
      if (!alike(before.post, post)) write(id, { ...before, post, version: before.version + 1 }, [])
    },
    async find(id) {
      return rows.get(id) ?? null
    },
    async wasRemoved(id) {
      return removed.has(id)
    },
    async list({ topic, before, limit }) {
      return newestFirst()
        .filter((post) => topic === undefined || post.topic === topic)
        .filter(({ id }) => before === undefined || id < before)
        .slice(0, limit)
    },
    async topics(limit) {
      return [...new Set(newestFirst().map(({ topic }) => topic))].slice(0, limit)
    },
    async search({ query, ...page }) {
      const wanted = wantedBy(query)
      return found((post) => wanted !== null && holds(searchedText(post), wanted), page)
    },
    async mentioning({ name, ...page }) {
      return found((post) => mentionsOf(post).includes(mentionKey(name)), page)
    },
  }
}

const alike = (a: Post, b: Post): boolean =>
  textOf(a) === textOf(b) &&
  a.author === b.author &&
  a.topic === b.topic &&
  (['locations', 'persons', 'organizations'] as const).every(
    (kind) => JSON.stringify(a.entities?.[kind]) === JSON.stringify(b.entities?.[kind]),
  )
