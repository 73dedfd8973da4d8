import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestSignIn } from '../../handlers/request-sign-in.ts'
import { aBlog, anId, summer } from './testing.ts'

const ann = 'ann@example.org'
const authorToken = 's3cret of sixteen and more'
const own = { 'Sec-Fetch-Site': 'same-origin' }
const days = 86_400_000

type Blog = ReturnType<typeof aBlog>
const signedBlog = (given: Parameters<typeof aBlog>[0] = {}) =>
  aBlog({ authors: [ann], authorToken, ...given })

/** The link that the mail would hold. */
async function linkOf({ access }: Blog, email = ann): Promise<string> {
  const links = await access.credentials.of(email, 'link', access.clock.now())
  const { Detail } = access.credentials.outbox.at(-1) as { readonly Detail: string }
  assert.ok(links.length > 0, 'a link is kept')
  const { id } = JSON.parse(Detail) as { readonly id: string }
  return `/sign-in/${await access.seal.seal('sign-in', id)}`
}

const cookieOf = (answer: Response): string =>
  (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''

/** As the page asks for a link, without the time that it takes for its answer. */
const ask = (blog: Blog, to = '/') => requestSignIn({ email: ann, to }, blog.access)

/** A browser's cookie after a sign-in by link. */
async function signedIn(blog: Blog, to = '/'): Promise<string> {
  await ask(blog, to)
  const answer = await blog.sendForm(await linkOf(blog), {}, own)
  assert.equal(answer.status, 303, await answer.text())
  return cookieOf(answer)
}

async function madeToken(blog: Blog, Cookie: string): Promise<string> {
  const answer = await blog.sendForm('/account/tokens', { name: 'CI' }, { ...own, Cookie })
  return /<code>(bb_[\w-]{22})<\/code>/.exec(await answer.text())?.[1] ?? ''
}

test('the answer to a wish for a link is the same, whoever asks', async () => {
  const blog = signedBlog()
  const answers = []
  for (const email of [ann, 'ann@EXAMPLE.org', 'eve@example.org', 'ANN@example.org'])
    answers.push(await blog.sendForm('/sign-in', { email, to: '/' }, own))

  const told = answers.map(({ status, headers }) => [status, [...headers].sort()])
  for (const each of told) assert.deepEqual(each, told[0])
  assert.equal(answers[0]?.headers.get('Location'), '/sign-in/requested')
  const { credentials, clock } = blog.access
  assert.equal(credentials.outbox.length, 3, 'links are an author’s')
  assert.equal((await credentials.of(ann, 'link', clock.now())).length, 3, 'as AUTHORS has her')
  assert.doesNotMatch(JSON.stringify(blog.access.credentials.outbox), /@/)
})

test('opening a link signs nobody in, pressing its button does, once', async () => {
  const blog = signedBlog()
  await blog.sendForm('/sign-in', { email: ann, to: '/write?x=1' }, own)
  const link = await linkOf(blog)

  const page = await blog.ask(link)
  assert.match(await page.text(), /<form method="post"/)
  for (const answer of [page, await blog.ask(link, { method: 'HEAD' })])
    assert.deepEqual(answer.headers.getSetCookie(), [])

  const answer = await blog.sendForm(link, {}, own)
  assert.equal(answer.headers.get('Location'), '/write?x=1')
  const again = await blog.sendForm(link, {}, own)
  assert.equal(again.status, 410)
  assert.deepEqual(again.headers.getSetCookie(), [])
})

test('a link that has expired, that was made up, or of who is no author any more, is 410', async () => {
  const blog = signedBlog()
  await ask(blog)
  const link = await linkOf(blog)
  await blog.access.clock.move(15 * 60_000)

  const made = `/sign-in/${await blog.access.seal.seal('sign-in', 'an id')}`
  const { Detail } = blog.access.credentials.outbox[0] as { readonly Detail: string }
  const { id } = JSON.parse(Detail) as { readonly id: string }
  const other = `/sign-in/${await blog.access.seal.seal('preview', id)}`
  for (const path of [link, made, other, '/sign-in/x', `/sign-in/${'x'.repeat(3_000)}.y`]) {
    const answer = await blog.sendForm(path, {}, own)
    assert.equal(answer.status, 410, path)
    assert.deepEqual(answer.headers.getSetCookie(), [])
  }

  const without = signedBlog({ authors: ['bob@example.org'] })
  await without.access.credentials.keep(
    {
      ...{ hash: '', kind: 'link', author: ann, name: '', hint: '' },
      ...{ createdAt: '2026-01-02T03:04:05.678Z', expiresAt: null },
    },
    [],
  )
  assert.equal((await without.sendForm(made, {}, own)).status, 410)
})

test('the cookie is for this host, unseen by scripts, and on https by https alone', async () => {
  const http = await signedIn(signedBlog())
  assert.match(http, /^session=[\w-]{22}$/)

  const blog = signedBlog({ publicUrl: 'https://blog.example' })
  await ask(blog)
  const [cookie] = (await blog.sendForm(await linkOf(blog), {}, own)).headers.getSetCookie()
  assert.match(
    cookie ?? '',
    /^__Host-session=[\w-]{22}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure$/,
  )
  const Cookie = (cookie ?? '').split(';')[0] ?? ''
  assert.equal((await blog.ask('/account', { headers: { Cookie } })).status, 200)
  const renamed = Cookie.replace('__Host-', '')
  assert.equal((await blog.ask('/account', { headers: { Cookie: renamed } })).status, 303)
})

test('a session writes by form and by API, for 30 days', async () => {
  const blog = signedBlog()
  const Cookie = await signedIn(blog)
  const headers = { ...own, Cookie }

  const form = { ...summer, key: '' }
  assert.equal((await blog.sendForm('/write', form, headers)).status, 303)
  assert.equal((await blog.send('POST', '/api/posts', summer, headers)).status, 201)
  await blog.access.clock.move(30 * days - 1)
  assert.equal((await blog.send('POST', '/api/posts', summer, headers)).status, 201)
  await blog.access.clock.move(1)
  assert.equal((await blog.send('POST', '/api/posts', summer, headers)).status, 401)
})

test('what a cookie authorises comes from our own pages, and says so', async () => {
  const blog = signedBlog()
  const Cookie = await signedIn(blog)
  const { length } = blog.calls
  const foreign: readonly Record<string, string>[] = [
    {},
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'garbage' },
  ]
  for (const headers of foreign.map((each) => ({ ...each, Cookie }))) {
    const told = JSON.stringify(headers)
    for (const path of ['/write', '/sign-out', '/account/tokens', '/account/tokens/revoke'])
      assert.equal((await blog.sendForm(path, { name: 'x' }, headers)).status, 403, told + path)
    assert.equal((await blog.send('POST', '/api/posts', summer, headers)).status, 403, told)
    const init = { method: 'DELETE', headers: { ...headers, 'If-Match': '*' } }
    assert.equal((await blog.ask(`/api/posts/${anId(1)}`, init)).status, 403, told)
  }
  assert.equal(blog.calls.length, length)

  for (const headers of [{ Origin: 'http://blog.example' }, { 'Sec-Fetch-Site': 'none' }, own])
    assert.equal(
      (await blog.send('POST', '/api/posts', summer, { ...headers, Cookie })).status,
      201,
      JSON.stringify(headers),
    )
})

