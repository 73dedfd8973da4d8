/** What the pages of all areas are made with. */
import type { Context } from 'hono'
import { layout, type Page, type Visitor } from '../../web/layout.ts'
import { authorOf, forAuthors } from './author.ts'
import { isOpen } from './guard.ts'
import type { HttpRoute } from './http-route.ts'
import type { HttpOptions } from './options.ts'
import { refused } from './problem.ts'
import { postId } from './schemas.ts'

export async function showPage(c: Context, page: Page, options: HttpOptions): Promise<Response> {
  const { mailbox, publicUrl, webSocketUrl } = options
  return c.html(
    layout(page, {
      ...{ mailbox: mailbox !== null, webSocketUrl, visitor: await visitorOf(c, options) },
      publicUrl: publicUrl.replace(/\/$/, ''),
    }),
    page.status ?? 200,
  )
}

/** What a page says of who reads it; such a page is kept for nobody else. */
async function visitorOf(c: Context, options: HttpOptions): Promise<Visitor | null> {
  if (isOpen(options)) return null
  c.header('Vary', 'Cookie')
  // A page that says what went wrong is shown also when this cannot be looked up.
  const author = await authorOf(options)(c).catch(() => null)
  if (!author?.session) return { author: null }
  if (!secrets.has(c.req.raw)) c.header('Cache-Control', 'private, no-cache')
  return { author: author.email ?? 'Author' }
}

/** Requests whose answers nobody keeps. */
const secrets = new WeakSet<Request>()

/** An answer that shows or holds a token or an address is nobody's to keep. */
export const secret =
  (answer: HttpRoute['answer']): HttpRoute['answer'] =>
  (c) => {
    c.header('Cache-Control', 'no-store')
    secrets.add(c.req.raw)
    return answer(c)
  }

/** A page for authors: nobody else is to find it in what a browser or a proxy has kept. */
export const authorsAlone =
  (options: HttpOptions) =>
  (answer: (c: Context) => Promise<Response>): HttpRoute['answer'] =>
    secret(forAuthors(options, (c) => answer(c)))

/** The id that the path names. Throws a 404 when it can be none, so no store is asked about it. */
export function idOf(c: Context, kind: 'post' | 'draft'): string {
  const id = c.req.param('id') ?? ''
  if (postId.safeParse(id).success) return id
  throw refused({ status: 404, detail: `There is no such ${kind}.` })
}

/** Null when it cannot be one of ours, so no store is asked about it. */
export const tokenOf = (c: Context): string | null =>
  /^[\w-]{16,128}$/.exec(c.req.param('token') ?? '')?.[0] ?? null

export const pick = (form: Readonly<Record<string, string>>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, form[name]]))
