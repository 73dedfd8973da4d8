/** What the pages of all areas are made with. */
import type { Context } from 'hono'
import { layout, type Page } from '../../web/layout.ts'
import type { HttpRoute } from './http-route.ts'
import type { HttpOptions } from './options.ts'

export const showPage = (
  c: Context,
  page: Page,
  { mailbox, publicUrl, webSocketUrl }: Pick<HttpOptions, 'mailbox' | 'publicUrl' | 'webSocketUrl'>,
): Response | Promise<Response> =>
  c.html(
    layout(page, {
      ...{ mailbox: mailbox !== null, webSocketUrl },
      publicUrl: publicUrl.replace(/\/$/, ''),
    }),
    page.status ?? 200,
  )

/** An answer that shows or holds a token or an address is nobody's to keep. */
export const secret =
  (answer: HttpRoute['answer']): HttpRoute['answer'] =>
  (c) => {
    c.header('Cache-Control', 'no-store')
    return answer(c)
  }

/** Null when it cannot be one of ours, so no store is asked about it. */
export const tokenOf = (c: Context): string | null =>
  /^[\w-]{16,128}$/.exec(c.req.param('token') ?? '')?.[0] ?? null

export const pick = (form: Readonly<Record<string, string>>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, form[name]]))
