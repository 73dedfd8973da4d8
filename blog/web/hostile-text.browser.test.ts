/**
 * Markup in every field that anybody can fill in, on every page that shows it and in every mail. The policy of
 * our pages is switched off here: what is tried is that text stays text without it.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, type TestContext, test } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import type { Browser, Page, WebSocketRoute } from 'playwright-core'
import { noBrowser, openBrowser } from '../../test/browser.ts'
import { aBlog, aMail, anId, aToken } from '../adapters/http/testing.ts'
import { confirmation } from '../mails/confirmation.ts'
import { newPost } from '../mails/new-post.ts'
import { signInLink } from '../mails/sign-in-link.ts'
import { aSubscription } from '../testing/builders.ts'
import { renderer } from './renderer.ts'
import { mentionUrl, topicUrl } from './shown.ts'

const patienceMs = 10_000
const markup = '<img src=x onerror=ran()><script>ran()</script>'
/** What it may stand in is closed first; each is short enough for the shortest field. */
const hostile = `"'></title></textarea></template>${markup}`
const sealedHostile = `--></style></pre>${markup}`
const body = `${hostile}

[a](javascript:ran()) [b](<data:text/html,${markup}>) ![c](javascript:ran()) <javascript:ran()>

[d](https://b.example/"onmouseover="ran()) [e](/f "\\" onfocus=\\"ran()\\" autofocus")

| ${markup} |
|---|
| ${markup} |

\`\`\`"><script>ran()</script>
${sealedHostile}
\`\`\``
const words = { author: hostile, title: hostile, topic: hostile, body }
const entities = {
  persons: [hostile],
  locations: [`${hostile} 2`],
  organizations: [`${hostile} 3`],
}
const at = '2026-01-02T03:04:05.678Z'
const post = { id: anId(1), createdAt: at, ...words, entities }
const ann = 'ann@example.org'

async function mails() {
  const links = { unsubscribe: 'http://blog.example/u', preferences: 'http://blog.example/p' }
  const rendered = await renderer('http://blog.example').html(post)
  return [
    newPost(post, { rendered, topic: hostile, post: 'http://blog.example/posts/1', ...links }),
    confirmation(hostile, { confirm: 'http://blog.example/c', preferences: links.preferences }),
    signInLink(hostile, 'http://blog.example/s'),
  ]
}

