import assert from 'node:assert/strict'
import { test } from 'node:test'
import { within } from '../../../test/within.ts'
import { aBlog, anId, faultsOf, summer } from './testing.ts'

const json = { 'Content-Type': 'application/json' }

test('every fault of a draft is named at once, and nothing is called', async () => {
  const { send, calls } = aBlog()
  const cases: readonly [unknown, readonly string[]][] = [
    [{}, ['author is missing', 'title is missing', 'body is missing', 'topic is missing']],
    [
      { author: 7, title: null, topic: ['summer'], body: {} },
      [
        'author must be a string',
        'title must be a string',
        'body must be a string',
        'topic must be one string, not a list',
      ],
    ],
    [
      { author: ' ', title: 'x'.repeat(201), topic: 'a\tb', body: ' \n ' },
      [
        'author must not be empty',
        'title must be at most 200 characters',
        'body must not be blank',
        'topic must not hold control characters or line breaks',
      ],
    ],
    [{ ...summer, author: 'x'.repeat(101) }, ['author must be at most 100 characters']],
    [{ ...summer, topic: 'x'.repeat(101) }, ['topic must be at most 100 characters']],
    [{ ...summer, body: 'x'.repeat(50_001) }, ['body must be at most 50000 characters']],
    [{ ...summer, body: 'a\0b' }, ['body must not hold the character U+0000']],
    [
      { ...summer, body: 'a\ud800b' },
      ['body must be well-formed Unicode, without half a surrogate pair'],
    ],
    [
      { ...summer, title: '\udc00' },
      ['title must be well-formed Unicode, without half a surrogate pair'],
    ],
    [
      { ...summer, title: 'a\r\nBcc: b' },
      ['title must not hold control characters or line breaks'],
    ],
    [{ ...summer, topic: '..' }, ['topic must be more than dots']],
    [
      { ...summer, id: anId(1), entities: {} },
      ['id is not known here', 'entities is not known here'],
    ],
    [
      `{"__proto__":{"author":"me"},${JSON.stringify(summer).slice(1)}`,
      ['__proto__ is not known here'],
    ],
    [[], [' must be a JSON object']],
    ['null', [' must be a JSON object']],
    ['"text"', [' must be a JSON object']],
  ]
  for (const [draft, faults] of cases) {
    const answer = await send('POST', '/api/posts', draft)
    assert.equal(answer.status, 400, JSON.stringify(draft).slice(0, 100))
    assert.deepEqual(await faultsOf(answer), faults)
  }
  assert.deepEqual(calls, [])
})

test('the greatest draft that is allowed is taken', async () => {
  const { send } = aBlog()
  const greatest = {
    author: 'x'.repeat(100),
    title: 'x'.repeat(200),
    topic: 'x'.repeat(100),
    body: '\u{1f600}'.repeat(25_000),
  }
  assert.equal((await send('POST', '/api/posts', greatest)).status, 201)
})

test('faults of the query, the headers and the body are named together', async () => {
  const { send } = aBlog()
  const key = { 'Idempotency-Key': 'k'.repeat(256) }
  const answer = await send('POST', '/api/posts?dry=1', { ...summer, title: '' }, key)
  assert.deepEqual(await faultsOf(answer), [
    'dry is not known here',
    'Idempotency-Key must be 1 to 255 printable ASCII characters',
    'title must not be empty',
  ])
})

test('an input with thousands of faults is answered with a hundred', async () => {
  const { send } = aBlog()
  const keys = Array.from({ length: 9_000 }, (_, n) => [`key-${n}`, n])
  const answer = await send('POST', '/api/posts', Object.fromEntries(keys))
  assert.equal((await faultsOf(answer)).length, 100)
})

test('an edit names at least one field, and only fields that authors write', async () => {
  const { send, calls } = aBlog()
  const edit = (changes: unknown) =>
    send('PATCH', `/api/posts/${anId(1)}`, changes, { 'If-Match': '*' })
  assert.deepEqual(await faultsOf(await edit({})), [' must name at least one field to change'])
  assert.deepEqual(await faultsOf(await edit({ title: '', createdAt: 'now' })), [
    'title must not be empty',
    'createdAt is not known here',
  ])
  assert.deepEqual(await faultsOf(await edit({ title: null })), ['title must be a string'])
  assert.deepEqual(calls, [])
})

