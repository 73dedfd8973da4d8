import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { faultsOf } from '../../test/axe.ts'
import { noBrowser, openBrowser } from '../../test/browser.ts'
import { mails } from '../../test/gallery-mails.ts'
import { aBlog, aMail } from '../adapters/http/testing.ts'

const site = 'http://blog.example'
const patienceMs = 10_000

describe('a mail in a browser', { skip: noBrowser }, () => {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser?.close())

  /** A mailbox with one mail, and what the browser asks of anybody for it. */
  async function opened(html: string): Promise<{ page: Page; asked: readonly string[] }> {
    const mail = { ...aMail, html }
    const mailbox = { list: async () => [mail], find: async () => mail }
    const { app } = aBlog({ mailbox })
    const asked: string[] = []
    const page = await browser.newPage({ viewport: { width: 360, height: 740 } })
    page.setDefaultTimeout(patienceMs)
    await page.context().route('**/*', async (route) => {
      const { origin, pathname } = new URL(route.request().url())
      asked.push(`${origin}${pathname}`)
      const answer = await app.request(origin === site ? pathname : '/nothing')
      await route.fulfill({
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        body: Buffer.from(await answer.arrayBuffer()),
      })
    })
    await page.goto(`${site}/mailbox/${encodeURIComponent(mail.messageId)}`)
    return { page, asked }
  }

  test('is well made for everybody, in light and dark, and no wider than a phone', async () => {
    const page = await browser.newPage({ viewport: { width: 320, height: 640 } })
    for (const [name, { html }] of await mails()) {
      await page.setContent(html)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        const faults = await faultsOf(page, colorScheme === 'dark' ? ['color-contrast'] : undefined)
        assert.deepEqual(faults.filter(isAboutMails), [], `${name}, ${colorScheme}`)
      }
      const [paper, ink] = await page.evaluate(() =>
        ['body', 'h1'].map((of, at) => {
          const { backgroundColor, color } = getComputedStyle(document.querySelector(of) as Element)
          return at === 0 ? backgroundColor : color
        }),
      )
      assert.deepEqual([paper, ink], ['rgb(23, 21, 18)', 'rgb(236, 230, 220)'], `${name}, dark`)
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, name)
    }
    await page.close()
  })

  test('is shown beside its text, and its links open in a tab of their own', async () => {
    const { page } = await opened((await mails()).get('mail-post')?.html ?? '')
    const frame = page.frameLocator('iframe[title="The mail as HTML"]')
    await frame.getByRole('heading', { name: 'The bar of copper' }).waitFor()
    assert.deepEqual(await faultsOf(page), [])
    await frame.getByRole('link', { name: 'Read it on the blog' }).focus()
    const [tab] = await Promise.all([
      page.context().waitForEvent('page'),
      page.keyboard.press('Enter'),
    ])
    await tab.waitForURL(`${site}/posts/*`)
    assert.ok(page.url().startsWith(`${site}/mailbox/`))
    await page.context().close()
  })

  test('does nothing, whatever stands in it', async () => {
    const { page, asked } = await opened(`<!doctype html><html><head>
<meta http-equiv="refresh" content="0;url=https://evil.example/refresh">
<link rel="stylesheet" href="https://evil.example/style">
<script src="https://evil.example/script"></script></head><body onload="parent.location = 'https://evil.example/load'">
<script>top.location = 'https://evil.example/top'</script>
<img src="https://evil.example/image" onerror="top.location = 'https://evil.example/error'">
<form action="https://evil.example/form" target="_top"><button>Send</button></form>
<a href="javascript:top.location='https://evil.example/link'">Run</a>
<p>The end</p></body></html>`)
    const frame = page.frameLocator('iframe')
    await frame.getByText('The end').waitFor()
    await frame.getByRole('button', { name: 'Send' }).click()
    await frame.getByRole('link', { name: 'Run' }).click()
    await page.getByRole('link', { name: 'All mails' }).click()
    await page.waitForURL(`${site}/mailbox`)
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(site)),
      [],
    )
    await page.context().close()
  })
})

/** Landmarks are for pages; a mail is shown within the page of its program. */
const isAboutMails = (fault: string) =>
  !/^(?:landmark-one-main|region|page-has-heading-one):/.test(fault)
