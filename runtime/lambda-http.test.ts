import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HttpApiEvent } from './lambda-event.ts'
import { type Caller, httpApi } from './lambda-http.ts'
import { aContext, aRequest } from './testing.ts'

describe('a request', () => {
  test('comes as it was sent', async () => {
    const { request } = await received({
      ...aRequest('POST', '/api/posts'),
      rawQueryString: 'a=1&b=x%20y&b=z',
      headers: { host: 'blog.test', 'content-type': 'application/json', 'x-many': 'a,b' },
      body: '{"title":"é😀"}',
    })

    assert.equal(request.method, 'POST')
    assert.equal(request.url, 'https://blog.test/api/posts?a=1&b=x%20y&b=z')
    assert.equal(request.headers.get('content-type'), 'application/json')
    assert.equal(request.headers.get('x-many'), 'a,b')
    assert.equal(await request.text(), '{"title":"é😀"}')
  })

  test('with bytes has the very ones', async () => {
    const body = Buffer.from([0, 255, 128, 10]).toString('base64')
    const { request } = await received({
      ...aRequest('PUT', '/file'),
      ...{ body, isBase64Encoded: true },
    })

    assert.deepEqual([...new Uint8Array(await request.arrayBuffer())], [0, 255, 128, 10])
  })

  test('is given no Content-Type that it did not have', async () => {
    const { request } = await received({ ...aRequest('POST', '/'), body: 'text' })

    assert.equal(request.headers.get('content-type'), null)
  })

  test('has its cookies in one header', async () => {
    const { request } = await received({ ...aRequest('GET', '/'), cookies: ['a=1', 'b=2'] })

    assert.equal(request.headers.get('cookie'), 'a=1; b=2')
  })

  test('without a body has none, whatever its method', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE', 'PATCH', 'PUT']) {
      const { request } = await received(aRequest(method, '/'))
      assert.deepEqual([request.method, request.body], [method, null])
    }
  })

  test('whose GET has a body loses that: nobody may read it', async () => {
    const { request } = await received({ ...aRequest('GET', '/'), body: 'text' })

    assert.equal(request.body, null)
  })

  test('has a header beyond Latin-1 as its bytes', async () => {
    const { request } = await received({ ...aRequest('GET', '/'), headers: { 'x-name': '😀' } })

    assert.equal(Buffer.from(request.headers.get('x-name') ?? '', 'latin1').toString(), '😀')
  })

  const paths = [
    ['decoded', '/topics/a b', '/topics/a%20b'],
    ['decoded to what begins a query', '/topics/why?', '/topics/why%3F'],
    ['decoded to what begins a fragment', '/topics/c#', '/topics/c%23'],
    ['decoded to a percent sign', '/topics/100%', '/topics/100%25'],
    ['decoded to letters beyond ASCII', '/topics/é😀', '/topics/%C3%A9%F0%9F%98%80'],
    ['encoded still', '/topics/a%20b', '/topics/a%20b'],
    ['of the root', '/', '/'],
  ] as const
  for (const [what, rawPath, pathname] of paths)
    test(`has the path that was asked for, ${what}`, async () => {
      const { request } = await received({ ...aRequest('GET', rawPath), rawQueryString: 'q=1' })

      assert.equal(new URL(request.url).pathname, pathname)
      assert.equal(new URL(request.url).search, '?q=1')
    })

  test('to a stage with a name has the path behind it', async () => {
    const inStage = (rawPath: string) => {
      const event = aRequest('GET', rawPath)
      return { ...event, requestContext: { ...event.requestContext, stage: 'live' } }
    }
    for (const [rawPath, pathname] of [
      ['/live/api/posts', '/api/posts'],
      ['/live', '/'],
      ['/lively', '/lively'],
    ] as const)
      assert.equal(new URL((await received(inStage(rawPath))).request.url).pathname, pathname)
  })

  test('is its author’s when the authorizer says so, and only then', async () => {
    const said = async (lambda: Readonly<Record<string, unknown>> | null) => {
      const event = aRequest('POST', '/api/posts')
      const requestContext = { ...event.requestContext, authorizer: { lambda } }
      return (await received({ ...event, requestContext })).caller.isAuthorized
    }

    for (const isAuthorized of [true, 'true']) assert.equal(await said({ isAuthorized }), true)
    for (const lambda of [null, {}, { isAuthorized: false }, { isAuthorized: 'false' }])
      assert.equal(await said(lambda), false)
    assert.equal((await received(aRequest('POST', '/'))).caller.isAuthorized, false)
    assert.equal((await received(aRequest('POST', '/'))).caller.address, '192.0.2.1')
  })
})

describe('a response', () => {
  test('goes with its status, headers and text', async () => {
    const headers = { 'Content-Type': 'application/json', Location: '/api/posts/1' }

    assert.deepEqual(await answered(new Response('{"title":"é😀"}', { status: 201, headers })), {
      statusCode: 201,
      headers: { 'content-type': 'application/json', location: '/api/posts/1' },
      body: '{"title":"é😀"}',
      isBase64Encoded: false,
    })
  })

  test('has a line for each cookie', async () => {
    const response = new Response('')
    response.headers.append('Set-Cookie', 'a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT')
    response.headers.append('Set-Cookie', 'b=2')

    const { cookies, headers } = await answered(response)

    assert.deepEqual(cookies, ['a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT', 'b=2'])
    assert.equal(headers['set-cookie'], undefined)
  })

  test('joins further headers of one name', async () => {
    const response = new Response('')
    response.headers.append('Vary', 'Accept')
    response.headers.append('Vary', 'Origin')

    assert.equal((await answered(response)).headers.vary, 'Accept, Origin')
  })

  test('of bytes goes as Base64, however long', async () => {
    const bytes = new Uint8Array(100_000).fill(255)

    const { body, isBase64Encoded } = await answered(new Response(bytes))

    assert.ok(isBase64Encoded)
    assert.deepEqual(new Uint8Array(Buffer.from(body, 'base64')), bytes)
  })

  test('that is compressed goes as Base64, also where its bytes are text', async () => {
    const response = new Response('text', { headers: { 'Content-Encoding': 'identity' } })

    assert.equal((await answered(response)).isBase64Encoded, true)
  })

  test('keeps a byte order mark', async () => {
    assert.equal((await answered(new Response('\ufefftext'))).body, '\ufefftext')
  })

  test('without a body has an empty one', async () => {
    assert.equal((await answered(new Response(null, { status: 204 }))).body, '')
  })
})

test('what the app throws is API Gateway’s to answer', async () => {
  const handler = httpApi(() => {
    throw new Error('The lorry is broken')
  })

  await assert.rejects(handler(aRequest('GET', '/'), aContext()), /The lorry is broken/)
})

async function received(event: HttpApiEvent): Promise<{ request: Request; caller: Caller }> {
  const calls: { request: Request; caller: Caller }[] = []
  const handler = httpApi((request, caller) => {
    calls.push({ request, caller })
    return new Response('')
  })
  await handler(event, aContext())
  return calls[0] as (typeof calls)[number]
}

const answered = (response: Response) => httpApi(() => response)(aRequest('GET', '/'), aContext())
