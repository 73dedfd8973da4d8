/** How an author gets in and out with a real browser, with JavaScript and without, and what a page of another site can do. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import type { Browser } from 'playwright-core'
import { faultsOf } from '../../test/axe.ts'
import { noBrowser, openBrowser } from '../../test/browser.ts'
import { aBlog } from '../adapters/http/testing.ts'

const patienceMs = 10_000
const ann = 'ann@example.org'

async function listening(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('an author who signs in with a browser', { skip: noBrowser }, () => {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser.close())

  for (const javaScriptEnabled of [true, false])
    test(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}: by a link, to where it was going, and out again`, async (t) => {
      const { access, app, calls } = aBlog({ authors: [ann] })
      const site = await listening(getRequestListener(app.fetch))
      t.after(site.close)
      const context = await browser.newContext({ javaScriptEnabled })
      t.after(() => context.close())
      const page = await context.newPage()
      page.setDefaultTimeout(patienceMs)
      const accessible = async () =>
        assert.deepEqual(javaScriptEnabled ? await faultsOf(page) : [], [])
      const heading = (name: string) => page.getByRole('heading', { name, exact: true }).waitFor()
      const press = (name: string) =>
        page.locator('main').getByRole('button', { name, exact: true }).click()

      await page.goto(`${site.url}/account`)
      await heading('Sign in')
      await accessible()
      await page.getByLabel('E-mail address').fill(ann)
      await press('Send me a link')
      await heading('Look into your mailbox')
      await accessible()

      const { Detail } = access.credentials.outbox[0] as { readonly Detail: string }
      const sealed = await access.seal.seal('sign-in', JSON.parse(Detail).id)
      await page.goto(`${site.url}/sign-in/${sealed}`)
      await press('Sign in')
      await page.waitForURL('**/account')
      await accessible()
      const [cookie] = await context.cookies()
      assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.path], [true, 'Lax', '/'])

      await page.getByLabel('Name of a new token').fill('The deploy script')
      await press('Make a token')
      const made = page.locator('code', { hasText: /^bb_[\w-]{22}$/ })
      const token = String(await made.textContent())
      await page.goto(`${site.url}/account`)
      assert.equal(await page.getByText(token).count(), 0)
      const row = page.getByRole('row', { name: 'The deploy script' })
      assert.match(String(await row.textContent()), new RegExp(token.slice(-4)))
      await accessible()
      await row.getByRole('button', { name: /^Revoke/ }).click()
      await row.waitFor({ state: 'detached' })

      // The page of another site, whose forms the browser sends as it sends ours.
      const evil = await listening((_, response) => {
        const action = `action="${site.url}/sign-out"`
        response.setHeader('Content-Type', 'text/html')
        response.end(`<form method="post" ${action}><button name="everywhere" value="yes">x</form>`)
      })
      t.after(evil.close)
      const other = await context.newPage()
      await other.goto(evil.url)
      await other.getByRole('button').click()
      await other.getByText('page of another site').waitFor()
      assert.ok(!calls.some(({ on }) => on === 'POST /sign-out'))

      await page.goto(`${site.url}/`)
      await page.getByRole('link', { name: ann }).click()
      await press('Sign out everywhere')
      await page.getByRole('link', { name: 'Sign in' }).waitFor()
      assert.deepEqual(await context.cookies(), [])

      await page.goto(`${site.url}/sign-in/${sealed}`)
      await press('Sign in')
      await heading('This link has expired')
      await accessible()
    })
})
