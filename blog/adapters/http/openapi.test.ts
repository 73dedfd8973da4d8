import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blog } from '../../flow.ts'
import { aSavedDraft } from '../../testing/builders.ts'
import { endpoints } from './endpoints.ts'
import { openapi } from './openapi.ts'
import { aBlog, anId, summer } from './testing.ts'

type Json = Record<string, unknown>
interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly description?: string
  readonly schema: Json
}
interface Operation {
  readonly operationId: string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly content: Json }
  readonly responses: Readonly<Record<string, { headers?: Json; content?: Json }>>
  readonly security?: unknown
}

const open = openapi({ publicUrl: 'http://blog.example', signIn: false })
const closed = openapi({ publicUrl: 'http://blog.example', signIn: true })
const paths = open.paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>
const operationOf = (on: string): Operation => {
  const [method, path] = on.split(' ') as [string, string]
  const operation = paths[path]?.[method.toLowerCase()]
  assert.ok(operation, on)
  return operation
}

test('the API is the routes of the flow below /api, each once', () => {
  const routes = blog.steps.flatMap((step) => (step.kind === 'route' ? [step.on] : []))
  const ours = routes.filter((on) => on.split(' ')[1]?.startsWith('/api/'))
  assert.ok(ours.length > 5)
  assert.deepEqual(endpoints.map(({ on }) => on).toSorted(), ours.toSorted())
  const documented = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((key) => key !== 'parameters')
      .map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.deepEqual(documented.toSorted(), ours.toSorted())
})

test('the routes that pages call are in the flow as well', () => {
  const routes = blog.steps.flatMap((step) => (step.kind === 'route' ? [step.on] : []))
  for (const on of [
    'GET /subscriptions/confirm/{token}',
    'POST /subscriptions/unsubscribe/{token}',
  ])
    assert.ok(routes.includes(on), on)
})

test('the document is served', async () => {
  const { ask } = aBlog()
  const answer = await ask('/openapi.json')
  assert.match(answer.headers.get('Content-Type') ?? '', /^application\/json/)
  assert.deepEqual(await answer.json(), open)
})

test('every $ref of the document leads somewhere, and every component is used', () => {
  for (const document of [open, closed]) {
    const text = JSON.stringify(document)
    const refs = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref as string))
    assert.ok(refs.size > 10)
    for (const ref of refs) {
      const [start, ...keys] = ref.split('/')
      assert.equal(start, '#')
      const found = keys.reduce<unknown>((at, key) => (at as Json | undefined)?.[key], document)
      assert.ok(found, ref)
    }
    const components = document.components as Readonly<Record<string, Json>>
    for (const kind of ['schemas', 'parameters', 'headers'])
      for (const name of Object.keys(components[kind] ?? {}))
        assert.ok(refs.has(`#/components/${kind}/${name}`), name)
  }
})

test('every operation has a name of its own, and every parameter and answer a description', () => {
  const operations = endpoints.map(({ on }) => operationOf(on))
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
  for (const { parameters, responses } of operations) {
    for (const { description, name } of parameters) assert.ok(description, name)
    for (const [status, answer] of Object.entries(responses)) {
      assert.ok((answer as { description?: string }).description, status)
      const type = Number(status) >= 400 ? 'application/problem+json' : 'application/json'
      const { content } = answer
      if (!['204', '304'].includes(status)) assert.deepEqual(Object.keys(content ?? {}), [type])
    }
  }
})

