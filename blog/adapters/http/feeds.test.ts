import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aBlog, anId, summer } from './testing.ts'

const createdAt = '2026-01-02T03:04:05.678Z'
const site = 'https://blog.example'
function aFullBlog(count: number) {
  const blog = aBlog({ publicUrl: `${site}/` })
  for (let n = 1; n <= count; n++)
    blog.put({ post: { id: anId(n), createdAt, ...summer }, revision: 1, version: 1 })
  return blog
}
const all = (text: string, expression: RegExp): readonly string[] =>
  [...text.matchAll(expression)].map(([, found]) => found as string)

test('both feeds have the newest posts, under their permalinks and as HTML', async () => {
  const { ask, put } = aFullBlog(25)
  const body = '*Joe* is in [Spain](/topics/x) & <b>Peru</b>\u{1}'
  put({
    post: { id: anId(30), createdAt, ...summer, title: 'A <b> & "c" \u{b}', body },
    revision: 1,
    version: 1,
  })
  const ids = [30, ...Array(19).keys()].map((n) => `${site}/posts/${anId(n === 30 ? 30 : 25 - n)}`)
  const content =
    '&lt;p&gt;&lt;em&gt;Joe&lt;/em&gt; is in &lt;a href=&quot;https://blog.example/topics/x&quot;&gt;Spain&lt;/a&gt; &amp;amp; &amp;lt;b&amp;gt;Peru'
  for (const [path, type, guid] of [
    ['/feed.atom', 'application/atom+xml', /<entry>\s<title>[^<]*<\/title>\s<id>([^<]*)<\/id>/g],
    ['/feed.rss', 'application/rss+xml', /<guid isPermaLink="true">([^<]*)<\/guid>/g],
  ] as const) {
    const answer = await ask(path)
    assert.equal(answer.headers.get('Content-Type'), `${type}; charset=utf-8`)
    const feed = await answer.text()
    assert.deepEqual(all(feed, guid), ids)
    assert.ok(feed.includes('<title>A &lt;b&gt; &amp; &quot;c&quot; </title>'))
    assert.ok(feed.includes(content), feed)
    assert.ok(feed.includes(`rel="self" type="${type}" href="${site}${path}"`))
    for (const control of ['\u{1}', '\u{b}']) assert.ok(!feed.includes(control))
  }
})

test('a feed is sent again when something is new in it', async () => {
  const { ask, send } = aFullBlog(1)
  for (const path of ['/feed.atom', '/topics/summer/feed.rss', '/sitemap.xml']) {
    const tag = (await ask(path)).headers.get('ETag') ?? ''
    const again = await ask(path, { headers: { 'If-None-Match': tag } })
    assert.deepEqual([again.status, await again.text()], [304, ''])
    if (path === '/sitemap.xml') continue
    await send('POST', '/api/posts', { ...summer, title: path })
    assert.equal((await ask(path, { headers: { 'If-None-Match': tag } })).status, 200)
  }
})

test('the feed of a topic has its posts alone, and one that no topic can have is not found', async () => {
  const { ask, put } = aFullBlog(1)
  put({ post: { id: anId(2), createdAt, ...summer, topic: 'a/b & c' }, revision: 1, version: 1 })
  const path = '/topics/a%2Fb%20%26%20c/feed.atom'
  const feed = await (await ask(path)).text()
  assert.deepEqual(all(feed, /<category term="([^"]*)"/g), ['a/b &amp; c'])
  assert.deepEqual(all(feed, /<updated>([^<]*)/g), [createdAt, createdAt])
  assert.ok(feed.includes(`<link rel="self" type="application/atom+xml" href="${site}${path}"/>`))
  assert.equal((await ask('/topics/%20a/feed.rss')).status, 404)
  const none = await (await ask('/topics/winter/feed.atom')).text()
  assert.deepEqual(all(none, /<updated>([^<]*)/g), ['1970-01-01T00:00:00.000Z'])
})

test('the sitemap has every page for everybody, and the robots are told where it is', async () => {
  const { ask } = aFullBlog(250)
  const map = await (await ask('/sitemap.xml')).text()
  const pages = [`${site}/`, `${site}/topics/summer`]
  const posts = [...Array(250).keys()].map((n) => `${site}/posts/${anId(250 - n)}`)
  assert.deepEqual(all(map, /<loc>([^<]*)/g), [...pages, ...posts])
  assert.equal((await ask('/sitemap.xml?cursor=x')).status, 400)
  assert.match(
    await (await ask('/robots.txt')).text(),
    /^Sitemap: https:\/\/blog\.example\/sitemap\.xml$/m,
  )
})

test('a sitemap of too many posts is a list of sitemaps, which hold each post once', async () => {
  const { ask } = aFullBlog(10_001)
  const index = await (await ask('/sitemap.xml')).text()
  const files = all(index, /<sitemap><loc>([^<]*)/g)
  assert.deepEqual(files, [
    `${site}/sitemap.xml?cursor=newest`,
    `${site}/sitemap.xml?cursor=${anId(2)}`,
  ])
  const posts = []
  for (const file of files)
    posts.push(
      ...all(await (await ask(file.slice(site.length))).text(), /<loc>[^<]*\/posts\/([^<]*)/g),
    )
  assert.equal(posts.length, 10_001)
  assert.equal(new Set(posts).size, 10_001)
})

test('a page says what it is to search engines and other sites, unless it is for its reader alone', async () => {
  const { ask, put } = aFullBlog(45)
  put({
    post: { id: anId(1), createdAt, ...summer, title: '"A" & b', body: '# *One* "two"' },
    revision: 1,
    version: 1,
  })
  const post = await (await ask(`/posts/${anId(1)}`)).text()
  for (const said of [
    `<link rel="canonical" href="${site}/posts/${anId(1)}">`,
    '<meta property="og:title" content="&quot;A&quot; &amp; b">',
    '<meta name="description" content="One &quot;two&quot;.">',
    '<meta property="og:type" content="article">',
    `<meta property="article:published_time" content="${createdAt}">`,
    'title="summer (Atom)" href="/topics/summer/feed.atom"',
  ])
    assert.ok(post.includes(said), said)
  for (const path of ['/', '/topics/summer', '/mentions/Spain'])
    assert.ok((await (await ask(path)).text()).includes(`rel="canonical" href="${site}${path}"`))
  const own = ['/search?q=joe', '/write', '/subscribe', '/nothing', `/?cursor=${anId(30)}`]
  for (const path of own) {
    const page = await (await ask(path)).text()
    assert.match(page, /<meta name="robots" content="noindex">/)
    assert.doesNotMatch(page, /canonical|og:/)
  }
})
