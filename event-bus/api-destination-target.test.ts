/** Against real servers on this machine, through the adapter for HTTP. */
import assert from 'node:assert/strict'
import { after, afterEach, describe, test } from 'node:test'
import { inspect } from 'node:util'
import { undiciHttp } from './adapters/undici/http.ts'
import { type Answer, type TestServer, testServer } from './adapters/undici/testing.ts'
import { apiDestination } from './api-destination.ts'
import { apiDestinationTarget } from './api-destination-target.ts'
import type { AuthParameters } from './auth-parameters.ts'
import { connection, deauthorizedConnection } from './connection.ts'
import type { HttpParameters } from './http-parameters.ts'
import { oauthTokens } from './oauth-tokens.ts'
import type { Http, Secrets } from './ports.ts'

const secrets: Secrets = {
  seal: (plain) => Buffer.from(plain).toString('base64'),
  open: (sealed) => Buffer.from(sealed, 'base64').toString(),
}
const http = undiciHttp({ allow: [], allowLoopback: true })
const servers: TestServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})
after(() => http.close())

async function aServer(): Promise<TestServer> {
  const server = await testServer()
  servers.push(server)
  return server
}

const basic = { BasicAuthParameters: { Username: 'ann', Password: 'hunter2' } }

function aTarget(
  endpoint: string,
  {
    auth = basic,
    httpParameters = {},
    HttpMethod = 'POST',
    deauthorized = false,
    opens = secrets,
    through = http,
  }: {
    readonly auth?: AuthParameters
    readonly httpParameters?: HttpParameters
    readonly HttpMethod?: string
    readonly deauthorized?: boolean
    readonly opens?: Pick<Secrets, 'open'>
    readonly through?: Http
  } = {},
) {
  const AuthorizationType = auth.OAuthParameters
    ? 'OAUTH_CLIENT_CREDENTIALS'
    : auth.ApiKeyAuthParameters
      ? 'API_KEY'
      : 'BASIC'
  const made = connection({ Name: 'crm', AuthorizationType, AuthParameters: auth }, secrets)
  const clock = { now: () => new Date('2026-01-01T12:00:00Z') }
  const invoke = apiDestinationTarget({
    destination: apiDestination({
      Name: 'crm',
      ConnectionArn: 'arn:aws:events:eu-central-1:000000000000:connection/crm/1',
      InvocationEndpoint: endpoint,
      HttpMethod,
    }),
    connection: deauthorized ? deauthorizedConnection(made) : made,
    httpParameters,
    http: through,
    secrets: opens,
    tokens: oauthTokens({ http: through, clock }),
    clock,
  })
  return (text = '{"order":1}', signal = new AbortController().signal) => invoke(text, signal)
}

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end()

