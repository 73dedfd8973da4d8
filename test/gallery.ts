/**
 * Every page of a blog with something on it, for those who look at all of them: the tests of how they are
 * made, and `npm run screenshots`. One embedded blog with posts, mails, and an author who has signed in.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Post } from '../blog/post.ts'
import { blogProcess } from './blog-process.ts'
import { drafts, unfinished } from './gallery-posts.ts'
import { type Answer, call } from './http.ts'
import { isChange, openWatch } from './socket.ts'

const authorToken = 'the-token-of-the-gallery'
const author = 'ann@example.org'

export interface Picture {
  readonly name: string
  /** Leads an open browser page to it, and answers what the server said. */
  readonly open: (page: Page) => Promise<number>
  /** Of whom it is: a browser that has signed in, or one of a reader. */
  readonly as: 'author' | 'reader'
}

export interface Gallery {
  readonly url: string
  readonly posts: readonly Post[]
  readonly pictures: readonly Picture[]
  context(
    as: Picture['as'],
    options?: Parameters<Browser['newContext']>[0],
  ): Promise<BrowserContext>
  close(): Promise<void>
}

export async function openGallery(browser: Browser): Promise<Gallery> {
  const dataDir = await mkdtemp(join(tmpdir(), 'busbar-gallery-'))
  const blog = await blogProcess('embedded.ts', {
    ...{ PORT: '0', DATA_DIR: dataDir, AUTHORS: author, AUTHOR_TOKEN: authorToken },
  })
  const { url } = blog
  const close = async () => {
    await blog.kill()
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    const posts = await fill(url)
    const gone = posts[0] as Post
    const ifMatch = { ...bearer, 'if-match': '*' }
    expect(204, await call(`${url}/api/posts/${gone.id}`, { method: 'DELETE', headers: ifMatch }))
    const context = await browser.newContext()
    await signIn(await context.newPage(), blog.output(), url)
    const storageState = await context.storageState()
    await context.close()
    return {
      url,
      posts: posts.slice(1),
      pictures: pictures(url, posts),
      context: (as, options) =>
        browser.newContext({ ...options, ...(as === 'author' && { storageState }) }),
      close,
    }
  } catch (error) {
    process.stderr.write(`The blog printed:\n${blog.output()}`)
    await close()
    throw error
  }
}

const bearer = { authorization: `Bearer ${authorToken}` }

/** The oldest first, their names recognised. */
async function fill(url: string): Promise<readonly Post[]> {
  const posts: Post[] = []
  const topics = [...new Set(drafts.map(({ topic }) => topic))]
  const socketUrl = `${url.replace('http', 'ws')}/ws`
  const watches = await Promise.all(topics.map((topic) => openWatch(socketUrl, { topic })))
  for (const draft of drafts) {
    const answer = await call(`${url}/api/posts`, { method: 'POST', headers: bearer, json: draft })
    posts.push(expect(201, answer).json<Post>())
  }
  for (const post of posts)
    await watches[topics.indexOf(post.topic)]?.wait(
      (frame) => isChange(frame) && frame.post.id === post.id && !!frame.post.entities,
      `the names in “${post.title}”`,
      20_000,
    )
  for (const watch of watches) await watch.close()
  const subscription = { email: 'reader@example.org', topic: topics[0] }
  expect(202, await call(`${url}/api/subscriptions`, { method: 'POST', json: subscription }))
  for (const json of unfinished)
    expect(201, await call(`${url}/api/drafts`, { method: 'POST', headers: bearer, json }))
  return posts
}

async function signIn(page: Page, output: string, url: string): Promise<void> {
  const link = new RegExp(`${url}/sign-in/[\\w.%-]+`).exec(output)?.[0]
  if (link === undefined) throw new Error(`The start printed no link:\n${output}`)
  await page.goto(link)
  await page.locator('main form button').click()
  await page.locator('a[href="/account"]').waitFor()
}

