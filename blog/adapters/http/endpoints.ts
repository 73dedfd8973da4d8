/**
 * The API, as a table: what each route of the flow takes over HTTP, and how its result becomes an
 * answer. `http-app.ts` serves it and `openapi.ts` describes it, so neither knows more than this.
 */
import { draftEndpoints } from './draft-endpoints.ts'
import { type Endpoint, endpoint, toNext } from './endpoint.ts'
import { allowedRevisions, entityTag, isKnown, tagOfText } from './etag.ts'
import * as schemas from './schemas.ts'

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
    on: 'GET /api/posts/{id}/progress',
    operationId: 'showProgress',
    summary: 'How far a post is on its way to readers, and what failed. It is known for a week.',
    authored: true,
    headers: schemas.ifNoneMatch,
    success: {
      status: 200,
      description: 'What has been noted of it by now.',
      body: schemas.progress,
      headers: ['ETag'],
    },
    answer: async ({ id, headers }, { call }) => {
      const { progress } = await call('GET /api/posts/{id}/progress', { id })
      const tag = await tagOfText(JSON.stringify(progress))
      return isKnown(headers['If-None-Match'], tag)
        ? { status: 304, headers: { ETag: tag } }
        : { status: 200, body: progress, headers: { ETag: tag } }
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
    summary:
      'Ask for a mail, or a message to a webhook, for each new post of a topic. Nothing else is sent before it is confirmed.',
    limited: true,
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
        body: {
          message: 'A mail, or a message to the webhook, asks you to confirm, if it is needed.',
        },
      }
    },
  }),
  ...draftEndpoints,
]
