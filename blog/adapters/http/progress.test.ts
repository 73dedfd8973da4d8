import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Note } from '../../progress.ts'
import { aBlog, anId, summer } from './testing.ts'

const at = '2026-01-02T03:04:06.000Z'
const authorToken = 'the-token-of-these-tests'
const bearer = { Authorization: `Bearer ${authorToken}` }
const api = `/api/posts/${anId(1)}/progress`
const own = `/posts/${anId(1)}/progress`

async function aPublished(given: Parameters<typeof aBlog>[0] = {}) {
  const blog = aBlog(given)
  const post = { id: anId(1), createdAt: '2026-01-02T03:04:05.678Z', ...summer }
  blog.put({ post, revision: 1, version: 1 })
  const note = (fields: Partial<Note>) =>
    blog.progress.note({
      ...{ postId: post.id, step: 'mailed', subscriptionId: '', outcome: 'done', reason: null, at },
      ...fields,
    })
  const announce = (email: number) =>
    blog.progress.announce({ postId: post.id, at, readers: { email, https: 0 } })
  const text = async (path: string, headers: HeadersInit = {}) =>
    (await blog.ask(path, { headers })).text()
  return { ...blog, note, announce, text }
}

test('how far a post is, is told with a tag, and again only when it is further', async () => {
  const { ask, note, announce } = await aPublished()
  await announce(2)
  await note({ subscriptionId: anId(101) })

  const first = await ask(api)
  const tag = first.headers.get('ETag') ?? ''
  const { mailed, isFinished } = (await first.json()) as Record<string, unknown>
  assert.deepEqual(mailed, { of: 2, done: 1, failed: 0, dead: 0, at })
  assert.equal(isFinished, false)

  for (const path of [api, own]) {
    const known = (await ask(path)).headers.get('ETag') ?? ''
    assert.equal((await ask(path, { headers: { 'If-None-Match': known } })).status, 304, path)
  }
  await note({ subscriptionId: anId(102) })
  assert.equal((await ask(api, { headers: { 'If-None-Match': tag } })).status, 200)
})

test('only authors are told', async () => {
  const { ask, text } = await aPublished({ authorToken })
  assert.equal((await ask(api)).status, 401)
  assert.equal((await ask(api, { headers: bearer })).status, 200)
  const led = await ask(own)
  assert.equal(led.status, 303)
  assert.equal(led.headers.get('Location'), `/sign-in?to=${encodeURIComponent(own)}`)
  assert.doesNotMatch(await text(`/posts/${anId(1)}`), /data-progress/)
  assert.match(await text(`/posts/${anId(1)}`, bearer), /data-progress/)
})

test('there is none of what is no post', async () => {
  const { ask } = await aPublished()
  for (const path of [`/api/posts/${anId(2)}/progress`, '/api/posts/x/progress'])
    assert.equal((await ask(path)).status, 404, path)
  for (const path of [`/posts/${anId(2)}/progress`, '/posts/x/progress'])
    assert.equal((await ask(path)).status, 404, path)
})

test('the panel stands on the page for an hour, and longer where something is open', async () => {
  const hour = 3_600_000
  for (const [hours, isDone, isShown] of [
    [0, true, true],
    [0, false, true],
    [2, true, false],
    [2, false, true],
    [26, false, false],
  ] as const) {
    const { access, note, announce, text } = await aPublished()
    if (isDone) {
      await announce(0)
      for (const step of ['recognised', 'pushed'] as const) await note({ step })
    }
    await access.clock.move(hours * hour)
    const page = await text(`/posts/${anId(1)}`)
    assert.equal(page.includes('data-progress'), isShown, `${hours} hours, ${isDone}`)
    assert.match(await text(own), isDone || hours < 24 ? /data-progress/ : /kept for a week/)
  }
})

test('what failed is said without its text being markup, and where to look when it is given up', async () => {
  const failed = { outcome: 'failed', reason: '<b>550</b>' } as const
  const { note, announce, text, access } = await aPublished({
    deadLetters: 'http://127.0.0.1:4010/',
  })
  await announce(3)
  await note({ ...failed, subscriptionId: anId(101) })
  const page = await text(own)
  assert.match(
    page,
    /A mail, once, last at .*: &lt;b&gt;550&lt;\/b&gt;. It will be tried again, until/,
  )
  assert.match(page, /0 of 3, 1 to retry/)
  await access.clock.move(25 * 3_600_000)
  const later = await text(own)
  assert.match(later, /given up: see the <a href="http:\/\/127.0.0.1:4010\/"/)
})