describe('markup that somebody types', { skip: noBrowser }, () => {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser.close())

  /** A browser that lets everything run, and notes what did. */
  async function opened(t: TestContext, blog: ReturnType<typeof aBlog>) {
    const server = createServer(getRequestListener(blog.app.fetch)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const context = await browser.newContext({ bypassCSP: true })
    t.after(async () => {
      await context.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    })
    const ran: string[] = []
    await context.exposeFunction('ran', () => ran.push('a script'))
    const page = await context.newPage()
    page.setDefaultTimeout(patienceMs)
    page.on('dialog', (dialog) => ran.push(dialog.message()))
    page.on('request', (request) => {
      const { origin, pathname } = new URL(request.url())
      if (/^http/.test(origin) && (origin !== site || pathname === '/x')) ran.push(request.url())
    })
    await page.route(/^https?:(?!\/\/127\.0\.0\.1:)/, (route) => route.abort())

    /** All of it is there, as text, and nothing of it as anything else. */
    async function isText(where: string, from: Page = page) {
      const seen = await from.evaluate(looked)
      assert.deepEqual(seen.acting, [], where)
      assert.ok(seen.said.includes('<img src=x onerror=ran()>'), `${where} does not show it`)
      assert.deepEqual(ran, [], where)
    }
    const show = async (path: string) => {
      await page.goto(`${site}${path}`)
      await isText(path)
    }
    /** Sends a form, as a page of ours would, and looks at the answer. */
    const post = async (path: string, fields: Readonly<Record<string, string>>) => {
      await page.goto(`${site}/healthz`)
      await Promise.all([
        page.waitForURL(`${site}${path}`),
        page.evaluate(submit, { path, fields }),
      ])
      await page.waitForLoadState()
      await isText(`POST ${path} ${JSON.stringify(fields).slice(0, 80)}`)
    }
    return { page, context, site, ran, show, post, isText }
  }

  test('is text to whoever reads, also when it comes while they read', async (t) => {
    const blog = aBlog()
    blog.put({ post, revision: 1, version: 1 })
    const { page, show, isText, ran } = await opened(t, blog)
    const lines: WebSocketRoute[] = []
    await page.routeWebSocket('**/ws', (socket) => {
      lines.push(socket)
      socket.onMessage((text) =>
        socket.send(JSON.stringify({ ...JSON.parse(String(text)), type: 'watching' })),
      )
    })
    const fresh = { ...post, id: anId(2) }
    for (const path of [
      '/',
      topicUrl(hostile),
      mentionUrl(hostile),
      `/search?q=${encodeURIComponent(hostile)}`,
      `/posts/${post.id}`,
    ]) {
      await show(path)
      await page.locator('html[data-live="on"]').waitFor({ state: 'attached' })
      blog.put({ post: { ...fresh, title: `Fresh ${hostile}` }, revision: 1, version: 1 })
      const change = { type: 'BlogPostUpdated', post: { ...post, title: `New ${hostile}` } }
      const insert = { ...change, post: { ...fresh, title: `Fresh ${hostile}` } }
      lines.at(-1)?.send(JSON.stringify({ ...change, eventName: 'MODIFY', cursor: 'cursor-91' }))
      lines.at(-1)?.send(JSON.stringify({ ...insert, eventName: 'INSERT', cursor: 'cursor-92' }))
      // A search is asked for again when something has changed, and shows it as it is stored.
      await page
        .locator('article', { hasText: /New|Fresh/ })
        .first()
        .waitFor()
      await isText(`${path}, live`)
      blog.posts.delete(fresh.id)
    }
    await page.goto('about:blank')
    assert.deepEqual(ran, [])
  })

  test('is text to authors: in forms, previews, drafts, conflicts and what failed', async (t) => {
    const blog = aBlog()
    blog.put({ post, revision: 2, version: 2 })
    const { show, post: send } = await opened(t, blog)
    const draft = await blog.drafts.create({
      ...{ id: anId(7), ...words, publishAt: null, savedAt: at, revision: 2 },
      ...{ status: 'draft', postId: null },
    })
    await blog.progress.announce({ postId: post.id, at, readers: { email: 1, https: 0 } })
    await blog.progress.note({
      ...{ postId: post.id, step: 'mailed', subscriptionId: '1', outcome: 'failed' },
      ...{ reason: hostile, at },
    })
    for (const path of [
      '/drafts',
      `/drafts/${draft.id}`,
      `/drafts/${draft.id}/delete`,
      `/posts/${post.id}/edit`,
      `/posts/${post.id}/delete`,
      `/posts/${post.id}/progress`,
    ])
      await show(path)
    const others = { author: 'a', title: sealedHostile, topic: 'c', body: sealedHostile }
    for (const path of ['/write', `/drafts/${draft.id}`, `/posts/${post.id}/edit`])
      await send(path, { ...words, action: 'preview', key: hostile, revision: hostile })
    await send('/write', { ...words, title: '', action: 'publish' })
    await send('/write', { ...words, publishAt: hostile, action: 'schedule' })
    for (const path of [`/drafts/${draft.id}`, `/posts/${post.id}/edit`])
      await send(path, { ...others, revision: '1', action: 'save' })
    await send(`/drafts/${anId(8)}`, { ...words, revision: '1', action: 'save' })
  })

  test('is text to who signs in, and in the names of tokens', async (t) => {
    const authorToken = 'a token of these tests'
    const blog = aBlog({ authors: [ann], authorToken })
    const { page, show, post: send, site } = await opened(t, blog)
    await send('/sign-in', { email: hostile, to: hostile })
    await page.goto(`${site}/sign-in`)
    await page.getByLabel('Author token').fill(authorToken)
    await page.locator('form[action="/sign-in/token"] button').click()
    await page.waitForURL(`${site}/`)
    await send('/account/tokens', { name: hostile })
    await show('/account')
    await send('/account/tokens', { name: hostile.repeat(3) })
  })

  test('is text to subscribers, and in the addresses of webhooks', async (t) => {
    const blog = aBlog()
    const { show, post: send } = await opened(t, blog)
    const hook = `https://hooks.example/?${hostile}`
    await show(`/subscribe?topic=${encodeURIComponent(hostile)}`)
    await show(`/subscribe/webhook?topic=${encodeURIComponent(hostile)}`)
    await send('/subscribe', { email: hostile, topic: hostile })
    await send('/subscribe', { url: `ftp:${hostile}`, topic: hostile })
    await send('/subscriptions/preferences', { address: hostile })
    for (const [n, protocol, endpoint] of [
      [1, 'email', `${hostile}@b.example`],
      [2, 'https', hook],
    ] as const) {
      const one = aSubscription({
        ...{ id: anId(n), protocol, endpoint, filterPolicy: { detail: { topic: [hostile] } } },
        ...{ status: 'pending', confirmToken: `c${n}`, unsubscribeToken: `u${n}` },
      })
      await blog.subscriptions.subscribe(one, () => [])
      await blog.subscriptions.confirm(one.confirmToken, new Date(one.requestedAt))
      const sealed = await blog.access.seal.seal('preferences', `${protocol} ${endpoint}`)
      await show(`/subscriptions/preferences/${sealed}`)
    }
    const asked: string[] = []
    const told = aBlog({
      async call(on) {
        asked.push(on)
        const key = { protocol: 'https', secret: hostile, preferences: '/p' }
        return { topic: hostile, isNew: asked.length === 1, ...key }
      },
    })
    const confirmed = await opened(t, told)
    await confirmed.show(`/subscriptions/confirm/${aToken}`)
    await confirmed.show(`/subscriptions/confirm/${aToken}`)
    assert.equal(asked.length, 2)
  })

  test('is text in mails, shown by themselves and in the mailbox', async (t) => {
    const all = await mails()
    const kept = all.map((mail, n) => ({
      ...{ ...aMail, ...mail, messageId: `${n}`, to: `${hostile}@b.example`, from: hostile },
      headers: { 'List-Unsubscribe': hostile },
    }))
    const mailbox = {
      list: async () => kept,
      find: async (id: string) => kept.find(({ messageId }) => messageId === id) ?? null,
    }
    const { page, show, isText, ran } = await opened(t, aBlog({ mailbox }))
    await show('/mailbox')
    for (const { messageId, html } of kept) {
      await show(`/mailbox/${messageId}`)
      await page.frameLocator('iframe').locator('h1').waitFor()
      await page.setContent(html)
      await isText(`mail ${messageId}`)
    }
    assert.deepEqual(ran, [])
  })

  test('is found by this test where it is no text', async (t) => {
    const { page, isText, ran } = await opened(t, aBlog())
    await page.setContent(`<p>${hostile}</p><a href="javascript:ran()">${'&lt;'}img</a>`)
    await assert.rejects(isText('a page without care'), /a page without care/)
    assert.ok(ran.length > 0)
  })
})