test('a page of another site cannot sign a browser in as somebody else', async () => {
  const blog = signedBlog()
  await ask(blog)
  const link = await linkOf(blog)
  for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }])
    for (const path of [link, '/sign-in/token'])
      assert.equal((await blog.sendForm(path, { token: authorToken }, headers)).status, 403)
})

test('a session that a browser was given beforehand is not the one that it has afterwards', async () => {
  const blog = signedBlog()
  const planted = 'session=AAAAAAAAAAAAAAAAAAAAAA'
  await blog.sendForm('/sign-in', { email: ann }, { ...own, Cookie: planted })
  const answer = await blog.sendForm(await linkOf(blog), {}, { ...own, Cookie: planted })
  const first = cookieOf(answer)
  assert.notEqual(first, planted)
  assert.equal((await blog.ask('/account', { headers: { Cookie: planted } })).status, 303)

  const again = await blog.sendForm(
    '/sign-in/token',
    { token: authorToken },
    { ...own, Cookie: first },
  )
  assert.notEqual(cookieOf(again), first)
  assert.equal((await blog.ask('/account', { headers: { Cookie: first } })).status, 303)
})

test('nobody gets in by a session or a token that is guessed, cut, or of the other kind', async () => {
  const blog = signedBlog()
  const Cookie = await signedIn(blog)
  const session = Cookie.split('=')[1] ?? ''
  const token = await madeToken(blog, Cookie)
  assert.ok(token)
  const bearers = [
    session,
    `bb_${session}`,
    token.slice(0, -1),
    token.slice(3),
    `${token}x`,
    'bb_',
    'bb_AAAAAAAAAAAAAAAAAAAAAA',
    (await blog.access.credentials.of(ann, 'token', blog.access.clock.now()))[0]?.hash ?? '',
  ]
  for (const bearer of bearers) {
    const headers = { Authorization: `Bearer ${bearer}` }
    assert.equal((await blog.send('POST', '/api/posts', summer, headers)).status, 401, bearer)
  }
  const values = [token, '', session.slice(1), session.toLowerCase(), `${session}A`, `"${session}"`]
  for (const value of values) {
    const headers = { Cookie: `session=${value}`, ...own }
    assert.equal((await blog.send('POST', '/api/posts', summer, headers)).status, 401, value)
    assert.equal((await blog.ask('/account', { headers })).status, 303, value)
  }
  const both = { Cookie, ...own, Authorization: 'Bearer wrong' }
  assert.equal((await blog.send('POST', '/api/posts', summer, both)).status, 401)
})

