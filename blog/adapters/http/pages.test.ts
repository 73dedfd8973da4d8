import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeptMail } from '../../ports.ts'
import { aBlog, aMail, anId, aToken, summer } from './testing.ts'

const text = async (answer: Response, status = 200): Promise<string> => {
  assert.equal(answer.status, status)
  assert.match(answer.headers.get('Content-Type') ?? '', /^text\/html; charset=UTF-8/)
  return answer.text()
}
const attributes = (page: string, name: string): readonly string[] =>
  [...page.matchAll(new RegExp(`[ <]${name}="([^"]*)"`, 'g'))].map(([, value]) => value as string)
const hidden = (page: string): string => attributes(page, 'name="key" value').join()

test('the home page shows the newest posts and their topics, and watches all', async () => {
  const { send, ask } = aBlog()
  await send('POST', '/api/posts', summer)
  await send('POST', '/api/posts', { ...summer, topic: 'a/b & "c"' })
  const page = await text(await ask('/'))
  assert.deepEqual(attributes(page, 'article data-post-id').slice(0, 2), [anId(2), anId(1)])
  assert.match(page, /data-watch-all/)
  assert.deepEqual(attributes(page, 'data-watch-topic'), [])
  assert.match(page, />a\/b &amp; &quot;c&quot;<\/a><\/li>/)
  assert.deepEqual(attributes(page, 'data-cursor'), ['cursor-2'])
  assert.ok(attributes(page, 'href').includes('/topics/a%2Fb%20%26%20%22c%22'))
  assert.match(page, /<script type="module" src="\/live.js">/)
})

test('the page of a topic shows its posts alone, and pages on', async () => {
  const { put, ask } = aBlog()
  const topic = 'a/b 100%'
  for (let n = 1; n <= 45; n++)
    put({
      post: {
        id: anId(n),
        createdAt: '2026-01-02T03:04:05.678Z',
        ...summer,
        topic: n % 2 ? topic : 'b',
      },
      revision: 1,
      version: 1,
    })
  const path = `/topics/${encodeURIComponent(topic)}`
  const first = await text(await ask(path))
  assert.deepEqual(attributes(first, 'data-watch-topic'), [topic])
  assert.match(first, /data-newest/)
  const [older] = attributes(first, 'rel="next" data-older href')
  assert.equal(older, `?cursor=${anId(7)}`)
  const second = await text(await ask(`${path}${older}&utm_source=mail`))
  const ids = [
    ...attributes(first, 'article data-post-id'),
    ...attributes(second, 'article data-post-id'),
  ]
  assert.deepEqual(
    ids.filter((id) => id !== ''),
    [...Array(23).keys()].map((n) => anId(45 - 2 * n)),
  )
  assert.doesNotMatch(second, /data-newest/)
  assert.match(second, /data-older href="\?" hidden/)
  assert.match(first, /<a href="\/subscribe\?topic=a%2Fb%20100%25">/)
})

test('the page of a topic without posts says so, and one that no topic can have is not found', async () => {
  const { ask } = aBlog()
  assert.match(await text(await ask('/topics/winter')), /There are no posts yet/)
  for (const topic of ['%20a', 'a%00b', 'x'.repeat(101)])
    await text(await ask(`/topics/${topic}`), 404)
  await text(await ask('/topics/winter?cursor=zzz'), 400)
})

test('the page of a post shows all of it, with the names that were recognised, one an element', async () => {
  const { put, ask } = aBlog()
  const body = '*Joe*\nis going\n\nto Spain <script>'
  const entities = { locations: ['Spain', 'Peru'], persons: ['Joe'], organizations: [] }
  const post = { id: anId(1), createdAt: '2026-01-02T03:04:05.678Z', ...summer, body, entities }
  put({ post, revision: 1, version: 1 })
  const page = await text(await ask(`/posts/${anId(1)}`))
  assert.deepEqual(attributes(page, 'data-watch-post'), [anId(1)])
  assert.deepEqual(attributes(page, 'data-cursor'), ['cursor-1'])
  assert.match(page, /<p><em>Joe<\/em>\nis going<\/p>\n<p>to Spain &lt;script&gt;<\/p>/)
  const places = ['Spain', 'Peru'].map(
    (name) => `<dd data-entity="location"><a href="/mentions/${name}">${name}</a></dd>`,
  )
  assert.ok(page.includes(places.join('')))
  assert.match(page, /<dd data-entity="person"><a href="\/mentions\/Joe">Joe<\/a><\/dd>/)
  assert.doesNotMatch(page, /Organisations/)
  assert.match(page, /<time [^>]*datetime="2026-01-02T03:04:05.678Z">2 January 2026 at 03:04 UTC</)
})