test('what an operation takes and answers stands in the document', () => {
  const named = (on: string) =>
    operationOf(on).parameters.map(({ name, required }) => `${name}${required ? '!' : ''}`)
  assert.deepEqual(named('GET /api/posts'), ['topic', 'limit', 'cursor'])
  assert.deepEqual(named('POST /api/posts'), ['Idempotency-Key'])
  assert.deepEqual(named('PATCH /api/posts/{id}'), ['If-Match!'])
  assert.deepEqual(named('GET /api/posts/{id}'), ['If-None-Match'])
  assert.deepEqual(operationOf('GET /api/posts').parameters[1]?.schema, {
    default: 20,
    type: 'integer',
    minimum: 1,
    maximum: 100,
  })
  const statuses = (on: string) => Object.keys(operationOf(on).responses).join(' ')
  assert.equal(statuses('POST /api/posts'), '201 400 403 413 415 421 422 500 503')
  assert.equal(statuses('PATCH /api/posts/{id}'), '200 400 403 404 412 413 415 421 428 500 503')
  assert.equal(statuses('GET /api/posts/{id}'), '200 304 400 404 421 500 503')
  const { responses } = operationOf('POST /api/posts')
  assert.deepEqual(Object.keys(responses[201]?.headers ?? {}), ['Location', 'ETag'])
  const { Draft } = (open.components as { schemas: Record<string, Json> }).schemas
  assert.deepEqual(Draft?.required, ['author', 'title', 'body', 'topic'])
  assert.equal(Draft?.additionalProperties, false)
})

test('where a sign-in is needed the document says so, and else does not', () => {
  const { post, get } = (closed.paths as typeof paths)['/api/posts'] ?? {}
  assert.deepEqual(post?.security, [{ author: [] }])
  assert.deepEqual((closed.components as Json).securitySchemes, {
    author: { type: 'http', scheme: 'bearer' },
  })
  assert.ok(post?.responses[401])
  assert.equal(get?.security, undefined)
  assert.equal(operationOf('POST /api/posts').security, undefined)
})

test('each answer is of the status, the headers and the shape that the document gives it', async () => {
  const { send, ask, put, posts, drafts } = aBlog()
  const id = anId(1)
  for (const n of [51, 52, 53]) await drafts.create(aSavedDraft({ id: anId(n) }))
  const draft = `/api/drafts/${anId(51)}`
  const any = { 'If-Match': '*' }
  const cases: readonly [string, () => Promise<Response>][] = [
    ['POST /api/posts', () => send('POST', '/api/posts', summer)],
    ['GET /api/posts', () => ask('/api/posts?limit=1')],
    ['GET /api/posts/{id}', () => ask(`/api/posts/${id}`)],
    ['PATCH /api/posts/{id}', () => send('PATCH', `/api/posts/${id}`, { title: 'New' }, any)],
    ['GET /api/posts/{id}/progress', () => ask(`/api/posts/${id}/progress`)],
    ['GET /api/topics', () => ask('/api/topics')],
    ['GET /api/search', () => ask('/api/search?q=spain&limit=1')],
    ['GET /api/mentions', () => ask('/api/mentions?name=spain&limit=1')],
    [
      'POST /api/subscriptions',
      () => send('POST', '/api/subscriptions', { email: 'a@b.example', topic: 'summer' }),
    ],
    ['POST /api/drafts', () => send('POST', '/api/drafts', { title: 'Only' })],
    ['GET /api/drafts', () => ask('/api/drafts?limit=1')],
    ['GET /api/drafts/{id}', () => ask(draft)],
    ['PUT /api/drafts/{id}', () => send('PUT', draft, { ...summer, publishAt: null }, any)],
    [
      'POST /api/drafts/{id}/publish',
      () => ask(`${draft}/publish`, { method: 'POST', headers: any }),
    ],
    [
      'DELETE /api/drafts/{id}',
      () => ask(`/api/drafts/${anId(52)}`, { method: 'DELETE', headers: any }),
    ],
    ['DELETE /api/posts/{id}', () => ask(`/api/posts/${id}`, { method: 'DELETE', headers: any })],
  ]
  assert.equal(cases.length, endpoints.length)
  await send('POST', '/api/posts', summer)
  await send('POST', '/api/posts', summer)
  const entities = { locations: ['Spain'], persons: [], organizations: [] }
  for (const each of posts.values()) put({ ...each, post: { ...each.post, entities } })
  for (const [on, call] of cases) {
    const endpoint = endpoints.find((each) => each.on === on)
    const answer = await call()
    assert.equal(answer.status, endpoint?.success.status, on)
    for (const name of endpoint?.success.headers ?? []) assert.ok(answer.headers.get(name), name)
    const text = await answer.text()
    if (endpoint?.success.body) endpoint.success.body.parse(JSON.parse(text))
    else assert.equal(text, '')
  }
})
