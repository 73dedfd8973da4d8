import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PostError, type StoredPost } from '../../post.ts'
import { aBlog, anId, summer } from './testing.ts'

test('a post is answered 201 with exactly its own fields, its address and its tag', async () => {
  const { send } = aBlog()
  const answer = await send('POST', '/api/posts', { ...summer, title: '  Title ' })
  assert.equal(answer.status, 201)
  assert.deepEqual(await answer.json(), {
    id: anId(1),
    createdAt: '2026-01-02T03:04:05.678Z',
    ...summer,
  })
  assert.equal(answer.headers.get('Location'), `/api/posts/${anId(1)}`)
  assert.equal(answer.headers.get('ETag'), '"1.1"')
  assert.match(answer.headers.get('Content-Type') ?? '', /^application\/json/)
})

test('text comes back as it was sent, in whatever script', async () => {
  const { send, ask } = aBlog()
  const draft = {
    author: '李白',
    title: '👩‍👩‍👧 <b>',
    body: ' \n\tשלום\r\n\r\n',
    topic: 'a/b & "c"',
  }
  await send('POST', '/api/posts', draft, { 'Content-Type': 'application/json;charset="UTF-8"' })
  const post = (await (await ask(`/api/posts/${anId(1)}`)).json()) as typeof draft
  assert.deepEqual({ ...post, ...draft }, post)
})

test('an Idempotency-Key makes one post of two equal requests, and refuses another draft', async () => {
  const { send, posts } = aBlog()
  const key = { 'Idempotency-Key': 'once more, please' }
  const first = await send('POST', '/api/posts', summer, key)
  const second = await send('POST', '/api/posts', summer, key)
  assert.deepEqual([first.status, second.status], [201, 201])
  assert.deepEqual(await second.json(), await first.json())
  assert.equal((await send('POST', '/api/posts', { ...summer, title: 'New' }, key)).status, 422)
  assert.equal(posts.size, 1)
})

test('a post is read with the cursor from which a browser misses nothing', async () => {
  const order: string[] = []
  const stored: StoredPost = {
    post: { id: anId(1), createdAt: '2026-01-02T03:04:05.678Z', ...summer },
    revision: 2,
    version: 5,
  }
  const { ask } = aBlog({
    changes: { head: async () => `cursor-${order.push('head')}` },
    call: async (on) => {
      order.push(on)
      return on === 'GET /api/posts' ? { posts: [stored.post], cursor: null } : stored
    },
  })
  const one = await ask(`/api/posts/${anId(1)}`)
  assert.equal(one.headers.get('ETag'), '"2.5"')
  assert.equal(one.headers.get('Watch-Cursor'), 'cursor-1')
  const list = await ask('/api/posts')
  assert.equal(list.headers.get('Watch-Cursor'), 'cursor-3')
  assert.deepEqual(order, ['head', 'GET /api/posts/{id}', 'head', 'GET /api/posts'])
})

test('a representation that is known already is not sent again, and any other is', async () => {
  const { send, ask, put } = aBlog()
  await send('POST', '/api/posts', summer)
  const known = { headers: { 'If-None-Match': 'W/"1.1"' } }
  const same = await ask(`/api/posts/${anId(1)}`, known)
  assert.deepEqual([same.status, await same.text()], [304, ''])
  assert.equal(same.headers.get('ETag'), '"1.1"')
  assert.ok(same.headers.get('Watch-Cursor'))
  put({ post: { id: anId(1), createdAt: '', ...summer }, revision: 1, version: 2 })
  assert.equal((await ask(`/api/posts/${anId(1)}`, known)).status, 200)
})

test('an edit is guarded by the revision that was read, and not by what was recognised since', async () => {
  const { send, put, posts } = aBlog()
  await send('POST', '/api/posts', summer)
  const entities = { locations: ['Spain'], persons: ['Joe'], organizations: [] }
  put({ ...(posts.get(anId(1)) as StoredPost), version: 2 })
  const path = `/api/posts/${anId(1)}`
  const edited = await send('PATCH', path, { title: 'New' }, { 'If-Match': '"1.1"' })
  assert.equal(edited.status, 200)
  assert.equal(edited.headers.get('ETag'), '"2.3"')
  assert.equal(((await edited.json()) as { title: string }).title, 'New')
  assert.equal((await send('PATCH', path, { title: 'Late' }, { 'If-Match': '"1.1"' })).status, 412)
  assert.equal((await send('PATCH', path, { title: 'W' }, { 'If-Match': 'W/"2.3"' })).status, 412)
  assert.equal((await send('PATCH', path, { entities }, { 'If-Match': '*' })).status, 400)
  assert.equal((await send('PATCH', path, { title: 'Any' }, { 'If-Match': '*' })).status, 200)
  const list = '"1.1", "3.9"'
  assert.equal((await send('PATCH', path, { topic: 'winter' }, { 'If-Match': list })).status, 200)
})

test('a deletion is guarded as an edit is, and answers nothing', async () => {
  const { send, ask } = aBlog()
  await send('POST', '/api/posts', summer)
  const remove = (headers: Record<string, string>) =>
    ask(`/api/posts/${anId(1)}`, { method: 'DELETE', headers })
  assert.equal((await remove({})).status, 428)
  assert.equal((await remove({ 'If-Match': '"2.1"' })).status, 412)
  const gone = await remove({ 'If-Match': '"1.1"' })
  assert.deepEqual([gone.status, await gone.text()], [204, ''])
  assert.equal((await remove({ 'If-Match': '*' })).status, 404)
})