test('whatever an author writes is text on every page', async () => {
  const { send, ask } = aBlog()
  const hostile = `"><img src=x onerror=alert(1)>'</article>\${1}`
  const draft = { author: hostile, title: hostile, topic: hostile, body: hostile }
  await send('POST', '/api/posts', draft)
  const topic = encodeURIComponent(hostile)
  const paths = ['/', `/posts/${anId(1)}`, `/topics/${topic}`, `/subscribe?topic=${topic}`]
  for (const path of paths) assert.doesNotMatch(await text(await ask(path)), /<img|'<\/article>/)
})

test('what is not there is a page that says so', async () => {
  const { ask, sendForm } = aBlog()
  const paths = ['/nothing', `/posts/${anId(9)}`, '/posts/x', '/mailbox', '/mailbox/x', '/posts/']
  for (const path of paths) assert.match(await text(await ask(path), 404), /<h1>Not Found<\/h1>/)
  const wrong = await sendForm(`/posts/${anId(9)}`, {})
  assert.equal(wrong.headers.get('Allow'), 'GET, HEAD')
  assert.match(await text(wrong, 405), /<h1>Method Not Allowed<\/h1>/)
})

test('a form that was filled in makes a post and leads to it', async () => {
  const { sendForm, ask, posts } = aBlog()
  const form = await text(await ask('/write'))
  assert.match(form, /<form method="post" action="\/write">/)
  assert.doesNotMatch(form, /name="token"|live\.js/)
  const draft = { ...summer, body: 'one\r\n\r\ntwo', key: hidden(form) }
  const answer = await sendForm('/write', draft)
  assert.equal(answer.status, 303)
  assert.equal(answer.headers.get('Location'), `/posts/${anId(1)}`)
  assert.equal(posts.get(anId(1))?.post.body, 'one\n\ntwo')
})

test('a form that is sent twice makes one post, unless something else was written in between', async () => {
  const { sendForm, ask, posts } = aBlog()
  const draft = { ...summer, key: hidden(await text(await ask('/write'))) }
  await sendForm('/write', draft)
  const again = await sendForm('/write', draft)
  assert.equal(again.headers.get('Location'), `/posts/${anId(1)}`)
  const other = await text(await sendForm('/write', { ...draft, title: 'Other' }), 422)
  assert.match(other, /sent before, with other words/)
  assert.deepEqual(attributes(other, 'value').slice(1, 3), [summer.author, 'Other'])
  assert.equal(posts.size, 1)
  const third = await sendForm('/write', { ...draft, title: 'Other', key: hidden(other) })
  assert.equal(third.headers.get('Location'), `/posts/${anId(2)}`)
})

test('a form with faults says beside each field what is wrong, and keeps what was written', async () => {
  const { sendForm, calls } = aBlog()
  const body = '\n first line, then <b>'
  const page = await text(
    await sendForm('/write', { ...summer, author: ' ', body, title: '' }),
    400,
  )
  assert.match(page, /aria-describedby="author-fault">/)
  assert.match(page, /id="author-fault">Author must not be empty\.</)
  assert.match(page, /id="title-fault">Title must not be empty\.</)
  assert.doesNotMatch(page, /id="topic-fault"|id="body-fault"/)
  assert.ok(
    page.includes('<textarea rows="12"') &&
      page.includes('>\n\n first line, then &lt;b&gt;</textarea>'),
  )
  assert.match(page, /value="summer"/)
  await text(await sendForm('/write', { title: 'Only' }), 400)
  assert.deepEqual(calls, [])
})

test('a form is read as forms are sent, and no further than 512 KiB', async () => {
  const { sendForm, send, ask, calls } = aBlog()
  await text(await sendForm('/write', { ...summer, body: 'x'.repeat(600_000) }), 413)
  await text(await send('POST', '/write', summer), 415)
  await text(await ask('/write', { method: 'POST' }), 415)
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  for (const body of ['', 'title=%ff', 'title=100%'])
    await text(await ask('/write', { method: 'POST', body, headers }), 400)
  assert.deepEqual(calls, [])
})

test('the longest post is taken in whatever script, from a form and as JSON', async () => {
  const { sendForm, send, posts } = aBlog()
  const longest = { author: '詩'.repeat(100), title: '詩'.repeat(200), topic: '詩'.repeat(100) }
  const body = '詩'.repeat(50_000)
  assert.equal((await sendForm('/write', { ...longest, body })).status, 303)
  const escaped = JSON.stringify({ ...longest, body }).replaceAll('詩', '\\u8a69')
  assert.equal((await send('POST', '/api/posts', escaped)).status, 201)
  assert.deepEqual(
    [...posts.values()].map(({ post }) => post.body === body),
    [true, true],
  )
})

test('where writing needs a token, the form asks for it and never shows it again', async () => {
  const { sendForm, ask, posts } = aBlog({ authorToken: 's3cret' })
  assert.match(await text(await ask('/write')), /type="password" value="" id="token"/)
  const page = await text(await sendForm('/write', { ...summer, token: 'a guess' }), 401)
  assert.match(page, /id="token-fault">Author token is not the author’s\.</)
  assert.doesNotMatch(page, /a guess/)
  assert.equal(posts.size, 0)
  assert.equal((await sendForm('/write', { ...summer, token: 's3cret' })).status, 303)
})

test('a reader subscribes by form, and is sent to the mailbox', async () => {
  const { sendForm, ask, calls } = aBlog()
  const topic = 'a & b'
  const form = await text(await ask(`/subscribe?topic=${encodeURIComponent(topic)}`))
  assert.match(form, /value="a &amp; b" id="topic"/)
  const bad = await text(await sendForm('/subscribe', { email: 'reader@', topic }), 400)
  assert.match(bad, /id="email-fault">E-mail address must be an e-mail address\.</)
  assert.match(bad, /value="reader@"/)
  assert.deepEqual(calls, [])

  const answer = await sendForm('/subscribe', { email: 'reader@example.org', topic })
  assert.equal(answer.status, 303)
  assert.match(
    await text(await ask(answer.headers.get('Location') ?? '')),
    /Look into your mailbox/,
  )
  assert.deepEqual(calls, [
    { on: 'POST /api/subscriptions', input: { email: 'reader@example.org', topic } },
  ])
})

test('a confirm link confirms, and an old one says what to do', async () => {
  const { ask, calls } = aBlog()
  for (const _ of [1, 2]) {
    const answer = await ask(`/subscriptions/confirm/${aToken}`)
    assert.equal(answer.headers.get('Cache-Control'), 'no-store')
    assert.match(await text(answer), /<h1>Confirmed.*\s.*>summer</)
  }
  const old = await text(await ask(`/subscriptions/confirm/${aToken.toLowerCase()}`), 410)
  assert.match(old, /<a href="\/subscribe">Subscribe again<\/a>/)
  assert.equal(calls.length, 3)
  await text(await ask('/subscriptions/confirm/a%00b'), 410)
  assert.equal(calls.length, 3, 'what cannot be a token is looked up nowhere')
})

test('asking for a confirm link with HEAD confirms nothing', async () => {
  const { ask, calls } = aBlog()
  for (const token of [aToken, aToken.toLowerCase()]) {
    const answer = await ask(`/subscriptions/confirm/${token}`, { method: 'HEAD' })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('Cache-Control'), 'no-store')
    assert.match(answer.headers.get('Content-Type') ?? '', /^text\/html/)
  }
  assert.deepEqual(calls, [])
})