test('an edit without If-Match is answered 428, and one with a malformed If-Match 400', async () => {
  const { send } = aBlog()
  const path = `/api/posts/${anId(1)}`
  assert.equal((await send('PATCH', path, { title: 'New' })).status, 428)
  for (const tag of ['1.1', '"1.1', '', '*, "1.1"']) {
    const answer = await send('PATCH', path, { title: 'New' }, { 'If-Match': tag })
    assert.equal(answer.status, 400, tag)
    assert.match((await faultsOf(answer)).join(), /^If-Match must be/)
  }
})

test('every bad e-mail address is refused', async () => {
  const { send, calls } = aBlog()
  const bad = [
    '',
    'reader',
    'reader@',
    '@example.org',
    'a reader@example.org',
    'reader@example@org',
    'reader@example.org, other@example.org',
    'reader@example.org\r\nBcc: other@example.org',
    '<reader@example.org>',
    `${'r'.repeat(250)}@example.org`,
    7,
    null,
  ]
  for (const email of bad) {
    const answer = await send('POST', '/api/subscriptions', { email, topic: 'summer' })
    assert.equal(answer.status, 400, String(email))
    assert.match((await faultsOf(answer)).join(), /^email must be/)
  }
  assert.deepEqual(calls, [])
})

test('a list is asked for with known parameters, each given once and well', async () => {
  const { ask, calls } = aBlog()
  const bad: readonly [string, RegExp][] = [
    ['limit=0', /^limit must be at least 1$/],
    ['limit=101', /^limit must be at most 100$/],
    ['limit=ten', /^limit must be a whole number$/],
    ['limit=1.5', /^limit must be a whole number$/],
    ['limit=1&limit=2', /^limit must be one string/],
    ['cursor=zzz', /^cursor must be the cursor/],
    [`cursor=${anId(10).toUpperCase()}`, /^cursor must be the cursor/],
    ['topic=%20', /^topic must not be empty$/],
    ['topic=a%00b', /^topic must not hold control/],
    ['topik=summer', /^topik is not known here$/],
    ['topik=', /^topik is not known here$/],
    ['cursor=&cursor=', /^cursor must be one string/],
    ['__proto__=1', /^__proto__ is not known here$/],
  ]
  for (const [query, fault] of bad) {
    const answer = await ask(`/api/posts?${query}`)
    assert.equal(answer.status, 400, query)
    assert.match((await faultsOf(answer)).join(), fault)
  }
  assert.equal((await ask('/api/topics?limit=1')).status, 400)
  assert.deepEqual(calls, [])
})

test('a parameter without a value is as good as absent, for the API and the pages', async () => {
  const { ask, calls } = aBlog()
  for (const path of ['/api/posts', '/topics/summer']) {
    assert.equal((await ask(path)).status, 200)
    assert.equal((await ask(`${path}?cursor=&topic=&limit=`)).status, 200)
  }
  const [api, apiEmpty, page, pageEmpty] = calls.map(({ input }) => JSON.stringify(input))
  assert.equal(apiEmpty, api)
  assert.equal(pageEmpty, page)
  assert.match(String(api), /"limit":20/)
  assert.match(String(page), /"topic":"summer"/)
})

test('a body is JSON in UTF-8, and said to be', async () => {
  const { ask, calls } = aBlog()
  const body = JSON.stringify(summer)
  const latin1 = Buffer.from(body.replace('Joe', 'Jos\u00e9'), 'latin1')
  const cases: readonly [BodyInit | null, Record<string, string>, number][] = [
    [body, { 'Content-Type': 'text/plain' }, 415],
    [body, { 'Content-Type': 'application/jsonp' }, 415],
    [body, { 'Content-Type': 'application/json; charset=latin1' }, 415],
    [body, { ...json, 'Content-Encoding': 'gzip' }, 415],
    [Buffer.from(body), {}, 415],
    ['{"author":', json, 400],
    ['[['.repeat(50_000), json, 400],
    ['', json, 400],
    [null, json, 400],
    [latin1, json, 400],
  ]
  for (const [body, headers, status] of cases)
    assert.equal((await ask('/api/posts', { method: 'POST', body, headers })).status, status)
  assert.deepEqual(calls, [])
})