test('the pages of a list follow one another by Link and cursor until none is left', async () => {
  const { send, ask } = aBlog()
  for (let n = 1; n <= 5; n++)
    await send('POST', '/api/posts', { ...summer, topic: n === 3 ? 'winter' : 'a&b' })
  const seen: string[] = []
  let next: string | null = `/api/posts?limit=2&topic=${encodeURIComponent('a&b')}`
  for (let pages = 0; next !== null && pages < 5; pages++) {
    const answer: Response = await ask(next)
    const body = (await answer.json()) as { posts: { id: string }[]; cursor: string | null }
    seen.push(...body.posts.map(({ id }) => id))
    next = /^<(.+)>; rel="next"$/.exec(answer.headers.get('Link') ?? '')?.[1] ?? null
    assert.equal(next === null, body.cursor === null)
  }
  assert.deepEqual(seen, [5, 4, 2, 1].map(anId))
})

test('a list holds 20 posts unless another number is asked for', async () => {
  const { ask, calls } = aBlog()
  await ask('/api/posts')
  await ask('/api/posts?limit=100')
  assert.deepEqual(
    calls.map(({ input }) => input),
    [{ limit: 20 }, { limit: 100 }],
  )
})

test('topics are listed', async () => {
  const { send, ask } = aBlog()
  await send('POST', '/api/posts', summer)
  assert.deepEqual(await (await ask('/api/topics')).json(), { topics: ['summer'] })
})

test('a subscription is taken with its domain in lower case, and the answer is always the same', async () => {
  const { send, calls } = aBlog()
  const wish = { email: 'Reader+blog@EXAMPLE.org', topic: ' summer ' }
  const first = await send('POST', '/api/subscriptions', wish)
  const second = await send('POST', '/api/subscriptions', wish)
  assert.deepEqual([first.status, second.status], [202, 202])
  assert.equal(await second.text(), await first.text())
  assert.deepEqual(calls[0]?.input, { email: 'Reader+blog@example.org', topic: 'summer' })
})

test('HEAD is answered as GET is, without the body', async () => {
  const { send, ask } = aBlog()
  await send('POST', '/api/posts', summer)
  const answer = await ask(`/api/posts/${anId(1)}`, { method: 'HEAD' })
  assert.deepEqual([answer.status, await answer.text()], [200, ''])
  assert.equal(answer.headers.get('ETag'), '"1.1"')
})

test('it says whether it lives and whether it is ready', async () => {
  let isReady = false
  const { ask } = aBlog({ ready: () => isReady })
  const health = await ask('/healthz')
  assert.deepEqual([health.status, await health.json()], [200, { status: 'ok' }])
  assert.equal((await ask('/readyz')).status, 503)
  isReady = true
  assert.equal((await ask('/readyz')).status, 200)
})

test('an error that nobody foresaw is told by a reference alone, which the log explains without text of others', async () => {
  const { send, ask, lines } = aBlog({
    call: async () => {
      throw new TypeError('the body was: Joe is going to Spain, for joe@example.org')
    },
  })
  const answer = await send('POST', '/api/posts', summer)
  assert.equal(answer.status, 500)
  const { detail } = (await answer.json()) as { detail: string }
  const [line] = lines
  assert.ok(detail.includes(String(line?.reference)))
  assert.equal(line?.error, 'TypeError')
  assert.match(JSON.stringify(line?.at), /http-app\.test\.ts/)
  assert.doesNotMatch(JSON.stringify(lines) + detail, /Joe|joe@/)

  const page = await ask(`/posts/${anId(1)}`)
  assert.equal(page.status, 500)
  assert.match(await page.text(), /<h1>Internal Server Error<\/h1>/)
})

test('a store that is full or busy is told as 503 with a time to try again', async () => {
  const errors = [
    Object.assign(new Error('commit failed'), { code: 'InternalException' }),
    Object.assign(new Error('20000 writes wait'), { code: 'ThrottlingException' }),
    Object.assign(new Error('full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 }),
    Object.assign(new Error('io'), { code: 'ERR_SQLITE_ERROR', errcode: 10 | (3 << 8) }),
  ]
  for (const error of errors) {
    const { send, lines } = aBlog({ call: () => Promise.reject(error) })
    const answer = await send('POST', '/api/posts', summer)
    assert.equal(answer.status, 503)
    assert.equal(answer.headers.get('Retry-After'), '1')
    assert.equal(lines[0]?.code, error.code)
  }
  const broken = Object.assign(new Error('no such table'), { code: 'ERR_SQLITE_ERROR', errcode: 1 })
  const { send } = aBlog({ call: () => Promise.reject(broken) })
  assert.equal((await send('POST', '/api/posts', summer)).status, 500)
})

test('what a handler refuses is not logged', async () => {
  const { ask, lines } = aBlog({
    call: () => Promise.reject(new PostError('PostNotFound', 'There is no such post')),
  })
  assert.equal((await ask(`/api/posts/${anId(9)}`)).status, 404)
  assert.deepEqual(lines, [])
})
