/** Drafts: all of them, and one that is gone on with, published, given a time, or deleted. */
import type { Context } from 'hono'
import type { DraftError, SavedDraft } from '../../../draft.ts'
import type { Draft, StoredPost } from '../../../post.ts'
import type { Bodies } from '../../../web/bodies.ts'
import { type DraftPage, draftPage, draftsPage, scheduledNotice } from '../../../web/draft-pages.ts'
import { deletePage } from '../../../web/edit-page.ts'
import { timeValue } from '../../../web/post-form.ts'
import { authorOf } from '../author.ts'
import { readForm } from '../body.ts'
import type { HttpRoute } from '../http-route.ts'
import { queryOf } from '../input.ts'
import type { HttpOptions } from '../options.ts'
import { authorsAlone, idOf, secret, showPage } from '../page.ts'
import { type Fault, invalid } from '../problem.ts'
import type { Call } from '../routes.ts'
import * as schemas from '../schemas.ts'
import { conflictPage, lostPage } from './editing.ts'
import {
  codeOf,
  draftIn,
  postIn,
  previewOf,
  readPostForm,
  revisionsOf,
  type Sent,
  signedOut,
  wordsOf,
} from './post-form.ts'

const perPage = 50

export function drafts(options: HttpOptions, bodyOf: Bodies): readonly HttpRoute[] {
  const { clock } = options
  const call = options.call as Call
  const author = authorOf(options)
  const authored = authorsAlone(options)
  const idIn = (c: Context) => idOf(c, 'draft')
  const read = (id: string) => call('GET /api/drafts/{id}', { id })

  /** Leads to the post that it has become. */
  async function found(c: Context, answer: (draft: SavedDraft) => Promise<Response>) {
    try {
      return await answer(await read(idIn(c)))
    } catch (error) {
      const { postId = null } = error as Partial<DraftError>
      if (codeOf(error) !== 'DraftPublished' || postId === null) throw error
      return c.redirect(`/posts/${postId}`, 303)
    }
  }

  const shown = (draft: SavedDraft) => ({
    ...{ id: draft.id, revision: draft.revision, isScheduled: draft.publishAt !== null },
    values: { ...wordsOf(draft), publishAt: timeValue(draft.publishAt) },
  })

  async function change(c: Context): Promise<Response> {
    const id = idIn(c)
    const sent = await readPostForm(c, 'save')
    const { values, action, revisions } = sent
    const again = (page: Partial<DraftPage>) =>
      showPage(
        c,
        draftPage({
          ...{ id, values, revision: revisions[0] ?? 0, isScheduled: values.publishAt !== '' },
          ...page,
        }),
        options,
      )
    if (!(await author(c))) return again(signedOut)
    if (action === 'preview')
      return again({ preview: await previewOf(values, clock.now(), bodyOf) })
    const content = draftIn(sent)
    const post = postIn(values)
    if ('faults' in content) return again({ faults: content.faults, status: 400 })
    if (action === 'publish' && 'faults' in post)
      return again({ faults: post.faults, unsaid: 'It is not published yet.', status: 400 })
    try {
      if (action !== 'publish' || 'faults' in post) {
        await call('PUT /api/drafts/{id}', { id, revisions, ...content.value })
        return c.redirect(`/drafts/${id}`, 303)
      }
      const draft = post.value
      const stored = await call('POST /api/drafts/{id}/publish', { id, draft, revisions })
      return published(c, stored, draft)
    } catch (error) {
      return refusedChange(c, sent, error, again)
    }
  }

  /** Somebody may have published it before, with other words: these are then not lost. */
  async function published(c: Context, stored: StoredPost, draft: Draft): Promise<Response> {
    const { id } = stored.post
    const isSame = JSON.stringify(wordsOf(stored.post)) === JSON.stringify(wordsOf(draft))
    return isSame
      ? c.redirect(`/posts/${id}`, 303)
      : showPage(c, conflictPage(stored, wordsOf(draft)), options)
  }

  async function refusedChange(
    c: Context,
    sent: Sent,
    error: unknown,
    again: (page: Partial<DraftPage>) => Promise<Response>,
  ): Promise<Response> {
    const { values } = sent
    const { faults, postId } = error as { faults?: readonly Fault[]; postId?: string | null }
    switch (codeOf(error)) {
      case 'DraftIncomplete':
        return again({ faults, status: 400 })
      case 'RevisionConflict': {
        const theirs = await read(idIn(c)).catch((gone: unknown) => ({ gone }))
        // It was published or deleted after this was refused.
        if ('gone' in theirs) return refusedChange(c, sent, theirs.gone, again)
        const { revision } = theirs
        return again({ ...{ theirs, revision, status: 409 } })
      }
      case 'DraftNotFound':
        return showPage(c, lostPage('draft', values), options)
      case 'DraftPublished': {
        const stored =
          postId && (await call('GET /api/posts/{id}', { id: postId }).catch(() => null))
        const page = stored ? conflictPage(stored, values) : lostPage('draft', values)
        return showPage(c, page, options)
      }
      default:
        throw error
    }
  }

  return [
    {
      on: 'GET /drafts',
      answer: authored(async (c) => {
        const query = schemas.check(schemas.draftsPageQuery, queryOf(c))
        if ('faults' in query) throw invalid(query.faults)
        const page = await call('GET /api/drafts', { limit: perPage, cursor: query.value.cursor })
        return showPage(c, draftsPage(page.drafts, page.cursor), options)
      }),
    },
    {
      on: 'GET /drafts/{id}',
      answer: authored((c) =>
        found(c, async (draft) => {
          const notice = draft.publishAt !== null && scheduledNotice(draft.publishAt)
          return showPage(c, draftPage({ ...shown(draft), ...(notice && { notice }) }), options)
        }),
      ),
    },
    { on: 'POST /drafts/{id}', answer: secret(change) },
    {
      on: 'GET /drafts/{id}/delete',
      answer: authored((c) =>
        found(c, async ({ id, title, revision }) =>
          showPage(
            c,
            deletePage({ path: `/drafts/${id}`, kind: 'draft', title, revision }),
            options,
          ),
        ),
      ),
    },
    {
      on: 'POST /drafts/{id}/delete',
      answer: authored(async (c) => {
        const id = idIn(c)
        const revisions = revisionsOf(await readForm(c))
        try {
          await call('DELETE /api/drafts/{id}', { id, revisions })
        } catch (error) {
          if (codeOf(error) === 'RevisionConflict')
            return found(c, async ({ title, revision }) => {
              const page = { path: `/drafts/${id}`, kind: 'draft', title, revision } as const
              return showPage(c, deletePage({ ...page, isChanged: true }), options)
            })
          // Gone is gone, whoever did it.
          if (codeOf(error) !== 'DraftNotFound') throw error
        }
        return c.redirect('/drafts', 303)
      }),
    },
  ]
}
