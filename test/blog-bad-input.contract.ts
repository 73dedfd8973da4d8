/** Whatever a stranger sends is answered with what is wrong with it; nothing of it is kept, and nothing breaks. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, afterEach, before, describe, test } from 'node:test'
import { aDraft } from './api.ts'
import { type Answer, type Call, call } from './http.ts'
import type { Differences } from './running.ts'
import type { Open, Stage } from './stage.ts'
import { askForMail, confirmLinkIn } from './subscriber.ts'
import { within } from './within.ts'

interface BadCall extends Call {
  readonly name: string
  readonly path?: string
  readonly answered: number | readonly number[]
  /** The fields that the answer names; these and no others. */
  readonly fields?: readonly string[]
}

const unknownId = '00000000-0000-7000-8000-000000000000'
const json = { 'content-type': 'application/json' }
const twoMegabytes = JSON.stringify(aDraft({ body: 'x'.repeat(2_000_000) }))

const drafts: readonly BadCall[] = [
  { name: 'no field', json: {}, answered: 400, fields: ['author', 'body', 'title', 'topic'] },
  {
    name: 'fields of wrong types',
    json: { author: 7, title: null, body: ['Joe'], topic: { summer: true } },
    answered: 400,
    fields: ['author', 'body', 'title', 'topic'],
  },
  ...(['author', 'title', 'body', 'topic'] as const).flatMap((field): readonly BadCall[] => [
    { name: `no ${field}`, json: aDraft({ [field]: undefined }), answered: 400, fields: [field] },
    { name: `a blank ${field}`, json: aDraft({ [field]: ' \n ' }), answered: 400, fields: [field] },
    {
      name: `U+0000 in ${field}`,
      json: aDraft({ [field]: 'a\0b' }),
      answered: 400,
      fields: [field],
    },
    {
      name: `half a character in ${field}`,
      json: aDraft({ [field]: 'a\ud800b' }),
      answered: 400,
      fields: [field],
    },
    {
      name: `a ${field} that is too long`,
      json: aDraft({ [field]: 'x'.repeat(50_001) }),
      answered: 400,
      fields: [field],
    },
  ]),
  {
    name: 'a line break in the title',
    json: aDraft({ title: 'Title\r\nBcc: everybody@example.org' }),
    answered: 400,
    fields: ['title'],
  },
  { name: 'a field too many', json: { ...aDraft(), entities: {} }, answered: 400 },
  {
    name: 'a key that is too long',
    json: aDraft(),
    headers: { 'idempotency-key': 'k'.repeat(256) },
    answered: 400,
  },
  ...['{', '', 'null', '[]', '"text"', `${'['.repeat(100_000)}`].map(
    (body): BadCall => ({
      name: `${body.slice(0, 8)} as JSON`,
      body,
      headers: json,
      answered: 400,
    }),
  ),
  {
    name: 'bytes that are not UTF-8',
    body: Buffer.concat([
      Buffer.from('{"author":"a","title":"t","topic":"s","body":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]),
    headers: json,
    answered: 400,
  },
  { name: 'no content type', body: JSON.stringify(aDraft()), answered: 415 },
  {
    name: 'JSON called text',
    body: JSON.stringify(aDraft()),
    headers: { 'content-type': 'text/plain' },
    answered: 415,
  },
  { name: 'a form', form: { ...aDraft() }, answered: 415 },
  {
    name: 'another charset',
    body: JSON.stringify(aDraft()),
    headers: { 'content-type': 'application/json; charset=latin1' },
    answered: 415,
  },
  { name: 'two megabytes', body: twoMegabytes, headers: json, answered: 413 },
  {
    name: 'two megabytes of unknown length',
    body: twoMegabytes,
    headers: json,
    chunked: true,
    answered: 413,
  },
  {
    name: "another site's page",
    json: aDraft(),
    headers: { origin: 'https://evil.example' },
    answered: 403,
  },
  { name: 'an unreadable origin', json: aDraft(), headers: { origin: 'null' }, answered: 403 },
]

const toAnotherHost = { headers: { host: 'evil.example' }, answered: [403, 421] }
const otherHosts: readonly BadCall[] = [
  { name: 'a post to another host', path: '/api/posts', json: aDraft(), ...toAnotherHost },
  { name: 'another host reads', path: '/api/posts', ...toAnotherHost },
]

const requests: readonly BadCall[] = [
  { name: 'unknown route', path: '/api/nothing', answered: 404 },
  {
    name: 'unknown route to post to',
    path: '/api/nothing',
    method: 'POST',
    json: {},
    answered: 404,
  },
  { name: 'wrong method', path: '/api/posts', method: 'PUT', json: aDraft(), answered: 405 },
  {
    name: 'wrong method on a post',
    path: `/api/posts/${unknownId}`,
    method: 'POST',
    json: {},
    answered: 405,
  },
  { name: 'unknown id', path: `/api/posts/${unknownId}`, answered: 404 },
  {
    name: 'edit of an unknown id',
    path: `/api/posts/${unknownId}`,
    method: 'PATCH',
    json: { title: 'New' },
    headers: { 'if-match': '*' },
    answered: 404,
  },
  {
    name: 'deletion of an unknown id',
    path: `/api/posts/${unknownId}`,
    method: 'DELETE',
    headers: { 'if-match': '*' },
    answered: 404,
  },
  { name: 'an id that is none', path: '/api/posts/1%27%20OR%201=1', answered: [400, 404] },
  { name: 'half a percent sign', path: '/api/posts/%E0%A4%A', answered: [400, 404] },
  ...['limit=0', 'limit=101', 'limit=ten', 'limit=1.5', 'cursor=zzz', 'topik=summer'].map(
    (query): BadCall => ({ name: query, path: `/api/posts?${query}`, answered: 400 }),
  ),
]

const emails = [
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
  ['reader@example.org'],
  null,
]
const subscriptions: readonly BadCall[] = [
  ...emails.map(
    (email): BadCall => ({
      name: `${email} as an address`,
      json: { email, topic: 'summer' },
      answered: 400,
      fields: ['email'],
    }),
  ),
  { name: 'no address and no topic', json: {}, answered: 400, fields: ['email', 'topic'] },
  {
    name: 'a form to the API',
    form: { email: 'reader@example.org', topic: 'summer' },
    answered: 415,
  },
]

export function badInputContract(openStage: Open, differences: Differences = {}): void {
  describe('bad input', () => {
    let stage: Stage
    before(async () => {
      stage = await openStage()
    })
    afterEach((t) => stage.explain(t))
    after(() => stage.close())

    async function refused({
      name,
      path = '/',
      answered,
      fields,
      ...rest
    }: BadCall): Promise<Answer> {
      const answer = await call(`${stage.blog().url}${path}`, rest)
      const label = `${name}: ${answer.status} ${answer.text.slice(0, 500)}`
      assert.ok([answered].flat().includes(answer.status), label)
      assert.match(String(answer.headers['content-type']), /^application\/problem\+json\b/, label)
      assert.doesNotMatch(answer.text, /\\n\s+at |node_modules|node:internal|\.ts:\d/, label)
      const problem = answer.json<{
        readonly status: number
        readonly title: string
        readonly errors?: readonly { readonly field: string; readonly message: string }[]
      }>()
      assert.equal(problem.status, answer.status, label)
      assert.ok(problem.title, label)
      if (fields) {
        const named = new Set(problem.errors?.map(({ field }) => field))
        assert.deepEqual([...named].toSorted(), fields, label)
        assert.ok(
          problem.errors?.every(({ message }) => message.length > 0),
          label,
        )
      }
      return answer
    }

    /** Nothing that `work` does may be seen afterwards, and the blog goes on. */
    async function unharmed(work: () => Promise<void>): Promise<void> {
      const { post } = await stage.api.post({ title: 'Before', topic: 'before' })
      const posts = (await stage.api.all()).length
      await work()
      assert.equal((await stage.api.all()).length, posts, 'nothing was stored')
      assert.equal((await stage.api.find(post.id))?.title, 'Before', 'nothing was changed')
      const watch = await stage.openWatch({ topic: 'alive' })
      await stage.api.post({ topic: 'alive' })
      await watch.wait(({ post }) => post?.entities !== undefined, 'a post that is looked through')
      await watch.close()
    }

    test('every bad post is answered with all that is wrong with it, and none is stored', () =>
      unharmed(async () => {
        for (const draft of drafts) await refused({ ...draft, method: 'POST', path: '/api/posts' })
      }))

    test('every request for what is not there is answered as a problem', () =>
      unharmed(async () => {
        for (const request of requests) {
          const answer = await refused(request)
          if (answer.status === 405) assert.match(String(answer.headers.allow), /GET/, request.name)
        }
      }))

    test('a path out of the tree leads nowhere', async () => {
      // Behind a gateway that decodes paths it is the path of a page.
      for (const path of ['/api/posts/..%2f..%2fetc%2fpasswd', '/..%2f..%2fetc%2fpasswd']) {
        const { status, text } = await call(`${stage.blog().url}${path}`)
        assert.ok([400, 404].includes(status), `${path}: ${status}`)
        assert.doesNotMatch(text, /root:|\n\s+at |node_modules/, path)
      }
    })

    test(
      'every request to another host is answered as a problem',
      {
        skip: differences.without?.hosts ?? false,
      },
      () =>
        unharmed(async () => {
          for (const request of otherHosts)
            await refused({ ...request, method: request.json === undefined ? 'GET' : 'POST' })
        }),
    )

    test('every bad edit and deletion is answered as a problem and leaves the post as it is', async () => {
      const { post } = await stage.api.post({ title: 'Untouched' })
      const path = `/api/posts/${post.id}`
      const any = { 'if-match': '*' }
      const bad: readonly BadCall[] = [
        { name: 'no change', json: {}, headers: any, answered: 400 },
        { name: 'another id', json: { id: unknownId }, headers: any, answered: 400 },
        {
          name: 'a blank title',
          json: { title: ' ' },
          headers: any,
          answered: 400,
          fields: ['title'],
        },
        {
          name: 'a good and a bad field',
          json: { title: 'Touched', body: 7 },
          headers: any,
          answered: 400,
          fields: ['body'],
        },
        { name: 'no version', json: { title: 'Touched' }, answered: 428 },
        {
          name: 'no ETag',
          json: { title: 'Touched' },
          headers: { 'if-match': 'one' },
          answered: 400,
        },
        {
          name: 'a weak ETag',
          json: { title: 'Touched' },
          headers: { 'if-match': 'W/"1.1"' },
          answered: 412,
        },
        {
          name: 'another ETag',
          json: { title: 'Touched' },
          headers: { 'if-match': '"9.9"' },
          answered: 412,
        },
        {
          name: "another site's page",
          json: { title: 'Touched' },
          headers: { ...any, origin: 'https://evil.example' },
          answered: 403,
        },
      ]
      await unharmed(async () => {
        for (const edit of bad) await refused({ ...edit, method: 'PATCH', path })
        await refused({ name: 'no version', method: 'DELETE', path, answered: 428 })
        await refused({
          name: "another site's page",
          method: 'DELETE',
          path,
          headers: { ...any, origin: 'https://evil.example' },
          answered: 403,
        })
      })
      assert.equal((await stage.api.find(post.id))?.title, 'Untouched')
    })

    test('every bad address is refused, and nobody is sent a mail', () =>
      unharmed(async () => {
        const questions = () => stage.mail.mails.items.filter(({ text }) => confirmLinkIn(text))
        const { length } = questions()
        for (const subscription of subscriptions)
          await refused({ ...subscription, method: 'POST', path: '/api/subscriptions' })
        await askForMail(stage.blog().url, stage.mail, 'good@example.org', 'summer')
        const asked = questions().slice(length)
        assert.deepEqual(
          asked.map(({ to }) => to),
          ['good@example.org'],
        )
      }))

    test('bytes that are not HTTP end their own connection and nothing else', () =>
      unharmed(async () => {
        const { hostname, port } = new URL(stage.blog().url)
        for (const bytes of [
          '\0\0\0\0\r\n\r\n',
          'GET / HTTP/9.9\r\n\r\n',
          '\x16\x03\x01\x02\x00',
        ]) {
          const socket = connect(Number(port), hostname)
          socket.on('error', () => {}) // a reset ends it as well
          socket.resume()
          socket.write(bytes)
          socket.end()
          await within(10_000, 'the connection to end', once(socket, 'close'))
        }
      }))

    test('text that looks like a page is shown as text', async () => {
      const title = '<script>document.title="x"</script>'
      const body = '"><img src=x onerror=alert(1)> </article>'
      const { post } = await stage.api.post({ title, body, author: '<b>me</b>', topic: '<i>&"\'' })
      for (const path of ['/', `/posts/${post.id}`, `/topics/${encodeURIComponent(post.topic)}`]) {
        const { status, text, headers } = await call(`${stage.blog().url}${path}`)
        assert.equal(status, 200, path)
        assert.match(String(headers['content-security-policy']), /default-src/, path)
        for (const part of ['<script>document', '<img', '<b>me', '<i>&'])
          assert.ok(!text.includes(part), `${path} holds ${part}`)
      }
    })
  })
}
