/** The mails that were kept instead of sent. Where authors sign in, they alone see them: links to sign in by are among them. */
import type { Context } from 'hono'
import type { Page } from '../../../web/layout.ts'
import { mailboxPage, mailPage } from '../../../web/mailbox-page.ts'
import { forAuthors } from '../author.ts'
import type { HttpRoute } from '../http-route.ts'
import type { HttpOptions } from '../options.ts'
import { secret, showPage } from '../page.ts'
import { refused } from '../problem.ts'

const mailsShown = 50

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
          return show(c, mailPage(mail, publicUrl))
        }),
      ),
    },
  ]
}
