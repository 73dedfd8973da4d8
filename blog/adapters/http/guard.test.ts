import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aBlog, anId, aToken, summer } from './testing.ts'

const host = { Host: '127.0.0.1:3000' }

test('only the hosts that are ours are answered, pages and API alike', async () => {
  const { ask } = aBlog({ hosts: ['127.0.0.1:3000', 'localhost:3000'] })
  for (const path of ['/', '/api/posts', '/openapi.json', '/live.js', '/nothing']) {
    for (const Host of ['evil.example', '127.0.0.1:3001', 'localhost:3000.evil.example', ''])
      assert.equal((await ask(path, { headers: { Host } })).status, 421, `${Host}${path}`)
    assert.equal((await ask(path)).status, 421, 'without a Host')
  }
  assert.equal((await ask('/api/posts', { headers: host })).status, 200)
  assert.equal((await ask('/api/posts', { headers: { Host: 'LOCALHOST:3000' } })).status, 200)
})

test('without a list of hosts each is answered', async () => {
  const { ask } = aBlog()
  assert.equal((await ask('/api/posts', { headers: { Host: 'any.example' } })).status, 200)
})

test('an open start answers nothing that a proxy forwards, one with authors or a token does', async () => {
  const open = aBlog({ hosts: null })
  const guarded = aBlog({ hosts: null, authorToken: 'a token of sixteen and more' })
  const named = aBlog({ hosts: null, authors: ['ann@example.org'] })
  for (const name of ['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host'])
    for (const path of ['/', '/mailbox', '/api/posts']) {
      const headers = { ...host, [name]: 'for=192.0.2.1' }
      assert.equal((await open.ask(path, { headers })).status, 421, `${name} ${path}`)
      for (const { ask } of [guarded, named])
        assert.notEqual((await ask(path, { headers })).status, 421, `${name} ${path}`)
    }
})

test('a page of another site writes nothing, by API or by form', async () => {
  const { send, sendForm, ask, calls } = aBlog()
  const foreign: readonly Record<string, string>[] = [
    { Origin: 'https://evil.example' },
    { Origin: 'http://127.0.0.1:3001' },
    { Origin: 'null' },
    { Origin: 'garbage' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ]
  for (const headers of foreign.map((each) => ({ ...host, ...each }))) {
    assert.equal((await send('POST', '/api/posts', summer, headers)).status, 403)
    assert.equal((await send('POST', '/api/subscriptions', {}, headers)).status, 403)
    assert.equal((await sendForm('/write', summer, headers)).status, 403)
    assert.equal((await sendForm('/subscribe', {}, headers)).status, 403)
    const init = { method: 'DELETE', headers: { ...headers, 'If-Match': '*' } }
    assert.equal((await ask(`/api/posts/${anId(1)}`, init)).status, 403)
  }
  assert.deepEqual(calls, [])
})

test('our own pages write, also behind a proxy with another name', async () => {
  const { send } = aBlog({ publicUrl: 'https://blog.example/' })
  const own: readonly Record<string, string>[] = [
    { Origin: 'http://127.0.0.1:3000' },
    { Origin: 'https://blog.example' },
    { 'Sec-Fetch-Site': 'same-origin' },
    { 'Sec-Fetch-Site': 'none' },
    {},
  ]
  for (const headers of own)
    assert.equal((await send('POST', '/api/posts', summer, { ...host, ...headers })).status, 201)
})

test('reading is not refused for where it comes from', async () => {
  const { ask } = aBlog()
  const headers = { ...host, Origin: 'https://evil.example' }
  assert.equal((await ask('/api/posts', { headers })).status, 200)
})

test('a mail program ends a subscription from anywhere', async () => {
  const { sendForm, calls } = aBlog()
  const headers = { ...host, Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }
  const path = `/subscriptions/unsubscribe/${aToken}`
  const answer = await sendForm(path, { 'List-Unsubscribe': 'One-Click' }, headers)
  assert.equal(answer.status, 200)
  assert.deepEqual(calls, [
    { on: 'POST /subscriptions/unsubscribe/{token}', input: { token: aToken } },
  ])
})

test('with an author token only who has it writes, and everybody reads and subscribes', async () => {
  const { send, ask, posts } = aBlog({ authorToken: 's3cret' })
  const path = `/api/posts/${anId(1)}`
  const match = { 'If-Match': '*' }
  for (const Authorization of ['', 'Bearer', 'Bearer wrong', 'Basic s3cret', 's3cret']) {
    const headers = { ...match, ...(Authorization && { Authorization }) }
    const answers = [
      await send('POST', '/api/posts', summer, headers),
      await send('PATCH', path, { title: 'New' }, headers),
      await ask(path, { method: 'DELETE', headers }),
    ]
    for (const answer of answers) {
      assert.equal(answer.status, 401, Authorization)
      assert.match(answer.headers.get('WWW-Authenticate') ?? '', /^Bearer /)
    }
  }
  assert.equal(posts.size, 0)
  const wish = { email: 'reader@example.org', topic: 'summer' }
  assert.equal((await send('POST', '/api/subscriptions', wish)).status, 202)
  assert.equal((await ask('/api/posts')).status, 200)
})

test('the author writes with the token', async () => {
  const { send, ask } = aBlog({ authorToken: 's3cret' })
  const headers = { Authorization: 'bearer s3cret', 'If-Match': '*' }
  const path = `/api/posts/${anId(1)}`
  assert.equal((await send('POST', '/api/posts', summer, headers)).status, 201)
  assert.equal((await send('PATCH', path, { title: 'New' }, headers)).status, 200)
  assert.equal((await ask(path, { method: 'DELETE', headers })).status, 204)
})

test('an empty author token stops the start', () => {
  assert.throws(() => aBlog({ authorToken: '' }), /author token is empty/)
})

test('no page may be framed, run a script of others or tell another site where a reader was', async () => {
  const { ask } = aBlog()
  for (const path of ['/', '/api/posts', '/nothing', '/style.css']) {
    const { headers } = await ask(path)
    const policy = headers.get('Content-Security-Policy') ?? ''
    assert.match(policy, /frame-ancestors 'none'/)
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /)
    assert.doesNotMatch(policy, /unsafe|\*|data:|https:/)
    assert.match(headers.get('Permissions-Policy') ?? '', /camera=\(\)/)
    assert.equal(headers.get('Strict-Transport-Security'), null)
    assert.equal(headers.get('Referrer-Policy'), 'same-origin')
  }
  const { headers } = await aBlog({ publicUrl: 'https://blog.example' }).ask('/')
  assert.match(headers.get('Strict-Transport-Security') ?? '', /max-age=\d{8}/)
})
