/** The mails that were kept instead of sent. Where authors sign in, they alone see them: links to sign in by are among them. */
import type { Context } from 'hono'
import type { Page } from '../../../web/layout.ts'
import { mailboxPage, mailDocument, mailPage, mailPolicy } from '../../../web/mailbox-page.ts'
import { forAuthors } from '../author.ts'
import type { HttpRoute } from '../http-route.ts'
import type { HttpOptions } from '../options.ts'
import { secret, showPage } from '../page.ts'
import { refused } from '../problem.ts'

const mailsShown = 50
const csp = 'Content-Security-Policy'

export function mailboxPages(options: HttpOptions): readonly HttpRoute[] {
  const { mailbox, publicUrl } = options
  const show = (c: Context, page: Page) => showPage(c, page, options)
  if (!mailbox) return []
  return [
    {
      on: 'GET /mailbox',
      answer: secret(
        forAuthors(options, async (c) => show(c, mailboxPage(await mailbox.list(mailsShown)))),
      ),
    },
    {
      on: 'GET /mailbox/{messageId}',
      answer: secret(
        forAuthors(options, async (c) => {
          const mail = await mailbox.find(c.req.param('messageId') ?? '')
          if (!mail) throw refused({ status: 404, detail: 'There is no such mail.' })
          // Its frame is one of ours.
          const policy = c.res.headers.get(csp)?.replace(/$/, "; frame-src 'self'")
          if (policy) c.header(csp, policy)
          return show(c, mailPage(mail, publicUrl))
        }),
      ),
    },
    {
      on: 'GET /mailbox/{messageId}/html',
      answer: secret(
        forAuthors(options, async (c) => {
          const html = (await mailbox.find(c.req.param('messageId') ?? ''))?.html ?? null
          if (html === null) throw refused({ status: 404, detail: 'There is no such mail.' })
          c.header(csp, mailPolicy)
          c.header('X-Frame-Options', 'SAMEORIGIN')
          return c.html(mailDocument(html))
        }),
      ),
    },
  ]
}
