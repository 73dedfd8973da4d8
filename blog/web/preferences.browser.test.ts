/** What a subscriber does on the page of preferences, in a real browser, with JavaScript and without. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, type TestContext, test } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import type { Browser } from 'playwright-core'
import { faultsOf } from '../../test/axe.ts'
import { noBrowser, openBrowser } from '../../test/browser.ts'
import { aBlog } from '../adapters/http/testing.ts'
import { links } from '../links.ts'
import { preferencesLink } from '../preferences.ts'
import { aSubscription } from '../testing/builders.ts'

const patienceMs = 10_000
const summer = aSubscription({ status: 'pending' })
const hook = aSubscription({
  ...{ id: summer.id.replace(/.$/, '9'), status: 'pending', protocol: 'https' },
  ...{ endpoint: 'https://hooks.example/a', confirmToken: 'c', unsubscribeToken: 'u' },
})

describe('a subscriber with a browser', { skip: noBrowser }, () => {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser.close())

  async function opened(t: TestContext, javaScriptEnabled: boolean, of: typeof summer) {
    const { app, access, subscriptions } = aBlog()
    for (const one of [summer, hook]) {
      await subscriptions.subscribe(one, () => [])
      await subscriptions.confirm(one.confirmToken, new Date(one.requestedAt))
    }
    const server = createServer(getRequestListener(app.fetch)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const context = await browser.newContext({ javaScriptEnabled })
    t.after(() => context.close())
    const page = await context.newPage()
    page.setDefaultTimeout(patienceMs)
    await page.goto(await preferencesLink(of, { seal: access.seal, links: links(url) }))
    return {
      ...{ page, subscriptions, url },
      press: (name: string) =>
        page.locator('main').getByRole('button', { name, exact: true }).click(),
      shows: (name: string) => page.getByRole('heading', { name, exact: true }).waitFor(),
      accessible: async () => assert.deepEqual(javaScriptEnabled ? await faultsOf(page) : [], []),
    }
  }

  for (const javaScriptEnabled of [true, false]) {
    const how = `with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`

    test(`${how}: begins a topic, ends one, keeps a copy of all, and has it erased`, async (t) => {
      const reader = await opened(t, javaScriptEnabled, summer)
      const { page, press, shows, accessible, subscriptions } = reader
      await shows('summer')
      await accessible()

      await page.getByLabel('Topic').fill('winter & more')
      await press('Subscribe')
      await shows('winter & more')
      await press('End summer')
      await page
        .getByRole('heading', { name: 'summer', exact: true })
        .waitFor({ state: 'detached' })

      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download all of it' }).click(),
      ])
      assert.equal(download.suggestedFilename(), 'subscriptions.json')
      const data = JSON.parse(await readFile(await download.path(), 'utf8'))
      assert.deepEqual(
        [data.endpoint, data.subscriptions.map(({ topic }: { topic: string }) => topic)],
        [summer.endpoint, ['winter & more']],
      )

      await press('Erase all of it')
      await shows('Erased')
      await accessible()
      assert.deepEqual(
        subscriptions.all().map(({ endpoint }) => endpoint),
        [hook.endpoint],
      )
    })

    test(`${how}: makes another key for a webhook, and has a lost link sent`, async (t) => {
      const { page, press, shows, accessible, subscriptions, url } = await opened(
        t,
        javaScriptEnabled,
        hook,
      )
      const secret = page.locator('code', { hasText: /^whsec_/ }).first()
      const first = await secret.textContent()
      await press('Make another key for summer')
      await page.getByText('The key before it signs too').waitFor()
      await accessible()
      assert.notEqual(await secret.textContent(), first)

      await page.goto(`${url}/subscribe`)
      await page.getByRole('link', { name: 'See and change what you get' }).click()
      await accessible()
      await page.getByLabel(/address/i).fill(hook.endpoint)
      await press('Send the link')
      await shows('Look into your mailbox')
      assert.equal(subscriptions.outbox.length, 1)
    })
  }
})
