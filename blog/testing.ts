/**
 * What the blog's tests need often: builders with every field filled in, and each port in memory,
 * which keeps what it was asked for a test to look at. The tables pass the contracts that the
 * real ones pass (`testing.test.ts`), so what holds with them holds with SQLite.
 */
import type {
  EventBridgeEvent,
  PutEventsRequestEntry,
  Store,
  Subscription,
  Subscriptions,
} from '@busbar/event-bus'
import { handClock } from '@busbar/event-bus/testing'
import { compile } from '@busbar/event-pattern'
import type { Implementations } from '@busbar/runtime'
import { blogPostUpdated, type PostChange } from './events.ts'
import type { blog } from './flow.ts'
import { links } from './links.ts'
import type {
  Connections,
  Entity,
  EntityRecognizer,
  EntityType,
  Ids,
  Mail,
  Mailer,
  Posts,
} from './ports.ts'
import {
  type Draft,
  edited,
  type Post,
  type PostEntities,
  PostError,
  type StoredPost,
  textOf,
} from './post.ts'

/** The n-th id: a UUID, and ids sort as their numbers do. */
export const anId = (n: number): string =>
  `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

export const aDraft = (fields: Partial<Draft> = {}): Draft => ({
  author: 'hunter s thompson',
  title: 'Title',
  body: 'Joe is going to Spain',
  topic: 'summer',
  ...fields,
})

export const aPost = (fields: Partial<Post> = {}): Post => ({
  id: anId(1),
  createdAt: '2026-01-01T12:00:00.000Z',
  ...aDraft(),
  ...fields,
})

export const someEntities = (fields: Partial<PostEntities> = {}): PostEntities => ({
  locations: ['Spain'],
  persons: ['Joe'],
  organizations: ['Reuters'],
  ...fields,
})

/** Confirmed, and about posts of the topic `summer`. */
export const aSubscription = (fields: Partial<Subscription> = {}): Subscription => ({
  id: anId(101),
  topic: 'new-posts',
  protocol: 'email',
  endpoint: 'reader@example.org',
  filterPolicy: { detail: { topic: ['summer'] } },
  status: 'confirmed',
  requestedAt: '2026-01-01T12:00:00.000Z',
  confirmToken: 'confirm-101',
  unsubscribeToken: 'unsubscribe-101',
  ...fields,
})

export const anEvent = <DetailType extends string, Detail>(
  detailType: DetailType,
  detail: Detail,
  id = anId(1_001),
): EventBridgeEvent<DetailType, Detail> => ({
  version: '0',
  id,
  'detail-type': detailType,
  source: 'blog',
  account: '000000000000',
  time: '2026-01-01T12:00:00Z',
  region: 'us-east-1',
  resources: [],
  detail,
})

/** As a bus takes them: one that is malformed stops what it was to be stored with. */
function taken(announced: readonly PutEventsRequestEntry[]): readonly PutEventsRequestEntry[] {
  for (const { Detail } of announced) JSON.parse(Detail)
  return announced
}

/** All that the blog's flow asks for, in memory. */
export const blogPorts = () =>
  ({
    posts: memoryPosts(),
    subscriptions: memorySubscriptions(),
    mailer: memoryMailer(),
    recognizer: wordRecognizer({ Joe: 'PERSON', Spain: 'LOCATION' }),
    connections: memoryConnections(),
    links: links('https://blog.test'),
    ids: countedIds(),
    clock: handClock(),
  }) satisfies Implementations<(typeof blog)['ports']>

/** `outbox` and `changes` are what its two streams were told, oldest first. */
export interface MemoryPosts extends Posts {
  readonly outbox: readonly PutEventsRequestEntry[]
  readonly changes: readonly PutEventsRequestEntry[]
}

export function memoryPosts(...posts: readonly Post[]): MemoryPosts {
  const rows = new Map(posts.map((post) => [post.id, { post, revision: 1, version: 1 }]))
  const answers = new Map<string, { fingerprint: string; answer: StoredPost; until: number }>()
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
    else rows.delete(id)
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
    async list({ topic, before, limit }) {
      return newestFirst()
        .filter((post) => topic === undefined || post.topic === topic)
        .filter(({ id }) => before === undefined || id < before)
        .slice(0, limit)
    },
    async topics(limit) {
      return [...new Set(newestFirst().map(({ topic }) => topic))].slice(0, limit)
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

export interface MemorySubscriptions extends Subscriptions {
  readonly all: () => readonly Subscription[]
  readonly outbox: readonly PutEventsRequestEntry[]
}

const minute = 60_000
const confirmWithin = 48 * 60 * minute
const mostPending = 5

export function memorySubscriptions(
  ...subscriptions: readonly Subscription[]
): MemorySubscriptions {
  const rows = new Map(subscriptions.map((one) => [one.id, one]))
  const outbox: PutEventsRequestEntry[] = []
  const all = () => [...rows.values()]
  const key = ({ topic, protocol, endpoint, filterPolicy }: Subscription) =>
    JSON.stringify([topic, protocol, endpoint, filterPolicy])
  const address = ({ protocol, endpoint }: Subscription) =>
    `${protocol} ${endpoint.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())}`
  const age = ({ requestedAt }: Subscription, at: number) => at - Date.parse(requestedAt)
  const confirmed = (topic: string, protocol: string) =>
    all().filter(
      (one) => one.topic === topic && one.protocol === protocol && one.status === 'confirmed',
    )

  return {
    all,
    outbox,
    async subscribe(wanted, announce) {
      compile(wanted.filterPolicy)
      const at = Date.parse(wanted.requestedAt)
      for (const one of all())
        if (one.status === 'pending' && age(one, at) > confirmWithin) rows.delete(one.id)
      const known = all().find((one) => key(one) === key(wanted))
      if (known && (known.status === 'confirmed' || age(known, at) < minute)) return
      const waiting = all().filter(
        (one) => one.status === 'pending' && address(one) === address(wanted),
      )
      if (!known && waiting.length >= mostPending) return
      const { requestedAt, confirmToken } = wanted
      const kept = { ...(known ?? wanted), status: 'pending', requestedAt, confirmToken } as const
      const announced = taken(announce(kept.id))
      rows.set(kept.id, kept)
      outbox.push(...announced)
    },
    async confirm(token, now) {
      const found = all().find(({ confirmToken }) => confirmToken === token)
      if (!found) return null
      if (found.status === 'pending' && age(found, now.getTime()) > confirmWithin) return null
      const done: Subscription = { ...found, status: 'confirmed' }
      rows.set(found.id, done)
      return done
    },
    async unsubscribe(token) {
      const found = all().find(({ unsubscribeToken }) => unsubscribeToken === token) ?? null
      if (found) rows.delete(found.id)
      return found
    },
    async find(id) {
      return rows.get(id) ?? null
    },
    async findByUnsubscribeToken(token) {
      return all().find(({ unsubscribeToken }) => unsubscribeToken === token) ?? null
    },
    async filterPolicies(topic, protocol) {
      const texts = confirmed(topic, protocol).map(({ filterPolicy }) =>
        JSON.stringify(filterPolicy),
      )
      return [...new Set(texts)].map((text) => JSON.parse(text))
    },
    async withFilterPolicy(topic, protocol, policy, after, limit) {
      return confirmed(topic, protocol)
        .filter(({ filterPolicy }) => JSON.stringify(filterPolicy) === JSON.stringify(policy))
        .map(({ id }) => id)
        .filter((id) => id > after)
        .sort()
        .slice(0, limit)
    },
  }
}

/** While `fail` is set, the server takes no mail. `tried` has every mail, `sent` those it took. */
export interface MemoryMailer extends Mailer {
  readonly tried: readonly Mail[]
  readonly sent: readonly Mail[]
  fail: Error | null
}

export function memoryMailer(): MemoryMailer {
  const tried: Mail[] = []
  const sent: Mail[] = []
  return {
    tried,
    sent,
    fail: null,
    async send(mail) {
      tried.push(mail)
      if (this.fail) throw this.fail
      if (!sent.some(({ messageId }) => messageId === mail.messageId)) sent.push(mail)
    },
  }
}

/** Finds the given words, wherever they stand. */
export const wordRecognizer = (
  words: Readonly<Record<string, EntityType>>,
): EntityRecognizer & { readonly asked: readonly string[] } => {
  const asked: string[] = []
  return {
    asked,
    async recognize(text) {
      asked.push(text)
      return [...text.matchAll(/[\p{L}\d]+/gu)].flatMap(({ 0: word, index }): Entity[] => {
        const type = words[word]
        if (!type) return []
        return [{ type, text: word, beginOffset: index, endOffset: index + word.length, score: 1 }]
      })
    },
  }
}

export function memoryConnections(): Connections & {
  readonly pushed: readonly { readonly cursor: string; readonly change: PostChange }[]
} {
  const pushed: { cursor: string; change: PostChange }[] = []
  return {
    pushed,
    async push(cursor, change) {
      pushed.push({ cursor, change })
    },
  }
}

export function countedIds(): Ids {
  let ids = 0
  let tokens = 0
  return { next: () => anId(++ids), token: () => `token-${++tokens}` }
}

/** The store with a disk that is full while `full` is set: its transactions fail at their ends. */
export function fillable<Tx>(store: Store<Tx>): Store<Tx> & { full: boolean } {
  return {
    ...store,
    full: false,
    commit(works, rows) {
      return store.commit(works, () => {
        if (this.full) throw new Error('database or disk is full')
        return rows()
      })
    },
  }
}