test('a token writes until it is revoked, is shown once, and opens no account', async () => {
  const blog = signedBlog()
  const Cookie = await signedIn(blog)
  const token = await madeToken(blog, Cookie)
  const headers = { Authorization: `Bearer ${token}` }
  assert.equal((await blog.send('POST', '/api/posts', summer, headers)).status, 201)
  assert.equal((await blog.ask('/account', { headers })).status, 303)
  assert.equal((await blog.sendForm('/account/tokens', { name: 'x' }, headers)).status, 303)

  const page = await (await blog.ask('/account', { headers: { Cookie } })).text()
  assert.ok(!page.includes(token))
  assert.ok(page.includes('CI') && page.includes(`<code>${token.slice(-4)}</code>`), page)
  const hash = /name="hash" value="(\w{64})"/.exec(page)?.[1] ?? ''
  await blog.sendForm('/account/tokens/revoke', { hash }, { ...own, Cookie })

  assert.equal((await blog.send('POST', '/api/posts', summer, headers)).status, 401)
})

test('who is taken from the authors has neither session nor token any more', async () => {
  const before = signedBlog()
  const Cookie = await signedIn(before)
  const Authorization = `Bearer ${await madeToken(before, Cookie)}`
  const { credentials } = before.access

  for (const authors of [['bob@example.org'], []]) {
    const { send, ask } = signedBlog({ authors, credentials })
    for (const headers of [{ Cookie, ...own }, { Authorization }])
      assert.equal((await send('POST', '/api/posts', summer, headers)).status, 401)
    assert.equal((await ask('/account', { headers: { Cookie } })).status, 303)
  }
})

test('the author token may be typed, and what came of it ends when it is another', async () => {
  const blog = signedBlog({ authors: [] })
  for (const token of ['', 'wrong', `${authorToken}x`]) {
    const answer = await blog.sendForm('/sign-in/token', { token, to: '/' }, own)
    assert.equal(answer.status, 401)
    assert.deepEqual(answer.headers.getSetCookie(), [])
  }
  const answer = await blog.sendForm('/sign-in/token', { token: authorToken, to: '/account' }, own)
  assert.equal(answer.headers.get('Location'), '/account')
  const Cookie = cookieOf(answer)
  assert.equal((await blog.ask('/account', { headers: { Cookie } })).status, 200)
  const Authorization = `Bearer ${await madeToken(blog, Cookie)}`
  const { credentials } = blog.access

  const later = signedBlog({ authors: [], credentials, authorToken: 'another of sixteen and more' })
  for (const headers of [{ Cookie, ...own }, { Authorization }])
    assert.equal((await later.send('POST', '/api/posts', summer, headers)).status, 401)
})

test('nobody is led to another site after a sign-in', async () => {
  const elsewhere = [
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '\\/evil.example',
    'https://evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    '/a\r\nSet-Cookie: x=y',
    '/a\u0000',
    'evil.example',
    '',
    ' /a',
    `/${'a'.repeat(2_000)}`,
  ]
  for (const to of elsewhere) {
    const blog = signedBlog()
    await ask(blog, to)
    const linked = await blog.sendForm(await linkOf(blog), {}, own)
    const typed = await blog.sendForm('/sign-in/token', { token: authorToken, to }, own)
    for (const answer of [linked, typed])
      assert.equal(answer.headers.get('Location'), '/', JSON.stringify(to))
    const page = await (await blog.ask(`/sign-in?to=${encodeURIComponent(to)}`)).text()
    assert.ok(page.includes('name="to" value="/"'), JSON.stringify(to))
    const open = aBlog()
    const answer = await open.ask(`/sign-in?to=${encodeURIComponent(to)}`)
    assert.equal(answer.headers.get('Location'), '/', JSON.stringify(to))
  }
})

