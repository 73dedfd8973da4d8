/** Posts that their authors change or delete. */
import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { StoredPost } from '../../../post.ts'
import type { Bodies } from '../../../web/bodies.ts'
import { deletePage, type EditPage, editPage } from '../../../web/edit-page.ts'
import type { Page } from '../../../web/layout.ts'
import { removedPostPage } from '../../../web/post-page.ts'
import { writePage } from '../../../web/write-page.ts'
import { authorOf } from '../author.ts'
import { readForm } from '../body.ts'
import type { HttpRoute } from '../http-route.ts'
import type { HttpOptions } from '../options.ts'
import { authorsAlone, idOf, secret, showPage } from '../page.ts'
import type { Call } from '../routes.ts'
import {
  codeOf,
  postIn,
  previewOf,
  readPostForm,
  revisionsOf,
  signedOut,
  type Values,
  wordsOf,
} from './post-form.ts'

/** Somebody else was first: both versions, and the next save takes the place of theirs. */
export const conflictPage = ({ post, revision }: StoredPost, yours: Values): Page =>
  editPage({ id: post.id, revision, values: yours, theirs: post, status: 409 })

/** There is nothing any more that could be saved; what was typed is kept. */
export const lostPage = (kind: 'post' | 'draft', values: Values): Page =>
  writePage({
    ...{ values, key: randomUUID(), status: 410 },
    notice: html`<p>The ${kind} was deleted meanwhile. What you wrote is in this form: it can be a new one.</p>`,
  })

export function editing(options: HttpOptions, bodyOf: Bodies): readonly HttpRoute[] {
  const { clock } = options
  const call = options.call as Call
  const author = authorOf(options)
  const authored = authorsAlone(options)
  const idIn = (c: Context) => idOf(c, 'post')
  /** As it is now; a page that says so when it was deleted. */
  async function found(c: Context, answer: (stored: StoredPost) => Promise<Response>) {
    try {
      return await answer(await call('GET /api/posts/{id}', { id: idIn(c) }))
    } catch (error) {
      if (!(error as { wasRemoved?: unknown }).wasRemoved) throw error
      return showPage(c, removedPostPage(), options)
    }
  }
  /** Null when it was deleted, if only after what is done here was refused. */
  const nowOf = (id: string): Promise<StoredPost | null> =>
    call('GET /api/posts/{id}', { id }).catch((error: unknown) => {
      if (codeOf(error) === 'PostNotFound') return null
      throw error
    })
  const showDelete = (c: Context, { post, revision }: StoredPost, isChanged = false) => {
    const page = { path: `/posts/${post.id}`, kind: 'post', title: post.title } as const
    return showPage(c, deletePage({ ...page, revision, isChanged }), options)
  }

  async function change(c: Context): Promise<Response> {
    const id = idIn(c)
    const { values, action, revisions } = await readPostForm(c, 'save')
    const again = (page: Partial<EditPage>) =>
      showPage(c, editPage({ id, values, revision: revisions[0] ?? 0, ...page }), options)
    if (!(await author(c))) return again(signedOut)
    const post = postIn(values)
    const faults = 'faults' in post ? post.faults : []
    if (action === 'preview')
      return again({ faults, preview: await previewOf(values, clock.now(), bodyOf) })
    if ('faults' in post) return again({ faults, status: 400 })
    try {
      await call('PATCH /api/posts/{id}', { id, changes: post.value, revisions })
      return c.redirect(`/posts/${id}`, 303)
    } catch (error) {
      if (!['PostNotFound', 'RevisionConflict'].includes(String(codeOf(error)))) throw error
      const stored = await nowOf(id)
      if (!stored) return showPage(c, lostPage('post', values), options)
      // The form was sent twice, or both wrote the same: there is nothing to decide.
      if (JSON.stringify(wordsOf(stored.post)) === JSON.stringify(wordsOf(post.value)))
        return c.redirect(`/posts/${id}`, 303)
      return showPage(c, conflictPage(stored, values), options)
    }
  }

  return [
    {
      on: 'GET /posts/{id}/edit',
      answer: authored((c) =>
        found(c, async ({ post, revision }) =>
          showPage(c, editPage({ id: post.id, revision, values: wordsOf(post) }), options),
        ),
      ),
    },
    { on: 'POST /posts/{id}/edit', answer: secret(change) },
    {
      on: 'GET /posts/{id}/delete',
      answer: authored((c) => found(c, (stored) => showDelete(c, stored))),
    },
    {
      on: 'POST /posts/{id}/delete',
      answer: authored(async (c) => {
        const id = idIn(c)
        const revisions = revisionsOf(await readForm(c))
        try {
          await call('DELETE /api/posts/{id}', { id, revisions })
        } catch (error) {
          if (codeOf(error) === 'RevisionConflict')
            return found(c, (stored) => showDelete(c, stored, true))
          if (codeOf(error) !== 'PostNotFound') throw error
        }
        return c.redirect('/', 303)
      }),
    },
  ]
}
