/** What a person sees: pages that fill in by themselves, and that work without JavaScript too. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as passing } from 'node:timers/promises'
import type { Browser, Locator, Page } from 'playwright-core'
import { noBrowser, openBrowser } from './browser.ts'
import { type CutNetwork, cutNetwork } from './cut-network.ts'
import type { Differences } from './running.ts'
import { settings } from './settings.ts'
import type { Open, Stage } from './stage.ts'
import { confirmLinkIn, unsubscribeLinkOf } from './subscriber.ts'

/** What the blog promises to somebody who looks at a page. */
const patienceMs = 10_000

export function pagesContract(openStage: Open, differences: Differences = {}): void {
  const more = { skip: differences.without?.['more pages'] ?? false }
  describe('the pages in a browser', { skip: noBrowser }, () => {
    let stage: Stage
    let browser: Browser
    before(async () => {
      stage = await openStage()
      browser = await openBrowser()
      if (differences.startsCold) await once()
    })
    afterEach(async (t) => {
      stage.explain(t)
      for (const context of browser.contexts()) await context.close()
      complaints.length = 0
    })
    after(() => stage.close())
    after(() => browser.close())

    /** All that a post causes. */
    async function once(): Promise<void> {
      const watch = await stage.openWatch({ topic: 'once' })
      await stage.api.post({ topic: 'once' })
      await watch.wait(({ post }) => post?.entities !== undefined, 'the entities', patienceMs)
      await watch.close()
    }

    const complaints: string[] = []
    async function open(
      path: string,
      javaScriptEnabled = true,
      { proxy }: Partial<CutNetwork> = {},
    ): Promise<Page> {
      const context = await browser.newContext({ javaScriptEnabled, ...(proxy && { proxy }) })
      const page = await context.newPage()
      page.setDefaultTimeout(patienceMs)
      page.on('pageerror', (error) => complaints.push(`${path}: ${error.message}`))
      page.on('console', (said) => {
        if (said.type() === 'error') complaints.push(`${path}: ${said.text()}`)
      })
      await page.goto(`${stage.blog().url}${path}`)
      return page
    }
    /** Opens a page and waits until it is told of changes. `isSame` says whether it was loaded again. */
    async function openLive(path: string, network?: CutNetwork) {
      const page = await open(path, true, network)
      await page.locator('html[data-live="on"]').waitFor()
      const loaded = await page.evaluate(() => performance.timeOrigin)
      const isSame = async () => (await page.evaluate(() => performance.timeOrigin)) === loaded
      return { page, isSame }
    }
    async function write(page: Page, draft: Readonly<Record<string, string>>): Promise<void> {
      const { authorToken } = stage.blog()
      for (const [field, value] of Object.entries(draft))
        await page.locator(`[name=${field}]`).fill(value)
      // Asked of whoever has not signed in.
      const token = page.locator('[name=token]')
      if (await token.count()) await token.fill(authorToken ?? '')
      await page.getByRole('button', { name: 'Publish', exact: true }).click()
    }
    const article = (page: Page, id: string) => page.locator(`article[data-post-id="${id}"]`)
    const name = (page: Page, id: string, kind: string, text: string) =>
      article(page, id).locator(`[data-entity="${kind}"]`, { hasText: new RegExp(`^${text}$`) })
    const soon = (...locators: readonly Locator[]) =>
      Promise.all(locators.map((locator) => locator.waitFor({ timeout: patienceMs })))

    test('a new post appears in its open topic with its people and places, without a reload', async () => {
      const { page, isSame } = await openLive('/topics/summer')
      const { post } = await stage.api.post()
      await soon(
        article(page, post.id).getByText('Title', { exact: true }),
        name(page, post.id, 'location', 'Spain'),
        name(page, post.id, 'person', 'Joe'),
      )
      assert.ok(await isSame(), 'the page was not loaded again')
      assert.deepEqual(complaints, [])
    })

    test('the page of a post shows who and where it is about, without a reload', async () => {
      const fresh = await stage.api.post({ topic: 'pages' })
      const opened = await open(`/posts/${fresh.post.id}`)
      await soon(
        name(opened, fresh.post.id, 'location', 'Spain'),
        name(opened, fresh.post.id, 'person', 'Joe'),
      )

      const { post } = await stage.api.post({ topic: 'pages', body: 'nothing to see yet' })
      const { page, isSame } = await openLive(`/posts/${post.id}`)
      await stage.api.edit(post.id, { body: 'Ann is going to Portugal', title: 'Edited' })
      await soon(
        name(page, post.id, 'location', 'Portugal'),
        name(page, post.id, 'person', 'Ann'),
        article(page, post.id).getByText('Ann is going to Portugal'),
        page.getByRole('heading', { name: 'Edited' }).first(),
      )
      assert.ok(await isSame(), 'the page was not loaded again')
      assert.deepEqual(complaints, [])
    })

    test('an open topic follows edits, deletions and posts that move away', more, async () => {
      const { page, isSame } = await openLive('/topics/moving')
      const { post: edited } = await stage.api.post({ topic: 'moving', title: 'As it was' })
      const { post: removed } = await stage.api.post({ topic: 'moving', title: 'To be removed' })
      const { post: moved } = await stage.api.post({ topic: 'moving', title: 'To be moved' })
      await soon(...[edited, removed, moved].map(({ id }) => article(page, id)))
      const newestFirst = [moved, removed, edited].map(({ id }) => id)
      assert.deepEqual(
        await page
          .locator('article[data-post-id]')
          .evaluateAll((all) => all.map((one) => one.getAttribute('data-post-id'))),
        newestFirst,
      )

      await stage.api.edit(edited.id, { title: 'As it is' })
      await stage.api.remove(removed.id)
      await stage.api.edit(moved.id, { topic: 'elsewhere' })
      await soon(article(page, edited.id).getByText('As it is'))
      for (const { id } of [removed, moved])
        await article(page, id).waitFor({ state: 'detached', timeout: patienceMs })
      assert.ok(await isSame(), 'the page was not loaded again')
      assert.deepEqual(complaints, [])
    })

    test('the page of a post says when the post is deleted', more, async () => {
      const { post } = await stage.api.post({ topic: 'ends', body: 'a text that will be gone' })
      const { page, isSame } = await openLive(`/posts/${post.id}`)
      await stage.api.remove(post.id)
      await page
        .getByText(/deleted|removed|gone/i)
        .first()
        .waitFor({ timeout: patienceMs })
      assert.ok(await isSame(), 'the page was not loaded again')
      const answer = await page.reload()
      assert.equal(answer?.status(), 410)
    })

    test('two open pages through a restart and a cut network end as pages that are loaded anew, without being so', async () => {
      const paths = ['/', '/topics/returning']
      const limit = { timeout: 30_000 }
      const network = await cutNetwork()
      try {
        const opened = await Promise.all(paths.map((path) => openLive(path, network)))
        const live = (state: 'on' | 'off') =>
          Promise.all(
            opened.map(({ page }) => page.locator(`html[data-live="${state}"]`).waitFor(limit)),
          )
        const { post: first } = await stage.api.post({ topic: 'returning', title: 'Before' })
        await stage.blog().kill()
        await live('off')
        await stage.startAgain()
        await stage.api.post({ topic: 'returning', title: 'After' })
        await live('on')

        network.cut()
        const isOver = passing(settings.cutSeconds * 1_000)
        const { post: last } = await stage.api.post({ topic: 'returning', title: 'Meanwhile' })
        await stage.api.edit(first.id, { title: 'Changed meanwhile' })
        // Whoever was not told in less than this need not have noticed, and is told late.
        if (settings.cutSeconds >= 30) await live('off')
        await isOver
        for (const { page } of opened) assert.equal(await article(page, last.id).count(), 0)
        network.mend()

        const mainOf = async (page: Page) => {
          await name(page, last.id, 'location', 'Spain').waitFor(limit)
          await article(page, first.id).getByText('Changed meanwhile').waitFor(limit)
          await name(page, first.id, 'location', 'Spain').waitFor(limit)
          const html = await page.locator('main').innerHTML()
          return html.replace(/ data-cursor="[^"]*"/, '').replaceAll(/\s*\n\s*/g, '')
        }
        for (const [n, { page, isSame }] of opened.entries()) {
          const shown = await mainOf(page)
          assert.equal(shown, await mainOf(await open(paths[n] as string)))
          assert.ok(await isSame(), 'the page was not loaded again')
        }
      } finally {
        await network.close()
      }
    })

    test('writing, reading, subscribing and leaving work without JavaScript', async () => {
      const topic = 'plain & simple'
      const page = await open(`/subscribe?topic=${encodeURIComponent(topic)}`, false)
      assert.equal(await page.locator('[name=topic]').inputValue(), topic)
      await page.locator('[name=email]').fill('plain@example.org')
      await page.locator('form:has([name=email]) button').click()
      await page
        .getByText(/mailbox/i)
        .first()
        .waitFor()
      const question = await stage.mail.mails.wait(
        ({ to }) => to === 'plain@example.org',
        'the question',
      )
      await page.goto(confirmLinkIn(question.text) as string)
      await page.getByText(topic).first().waitFor()

      await page.goto(`${stage.blog().url}/write`)
      const watch = await stage.openWatch({ topic })
      const draft = { author: 'me', title: 'By form', body: 'Joe\n\nis going to Spain', topic }
      await write(page, draft)
      await page.waitForURL(/\/posts\/[^/]+$/)
      const id = page.url().split('/').at(-1) as string
      assert.equal((await stage.api.find(id))?.title, 'By form')
      await watch.wait(({ post }) => post?.entities !== undefined, 'the entities')
      await page.reload()
      await name(page, id, 'location', 'Spain').waitFor()

      const mail = await stage.mailed('plain@example.org', id)
      await page.goto(unsubscribeLinkOf(mail))
      await page.locator('form button').first().click()
      await page
        .getByText(/no (more|further)|unsubscribed|ended/i)
        .first()
        .waitFor()
      await stage.subscribe('marker@example.org', topic)
      const { post: later } = await stage.api.post({ topic })
      await stage.mailed('marker@example.org', later.id)
      assert.deepEqual(stage.mailsAbout('plain@example.org', later.id), [])
      assert.deepEqual(complaints, [])
    })

    test('a form that cannot be taken says why and keeps what was written', more, async () => {
      const page = await open('/write', false)
      const draft = { author: '   ', title: 'Kept title', body: 'Kept body', topic: 'kept' }
      await write(page, draft)
      await page.locator('[name=author][aria-invalid=true]').waitFor()
      assert.equal(await page.locator('[name=title]').inputValue(), 'Kept title')
      assert.equal(await page.locator('[name=body]').inputValue(), 'Kept body')
      assert.deepEqual(await stage.api.all('kept'), [])
    })
  })
}