test('signing out ends the session here, or everywhere', async () => {
  const blog = signedBlog()
  const [one, two, three] = [await signedIn(blog), await signedIn(blog), await signedIn(blog)]
  const statusOf = async (Cookie: string) =>
    (await blog.ask('/account', { headers: { Cookie } })).status

  const answer = await blog.sendForm('/sign-out', { everywhere: 'no' }, { ...own, Cookie: one })
  assert.equal(answer.headers.get('Location'), '/')
  assert.match(answer.headers.getSetCookie()[0] ?? '', /^session=; Path=\/; Max-Age=0/)
  assert.deepEqual([await statusOf(one), await statusOf(two)], [303, 200])
  await blog.sendForm('/sign-out', { everywhere: 'yes' }, { ...own, Cookie: two })
  assert.deepEqual([await statusOf(two), await statusOf(three)], [303, 303])
})

test('pages say who is signed in, and are kept for nobody else then', async () => {
  const blog = signedBlog()
  const stranger = await blog.ask('/')
  assert.match(await stranger.text(), /href="\/sign-in"/)
  assert.equal(stranger.headers.get('Cache-Control'), 'no-cache')
  assert.equal(stranger.headers.get('Vary'), 'Cookie')

  const Cookie = await signedIn(blog)
  const mine = await blog.ask('/', { headers: { Cookie } })
  assert.match(await mine.text(), /ann@example\.org[\s\S]*action="\/sign-out"/)
  assert.equal(mine.headers.get('Cache-Control'), 'private, no-cache')
  assert.equal(mine.headers.get('Vary'), 'Cookie')

  const open = await aBlog().ask('/')
  assert.doesNotMatch(await open.text(), /sign-in|sign-out/)
  assert.equal(open.headers.get('Vary'), null)
})

test('pages that show or take a secret are kept by nobody', async () => {
  const blog = signedBlog()
  const Cookie = await signedIn(blog)
  for (const path of ['/sign-in', '/sign-in/requested', '/sign-in/a.b', '/account']) {
    const { headers } = await blog.ask(path, { headers: { Cookie } })
    assert.equal(headers.get('Cache-Control'), 'no-store', path)
    assert.equal(headers.get('Referrer-Policy'), 'same-origin', path)
  }
})

test('a page is shown although its reader cannot be looked up, and the log has no secret', async () => {
  const blog = signedBlog()
  const Cookie = await signedIn(blog)
  const broken = signedBlog({
    credentials: {
      ...blog.access.credentials,
      find: async () => {
        throw new Error(`no row for ${Cookie} of ${ann}`)
      },
    },
  })

  assert.equal((await broken.ask('/', { headers: { Cookie } })).status, 200)
  const answer = await broken.send('POST', '/api/posts', summer, { Cookie, ...own })
  assert.equal(answer.status, 500)
  const lines = JSON.stringify(broken.lines)
  assert.ok(broken.lines.length > 0)
  assert.ok(!lines.includes(Cookie) && !lines.includes(ann), lines)
})

test('where authors sign in, they alone see the mails that were kept', async () => {
  const mailbox = { list: async () => [], find: async () => null }
  const blog = signedBlog({ mailbox })
  const path = await blog.ask('/mailbox')
  assert.equal(path.headers.get('Location'), '/sign-in?to=%2Fmailbox')
  const Cookie = await signedIn(blog)
  assert.equal((await blog.ask('/mailbox', { headers: { Cookie } })).status, 200)
  assert.equal((await aBlog({ mailbox }).ask('/mailbox')).status, 200)
})

test('in the open there is nothing to sign in to', async () => {
  const { ask } = aBlog()
  assert.equal((await ask('/sign-in?to=/write')).headers.get('Location'), '/write')
  assert.equal((await ask('/account')).status, 404)
})

test('no more tokens are made than there may be, and one without a name is none', async () => {
  const blog = signedBlog()
  const Cookie = await signedIn(blog)
  const make = (name: string) => blog.sendForm('/account/tokens', { name }, { ...own, Cookie })
  assert.equal((await make(' ')).status, 400)
  for (let n = 0; n < 50; n++) assert.equal((await make(`${n}`)).status, 200)

  const answer = await make('one more')
  assert.equal(answer.status, 400)
  assert.match(await answer.text(), /there are 50 tokens/)
})

test('whoever asks for links or guesses too often has to wait', async () => {
  const blog = signedBlog({ rate: { burst: 3, perMinute: 1, clients: 10 } })
  const statuses: number[] = []
  for (const path of ['/sign-in/token', '/sign-in/a.b', '/sign-in/token', '/sign-in'])
    statuses.push((await blog.sendForm(path, { token: 'guess', email: ann }, own)).status)

  assert.deepEqual(statuses, [401, 410, 401, 429])
  assert.deepEqual(blog.access.credentials.outbox, [])
})
