/**
 * The pages of a blog in a real browser, with both ends of its socket in the test's hands. No
 * server listens: what the browser asks for is answered by the app, and its socket by the test.
 */
import assert from 'node:assert/strict'
import type { Browser, WebSocketRoute } from 'playwright-core'
import { within } from '../../test/within.ts'
import { aBlog, anId, summer } from '../adapters/http/testing.ts'
import type { Post } from '../post.ts'

const site = 'http://blog.example'
const patienceMs = 10_000

export const aPost = (fields: Partial<Post> = {}): Post => ({
  id: anId(1),
  createdAt: '2026-01-02T03:04:05.678Z',
  ...summer,
  ...fields,
})
export const joeInSpain = { locations: ['Spain'], persons: ['Joe'], organizations: [] }

/** The server's end of one connection. */
export interface Line {
  /** The next frame that the page sends. */
  read(): Promise<unknown>
  send(...frames: readonly object[]): void
  /** Reads a watch, and confirms it. */
  accept(): Promise<unknown>
  hangUp(): Promise<void>
}

export async function aPage(browser: Browser) {
  const blog = aBlog()
  const page = await browser.newPage()
  page.setDefaultTimeout(patienceMs)
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(message))
  page.on('console', (said) => said.type() === 'error' && faults.push(said.text()))
  await page.route('**/*', async (route) => {
    const { pathname, search } = new URL(route.request().url())
    const answer = await blog.app.request(`${pathname}${search}`)
    await route.fulfill({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: Buffer.from(await answer.arrayBuffer()),
    })
  })
  const lines = queue<Line>('a connection')
  await page.routeWebSocket('**/ws', (socket) => lines.push(lineOf(socket)))

  return {
    blog,
    page,
    line: lines.next,
    async open(path: string) {
      const answer = await page.goto(`${site}${path}`)
      assert.equal(answer?.status(), 200)
    },
    /** Puts posts where the pages find them. */
    keep(...posts: readonly Post[]) {
      for (const post of posts) blog.put({ post, revision: 1, version: 1 })
    },
    /** Deletes a post where the pages find them. */
    async drop(id: string) {
      const headers = { 'If-Match': '*' }
      const { status } = await blog.ask(`/api/posts/${id}`, { method: 'DELETE', headers })
      assert.equal(status, 204)
    },
    article: (id: string) => page.locator(`article[data-post-id="${id}"]`),
    ids: () =>
      page
        .locator('article')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-post-id'))),
    live: (state: 'on' | 'off') =>
      page.locator(`html[data-live="${state}"]`).waitFor({ state: 'attached' }),
    said: (text: RegExp) => page.getByRole('status').filter({ hasText: text }).waitFor(),
    /** An article's markup, without the blanks between tags. */
    markup: async (id: string) => {
      const html = await page.locator(`article[data-post-id="${id}"]`).evaluate((e) => e.outerHTML)
      return html.replaceAll(/\s*\n\s*/g, '')
    },
    /** Chromium notes what was answered with a fault: those that are meant to be are `known`. */
    async close(known?: RegExp) {
      await page.close()
      const others = faults.filter((fault) => !known?.test(fault))
      assert.deepEqual(others, [])
    },
  }
}

export const updated = (eventName: string, post: Partial<Post>, cursor: string) => ({
  ...{ type: 'BlogPostUpdated', eventName, post, cursor },
})

function lineOf(socket: WebSocketRoute): Line {
  const frames = queue<{ readonly action: string }>('a frame')
  socket.onMessage((text) => frames.push(JSON.parse(String(text))))
  const line: Line = {
    read: frames.next,
    send: (...all) => {
      for (const frame of all) socket.send(JSON.stringify(frame))
    },
    async accept() {
      const { action, ...watch } = await frames.next()
      assert.equal(action, 'watch')
      line.send({ type: 'watching', ...watch })
      return watch
    },
    hangUp: () => socket.close({ code: 1001, reason: 'going away' }),
  }
  return line
}

/** What comes is kept until it is asked for; who asks waits, but not for ever. */
function queue<T>(what: string) {
  const items: T[] = []
  const waiting: ((item: T) => void)[] = []
  return {
    push(item: T) {
      const first = waiting.shift()
      if (first) first(item)
      else items.push(item)
    },
    next(): Promise<T> {
      const item = items.shift()
      if (item !== undefined) return Promise.resolve(item)
      const { promise, resolve } = Promise.withResolvers<T>()
      waiting.push(resolve)
      return within(patienceMs, what, promise)
    },
  }
}