/** In the page: what it says, and what in it could act. */
function looked() {
  const all = [...document.querySelectorAll('*')]
  for (const template of document.querySelectorAll('template'))
    all.push(...template.content.querySelectorAll('*'))
  const isOurs = (script: Element) => script.getAttribute('src') === '/live.js'
  const acting = all.filter(
    (each) =>
      (each instanceof HTMLScriptElement && !isOurs(each)) ||
      each instanceof HTMLImageElement ||
      each.getAttributeNames().some((name) => name.startsWith('on')) ||
      (each instanceof HTMLAnchorElement && !/^(?:https?|mailto|about)?:$/.test(each.protocol)) ||
      (each instanceof HTMLIFrameElement && !each.sandbox.value.startsWith('allow-popups')),
  )
  const values = all.map((each) => ('value' in each ? String(each.value) : ''))
  return {
    acting: acting.map(({ outerHTML }) => outerHTML.slice(0, 200)),
    said: [document.title, document.body.textContent, ...values].join('\n'),
  }
}

/** In the page. */
function submit({
  path,
  fields,
}: {
  readonly path: string
  readonly fields: Readonly<Record<string, string>>
}) {
  const form = document.createElement('form')
  form.method = 'post'
  form.action = path
  for (const [name, value] of Object.entries(fields)) {
    // Of an input a browser takes the line breaks away.
    const field = document.createElement('textarea')
    field.name = name
    field.value = value
    form.append(field)
  }
  document.body.append(form)
  // Not `form.submit`: a field of that name would stand in its place.
  HTMLFormElement.prototype.submit.call(form)
}
