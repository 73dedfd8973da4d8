/** What authors see: the form of a post. */
import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import type { Page } from '../../../web/layout.ts'
import { type WritePage, writePage } from '../../../web/write-page.ts'
import { authorOf } from '../author.ts'
import { readForm } from '../body.ts'
import { isAuthor } from '../guard.ts'
import type { HttpRoute } from '../http-route.ts'
import type { HttpOptions } from '../options.ts'
import { pick, showPage } from '../page.ts'
import type { Fault } from '../problem.ts'
import type { Call } from '../routes.ts'
import * as schemas from '../schemas.ts'

export function authors(options: HttpOptions): readonly HttpRoute[] {
  const { authorToken } = options
  const call = options.call as Call
  const isToken = isAuthor(authorToken)
  const author = authorOf(options)
  const show = (c: Context, page: Page) => showPage(c, page, options)

  const writeForm = async (c: Context, page: Omit<WritePage, 'signIn'>) =>
    show(c, writePage({ ...page, signIn: !(await author(c)) }))

  const write = async (c: Context): Promise<Response> => {
    const form = await readForm(c)
    const draft = schemas.check(schemas.draft, pick(form, ['author', 'title', 'topic', 'body']))
    const mayWrite = isToken(form.token) || (await author(c)) !== null
    const faults: Fault[] = mayWrite ? [] : [{ field: 'token', message: 'is not the author’s' }]
    const status = faults.length > 0 ? 401 : 400
    const key = /^[\w-]{36}$/.test(form.key ?? '') ? (form.key as string) : randomUUID()
    if (status === 401) c.header('WWW-Authenticate', 'Bearer realm="blog"')
    if ('faults' in draft || faults.length > 0)
      return writeForm(c, {
        values: form,
        faults: [...('faults' in draft ? draft.faults : []), ...faults],
        key,
        status,
      })
    try {
      const { post } = await call('POST /api/posts', { draft: draft.value, idempotencyKey: key })
      return c.redirect(`/posts/${post.id}`, 303)
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'IdempotencyConflict') throw error
      // Somebody went back to a form that was sent, and wrote something else.
      const message =
        'This form was sent before, with other words. Publish again to make it another post.'
      return writeForm(c, {
        values: form,
        faults: [{ field: '', message }],
        key: randomUUID(),
        status: 422,
      })
    }
  }

  return [
    {
      on: 'GET /write',
      answer: (c) => writeForm(c, { values: {}, faults: [], key: randomUUID() }),
    },
    { on: 'POST /write', answer: write },
  ]
}