describe('a request', () => {
  test('has the text as its body and EventBridge’s headers', async () => {
    const server = await aServer()
    const text = '{"order": 12345678901234567890, "name":"ö"}'

    await aTarget(`${server.url}/hook`)(text)

    const [request] = server.requests
    assert.equal(request?.method, 'POST')
    assert.equal(request?.path, '/hook')
    assert.equal(request?.body, text)
    assert.deepEqual(request?.headers, {
      'user-agent': 'Amazon/EventBridge/ApiDestinations',
      'content-type': 'application/json; charset=utf-8',
      range: 'bytes=0-1048575',
      'accept-encoding': 'gzip,deflate',
      authorization: `Basic ${btoa('ann:hunter2')}`,
      'content-length': String(Buffer.byteLength(text)),
      host: `127.0.0.1:${server.port}`,
      connection: 'keep-alive',
    })
  })

  test('goes to the path that the target fills in', async () => {
    const server = await aServer()

    await aTarget(`${server.url}/v1/*/orders/*`, {
      httpParameters: { PathParameterValues: ['a/b', 'ö'] },
    })()

    assert.equal(server.requests[0]?.path, '/v1/a%2Fb/orders/%C3%B6')
  })

  for (const HttpMethod of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    test(`is made by ${HttpMethod}`, async () => {
      const server = await aServer()

      await aTarget(server.url, { HttpMethod })()

      const [request] = server.requests
      assert.equal(request?.method, HttpMethod)
      assert.equal(request?.body, /^(GET|HEAD)$/.test(HttpMethod) ? '' : '{"order":1}')
    })

  test('has five seconds', async () => {
    const given: number[] = []
    const slow: Http = {
      async request({ timeoutMs }) {
        given.push(timeoutMs)
        return { status: 200, headers: {}, body: '' }
      },
    }

    await aTarget('https://api.example.org/', { through: slow })()

    assert.deepEqual(given, [5_000])
  })
})

describe('it is authorized', () => {
  test('by a password outside ASCII', async () => {
    const server = await aServer()

    await aTarget(server.url, { auth: { BasicAuthParameters: { Username: 'ö', Password: '€' } } })()

    assert.equal(
      server.requests[0]?.headers.authorization,
      `Basic ${Buffer.from('ö:€').toString('base64')}`,
    )
  })

  test('by a key in the header of its name', async () => {
    const server = await aServer()
    const auth = { ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: 'hunter2' } }

    await aTarget(server.url, { auth, httpParameters: { HeaderParameters: { 'x-key': 'no' } } })()

    assert.equal(server.requests[0]?.headers['x-key'], 'hunter2')
    assert.equal(server.requests[0]?.headers.authorization, undefined)
  })

  /** Grants t1, t2, …, and lets in who has one of `valid`. */
  async function withOAuth(valid: readonly string[], refusal = 401) {
    const [login, server] = [await aServer(), await aServer()]
    login.answer = (response) =>
      response.end(JSON.stringify({ access_token: `t${login.requests.length}`, expires_in: 3_600 }))
    server.answer = (response, { headers }) => {
      const accepted = valid.includes(headers.authorization ?? '')
      response.writeHead(accepted ? 204 : refusal).end()
    }
    const OAuthParameters = {
      ClientParameters: { ClientID: 'me', ClientSecret: 'hunter2' },
      AuthorizationEndpoint: `${login.url}/token`,
      HttpMethod: 'POST' as const,
    }
    return { login, server, invoke: aTarget(server.url, { auth: { OAuthParameters } }) }
  }

  test('by a token, fetched once for many events', async () => {
    const { login, server, invoke } = await withOAuth(['Bearer t1'])

    await Promise.all([invoke(), invoke(), invoke()])
    await invoke()

    assert.equal(login.requests.length, 1)
    assert.equal(server.requests.length, 4)
  })

  for (const refusal of [401, 407])
    test(`by a new token when the old one is answered ${refusal}`, async () => {
      const { login, server, invoke } = await withOAuth(['Bearer t2'], refusal)

      await invoke()
      await invoke()

      assert.equal(login.requests.length, 2)
      assert.deepEqual(
        server.requests.map(({ headers }) => headers.authorization),
        ['Bearer t1', 'Bearer t2', 'Bearer t2'],
      )
    })

  test('by one new token for all who were refused', async () => {
    const { login, invoke } = await withOAuth(['Bearer t2'])

    await Promise.all([invoke(), invoke(), invoke()])

    assert.equal(login.requests.length, 2)
  })

  test('by no third token: the next attempt tries again', async () => {
    const { login, server, invoke } = await withOAuth(['Bearer t3'])

    await assert.rejects(invoke(), { name: 'DeliveryFailed', code: 'NO_PERMISSIONS' })
    assert.equal(server.requests.length, 2)

    await invoke()
    assert.equal(login.requests.length, 3)
  })

  test('by nothing when there is no token: the destination is not called', async () => {
    const { login, server, invoke } = await withOAuth([])
    login.answer = status(503, { 'retry-after': '9' })

    await assert.rejects(invoke(), {
      name: 'DeliveryFailed',
      retryAfterMs: 9_000,
      message: 'The authorization endpoint answered 503.',
    })
    assert.equal(server.requests.length, 0)
  })

  test('by nothing when the connection is deauthorized', async () => {
    const server = await aServer()

    await assert.rejects(aTarget(server.url, { deauthorized: true })(), {
      name: 'DeliveryRefused',
      code: 'NO_PERMISSIONS',
    })
    assert.equal(server.requests.length, 0)
  })

  test('by nothing while its secrets cannot be read: the event waits', async () => {
    const server = await aServer()
    let lost = true
    const opens: Pick<Secrets, 'open'> = {
      open(sealed) {
        if (lost) throw new Error('The key is missing.')
        return secrets.open(sealed)
      },
    }
    const invoke = aTarget(server.url, { opens })

    await assert.rejects(invoke(), {
      name: 'DeliveryFailed',
      code: 'INTERNAL_ERROR',
      message: 'The connection crm cannot be read: The key is missing.',
    })
    lost = false
    await invoke()
    assert.equal(server.requests.length, 1)
  })
})

