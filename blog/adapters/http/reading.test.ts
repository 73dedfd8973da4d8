import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aBlog, anId, summer } from './testing.ts'

const createdAt = '2026-01-02T03:04:05.678Z'
const entities = { locations: ['Spain', 'São Tomé & "x"/y'], persons: ['Joe'], organizations: [] }
function aBlogOf(count: number) {
  const blog = aBlog()
  for (let n = 1; n <= count; n++)
    blog.put({ post: { id: anId(n), createdAt, ...summer, entities }, revision: 1, version: 1 })
  return blog
}
const text = async (answer: Response, status = 200): Promise<string> => {
  assert.equal(answer.status, status)
  return answer.text()
}
const shown = (page: string): readonly string[] =>
  [...page.matchAll(/<article data-post-id="([^"]+)"/g)].map(([, id]) => id as string)
const older = (page: string): string =>
  (/rel="next" data-older href="([^"]*)"/.exec(page)?.[1] ?? '').replaceAll('&amp;', '&')

test('a name leads to all posts that mention it, page by page', async () => {
  const { ask } = aBlogOf(25)
  const [link] = /\/mentions\/S%[^"]*/.exec(await text(await ask(`/posts/${anId(1)}`))) ?? []
  const first = await text(await ask(link as string))
  assert.match(first, /<h1>Posts that mention São Tomé &amp; &quot;x&quot;\/y<\/h1>/)
  const second = await text(await ask(`${link}${older(first)}`))
  assert.deepEqual(
    [...shown(first), ...shown(second)],
    [...Array(25).keys()].map((n) => anId(25 - n)),
  )
  assert.match(await text(await ask('/mentions/Nowhere')), /No post mentions Nowhere\./)
  await text(await ask('/mentions/%20a'), 404)
})

test('a search keeps its words, also on the way to older posts', async () => {
  const { ask, put } = aBlogOf(21)
  put({ post: { id: anId(99), createdAt, ...summer, body: 'of Ann' }, revision: 1, version: 1 })
  const first = await text(await ask('/search?q=joe%20%26%20spain'))
  assert.match(first, /id="q" name="q" value="joe &amp; spain"/)
  assert.equal(shown(first).length, 20)
  assert.deepEqual(shown(await text(await ask(`/search${older(first)}`))), [anId(1)])
  assert.match(await text(await ask('/search?q=nowhere')), /No post holds all of these words/)
})

test('a search for nothing is a form, whatever is asked', async () => {
  const { ask, calls } = aBlogOf(1)
  for (const path of [
    '/search',
    '/search?q=',
    '/search?q=%20',
    '/search?q=%00',
    `/search?q=${'x'.repeat(201)}`,
  ])
    assert.deepEqual(shown(await text(await ask(path))), [])
  assert.deepEqual(calls, [])
  const hostile = '"><script>alert(1)</script>'
  const page = await text(await ask(`/search?q=${encodeURIComponent(hostile)}`))
  assert.doesNotMatch(page, /<script>/)
})

test('a page that has none of the found posts is not called the last while there are older ones', async () => {
  const { ask } = aBlog({ call: async () => ({ posts: [], cursor: anId(7) }) })
  const page = await text(await ask('/search?q=joe'))
  assert.match(page, /there are older posts to be searched/)
  assert.equal(older(page), `?q=joe&cursor=${anId(7)}`)
  assert.doesNotMatch(page, /data-older [^>]*hidden/)
})

test('the page of a deleted post says that it is gone, and the API that it is not there', async () => {
  const { ask } = aBlogOf(1)
  const path = `/api/posts/${anId(1)}`
  assert.equal((await ask(path, { method: 'DELETE', headers: { 'If-Match': '*' } })).status, 204)
  assert.match(await text(await ask(`/posts/${anId(1)}`), 410), /This post was deleted/)
  await text(await ask(path), 404)
  await text(await ask(`/posts/${anId(2)}`), 404)
})

test('the address of a post is the same after its title was edited', async () => {
  const { ask, send } = aBlogOf(1)
  await send('PATCH', `/api/posts/${anId(1)}`, { title: 'Another' }, { 'If-Match': '*' })
  assert.match(await text(await ask(`/posts/${anId(1)}`)), /<h1 data-field="title">Another<\/h1>/)
})
