/**
 * The API, as a table: what each route of the flow takes over HTTP, and how its result becomes an
 * answer. `http-app.ts` serves it and `openapi.ts` describes it, so neither knows more than this.
 */
import type { z } from 'zod'
import type { PostPage } from '../../handlers/list-posts.ts'
import { allowedRevisions, entityTag, isKnown } from './etag.ts'
import type { Call, Routes } from './routes.ts'
import * as schemas from './schemas.ts'

export interface Answer {
  readonly status: 200 | 201 | 202 | 204 | 304
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}
export interface Input {
  /** Empty when the path has none. */
  readonly id: string
  readonly query: unknown
  readonly headers: unknown
  readonly body: unknown
}
export interface Uses {
  readonly call: Call
  /** The newest change that a browser could have been told of. */
  readonly head: () => Promise<string>
}
export type AnswerHeader = 'ETag' | 'Location' | 'Link' | 'Watch-Cursor'

export interface Endpoint {
  /** As in the flow. */
  readonly on: keyof Routes
  readonly operationId: string
  readonly summary: string
  /** Whether only the author may. */
  readonly authored: boolean
  readonly query: z.ZodObject
  readonly headers: z.ZodObject
  readonly body: z.ZodType | null
  readonly success: {
    readonly status: 200 | 201 | 202 | 204
    readonly description: string
    readonly body: z.ZodType | null
    readonly headers: readonly AnswerHeader[]
  }
  readonly answer: (input: Input, uses: Uses) => Promise<Answer>
}

const found: Endpoint['success'] = {
  status: 200,
  description:
    'A page of posts, and the cursor of the next one. It may have fewer posts than asked for, even none, and yet a next one.',
  body: schemas.postPage,
  headers: ['Link'],
}

