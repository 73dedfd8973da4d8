import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aBlog, anId, faultsOf, summer } from './testing.ts'

const later = '2026-01-02T10:00:00.000Z'
const none = `/api/drafts/${anId(9)}`

async function aDraft(fields: object = summer) {
  const blog = aBlog()
  const made = await blog.send('POST', '/api/drafts', fields)
  assert.equal(made.status, 201)
  const path = made.headers.get('Location') ?? ''
  const etag = made.headers.get('ETag') ?? ''
  return { ...blog, path, etag, body: (await made.json()) as Record<string, unknown> }
}

test('a draft is kept unfinished, saved by who has seen it, and found', async () => {
  const { ask, send, path, etag, body } = await aDraft({ title: ' Only ', body: ' ' })
  const empty = { author: '', topic: '', publishAt: null, savedAt: '2026-01-02T03:04:05.678Z' }
  assert.deepEqual(body, { id: path.slice(12), title: 'Only', body: ' ', ...empty, revision: 1 })

  const saved = await send(
    'PUT',
    path,
    { ...summer, publishAt: '2026-01-02T12:00:00+02:00' },
    { 'If-Match': etag },
  )

  assert.equal(saved.status, 200)
  const now = await ask(path)
  assert.deepEqual(await now.json(), { ...body, ...summer, publishAt: later, revision: 2 })
  assert.equal(now.headers.get('ETag'), '"2.2"')
  assert.equal((await send('PUT', path, { title: 'x' }, { 'If-Match': etag })).status, 412)
  assert.equal((await send('PUT', path, summer)).status, 428)
})

test('what no draft may hold is refused, field by field', async () => {
  const { send } = aBlog()
  const faults = async (body: object) => faultsOf(await send('POST', '/api/drafts', body))

  assert.deepEqual(await faults({ title: 'x'.repeat(201), topic: '..', body: '\0', id: 'mine' }), [
    'title must be at most 200 characters',
    'body must not hold the character U+0000',
    'topic must be more than dots',
    'id is not known here',
  ])
  for (const publishAt of ['tomorrow', '2026-02-30T00:00:00Z', '2026-01-02T10:00', 7])
    assert.match((await faults({ ...summer, publishAt })).join(), /^publishAt must be a/)
  assert.deepEqual(await faults({ ...summer, publishAt: '9999-12-31T23:59:00-01:00' }), [
    'publishAt must be before the year 10000',
  ])
  assert.deepEqual(await faults({ publishAt: later, title: 'Only' }), [
    'author must not be empty when it is published',
    'topic must not be empty when it is published',
    'body must not be empty when it is published',
  ])
  assert.deepEqual(await faults({ ...summer, publishAt: '2026-01-02T03:04:05Z' }), [
    'publishAt has passed: publish it now, or choose a later time',
  ])
})

test('published it is a post and no draft, and published again the same post', async () => {
  const { ask, send, path, etag, posts } = await aDraft()
  const publish = () => ask(`${path}/publish`, { method: 'POST', headers: { 'If-Match': etag } })

  const answers = [await publish(), await publish()]

  for (const answer of answers) {
    assert.equal(answer.status, 201)
    assert.equal(answer.headers.get('Location'), `/api/posts/${anId(1)}`)
    const { title } = (await answer.json()) as { title: string }
    assert.equal(title, summer.title)
  }
  assert.equal(posts.size, 1)
  const gone = [
    await ask(path),
    await send('PUT', path, summer, { 'If-Match': '*' }),
    await ask(path, { method: 'DELETE', headers: { 'If-Match': '*' } }),
  ]
  for (const answer of gone) {
    assert.equal(answer.status, 410)
    assert.match(((await answer.json()) as { detail: string }).detail, new RegExp(anId(1)))
  }
  assert.deepEqual(((await (await ask('/api/drafts')).json()) as { drafts: [] }).drafts, [])
})

test('an unfinished one is not published, and says what it lacks', async () => {
  const { ask, path, posts } = await aDraft({ ...summer, body: '' })

  const answer = await ask(`${path}/publish`, { method: 'POST', headers: { 'If-Match': '*' } })

  assert.equal(answer.status, 400)
  assert.deepEqual(await faultsOf(answer), ['body must not be empty when it is published'])
  assert.equal(posts.size, 0)
})

test('pages of drafts lead to each other, and no cursor of another kind is taken', async () => {
  const { ask, send } = await aDraft()
  await send('POST', '/api/drafts', summer)

  const first = await ask('/api/drafts?limit=1')
  const [, next = ''] = /^<([^>]+)>; rel="next"$/.exec(first.headers.get('Link') ?? '') ?? []
  const second = await ask(next)

  const ids = await Promise.all(
    [first, second].map(
      async (page) => ((await page.json()) as { drafts: { id: string }[] }).drafts,
    ),
  )
  assert.equal(new Set(ids.flat().map(({ id }) => id)).size, 2)
  assert.equal(second.headers.get('Link'), null)
  for (const cursor of [anId(1), `${later}_x`, "2026' or 1=1 --"])
    assert.equal((await ask(`/api/drafts?cursor=${encodeURIComponent(cursor)}`)).status, 400)
})

test('drafts are for authors alone', async () => {
  const { ask, send } = aBlog({ authorToken: 'a-token-of-the-author' })
  const headers = { 'If-Match': '*' }
  for (const answer of [
    await ask('/api/drafts'),
    await ask(none),
    await send('POST', '/api/drafts', summer),
    await send('PUT', none, summer, headers),
    await ask(none, { method: 'DELETE', headers }),
    await ask(`${none}/publish`, { method: 'POST', headers }),
  ])
    assert.equal(answer.status, 401)
})

test('a draft that is not there is 404', async () => {
  const { ask } = aBlog()
  for (const path of [none, '/api/drafts/x', '/api/drafts/..%2fposts'])
    assert.equal((await ask(path)).status, 404)
})
