/** What an author sees of a post on its way, with JavaScript and without. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { faultsOf } from '../../test/axe.ts'
import { noBrowser, openBrowser } from '../../test/browser.ts'
import { anId } from '../adapters/http/testing.ts'
import type { Note } from '../progress.ts'
import { aPage, aPost } from './testing.ts'

const at = '2026-01-02T03:04:06.000Z'

describe('the way of a post', { skip: noBrowser }, () => {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser.close())

  async function anOpenPost(t: { after: (end: () => Promise<void>) => void }) {
    const tab = await aPage(browser)
    t.after(() => tab.close(/503/))
    tab.keep(aPost())
    const { progress } = tab.blog
    const note = (fields: Partial<Note>) =>
      progress.note({
        ...{ postId: anId(1), step: 'mailed', subscriptionId: '', outcome: 'done', at },
        ...{ reason: null, ...fields },
      })
    const part = (name: string) => tab.page.locator(`[data-part="${name}"]`)
    const shows = (name: string, text: RegExp) => part(name).filter({ hasText: text }).waitFor()
    const announce = (email: number) =>
      progress.announce({ postId: anId(1), at, readers: { email, https: 0 } })
    return { ...tab, note, part, shows, announce }
  }

  test('fills on its page as it happens, while nothing moves, and is left alone when it is over', async (t) => {
    const { page, blog, open, line, note, part, shows, announce } = await anOpenPost(t)
    await page.clock.install()
    await open(`/posts/${anId(1)}`)
    await (await line()).accept()
    await shows('stored', /03:04:05/)
    await shows('mailed', /waits/)
    assert.deepEqual(await faultsOf(page), [])
    const places = () =>
      page
        .locator('[data-part], h1, article')
        .evaluateAll((all) => all.map((each) => Math.round(each.getBoundingClientRect().top)))
    const before = await places()

    await announce(3)
    await note({ subscriptionId: anId(101) })
    await note({ subscriptionId: anId(102), outcome: 'failed', reason: 'The server is away' })
    await shows('mailed', /1 of 3, 1 to retry/)
    await shows('sum', /something failed/)
    assert.deepEqual(await places(), before)
    assert.deepEqual(await faultsOf(page), [])
    await part('failures').locator('summary').click()
    await shows('failures', /A mail, once.*The server is away. It will be tried again/s)

    await note({ step: 'recognised' })
    for (const n of [102, 103]) await note({ subscriptionId: anId(n) })
    await shows('mailed', /3 of 3/)
    assert.equal(await part('failures').getAttribute('open'), '', 'what was opened stays open')
    await note({ step: 'pushed' })
    await shows('sum', /All is done/)
    assert.equal(await page.locator('[data-open]').count(), 0)
    const asked = () => blog.calls.filter(({ on }) => on.endsWith('/progress')).length
    const last = asked()
    await page.clock.runFor(30_000)
    assert.equal(asked(), last)
  })

  test('goes on where the server was away', async (t) => {
    const { page, open, line, note, shows, announce } = await anOpenPost(t)
    let isAway = true
    await page.route('**/progress', (route) =>
      isAway ? route.fulfill({ status: 503, body: '' }) : route.fallback(),
    )
    await page.clock.install()
    await announce(1)
    await open(`/posts/${anId(1)}`)
    await (await line()).accept()
    await page.waitForResponse((answer) => answer.status() === 503)
    isAway = false
    await note({ subscriptionId: anId(101) })
    await page.clock.runFor(5_000)
    await shows('mailed', /1 of 1/)
  })
})
