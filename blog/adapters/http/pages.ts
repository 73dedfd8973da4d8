/** The pages for readers and authors. They call the same routes of the flow as the API. */
import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { layout, type Page } from '../../web/layout.ts'
import { mailboxPage, mailPage } from '../../web/mailbox-page.ts'
import { homePage, type PostList, topicPage } from '../../web/post-list-page.ts'
import { postPage } from '../../web/post-page.ts'
import * as subscription from '../../web/subscription-pages.ts'
import { type WritePage, writePage } from '../../web/write-page.ts'
import { readForm } from './body.ts'
import { isAuthor } from './guard.ts'
import type { HttpRoute } from './http-route.ts'
import { queryOf } from './input.ts'
import type { HttpOptions } from './options.ts'
import { type Fault, invalid, refused } from './problem.ts'
import type { Call } from './routes.ts'
import * as schemas from './schemas.ts'

const perPage = 20
const topicsShown = 20
const mailsShown = 50

export function pages(options: HttpOptions): readonly HttpRoute[] {
  const { changes, mailbox, authorToken, publicUrl } = options
  const call = options.call as Call
  const mayWrite = isAuthor(authorToken)
  const show = (c: Context, page: Page) => showPage(c, page, options)

  const listOf = async (c: Context, topic?: string): Promise<PostList> => {
    const query = schemas.check(schemas.pageQuery, queryOf(c))
    if ('faults' in query) throw invalid(query.faults)
    const { cursor } = query.value
    // Before the posts, so that no change falls between them and the first one watched.
    const watchCursor = await changes.head()
    const page = await call('GET /api/posts', { topic, limit: perPage, cursor })
    return { ...page, watchCursor, isNewest: cursor === undefined }
  }

  const writeForm = (c: Context, page: Omit<WritePage, 'signIn'>) =>
    show(c, writePage({ ...page, signIn: authorToken !== null }))

  const write = async (c: Context): Promise<Response> => {
    const form = await readForm(c)
    const draft = schemas.check(schemas.draft, pick(form, ['author', 'title', 'topic', 'body']))
    const faults: Fault[] = mayWrite(form.token)
      ? []
      : [{ field: 'token', message: 'is not the author’s' }]
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
      on: 'GET /',
      answer: async (c) => {
        const list = await listOf(c)
        const { topics } = await call('GET /api/topics', { limit: topicsShown })
        return show(c, homePage(list, topics))
      },
    },
    {
      on: 'GET /topics/{topic}',
      answer: async (c) => {
        const topic = c.req.param('topic') ?? ''
        if (schemas.topic.safeParse(topic).data !== topic)
          throw refused({ status: 404, detail: 'No topic can have this name.' })
        return show(c, topicPage(topic, await listOf(c, topic)))
      },
    },
    {
      on: 'GET /posts/{id}',
      answer: async (c) => {
        const id = c.req.param('id') ?? ''
        if (!schemas.postId.safeParse(id).success)
          throw refused({ status: 404, detail: 'There is no such post.' })
        const watchCursor = await changes.head()
        const { post } = await call('GET /api/posts/{id}', { id })
        return show(c, postPage(post, watchCursor))
      },
    },
    {
      on: 'GET /write',
      answer: (c) => writeForm(c, { values: {}, faults: [], key: randomUUID() }),
    },
    { on: 'POST /write', answer: write },
    {
      on: 'GET /subscribe',
      answer: (c) => show(c, subscription.subscribePage({ topic: c.req.query('topic') ?? '' })),
    },
    {
      on: 'POST /subscribe',
      answer: async (c) => {
        const form = await readForm(c)
        const asked = schemas.check(schemas.subscription, pick(form, ['email', 'topic']))
        if ('faults' in asked) return show(c, subscription.subscribePage(form, asked.faults))
        await call('POST /api/subscriptions', asked.value)
        return c.redirect('/subscribe/requested', 303)
      },
    },
    {
      on: 'GET /subscribe/requested',
      answer: (c) => show(c, subscription.requestedPage(mailbox !== null)),
    },
    {
      on: 'GET /subscriptions/confirm/{token}',
      answer: secret(async (c) => {
        // Scanners of mail look at its links with HEAD, and have not read what they would agree to.
        if (c.req.method === 'HEAD')
          return c.body(null, 200, { 'Content-Type': 'text/html; charset=UTF-8' })
        const token = tokenOf(c)
        const confirmed = token && (await call('GET /subscriptions/confirm/{token}', { token }))
        return show(
          c,
          confirmed ? subscription.confirmedPage(confirmed.topic) : subscription.expiredPage(),
        )
      }),
    },
    {
      on: 'GET /subscriptions/unsubscribe/{token}',
      answer: secret((c) => show(c, subscription.unsubscribePage(c.req.param('token') ?? ''))),
    },
    {
      // Its body is not read: RFC 8058 lets it come in two encodings, and the token says it all.
      on: 'POST /subscriptions/unsubscribe/{token}',
      answer: secret(async (c) => {
        const token = tokenOf(c)
        if (token) await call('POST /subscriptions/unsubscribe/{token}', { token })
        return show(c, subscription.unsubscribedPage())
      }),
    },
    ...(mailbox
      ? [
          {
            on: 'GET /mailbox',
            answer: secret(async (c) => show(c, mailboxPage(await mailbox.list(mailsShown)))),
          },
          {
            on: 'GET /mailbox/{messageId}',
            answer: secret(async (c) => {
              const mail = await mailbox.find(c.req.param('messageId') ?? '')
              if (!mail) throw refused({ status: 404, detail: 'There is no such mail.' })
              return show(c, mailPage(mail, publicUrl))
            }),
          },
        ]
      : []),
  ]
}

export const showPage = (
  c: Context,
  page: Page,
  { mailbox, webSocketUrl }: Pick<HttpOptions, 'mailbox' | 'webSocketUrl'>,
): Response | Promise<Response> =>
  c.html(layout(page, { mailbox: mailbox !== null, webSocketUrl }), page.status ?? 200)

/** An answer that shows or holds a token or an address is nobody's to keep. */
const secret =
  (answer: HttpRoute['answer']): HttpRoute['answer'] =>
  (c) => {
    c.header('Cache-Control', 'no-store')
    return answer(c)
  }

/** Null when it cannot be one of ours, so no store is asked about it. */
const tokenOf = (c: Context): string | null =>
  /^[\w-]{16,128}$/.exec(c.req.param('token') ?? '')?.[0] ?? null

const pick = (form: Readonly<Record<string, string>>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, form[name]]))
