/** The blog over HTTP: the API, the pages, and what a request meets before and after them. */
import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { errorPage } from '../../web/error-page.ts'
import { assets } from './assets.ts'
import { authorOf } from './author.ts'
import type { Endpoint, Uses } from './endpoint.ts'
import { endpoints } from './endpoints.ts'
import { guard, isOpen, notTheAuthor, securityHeaders } from './guard.ts'
import { type HttpRoute, serve } from './http-route.ts'
import { inputOf } from './input.ts'
import { openapi } from './openapi.ts'
import type { HttpOptions } from './options.ts'
import { showPage } from './page.ts'
import { pages } from './pages.ts'
import { problemOf, type Refusal, refusalOf, titleOf, unexpected } from './problem.ts'
import { type RateLimit, rateLimit } from './rate-limit.ts'
import type { Call } from './routes.ts'

export type { HttpOptions } from './options.ts'

export function httpApp(options: HttpOptions): Hono {
  const { publicUrl, ready, log } = options
  const app = new Hono()
  app.use(securityHeaders(options), guard(options))
  const limit = rateLimit(options)
  serve(app, [...api(options, limit), ...pages(options, limit), ...assets(options.script)])

  // Made when somebody asks: it takes longer than all else here, and a function starts often.
  let document: object | undefined
  const describe = () => {
    document ??= openapi({ publicUrl, signIn: !isOpen(options) })
    return document
  }
  serve(app, [
    { on: 'GET /openapi.json', answer: (c) => c.json(describe()) },
    { on: 'GET /healthz', answer: (c) => c.json({ status: 'ok' }) },
    {
      on: 'GET /readyz',
      answer: (c) => (ready() ? c.json({ status: 'ready' }) : c.json({ status: 'not ready' }, 503)),
    },
  ])

  app.notFound((c) => refuse(c, { status: 404, detail: 'There is nothing here.' }))
  app.onError((error, c) => {
    const refusal = refusalOf(error)
    if (refusal && refusal.status < 500) return refuse(c, refusal)
    const reference = randomUUID()
    log({ level: 'error', message: 'A request failed', reference, ...traceOf(error, c) })
    return refuse(c, refusal ?? unexpected(reference))
  })

  const refuse = (c: Context, refusal: Refusal) => {
    const { status, detail, headers = {} } = refusal
    for (const [name, value] of Object.entries(headers)) c.header(name, value)
    return isPage(c.req.path)
      ? showPage(c, errorPage(status, titleOf(status), detail), options)
      : c.body(JSON.stringify(problemOf(refusal)), status, {
          'Content-Type': 'application/problem+json',
        })
  }
  return app
}

/** The endpoints of the table, as routes. */
function api(options: HttpOptions, limit: RateLimit): readonly HttpRoute[] {
  const { call, changes } = options
  const uses: Uses = { call: call as Call, head: () => changes.head() }
  const author = authorOf(options)
  const answerTo =
    (endpoint: Endpoint): HttpRoute['answer'] =>
    async (c) => {
      if (endpoint.authored && !(await author(c))) throw notTheAuthor()
      const { status, body, headers = {} } = await endpoint.answer(await inputOf(c, endpoint), uses)
      return status === 204 || status === 304
        ? c.body(null, status, headers)
        : c.json(body, status, headers)
    }
  return endpoints.map((endpoint) => ({
    on: endpoint.on,
    answer: endpoint.limited ? limit(answerTo(endpoint)) : answerTo(endpoint),
  }))
}

const isPage = (path: string): boolean =>
  !/^\/(?:api(?:\/|$)|openapi\.json$|healthz$|readyz$)/.test(path)

/** Where it happened, but not the message: parsers and databases quote what they were given. */
function traceOf(
  error: Error & { readonly code?: unknown; readonly errcode?: unknown },
  c: Context,
) {
  const { name, code, errcode, stack = '' } = error
  const at = stack.split('\n').filter((line) => /^ {4}at /.test(line))
  return {
    method: c.req.method,
    area: isPage(c.req.path) ? 'pages' : 'api',
    error: name,
    code,
    errcode,
    at: at.slice(0, 10).map((line) => line.trim()),
  }
}