test('opening an unsubscribe link ends nothing, its button does', async () => {
  const { ask, sendForm, calls } = aBlog()
  const path = `/subscriptions/unsubscribe/${aToken}`
  const page = await text(await ask(path))
  await ask(path, { method: 'HEAD' })
  assert.deepEqual(calls, [])
  assert.match(page, new RegExp(`<form method="post" action="${path}">`))
  await text(await sendForm(path, { 'List-Unsubscribe': 'One-Click' }))
  await text(await ask(path, { method: 'POST' }))
  assert.deepEqual(
    calls,
    [1, 2].map(() => ({ on: 'POST /subscriptions/unsubscribe/{token}', input: { token: aToken } })),
  )
})

test('without a mail server the mailbox shows what would have been sent', async () => {
  const mails = [
    {
      ...aMail,
      text: `Open http://blog.example/subscriptions/confirm/${aToken}.\nNot https://evil.example/ <b>`,
      headers: { 'List-Unsubscribe': '<http://blog.example/u>' },
    },
  ]
  const { ask } = aBlog({
    mailbox: {
      list: async (limit) => mails.slice(0, limit),
      find: async (id) => mails.find(({ messageId }) => messageId === id) ?? null,
    },
  })
  assert.match(await text(await ask('/')), /<a href="\/mailbox">/)
  assert.match(await text(await ask('/subscribe/requested')), /<a href="\/mailbox">/)
  const list = await text(await ask('/mailbox'))
  assert.match(list, /<a href="\/mailbox\/a\.b%40blog\.example">Please confirm<\/a>/)
  const answer = await ask('/mailbox/a.b%40blog.example')
  assert.equal(answer.headers.get('Cache-Control'), 'no-store')
  const mail = await text(answer)
  assert.match(mail, /List-Unsubscribe<\/th><td>&lt;http:\/\/blog\.example\/u&gt;/)
  assert.match(mail, /Message-ID<\/th><td>&lt;a\.b@blog\.example&gt;/)
  const link = `http://blog.example/subscriptions/confirm/${aToken}`
  assert.ok(
    mail.includes(`Open <a href="${link}">${link}</a>.\nNot https://evil.example/ &lt;b&gt;`),
  )
  await text(await ask('/mailbox/none@blog.example'), 404)
})

