/** An author's way with a real browser, with JavaScript and without: from a first word to a deleted post. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import type { Browser, Page } from 'playwright-core'
import { faultsOf } from '../../test/axe.ts'
import { noBrowser, openBrowser } from '../../test/browser.ts'
import { aBlog } from '../adapters/http/testing.ts'

const patienceMs = 10_000

async function aSite() {
  const blog = aBlog()
  const server = createServer(getRequestListener(blog.app.fetch)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    ...blog,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('an author in a browser', { skip: noBrowser }, () => {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser.close())

  async function opened(path: string, javaScriptEnabled: boolean): Promise<Page> {
    const context = await browser.newContext({ javaScriptEnabled })
    const page = await context.newPage()
    page.setDefaultTimeout(patienceMs)
    await page.goto(path)
    return page
  }

  for (const isOn of [true, false])
    test(`with JavaScript ${isOn ? 'on' : 'off'}: saves, previews, schedules, publishes, edits against another, deletes`, async (t) => {
      const site = await aSite()
      t.after(site.close)
      const page = await opened(`${site.url}/write`, isOn)
      const accessible = async () => assert.deepEqual(isOn ? await faultsOf(page) : [], [])
      const field = (label: string) => page.getByLabel(label, { exact: true })
      const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
      const heading = (name: string | RegExp) =>
        page.getByRole('heading', { name }).first().waitFor()

      await accessible()
      await field('Title').fill('A journey')
      await press('Save as draft')
      await page.waitForURL('**/drafts/*')
      await field('Author').fill('Ada')
      await field('Topic').fill('summer')
      await field('Body').fill('Joe goes to *Spain*')
      await press('Preview')
      const preview = page.getByRole('region', { name: 'Preview' })
      assert.equal(await preview.locator('em').textContent(), 'Spain')
      await accessible()

      await field('Publish later, at (UTC)').fill('2020-01-01T08:00')
      await press('Schedule')
      await page.getByText(/has passed: publish it now/).waitFor()
      assert.equal(await field('Body').inputValue(), 'Joe goes to *Spain*')
      await accessible()
      await field('Publish later, at (UTC)').fill('2036-01-01T08:00')
      await press('Schedule')
      await page.getByText('It will be published within a minute after 1 January 2036').waitFor()
      await page.getByRole('link', { name: 'All drafts' }).click()
      await page.getByText('Scheduled for 1 January 2036').waitFor()
      await accessible()
      await page.getByRole('link', { name: 'A journey' }).click()
      await press('Save without a time')
      assert.equal(await field('Publish later, at (UTC)').inputValue(), '')
      await press('Publish now')
      await page.waitForURL('**/posts/*')
      await heading('A journey')
      await accessible()

      const path = new URL(page.url()).pathname
      await page.getByRole('link', { name: 'Edit' }).click()
      const other = await opened(`${site.url}${path}/edit`, isOn)
      await other.getByLabel('Title', { exact: true }).fill('Their journey')
      await other.getByRole('button', { name: 'Save', exact: true }).click()
      await other.getByRole('heading', { name: 'Their journey' }).waitFor()
      await field('Title').fill('My journey')
      await press('Save')
      await heading('It was changed meanwhile')
      assert.equal(await page.locator('del').last().textContent(), 'Their journey')
      assert.equal(await page.locator('ins').last().textContent(), 'My journey')
      assert.equal(await field('Title').inputValue(), 'My journey')
      await accessible()
      await press('Save')
      await heading('My journey')

      await page.getByRole('link', { name: 'Delete…' }).click()
      await heading('Delete “My journey”?')
      await accessible()
      await press('Delete')
      await page.waitForURL(`${site.url}/`)
      assert.equal((await page.goto(`${site.url}${path}`))?.status(), 410)
      assert.equal(site.posts.size, 0)
      for (const context of browser.contexts()) await context.close()
    })
})
