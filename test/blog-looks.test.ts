/**
 * How every page of the blog is made: for whoever reads by ear or by keyboard, on a phone, in the dark, on a
 * slow line, or without JavaScript. `npm run screenshots` makes pictures of the same pages, to be looked at.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { faultsOf } from './axe.ts'
import { noBrowser, openBrowser } from './browser.ts'
import { type Gallery, openGallery } from './gallery.ts'

const patienceMs = 10_000
/** Of page, sheet, icon and script, as they are sent without compression. */
const mostBytes = 80_000

describe('the pages', { skip: noBrowser }, () => {
  let browser: Browser
  let gallery: Gallery
  const contexts: BrowserContext[] = []
  before(async () => {
    browser = await openBrowser()
    gallery = await openGallery(browser)
  })
  after(async () => {
    for (const context of contexts) await context.close()
    await gallery?.close()
    await browser?.close()
  })
  async function pageOf(...args: Parameters<Gallery['context']>): Promise<Page> {
    const context = await gallery.context(...args)
    contexts.push(context)
    const page = await context.newPage()
    page.setDefaultTimeout(patienceMs)
    return page
  }

  for (const as of ['reader', 'author'] as const)
    test(`axe finds no fault with those of ${as}s, light and dark, and none is wider than a phone`, async () => {
      const page = await pageOf(as, { viewport: { width: 1280, height: 860 } })
      const complaints: string[] = []
      page.on('pageerror', ({ message }) => complaints.push(message))
      page.on('console', (said) => {
        const ours = said.type() === 'error' && !/server responded with a status/.test(said.text())
        if (ours) complaints.push(said.text())
      })
      await page.addInitScript(() => {
        const moved = { sum: 0 }
        Object.assign(globalThis, { moved })
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries())
            moved.sum += (entry as PerformanceEntry & { readonly value: number }).value
        }).observe({ type: 'layout-shift', buffered: true })
      })
      const faults: string[] = []
      for (const { name, open } of gallery.pictures.filter((picture) => picture.as === as)) {
        await page.setViewportSize({ width: 1280, height: 860 })
        await page.emulateMedia({ colorScheme: 'light' })
        await open(page).catch((error) => {
          throw new Error(`${name} does not open`, { cause: error })
        })
        faults.push(...(await faultsOf(page)).map((fault) => `${name}: ${fault}`))
        const moved = await page.evaluate(
          () => (globalThis as unknown as { readonly moved: { readonly sum: number } }).moved.sum,
        )
        assert.equal(moved, 0, `${name}: nothing moves while it loads`)
        const blocking = page.locator('script:not([type=module], [defer], [async])')
        assert.equal(await blocking.count(), 0, `${name}: no script is waited for`)
        assert.equal(
          await page.locator('[style], style').count(),
          0,
          `${name}: no style stands in it`,
        )
        const bytes = await page.evaluate(() =>
          ['navigation', 'resource']
            .flatMap((type) => performance.getEntriesByType(type) as PerformanceResourceTiming[])
            .reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0),
        )
        assert.ok(bytes > 1_000 && bytes < mostBytes, `${name}: ${bytes} bytes`)

        await page.emulateMedia({ colorScheme: 'dark' })
        await page.setViewportSize({ width: 320, height: 640 })
        const rules = ['color-contrast', 'target-size', 'scrollable-region-focusable']
        faults.push(...(await faultsOf(page, rules)).map((fault) => `${name}, dark: ${fault}`))
        const [whole, seen] = await page.evaluate(() => [
          document.documentElement.scrollWidth,
          document.documentElement.clientWidth,
        ])
        assert.ok((whole ?? 0) <= (seen ?? 0), `${name}: ${whole} pixels wide, of ${seen}`)
      }
      assert.deepEqual(faults, [])
      assert.deepEqual(complaints, [])
    })

  test('a keyboard finds the content first, and each thing shows that it is reached', async () => {
    const page = await pageOf('reader')
    await page.goto(gallery.url)
    await page.keyboard.press('Tab')
    const skip = page.getByRole('link', { name: 'Skip to the content' })
    assert.ok(await skip.evaluate((link) => link === document.activeElement))
    assert.ok(((await skip.boundingBox())?.width ?? 0) > 50, 'it is seen when it is reached')
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'main')
    await page.keyboard.press('Tab')
    const reached = page.locator(':focus-visible')
    assert.ok(await reached.evaluate((link) => link.closest('main') !== null))
    const outline = await reached.evaluate((link) => getComputedStyle(link).outlineStyle)
    assert.equal(outline, 'solid')
  })

  test('without JavaScript a reader comes from home by a topic, a post and a name to a search and a feed', async () => {
    const page = await pageOf('reader', { javaScriptEnabled: false })
    await page.goto(gallery.url)
    await page.getByRole('navigation', { name: 'Topics' }).getByText('engineering').click()
    await page.getByRole('heading', { name: 'engineering', level: 1 }).waitFor()
    await page.getByRole('link', { name: 'The bar of copper' }).click()
    await page.getByRole('heading', { name: 'The bar of copper', level: 1 }).waitFor()
    await page.getByRole('heading', { name: 'What Maria showed us', level: 2 }).waitFor()
    await page.locator('article').getByRole('link', { name: 'Madrid', exact: true }).click()
    await page.getByRole('heading', { name: 'Posts that mention Madrid' }).waitFor()
    const found = page.locator('article h2')
    assert.deepEqual(await found.allTextContents(), [
      'The bar of copper',
      'Notes from a slow train',
    ])
    const search = page.getByRole('searchbox', { name: 'Search the posts' })
    await search.fill('train LISBON')
    await search.press('Enter')
    await page.waitForURL(/\/search\?q=/)
    assert.deepEqual(await found.allTextContents(), ['Notes from a slow train'])
    assert.equal(await page.getByLabel('Words in title').inputValue(), 'train LISBON')
    for (const feed of await page.locator('link[rel=alternate], .colophon a').all()) {
      const path = await feed.getAttribute('href')
      const answer = await page.request.get(`${gallery.url}${path}`)
      assert.equal(answer.status(), 200)
      assert.match(await answer.text(), /The bar of copper/)
    }
  })

  test('feeds and the sitemap are XML, whatever stands in the posts', async () => {
    const page = await pageOf('reader')
    await page.goto(`${gallery.url}/nothing`)
    for (const path of ['/feed.atom', '/feed.rss', '/topics/travel/feed.atom', '/sitemap.xml']) {
      const [root, faults] = await page.evaluate(async (url) => {
        const text = await (await fetch(url)).text()
        const read = new DOMParser().parseFromString(text, 'application/xml')
        return [read.documentElement.localName, read.querySelector('parsererror')?.textContent]
      }, path)
      assert.equal(faults, undefined, path)
      assert.match(root ?? '', /^(feed|rss|urlset)$/)
    }
  })
})
