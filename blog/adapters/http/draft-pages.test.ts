import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DraftError } from '../../draft.ts'
import { PostError } from '../../post.ts'
import { aBlog, anId, summer } from './testing.ts'

const later = '2026-01-02T10:00'
const hidden = (page: string, name: string) =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? ''

async function seen(answer: Response | Promise<Response>, status = 200): Promise<string> {
  const { status: got } = await answer
  assert.equal(got, status)
  return (await answer).text()
}
const led = async (answer: Response | Promise<Response>) => {
  assert.equal((await answer).status, 303)
  return (await answer).headers.get('Location') ?? ''
}

/** Somebody has written and saved a draft. */
async function begun(fields: Record<string, string> = {}) {
  const blog = aBlog()
  const form = await seen(blog.ask('/write'))
  const sent = { ...summer, key: hidden(form, 'key'), action: 'save', ...fields }
  const path = await led(blog.sendForm('/write', sent))
  const revision = async () => hidden(await seen(blog.ask(path)), 'revision')
  return { ...blog, path, sent, revision }
}

test('an unfinished post is kept as a draft, sent twice as one, and gone on with', async () => {
  const { ask, sendForm, path, sent, posts } = await begun({ title: 'A beginning', body: '' })

  assert.equal(await led(sendForm('/write', sent)), path)
  const other = await seen(sendForm('/write', { ...sent, title: 'Other' }), 422)
  assert.match(other, /sent before, with other words. Save again/)
  const list = await seen(ask('/drafts'))
  assert.equal([...list.matchAll(/<a href="\/drafts\/[\da-f-]{36}">A beginning<\/a>/g)].length, 1)
  assert.equal(posts.size, 0)

  const page = await seen(ask(path))
  assert.match(page, /value="A beginning"/)
  const done = { ...summer, revision: hidden(page, 'revision'), action: 'publish' }
  const answers = [await led(sendForm(path, done)), await led(sendForm(path, done))]
  assert.deepEqual(answers, [`/posts/${anId(1)}`, `/posts/${anId(1)}`])
  assert.equal(posts.size, 1)
  assert.equal(await led(ask(path)), `/posts/${anId(1)}`)
  assert.match(await seen(ask('/drafts')), /Nothing is unfinished/)
})

test('a preview shows the post as it will look and stores nothing', async () => {
  const { ask, sendForm, path, revision, calls } = await begun()
  const stored = calls.length
  const words = { ...summer, title: 'One & <two>', body: 'Some *words* <script>x</script>' }

  for (const [where, fields] of [
    ['/write', { key: 'not-a-key' }],
    [path, { revision: await revision() }],
  ] as const) {
    const page = await seen(sendForm(where, { ...words, ...fields, action: 'preview' }))
    assert.match(page, /aria-label="Preview"[\s\S]*<em>words<\/em>[\s\S]*<\/section>/)
    assert.match(page, /<h1 data-field="title">One &amp; &lt;two&gt;<\/h1>/)
    assert.match(page, /<textarea[^>]*>\nSome \*words\* &lt;script&gt;/)
    assert.doesNotMatch(page, /<script>x/)
  }
  await seen(sendForm('/write', { action: 'preview' }))
  assert.deepEqual(
    calls.slice(stored).map(({ on }) => on),
    ['GET /api/drafts/{id}'],
    'only the draft was read, for its revision',
  )
  assert.match(await seen(ask(path)), /value="Title"/)
})

