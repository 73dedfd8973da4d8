/** How an author signs in and out. The answers to a wish for a link are alike, whoever asks. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from 'hono'
import { sameAddress, tokenHolder } from '../../../credential.ts'
import type { Page } from '../../../web/layout.ts'
import * as signIn from '../../../web/sign-in-pages.ts'
import { readForm } from '../body.ts'
import { isAuthor, isOpen } from '../guard.ts'
import type { HttpRoute } from '../http-route.ts'
import type { HttpOptions } from '../options.ts'
import { pick, secret, showPage } from '../page.ts'
import type { RateLimit } from '../rate-limit.ts'
import type { Call } from '../routes.ts'
import * as schemas from '../schemas.ts'
import { dropSession, keepSession, ownPath, sessionOf } from '../session.ts'

/** In which a link is kept: how long an answer took tells nobody whether it was. */
const answerMs = 150

export function signInPages(options: HttpOptions, limit: RateLimit): readonly HttpRoute[] {
  const { authorToken, mailbox } = options
  const call = options.call as Call
  const authors = new Set(options.authors.map(sameAddress))
  /** The author whose address somebody types, who may begin it with a capital: a phone does. */
  const authorAt = (email: string): string | undefined =>
    authors.has(email)
      ? email
      : [...authors].find((each) => each.toLowerCase() === email.toLowerCase())
  const isToken = isAuthor(authorToken)
  const ways = { link: authors.size > 0, token: authorToken !== null }
  const show = (c: Context, page: Page) => showPage(c, page, options)

  function begin(c: Context, session: string, to: string): Response {
    keepSession(c, options, session)
    return c.redirect(ownPath(to), 303)
  }

  const routes: readonly HttpRoute[] = [
    {
      on: 'GET /sign-in',
      answer: secret((c) => {
        const to = ownPath(c.req.query('to'))
        return isOpen(options) ? c.redirect(to, 303) : show(c, signIn.signInPage({ ways, to }))
      }),
    },
    {
      on: 'POST /sign-in',
      answer: limit(
        secret(async (c) => {
          const form = await readForm(c)
          const to = ownPath(form.to)
          const asked = schemas.check(schemas.signIn, pick(form, ['email']))
          if ('faults' in asked) {
            const { faults } = asked
            const { email = '' } = form
            return show(c, signIn.signInPage({ ways, to, email, faults, status: 400 }))
          }
          const wait = pause(answerMs)
          const email = authorAt(asked.value.email)
          if (email !== undefined) await call('POST /sign-in', { email, to })
          await wait
          return c.redirect('/sign-in/requested', 303)
        }),
      ),
    },
    {
      on: 'GET /sign-in/requested',
      answer: secret((c) => show(c, signIn.linkRequestedPage(mailbox !== null))),
    },
    {
      on: 'POST /sign-in/token',
      answer: limit(
        secret(async (c) => {
          const form = await readForm(c)
          const to = ownPath(form.to)
          if (authorToken === null || !isToken(form.token)) {
            const faults = [{ field: 'token', message: 'is not the right one' }]
            return show(c, signIn.signInPage({ ways, to, faults, status: 401 }))
          }
          const before = sessionOf(c, options)
          const author = await tokenHolder(authorToken)
          const signedIn = await call('POST /sign-in/{link}', { author, before })
          return begin(c, signedIn?.session ?? '', to)
        }),
      ),
    },
    {
      on: 'GET /sign-in/{link}',
      answer: secret((c) => show(c, signIn.openedLinkPage(c.req.param('link') ?? ''))),
    },
    {
      // Its body is not read: the link says it all.
      on: 'POST /sign-in/{link}',
      answer: limit(
        secret(async (c) => {
          const before = sessionOf(c, options)
          const sealed = /^[\w-]{1,500}\.[\w-]{1,100}$/.exec(c.req.param('link') ?? '')?.[0]
          const signedIn = sealed && (await call('POST /sign-in/{link}', { sealed, before }))
          return signedIn && authors.has(signedIn.author)
            ? begin(c, signedIn.session, signedIn.to)
            : show(c, signIn.spentLinkPage())
        }),
      ),
    },
    {
      on: 'POST /sign-out',
      answer: secret(async (c) => {
        const session = sessionOf(c, options)
        const { everywhere } = await readForm(c)
        if (session) await call('POST /sign-out', { session, everywhere: everywhere === 'yes' })
        dropSession(c, options)
        return c.redirect('/', 303)
      }),
    },
  ]
  return routes
}
