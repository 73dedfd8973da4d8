/** What authors see: the form of a new post, drafts, and posts to be changed. */
import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import type { Bodies } from '../../../web/bodies.ts'
import { type WritePage, writePage } from '../../../web/write-page.ts'
import { authorOf, toSignIn } from '../author.ts'
import { isAuthor } from '../guard.ts'
import type { HttpRoute } from '../http-route.ts'
import type { HttpOptions } from '../options.ts'
import { secret, showPage } from '../page.ts'
import type { Fault } from '../problem.ts'
import type { RateLimit } from '../rate-limit.ts'
import type { Call } from '../routes.ts'
import { drafts } from './drafts.ts'
import { editing } from './editing.ts'
import {
  codeOf,
  draftIn,
  postIn,
  previewOf,
  readPostForm,
  type Sent,
  signedOut,
} from './post-form.ts'

export const authors = (
  options: HttpOptions,
  bodyOf: Bodies,
  limit: RateLimit,
): readonly HttpRoute[] => [
  ...writing(options, bodyOf, limit),
  ...drafts(options, bodyOf),
  ...editing(options, bodyOf),
]

const unsaid = {
  publish: 'The post is not published yet.',
  save: 'The draft is not saved yet.',
  schedule: 'The post is not scheduled yet.',
  preview: 'Before it is published, something has to change.',
}

function writing(options: HttpOptions, bodyOf: Bodies, limit: RateLimit): readonly HttpRoute[] {
  const { authorToken, clock } = options
  const call = options.call as Call
  const author = authorOf(options)
  const isToken = isAuthor(authorToken)

  /** With an author token the form itself asks for it, from whoever has not signed in. */
  const writeForm = async (c: Context, page: Omit<WritePage, 'signIn'>) => {
    const signIn = (await author(c)) === null
    return showPage(c, writePage({ ...page, signIn: signIn && authorToken !== null }), options)
  }

  async function write(c: Context): Promise<Response> {
    const sent = await readPostForm(c, 'publish')
    const { values, action } = sent
    const key = /^[\w-]{36}$/.test(values.key ?? '') ? (values.key as string) : randomUUID()
    const mayWrite = isToken(values.token) || (await author(c)) !== null
    const again = (page: Partial<WritePage>) =>
      writeForm(c, { ...{ values, key, unsaid: unsaid[action] }, ...page })

    const post = postIn(values)
    const faults = 'faults' in post ? post.faults : []
    if (!mayWrite) {
      c.header('WWW-Authenticate', 'Bearer realm="blog"')
      if (authorToken === null) return again({ faults, ...signedOut })
      const stranger: Fault = { field: 'token', message: 'is not the author’s' }
      return again({ faults: [...faults, stranger], status: 401 })
    }
    if (action === 'preview')
      return again({ faults, preview: await previewOf(values, clock.now(), bodyOf) })
    try {
      if (action !== 'publish') return await keep(c, sent, key, again)
      if ('faults' in post) return again({ faults, status: 400 })
      const stored = await call('POST /api/posts', { draft: post.value, idempotencyKey: key })
      return c.redirect(`/posts/${stored.post.id}`, 303)
    } catch (error) {
      if (codeOf(error) !== 'IdempotencyConflict') throw error
      // Somebody went back to a form that was sent, and wrote something else.
      const message = `This form was sent before, with other words. ${action === 'publish' ? 'Publish' : 'Save'} again to make it another ${action === 'publish' ? 'post' : 'draft'}.`
      return again({ faults: [{ field: '', message }], key: randomUUID(), status: 422 })
    }
  }

  async function keep(
    c: Context,
    sent: Sent,
    key: string,
    again: (page: Partial<WritePage>) => Promise<Response>,
  ): Promise<Response> {
    const content = draftIn(sent)
    if ('faults' in content) return again({ faults: content.faults, status: 400 })
    // A form's key is the draft's id, so a form that is sent twice makes one.
    const id = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(key) ? key : undefined
    try {
      const draft = await call('POST /api/drafts', { ...content.value, id })
      return c.redirect(`/drafts/${draft.id}`, 303)
    } catch (error) {
      if (codeOf(error) !== 'DraftIncomplete') throw error
      return again({ faults: (error as { faults?: readonly Fault[] }).faults, status: 400 })
    }
  }

  return [
    {
      on: 'GET /write',
      answer: secret(async (c) =>
        authorToken !== null || (await author(c))
          ? writeForm(c, { values: {}, key: randomUUID() })
          : toSignIn(c),
      ),
    },
    {
      on: 'POST /write',
      // The token in the form may be a guess.
      answer: secret(async (c) => ((await author(c)) ? write(c) : limit(write)(c))),
    },
  ]
}