function pictures(url: string, posts: readonly Post[]): readonly Picture[] {
  const at = (name: string, path: string, as: Picture['as'] = 'reader'): Picture => ({
    ...{ name, as },
    open: async (page) => (await page.goto(`${url}${path}`))?.status() ?? 0,
  })
  /** A form that is sent from a page, or a link that is followed. */
  const by = (from: Picture, name: string, act: (page: Page) => Promise<void>): Picture => ({
    ...{ name, as: from.as },
    async open(page) {
      await from.open(page)
      const [answer] = await Promise.all([
        page.waitForResponse(
          (response) =>
            response.request().isNavigationRequest() && response.frame() === page.mainFrame(),
        ),
        act(page),
      ])
      await page.waitForLoadState()
      return answer.status()
    },
  })
  const submit = (page: Page) => page.locator('main form button').first().click()
  const unchecked = (page: Page) =>
    page
      .locator('main form')
      .first()
      .evaluate((form: HTMLFormElement) => {
        form.noValidate = true
      })
  const [gone, ...rest] = posts
  const rich = rest.find(({ body }) => body.includes('```')) as Post

  const subscribe = at('subscribe', '/subscribe?topic=travel')
  const write = at('write', '/write', 'author')
  const edit = at('edit', `/posts/${rich.id}/edit`, 'author')
  const mailbox = at('mailbox', '/mailbox', 'author')
  const mail = by(mailbox, 'mail', (page) => page.locator('main li a').first().click())
  return [
    at('home', '/'),
    at('older', `/?cursor=${rest[3]?.id}`),
    at('topic', '/topics/travel'),
    at('topic-empty', '/topics/nothing'),
    at('post', `/posts/${rich.id}`),
    at('post-deleted', `/posts/${gone?.id}`),
    at('not-found', '/nothing'),
    at('search', '/search'),
    at('search-found', '/search?q=spain'),
    at('search-none', '/search?q=nowhere%20at%20all'),
    at('mention', '/mentions/Spain'),
    subscribe,
    by(subscribe, 'subscribe-faults', async (page) => {
      await page.locator('[name=email]').fill('nobody@')
      await unchecked(page)
      await submit(page)
    }),
    at('subscribe-webhook', '/subscribe/webhook?topic=travel'),
    at('preferences-lost', '/subscriptions/preferences'),
    at('preferences-erased', '/subscriptions/preferences/erased'),
    by(mail, 'preferences', (page) =>
      page.locator('main a[href*="/subscriptions/preferences/"]').first().click(),
    ),
    at('subscribe-requested', '/subscribe/requested'),
    at('unsubscribe', '/subscriptions/unsubscribe/aB3-_x7QaB3-_x7QaB3-_w'),
    at('confirm-expired', '/subscriptions/confirm/aB3-_x7QaB3-_x7QaB3-_w'),
    at('sign-in', '/sign-in'),
    at('sign-in-link', '/sign-in/x.y'),
    write,
    by(write, 'write-faults', async (page) => {
      await unchecked(page)
      await submit(page)
    }),
    by(write, 'preview', async (page) => {
      await page.locator('[name=title]').fill('A draft')
      await page.locator('[name=topic]').fill('travel')
      await page.locator('[name=body]').fill(rich.body)
      await page.locator('button[value=preview]').click()
    }),
    by(write, 'draft', async (page) => {
      for (const name of ['title', 'author', 'topic', 'body'])
        await page.locator(`[name=${name}]`).fill(`A ${name}`)
      await page.locator('[name=publishAt]').fill('2036-01-31T08:00')
      await Promise.all([
        page.waitForURL('**/drafts/*'),
        page.locator('button[value=schedule]').click(),
      ])
    }),
    at('drafts', '/drafts', 'author'),
    at('post-author', `/posts/${rich.id}`, 'author'),
    at('progress', `/posts/${rich.id}/progress`, 'author'),
    edit,
    by(edit, 'edit-conflict', async (page) => {
      await page.locator('[name=title]').fill('Another title')
      await page.locator('[name=body]').fill(`${rich.body}\n\nAnd what came afterwards.`)
      await page
        .locator('[name=revision]')
        .evaluate((input: HTMLInputElement) => input.setAttribute('value', '0'))
      await submit(page)
    }),
    at('delete', `/posts/${rich.id}/delete`, 'author'),
    at('account', '/account', 'author'),
    by(at('account', '/account', 'author'), 'account-token', async (page) => {
      await page.locator('[name=name]').fill('The deploy script')
      await page.locator('main form[action="/account/tokens"] button').click()
    }),
    mailbox,
    mail,
    by(mail, 'confirmed', (page) => page.locator('pre a').first().click()),
    by(mail, 'preferences', (page) => page.locator('pre a').last().click()),
  ]
}

function expect(status: number, answer: Answer): Answer {
  if (answer.status !== status) throw new Error(`Answered ${answer.status}: ${answer.text}`)
  return answer
}
