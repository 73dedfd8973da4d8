/** What a subscriber sees by the link that is in each mail, and how to get that link again. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from 'hono'
import type { Page } from '../../../web/layout.ts'
import * as preferencesPages from '../../../web/preferences-pages.ts'
import { trap } from '../../../web/trap.ts'
import { readForm } from '../body.ts'
import type { HttpRoute } from '../http-route.ts'
import type { HttpOptions } from '../options.ts'
import { pick, secret, showPage } from '../page.ts'
import { type Fault, invalid, refused } from '../problem.ts'
import type { RateLimit } from '../rate-limit.ts'
import type { Call } from '../routes.ts'
import * as schemas from '../schemas.ts'

/** In which a wish for the link is kept: how long an answer took tells nobody whether it was. */
const answerMs = 150

export function preferences(options: HttpOptions, limit: RateLimit): readonly HttpRoute[] {
  const call = options.call as Call
  const show = (c: Context, page: Page) => showPage(c, page, options)
  const requested = '/subscriptions/preferences/requested'
  const erased = '/subscriptions/preferences/erased'

  async function found(c: Context) {
    const sealed = sealedOf(c)
    const preferences = await call('GET /subscriptions/preferences/{sealed}', { sealed })
    if (!preferences) throw noSuchLink()
    return { sealed, preferences }
  }
  const change = async (c: Context): Promise<Response> => {
    const sealed = sealedOf(c)
    const form = await readForm(c)
    const asked = schemas.check(schemas.preferencesChange, pick(form, ['kind', 'id', 'topic']))
    if ('faults' in asked) {
      if (form.kind !== 'add') throw invalid(asked.faults)
      return c.redirect(`/subscriptions/preferences/${sealed}?topic=missing`, 303)
    }
    const on = 'POST /subscriptions/preferences/{sealed}'
    if (!(await call(on, { sealed, change: asked.value }))) throw noSuchLink()
    return c.redirect(form.kind === 'erase' ? erased : `/subscriptions/preferences/${sealed}`, 303)
  }

  return [
    {
      on: 'GET /subscriptions/preferences',
      answer: (c) => show(c, preferencesPages.lostLinkPage('')),
    },
    {
      on: 'POST /subscriptions/preferences',
      answer: limit(async (c) => {
        const { address = '', ...form } = await readForm(c)
        if (form[trap]) return c.redirect(requested, 303)
        const by = /^https?:/i.test(address.trim()) ? { url: address } : { email: address }
        const asked = schemas.check(schemas.subscriber, by)
        if ('faults' in asked) {
          const faults = asked.faults.map((fault): Fault => ({ ...fault, field: 'address' }))
          return show(c, preferencesPages.lostLinkPage(address, faults))
        }
        const wait = pause(answerMs)
        await call('POST /subscriptions/preferences', asked.value)
        await wait
        return c.redirect(requested, 303)
      }),
    },
    {
      on: `GET ${requested}`,
      answer: (c) => show(c, preferencesPages.linkSentPage(options.mailbox !== null)),
    },
    { on: `GET ${erased}`, answer: (c) => show(c, preferencesPages.erasedPage()) },
    {
      on: 'GET /subscriptions/preferences/{sealed}',
      answer: secret(async (c) => {
        const { sealed, preferences } = await found(c)
        const isFault = c.req.query('topic') === 'missing'
        return show(c, preferencesPages.preferencesPage(sealed, preferences, isFault))
      }),
    },
    { on: 'POST /subscriptions/preferences/{sealed}', answer: limit(secret(change)) },
    {
      on: 'GET /subscriptions/preferences/{sealed}/data',
      answer: secret(async (c) => {
        const { preferences } = await found(c)
        c.header('Content-Disposition', 'attachment; filename="subscriptions.json"')
        return c.body(`${JSON.stringify(preferences, null, 2)}\n`, 200, {
          'Content-Type': 'application/json',
        })
      }),
    },
  ]
}

/** What cannot be one of ours is not looked at. */
function sealedOf(c: Context): string {
  const sealed = /^[\w-]{1,3000}\.[\w-]{1,100}$/.exec(c.req.param('sealed') ?? '')?.[0]
  if (sealed === undefined) throw noSuchLink()
  return sealed
}

const noSuchLink = () =>
  refused({
    status: 404,
    detail: 'This link is none of ours. Ask for another at /subscriptions/preferences.',
  })