describe('the outcome', () => {
  for (const [code, name] of [
    [401, 'DeliveryFailed'],
    [409, 'DeliveryFailed'],
    [429, 'DeliveryFailed'],
    [500, 'DeliveryFailed'],
    [302, 'DeliveryRefused'],
    [400, 'DeliveryRefused'],
    [404, 'DeliveryRefused'],
  ] as const)
    test(`of ${code} is ${name}, after one request`, async () => {
      const server = await aServer()
      server.answer = status(code, { location: '/elsewhere' })

      await assert.rejects(aTarget(server.url)(), {
        name,
        message: `The API destination answered ${code}.`,
      })
      assert.equal(server.requests.length, 1)
    })

  test('tells how long the destination wants to be left alone', async () => {
    const server = await aServer()
    server.answer = status(429, { 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' })

    await assert.rejects(aTarget(server.url)(), { code: 'THROTTLING', retryAfterMs: 30_000 })
  })

  test('of an attempt that has timed out is the signal’s', async () => {
    const server = await aServer()
    const aborted = new AbortController()
    server.answer = () => aborted.abort(new Error('late'))

    await assert.rejects(aTarget(server.url)('{}', aborted.signal), { message: 'late' })
  })

  test('never tells a secret, whatever goes wrong', async () => {
    const server = await aServer()
    const auth: AuthParameters = {
      ...basic,
      InvocationHttpParameters: {
        HeaderParameters: [{ Key: 'X-A', Value: 'hunter2', IsValueSecret: true }],
        QueryStringParameters: [{ Key: 'key', Value: 'hunter2', IsValueSecret: true }],
        BodyParameters: [{ Key: 'key', Value: 'hunter2', IsValueSecret: true }],
      },
    }
    const echo: Answer = (response, { headers }) =>
      response.writeHead(400, { 'x-seen': `${headers['x-a']}` }).end(JSON.stringify(headers))
    const garbage: Answer = (response, { path }) => response.socket?.end(`${path}\r\n\r\n`)
    const cut: Answer = (response) => response.socket?.destroy()

    const errors: unknown[] = []
    for (const answer of [echo, garbage, cut]) {
      server.answer = answer
      await aTarget(server.url, { auth })().catch((error) => errors.push(error))
    }
    for (const endpoint of ['https://127.0.0.1:1/', 'https://10.0.0.1/'])
      await aTarget(endpoint, { auth })().catch((error) => errors.push(error))
    const ApiKeyAuthParameters = { ApiKeyName: 'no header', ApiKeyValue: 'hunter2' }
    await aTarget(server.url, { auth: { ApiKeyAuthParameters } })().catch((error) =>
      errors.push(error),
    )

    assert.equal(errors.length, 6)
    for (const error of errors)
      assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes('hunter2'), `${error}`)
  })
})
