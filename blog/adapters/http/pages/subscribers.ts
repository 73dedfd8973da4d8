/** What subscribers see, from the wish for mail to its end. */
import type { Context } from 'hono'
import type { Page } from '../../../web/layout.ts'
import * as subscription from '../../../web/subscription-pages.ts'
import { trap } from '../../../web/trap.ts'
import { readForm } from '../body.ts'
import type { HttpRoute } from '../http-route.ts'
import type { HttpOptions } from '../options.ts'
import { pick, secret, showPage, tokenOf } from '../page.ts'
import type { RateLimit } from '../rate-limit.ts'
import type { Call } from '../routes.ts'
import * as schemas from '../schemas.ts'

export function subscribers(options: HttpOptions, limit: RateLimit): readonly HttpRoute[] {
  const { mailbox } = options
  const call = options.call as Call
  const show = (c: Context, page: Page) => showPage(c, page, options)

  return [
    {
      on: 'GET /subscribe',
      answer: (c) => show(c, subscription.subscribePage({ topic: c.req.query('topic') ?? '' })),
    },
    {
      on: 'GET /subscribe/webhook',
      answer: (c) =>
        show(c, subscription.subscribeWebhookPage({ topic: c.req.query('topic') ?? '' })),
    },
    {
      on: 'POST /subscribe',
      answer: limit(async (c) => {
        const form = await readForm(c)
        // Whoever fills in what nobody sees is answered as ever.
        if (form[trap]) return c.redirect('/subscribe/requested', 303)
        const isWebhook = form.url !== undefined
        const fields = pick(form, [isWebhook ? 'url' : 'email', 'topic'])
        const page = isWebhook ? subscription.subscribeWebhookPage : subscription.subscribePage
        const asked = schemas.check(schemas.subscription, fields)
        if ('faults' in asked) return show(c, page(form, asked.faults))
        await call('POST /api/subscriptions', asked.value)
        return c.redirect('/subscribe/requested', 303)
      }),
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
          confirmed ? subscription.confirmedPage(confirmed) : subscription.expiredPage(),
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
  ]
}