test('a time is taken as UTC, shown again, and taken back by saving without it', async () => {
  const { ask, sendForm, path, drafts, revision } = await begun({
    action: 'schedule',
    publishAt: later,
  })
  const [draft] = drafts.all()
  assert.equal(draft?.publishAt, '2026-01-02T10:00:00.000Z')

  const page = await seen(ask(path))
  assert.match(
    page,
    /within a minute after <time datetime="2026-01-02T10:00:00.000Z">2 January 2026/,
  )
  assert.match(page, /<label for="publishAt">Publish later, at \(UTC\)<\/label>/)
  assert.match(page, /<input type="datetime-local" value="2026-01-02T10:00"/)
  assert.match(await seen(ask('/drafts')), /Scheduled<\/span> for <time datetime="2026-01-02T10/)

  const fields = { ...summer, revision: await revision(), publishAt: later, action: 'save' }
  assert.equal(await led(sendForm(path, fields)), path)
  assert.equal(drafts.all()[0]?.publishAt, null)
})

test('what cannot be scheduled says why, and keeps what was typed', async () => {
  const { sendForm, path, revision, drafts } = await begun()
  const fields = { ...summer, action: 'schedule', title: 'Kept' }

  for (const [more, fault] of [
    [{ publishAt: '' }, /Publish later, at \(UTC\) is missing/],
    [{ publishAt: '2026-02-30T10:00' }, /is missing: say when/],
    [{ publishAt: '2026-01-02T03:00' }, /has passed: publish it now/],
    [{ publishAt: later, body: ' ' }, /Body must not be empty when it is published/],
    [{ publishAt: later, topic: '..' }, /Topic must be more than dots/],
  ] as const)
    for (const [where, known] of [
      ['/write', {}],
      [path, { revision: await revision() }],
    ] as const) {
      const page = await seen(sendForm(where, { ...fields, ...known, ...more }), 400)
      assert.match(page, fault)
      assert.match(page, /value="Kept"/)
    }
  assert.equal(drafts.all().length, 1)
  assert.equal(drafts.all()[0]?.publishAt, null)
})

test('two who go on with one draft see each other’s words before one takes the other’s place', async () => {
  const { sendForm, path, revision, drafts } = await begun({ body: 'one\ntwo\nthree' })
  const first = { ...summer, revision: await revision(), action: 'save' }
  await led(sendForm(path, { ...first, body: 'one\n2\nthree', title: 'Theirs' }))

  for (const action of ['save', 'publish']) {
    const page = await seen(
      sendForm(path, { ...first, action, body: 'one\ntwo\nIII', title: 'Mine' }),
      409,
    )
    assert.match(page, /<del>Theirs<\/del><ins>Mine<\/ins>/)
    assert.match(
      page,
      /<span>one<\/span><del>2<\/del><del>three<\/del><ins>two<\/ins><ins>III<\/ins>/,
    )
    assert.match(page, /value="Mine"/)
    assert.equal(hidden(page, 'revision'), '2')
  }
  await led(sendForm(path, { ...first, revision: '2', title: 'Both' }))
  assert.equal(drafts.all()[0]?.title, 'Both')
})

test('of long texts that differ in little, little is shown', async () => {
  const lines = (middle: string) => [1, 2, 3, 4, 5, middle, 7, 8, 9, 10, 11].join('\n')
  const { sendForm, path } = await begun({ body: lines('theirs') })

  const late = { ...summer, revision: '7', action: 'save', body: lines('mine') }
  const page = await seen(sendForm(path, late), 409)

  assert.match(
    page,
    /<span>…<\/span><span>4<\/span><span>5<\/span><del>theirs<\/del><ins>mine<\/ins><span>7<\/span><span>8<\/span><span>…<\/span><\/div>/,
  )
})

test('words for a draft that is gone are not lost', async () => {
  const { ask, sendForm, path, revision } = await begun()
  const seenRevision = await revision()
  const confirm = await seen(ask(`${path}/delete`))
  assert.match(confirm, /Delete “Title”\?/)
  assert.equal(await led(sendForm(`${path}/delete`, { revision: seenRevision })), '/drafts')
  assert.equal(await led(sendForm(`${path}/delete`, { revision: seenRevision })), '/drafts')

  const late = { ...summer, title: 'Mine', revision: seenRevision }
  for (const action of ['save', 'publish']) {
    const page = await seen(sendForm(path, { ...late, action }), 410)
    assert.match(page, /was deleted meanwhile[\s\S]*action="\/write"[\s\S]*value="Mine"/)
  }
  await seen(ask(path), 404)
})

test('words for a draft that somebody else has published stand beside the post', async () => {
  const { sendForm, path, revision, posts } = await begun()
  const form = { ...summer, revision: await revision() }
  await led(sendForm(path, { ...form, action: 'publish' }))

  for (const action of ['save', 'publish']) {
    const page = await seen(sendForm(path, { ...form, title: 'Mine', action }), 409)
    assert.match(page, new RegExp(`action="/posts/${anId(1)}/edit"`))
    assert.match(page, /<del>Title<\/del><ins>Mine<\/ins>/)
  }
  assert.equal(posts.size, 1)
})

test('a draft that has changed is deleted only by who has seen that', async () => {
  const { sendForm, path, revision, drafts } = await begun()
  const form = { ...summer, revision: await revision(), title: 'New', action: 'save' }
  await led(sendForm(path, form))

  for (const seenRevision of ['1', '', 'x', '0x2'])
    assert.match(
      await seen(sendForm(`${path}/delete`, { revision: seenRevision }), 409),
      /changed since you asked/,
    )
  assert.equal(drafts.all().length, 1)
})

/** A post that is there, with the form that changes it. */
async function published() {
  const blog = aBlog()
  await led(blog.sendForm('/write', { ...summer, body: 'one\ntwo' }))
  const path = `/posts/${anId(1)}`
  const page = await seen(blog.ask(`${path}/edit`))
  const form = { ...summer, body: 'one\ntwo', revision: hidden(page, 'revision') }
  return { ...blog, path, page, form, post: () => blog.posts.get(anId(1))?.post }
}

test('a post is edited by its page, and both versions are shown when two have edited', async () => {
  const { ask, sendForm, path, page, form, post } = await published()
  assert.match(page, /<textarea[^>]*>\none\ntwo<\/textarea>/)
  assert.match(await seen(ask(path)), new RegExp(`href="${path}/edit">Edit<`))

  const theirs = { ...form, title: 'Theirs', body: 'one\ntwo\nthree' }
  for (const _ of ['sent', 'sent twice'])
    assert.equal(await led(sendForm(`${path}/edit`, theirs)), path)
  const conflict = await seen(sendForm(`${path}/edit`, { ...form, title: 'Mine' }), 409)
  assert.match(conflict, /<del>Theirs<\/del><ins>Mine<\/ins>/)
  assert.match(conflict, /<span>one<\/span><span>two<\/span><del>three<\/del>/)
  assert.equal(post()?.title, 'Theirs', 'nothing was written')

  const decided = { ...form, title: 'Both', revision: hidden(conflict, 'revision') }
  assert.equal(await led(sendForm(`${path}/edit`, decided)), path)
  assert.equal(post()?.title, 'Both')
  const faulty = await seen(sendForm(`${path}/edit`, { ...decided, title: ' ' }), 400)
  assert.match(faulty, /Title must not be empty/)
  assert.match(await seen(sendForm(`${path}/edit`, { ...form, action: 'preview' })), /Preview/)
})

test('a post is deleted after a question, and late words for it become another', async () => {
  const { ask, sendForm, path, form, posts } = await published()
  const question = await seen(ask(`${path}/delete`))
  assert.equal(posts.size, 1, 'asking deletes nothing')

  const fields = { revision: hidden(question, 'revision') }
  assert.match(
    await seen(sendForm(`${path}/delete`, { revision: '' }), 409),
    /changed since you asked/,
  )
  assert.equal(await led(sendForm(`${path}/delete`, fields)), '/')
  assert.equal(posts.size, 0)
  await seen(ask(path), 410)
  await seen(ask(`${path}/edit`), 410)
  const late = await seen(sendForm(`${path}/edit`, { ...form, title: 'Mine' }), 410)
  assert.match(late, /was deleted meanwhile[\s\S]*value="Mine"/)
})

test('what was typed is kept also when it is deleted between a refusal and the look at why', async () => {
  const refused = {
    'PATCH /api/posts/{id}': PostError,
    'PUT /api/drafts/{id}': DraftError,
  } as const
  const gone = {
    'GET /api/posts/{id}': new PostError('PostNotFound', 'gone'),
    'GET /api/drafts/{id}': new DraftError('DraftNotFound', 'gone'),
  } as const
  const { sendForm } = aBlog({
    async call(on) {
      const Refusal = refused[on as keyof typeof refused]
      throw Refusal ? new Refusal('RevisionConflict', 'late') : gone[on as keyof typeof gone]
    },
  })
  for (const path of [`/posts/${anId(1)}/edit`, `/drafts/${anId(1)}`]) {
    const page = await seen(sendForm(path, { ...summer, title: 'Mine', revision: '1' }), 410)
    assert.match(page, /was deleted meanwhile[\s\S]*value="Mine"/)
  }
})

test('pages of authors send everybody else to sign in, and readers see no way there', async () => {
  const { ask, sendForm, put } = aBlog({ authorToken: 'a-token-of-the-author' })
  const post = { id: anId(1), createdAt: '2026-01-02T03:04:05.678Z', ...summer }
  put({ post, revision: 1, version: 1 })
  const id = anId(1)

  for (const path of ['/drafts', `/drafts/${id}`, `/drafts/${id}/delete`, `/posts/${id}/edit`])
    assert.equal(await led(ask(path)), `/sign-in?to=${encodeURIComponent(path)}`)
  for (const path of [`/drafts/${id}/delete`, `/posts/${id}/delete`])
    assert.equal(await led(sendForm(path, { revision: '1' })), '/sign-in')
  assert.doesNotMatch(await seen(ask(`/posts/${id}`)), /\/edit|\/delete/)
  for (const action of ['save', 'schedule', 'preview', 'publish'])
    await seen(sendForm('/write', { ...summer, action, publishAt: later, token: 'a guess' }), 401)
})

test('what was typed comes again when its author is signed in no more, and nothing is done', async () => {
  const { sendForm, calls } = aBlog({ authors: ['ann@example.org'] })
  for (const path of ['/write', `/drafts/${anId(1)}`, `/posts/${anId(1)}/edit`])
    for (const action of ['publish', 'save', 'schedule', 'preview']) {
      const sent = { ...summer, title: 'Mine', revision: '7', publishAt: later, action }
      const page = await seen(sendForm(path, sent), 401)
      assert.match(page, /not signed in any more/)
      assert.match(page, /value="Mine"[\s\S]*Joe is going to Spain<\/textarea>/)
      assert.match(page, new RegExp(`<form method="post" action="${path}">`))
      assert.equal(hidden(page, 'revision'), path === '/write' ? '' : '7')
    }
  assert.deepEqual(calls, [])
})

test('no draft is kept by a browser or a proxy', async () => {
  const { ask, path } = await begun()
  for (const each of ['/write', '/drafts', path, `${path}/delete`])
    assert.equal((await ask(each)).headers.get('Cache-Control'), 'no-store')
  await seen(ask('/drafts?cursor=x'), 400)
  await seen(ask('/drafts/x'), 404)
})