test('nothing in the HTML of a kept mail can act, and only its own page shows it inside of itself', async () => {
  const evil = '<script>alert(1)</script><form action="https://evil.example"></form>'
  const mails: readonly KeptMail[] = [
    { ...aMail, html: `<!doctype html><html><head></head><body>${evil}</body></html>` },
    { ...aMail, messageId: 'old@blog.example', html: null },
  ]
  const { ask } = aBlog({
    mailbox: {
      list: async () => mails,
      find: async (id) => mails.find(({ messageId }) => messageId === id) ?? null,
    },
  })
  const policyOf = ({ headers }: Response) =>
    headers.get('Content-Security-Policy')?.split('; ') ?? []
  const path = '/mailbox/a.b%40blog.example'
  const [home, around] = [await ask('/'), await ask(path)]
  const page = await text(around)
  assert.doesNotMatch(page, /alert/)
  const [frame = ''] = /<iframe[^>]*>/.exec(page) ?? []
  assert.match(frame, / sandbox="allow-popups allow-popups-to-escape-sandbox" /)
  assert.ok(frame.includes(` src="${path}/html" `) && / title="[^"]+"/.test(frame), frame)
  assert.deepEqual(
    policyOf(around).filter((each) => !policyOf(home).includes(each)),
    ["frame-src 'self'"],
  )

  const inner = await ask(`${path}/html`)
  assert.equal(inner.status, 200)
  assert.equal(inner.headers.get('Cache-Control'), 'no-store')
  assert.equal(inner.headers.get('X-Frame-Options'), 'SAMEORIGIN')
  assert.deepEqual(policyOf(inner).sort(), [
    ...["base-uri 'none'", "default-src 'none'", "form-action 'none'", "frame-ancestors 'self'"],
    ...['sandbox allow-popups allow-popups-to-escape-sandbox', "style-src 'unsafe-inline'"],
  ])
  assert.match(await inner.text(), /<base target="_blank">/)

  assert.doesNotMatch(await text(await ask('/mailbox/old%40blog.example')), /iframe/)
  for (const none of ['old', 'none'])
    await text(await ask(`/mailbox/${none}%40blog.example/html`), 404)
})

test('script and style are sent once and then known by their tag', async () => {
  const { ask } = aBlog()
  for (const [path, type] of [
    ['/live.js', 'text/javascript; charset=utf-8'],
    ['/style.css', 'text/css; charset=utf-8'],
  ] as const) {
    const first = await ask(path)
    assert.equal(first.headers.get('Content-Type'), type)
    assert.ok((await first.text()).length > 1_000)
    const ETag = first.headers.get('ETag') ?? ''
    const again = await ask(path, { headers: { 'If-None-Match': ETag } })
    assert.deepEqual([again.status, await again.text()], [304, ''])
    assert.equal((await ask(path, { headers: { 'If-None-Match': '"old"' } })).status, 200)
  }
})

test('a page watches where it stands, or where it is told to, and may connect there alone', async () => {
  const own = await aBlog().ask('/')
  assert.match(await text(own), /<html lang="en" data-live="off">/)
  assert.match(own.headers.get('Content-Security-Policy') ?? '', /connect-src 'self';/)
  const webSocketUrl = 'wss://live.blog.example/stage?a=1&b'
  const other = await aBlog({ webSocketUrl }).ask('/')
  assert.match(await text(other), / data-live-url="wss:\/\/live\.blog\.example\/stage\?a=1&amp;b">/)
  const policy = other.headers.get('Content-Security-Policy') ?? ''
  assert.match(policy, /; connect-src 'self' wss:\/\/live\.blog\.example;/)
})