export const endpoints: readonly Endpoint[] = [
  endpoint({
    on: 'POST /api/posts',
    operationId: 'createPost',
    summary: 'Publish a post. It is answered when it is stored; mail, names and browsers follow.',
    authored: true,
    headers: schemas.idempotencyKey,
    body: schemas.draft,
    success: {
      status: 201,
      description: 'The post, its entities not yet recognised.',
      body: schemas.post,
      headers: ['Location', 'ETag'],
    },
    answer: async ({ body: draft, headers }, { call }) => {
      const idempotencyKey = headers['Idempotency-Key']
      const stored = await call('POST /api/posts', { draft, idempotencyKey })
      const location = `/api/posts/${stored.post.id}`
      return {
        status: 201,
        body: stored.post,
        headers: { Location: location, ETag: entityTag(stored) },
      }
    },
  }),
  endpoint({
    on: 'GET /api/posts',
    operationId: 'listPosts',
    summary: 'The posts, or those of a topic, the newest first.',
    query: schemas.listQuery,
    success: {
      status: 200,
      description: 'A page of posts, and the cursor of the next one.',
      body: schemas.postPage,
      headers: ['Link', 'Watch-Cursor'],
    },
    answer: async ({ query }, { call, head }) => {
      // Read before the posts: what changes in between is told twice rather than never.
      const watchCursor = await head()
      const page = await call('GET /api/posts', query)
      const headers = { 'Watch-Cursor': watchCursor, ...toNext('/api/posts', query, page) }
      return { status: 200, body: page, headers }
    },
  }),
  endpoint({
    on: 'GET /api/posts/{id}',
    operationId: 'showPost',
    summary: 'One post.',
    headers: schemas.ifNoneMatch,
    success: {
      status: 200,
      description: 'The post.',
      body: schemas.post,
      headers: ['ETag', 'Watch-Cursor'],
    },
    answer: async ({ id, headers }, { call, head }) => {
      const watchCursor = await head()
      const stored = await call('GET /api/posts/{id}', { id })
      const tag = entityTag(stored)
      const told = { ETag: tag, 'Watch-Cursor': watchCursor }
      return isKnown(headers['If-None-Match'], tag)
        ? { status: 304, headers: told }
        : { status: 200, body: stored.post, headers: told }
    },
  }),
  endpoint({
    on: 'PATCH /api/posts/{id}',
    operationId: 'editPost',
    summary: 'Change some fields of a post. Nobody is mailed again.',
    authored: true,
    headers: schemas.ifMatch,
    body: schemas.changes,
    success: {
      status: 200,
      description: 'The post as it is now.',
      body: schemas.post,
      headers: ['ETag'],
    },
    answer: async ({ id, headers, body: changes }, { call }) => {
      const revisions = allowedRevisions(headers['If-Match'])
      const stored = await call('PATCH /api/posts/{id}', { id, changes, revisions })
      return { status: 200, body: stored.post, headers: { ETag: entityTag(stored) } }
    },
  }),
  endpoint({
    on: 'DELETE /api/posts/{id}',
    operationId: 'deletePost',
    summary: 'Delete a post. Mail about it that still waits is not sent.',
    authored: true,
    headers: schemas.ifMatch,
    success: { status: 204, description: 'It is gone.', body: null, headers: [] },
    answer: async ({ id, headers }, { call }) => {
      await call('DELETE /api/posts/{id}', { id, revisions: allowedRevisions(headers['If-Match']) })
      return { status: 204 }
    },
  }),
  endpoint({
    on: 'GET /api/topics',
    operationId: 'listTopics',
    summary: 'Up to 100 topics that have posts, the one written to last first.',
    success: { status: 200, description: 'The topics.', body: schemas.topics, headers: [] },
    answer: async (_, { call }) => ({
      status: 200,
      body: await call('GET /api/topics', { limit: 100 }),
    }),
  }),
  endpoint({
    on: 'GET /api/search',
    operationId: 'searchPosts',
    summary: 'The posts that hold all of the words in title, body or names, the newest first.',
    query: schemas.searchQuery,
    success: found,
    answer: async ({ query }, { call }) => {
      const { q, ...page } = query
      const body = await call('GET /api/search', { query: q, ...page })
      return { status: 200, body, headers: toNext('/api/search', query, body) }
    },
  }),
  endpoint({
    on: 'GET /api/mentions',
    operationId: 'listMentions',
    summary: 'The posts in which a name was recognised, the newest first.',
    query: schemas.mentionsQuery,
    success: found,
    answer: async ({ query }, { call }) => {
      const body = await call('GET /api/mentions', query)
      return { status: 200, body, headers: toNext('/api/mentions', query, body) }
    },
  }),
  endpoint({
    on: 'POST /api/subscriptions',
    operationId: 'subscribe',
    summary: 'Ask for a mail for each new post of a topic. Nothing is sent before it is confirmed.',
    body: schemas.subscription,
    success: {
      status: 202,
      description: 'The same whether or not the address was known.',
      body: schemas.accepted,
      headers: [],
    },
    answer: async ({ body: subscription }, { call }) => {
      await call('POST /api/subscriptions', subscription)
      return {
        status: 202,
        body: { message: 'Look into your mailbox: a mail asks you to confirm, if it is needed.' },
      }
    },
  }),
]

/** Ties an endpoint's answer to its own schemas, and fills in what it leaves out. */
function endpoint<
  Q extends z.ZodObject = typeof schemas.nothing,
  H extends z.ZodObject = typeof schemas.nothing,
  B extends z.ZodType = z.ZodNull,
>(
  parts: Pick<Endpoint, 'on' | 'operationId' | 'summary' | 'success'> & {
    readonly authored?: boolean
    readonly query?: Q
    readonly headers?: H
    readonly body?: B
    readonly answer: (
      input: { id: string; query: z.output<Q>; headers: z.output<H>; body: z.output<B> },
      uses: Uses,
    ) => Promise<Answer>
  },
): Endpoint {
  const defaults = { authored: false, query: schemas.nothing, headers: schemas.nothing, body: null }
  return { ...defaults, ...parts, answer: parts.answer as Endpoint['answer'] }
}

/** The address of the next page, unless this is the last. */
const toNext = (
  path: string,
  query: Readonly<Record<string, unknown>>,
  { cursor }: PostPage,
): { readonly Link?: string } =>
  cursor === null ? {} : { Link: `<${path}?${queryString({ ...query, cursor })}>; rel="next"` }

const queryString = (query: Readonly<Record<string, unknown>>): URLSearchParams =>
  new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  )
