/** The part of the API that drafts have. See `endpoints.ts`. */
import type { SavedDraft } from '../../draft.ts'
import { endpoint, toNext } from './endpoint.ts'
import { allowedRevisions, entityTag } from './etag.ts'
import * as schemas from './schemas.ts'

/** What is shown of it. Whether it is on its way to be a post is seen when it is gone. */
const shown = ({ status: _, postId: _id, ...draft }: SavedDraft) => draft
const tagOf = ({ revision }: SavedDraft) => entityTag({ revision, version: revision })

const theDraft = (description: string) =>
  ({ status: 200, description, body: schemas.savedDraft, headers: ['ETag'] }) as const

export const draftEndpoints = [
  endpoint({
    on: 'POST /api/drafts',
    operationId: 'createDraft',
    summary: 'Keep a post that is not finished. One with a time is published by itself then.',
    authored: true,
    body: schemas.draftContent,
    success: { ...theDraft('The draft.'), status: 201, headers: ['Location', 'ETag'] },
    answer: async ({ body: { publishAt, ...draft } }, { call }) => {
      const made = await call('POST /api/drafts', { draft, publishAt })
      const headers = { Location: `/api/drafts/${made.id}`, ETag: tagOf(made) }
      return { status: 201, body: shown(made), headers }
    },
  }),
  endpoint({
    on: 'GET /api/drafts',
    operationId: 'listDrafts',
    summary: 'The drafts of all authors, the one saved last first.',
    authored: true,
    query: schemas.draftsQuery,
    success: {
      status: 200,
      description: 'A page of drafts, and the cursor of the next one.',
      body: schemas.draftPage,
      headers: ['Link'],
    },
    answer: async ({ query }, { call }) => {
      const page = await call('GET /api/drafts', query)
      const body = { ...page, drafts: page.drafts.map(shown) }
      return { status: 200, body, headers: toNext('/api/drafts', query, page) }
    },
  }),
  endpoint({
    on: 'GET /api/drafts/{id}',
    operationId: 'showDraft',
    summary: 'One draft.',
    authored: true,
    success: theDraft('The draft.'),
    answer: async ({ id }, { call }) => {
      const found = await call('GET /api/drafts/{id}', { id })
      return { status: 200, body: shown(found), headers: { ETag: tagOf(found) } }
    },
  }),
  endpoint({
    on: 'PUT /api/drafts/{id}',
    operationId: 'saveDraft',
    summary:
      'Take the place of a draft’s words and time. Without a time it is not published by itself.',
    authored: true,
    headers: schemas.ifMatch,
    body: schemas.draftContent,
    success: theDraft('The draft as it is now.'),
    answer: async ({ id, headers, body: { publishAt, ...draft } }, { call }) => {
      const revisions = allowedRevisions(headers['If-Match'])
      const after = await call('PUT /api/drafts/{id}', { id, draft, publishAt, revisions })
      return { status: 200, body: shown(after), headers: { ETag: tagOf(after) } }
    },
  }),
  endpoint({
    on: 'DELETE /api/drafts/{id}',
    operationId: 'deleteDraft',
    summary: 'Delete a draft.',
    authored: true,
    headers: schemas.ifMatch,
    success: { status: 204, description: 'It is gone.', body: null, headers: [] },
    answer: async ({ id, headers }, { call }) => {
      const revisions = allowedRevisions(headers['If-Match'])
      await call('DELETE /api/drafts/{id}', { id, revisions })
      return { status: 204 }
    },
  }),
  endpoint({
    on: 'POST /api/drafts/{id}/publish',
    operationId: 'publishDraft',
    summary: 'Make it a post now. Asked again within a day, it is the same post.',
    authored: true,
    headers: schemas.ifMatch,
    success: {
      status: 201,
      description: 'The post; the draft is gone.',
      body: schemas.post,
      headers: ['Location', 'ETag'],
    },
    answer: async ({ id, headers }, { call }) => {
      const revisions = allowedRevisions(headers['If-Match'])
      const stored = await call('POST /api/drafts/{id}/publish', { id, revisions })
      const location = `/api/posts/${stored.post.id}`
      return {
        status: 201,
        body: stored.post,
        headers: { Location: location, ETag: entityTag(stored) },
      }
    },
  }),
]