test('a body over 512 KiB is refused', async () => {
  const { ask, calls } = aBlog()
  const post = (body: BodyInit, headers: Record<string, string> = {}) =>
    ask('/api/posts', { method: 'POST', body, headers: { ...json, ...headers } })
  const tooLong = JSON.stringify({ ...summer, body: 'x'.repeat(2_000_000) })
  assert.equal((await post(tooLong)).status, 413)
  assert.equal((await post(tooLong, { 'Content-Length': `${tooLong.length}` })).status, 413)
  assert.equal((await post(tooLong, { 'Content-Length': '10' })).status, 413)

  const exact = JSON.stringify(summer).padEnd(512 * 1024)
  assert.equal((await post(exact)).status, 201)
  assert.equal((await post(`${exact} `)).status, 413)
  assert.equal(calls.length, 1)
})

test('a body of unknown length is refused as soon as it is too long, and soon after read no more', async () => {
  const { ask } = aBlog()
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  const { promise: cancelled, resolve: cancel } = Promise.withResolvers<void>()
  let sent = 0
  const body = new ReadableStream({
    // The rest comes only when the answer is there.
    async pull(controller) {
      if (sent === 600) await answered
      sent += 1
      controller.enqueue(new Uint8Array(1_024))
    },
    cancel,
  })
  const init = { method: 'POST', body, headers: json, duplex: 'half' } as const
  assert.equal((await within(10_000, 'the answer', ask('/api/posts', init))).status, 413)
  answer()
  await within(10_000, 'the end of reading', cancelled)
  assert.ok(sent < 5_000, `${sent} KiB were read`)
})

test('a body that breaks off is refused, and is no error of ours', async () => {
  const { ask, lines } = aBlog()
  const body = new ReadableStream({
    pull: (controller) => controller.error(new Error('aborted')),
  })
  const init = { method: 'POST', body, headers: json, duplex: 'half' } as const
  assert.equal((await ask('/api/posts', init)).status, 400)
  assert.deepEqual(lines, [])
})

test('what is not there is 404, and a method that a path does not know 405 with those it does', async () => {
  const { ask, send, calls } = aBlog()
  for (const path of ['/api', '/api/', '/api/nothing', '/api/posts/', '/api/posts/x/y'])
    assert.equal((await ask(path)).status, 404, path)
  for (const id of ['x', '1%27%20OR%201=1', '..%2f..%2fetc', 'a%00b', anId(10).toUpperCase()])
    assert.equal((await ask(`/api/posts/${id}`)).status, 404, id)
  assert.deepEqual(calls, [])
  assert.equal((await ask(`/api/posts/${anId(99)}`)).status, 404)

  const allowed = async (method: string, path: string) => {
    const answer = await send(method, path, summer)
    assert.equal(answer.status, 405, path)
    return answer.headers.get('Allow')
  }
  assert.equal(await allowed('PUT', '/api/posts'), 'POST, GET, HEAD')
  assert.equal(await allowed('POST', `/api/posts/${anId(1)}`), 'GET, PATCH, DELETE, HEAD')
  assert.equal(await allowed('DELETE', '/api/subscriptions'), 'POST')
  assert.equal(await allowed('POST', '/openapi.json'), 'GET, HEAD')
})

test('a malformed address is refused', async () => {
  const { ask } = aBlog()
  for (const path of ['/api/posts/%E0%A4%A', '/api/posts?topic=%E0%A4%A', '/topics/%', '/%ff'])
    assert.equal((await ask(path)).status, 400, path)
})
