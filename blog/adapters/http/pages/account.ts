/** An author's own page. A token cannot open it: whoever found one could make himself others. */
import type { Context } from 'hono'
import { mostTokens } from '../../../credential.ts'
import { type AccountPage, accountPage } from '../../../web/account-page.ts'
import { type Author, authorOf, toSignIn } from '../author.ts'
import { readForm } from '../body.ts'
import { isOpen } from '../guard.ts'
import type { HttpRoute } from '../http-route.ts'
import type { HttpOptions } from '../options.ts'
import { pick, secret, showPage } from '../page.ts'
import { refused } from '../problem.ts'
import type { Call } from '../routes.ts'
import * as schemas from '../schemas.ts'

export function account(options: HttpOptions): readonly HttpRoute[] {
  const { credentials, clock } = options
  const call = options.call as Call
  const author = authorOf(options)

  const signedIn = (answer: (c: Context, author: Author) => Promise<Response>) =>
    secret(async (c) => {
      if (isOpen(options))
        throw refused({ status: 404, detail: 'There are no accounts: writing needs no sign-in.' })
      const found = await author(c)
      return found?.session ? answer(c, found) : toSignIn(c)
    })

  async function show(c: Context, { id, email }: Author, more: Partial<AccountPage> = {}) {
    const tokens = (await credentials?.of(id, 'token', clock.now())) ?? []
    return showPage(c, accountPage({ email, tokens, ...more }), options)
  }

  return [
    { on: 'GET /account', answer: signedIn((c, author) => show(c, author)) },
    {
      // Answered with the page itself: an address that showed the token would show it again.
      on: 'POST /account/tokens',
      answer: signedIn(async (c, author) => {
        const form = await readForm(c)
        const asked = schemas.check(schemas.token, pick(form, ['name']))
        if ('faults' in asked)
          return show(c, author, { name: form.name ?? '', faults: asked.faults })
        const { name } = asked.value
        const made = await call('POST /account/tokens', { author: author.id, name })
        const message = `cannot be given: there are ${mostTokens} tokens. Revoke one`
        return show(c, author, made ? { made } : { name, faults: [{ field: 'name', message }] })
      }),
    },
    {
      on: 'POST /account/tokens/revoke',
      answer: signedIn(async (c, author) => {
        const { hash = '' } = await readForm(c)
        if (/^[\da-f]{64}$/.test(hash))
          await call('POST /account/tokens/revoke', { author: author.id, hash })
        return c.redirect('/account', 303)
      }),
    },
  ]
}
