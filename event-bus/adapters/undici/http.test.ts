import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { httpContract } from '../../http.contract.ts'
import type { HttpRequest } from '../../ports.ts'
import { type UndiciHttp, type UndiciHttpOptions, undiciHttp } from './http.ts'
import { certificateFor, type TestServer, testServer } from './testing.ts'

httpContract('undiciHttp', (resolve) =>
  undiciHttp({ allow: ['127.0.0.1'], allowLoopback: false, resolve }),
)

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const { close } of opened.splice(0).reverse()) await close()
})

/** Closed before the servers that it has connections to. */
function anHttp(options: Partial<UndiciHttpOptions> = {}): UndiciHttp {
  const http = undiciHttp({ allow: [], allowLoopback: true, ...options })
  opened.push(http)
  return http
}
async function aServer(...made: Parameters<typeof testServer>): Promise<TestServer> {
  const server = await testServer(...made)
  opened.push(server)
  return server
}
const aRequest = (url: string, fields: Partial<HttpRequest> = {}): HttpRequest => ({
  url,
  method: 'POST',
  headers: {},
  body: '{}',
  signal: new AbortController().signal,
  timeoutMs: 5_000,
  ...fields,
})
const at = (...addresses: readonly string[]) =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

describe('a request', () => {
  test('is sent as it is told, and the answer is told as it came', async () => {
    const server = await aServer()
    server.answer = (response) => {
      response.writeHead(418, { 'X-Kind': 'pot', 'Set-Cookie': ['a=1', 'b=2'] })
      response.end('short and stöut')
    }

    const response = await anHttp().request(
      aRequest(`${server.url}/a%20b?c=d`, {
        method: 'PUT',
        headers: { 'X-Tea': 'green' },
        body: '☕',
      }),
    )

    const [request] = server.requests
    assert.equal(request?.method, 'PUT')
    assert.equal(request?.path, '/a%20b?c=d')
    assert.equal(request?.body, '☕')
    assert.equal(request?.headers['x-tea'], 'green')
    assert.equal(request?.headers['content-length'], '3')
    assert.equal(request?.headers.host, `127.0.0.1:${server.port}`)
    assert.equal(response.status, 418)
    assert.equal(response.headers['x-kind'], 'pot')
    assert.equal(response.headers['set-cookie'], 'a=1, b=2')
    assert.equal(response.body, 'short and stöut')
  })

  test('without a body has no Content-Length', async () => {
    const server = await aServer()

    await anHttp().request(aRequest(server.url, { method: 'GET', body: null }))

    assert.equal(server.requests[0]?.headers['content-length'], undefined)
  })

  test('to a redirecting server goes nowhere else', async () => {
    const elsewhere = await aServer()
    const server = await aServer()
    server.answer = (response) => response.writeHead(307, { location: elsewhere.url }).end()

    const { status } = await anHttp().request(aRequest(server.url))

    assert.equal(status, 307)
    assert.equal(elsewhere.requests.length, 0)
  })

  test('that is none of HTTP is refused', async () => {
    const http = anHttp()
    for (const [url, fields] of [
      ['ftp://127.0.0.1/', {}],
      ['nothing', {}],
      ['http://127.0.0.1:1/', { headers: { 'X-A': 'b\r\nX-C: d' } }],
      ['http://127.0.0.1:1/', { headers: { 'X A': 'b' } }],
      ['http://127.0.0.1:1/', { method: 'GET /' }],
    ] as const)
      await assert.rejects(http.request(aRequest(url, fields)), {
        name: 'DeliveryRefused',
        code: 'INVALID_PARAMETER',
      })
  })
})

describe('connections', () => {
  test('are used again', async () => {
    const server = await aServer()
    const http = anHttp()

    for (let i = 0; i < 20; i++) await http.request(aRequest(server.url))

    // One is not free yet in the turn in which it has answered.
    assert.ok(server.connections <= 2, `${server.connections} connections`)
  })

  test('to an origin are at most as many as is told', async () => {
    const server = await aServer()
    server.answer = (response) => setImmediate(() => response.end())
    const http = anHttp({ connectionsPerOrigin: 2 })

    await Promise.all(Array.from({ length: 12 }, () => http.request(aRequest(server.url))))

    assert.equal(server.connections, 2)
    assert.equal(server.requests.length, 12)
  })

  test('to the origin that was not used for longest make room for others', {
    timeout: 10_000,
  }, async () => {
    const [first, second, third] = [await aServer(), await aServer(), await aServer()]
    for (const server of [first, second])
      server.answer = (response) => response.setHeader('keep-alive', 'timeout=60').end()
    const http = anHttp({ origins: 2 })

    for (const { url } of [first, second, first, third]) await http.request(aRequest(url))
    await second.closedTo(0)

    assert.equal(first.open, 1)
    await http.request(aRequest(second.url))
    assert.equal(second.requests.length, 2)
  })

  test('that make room answer first', async () => {
    const server = await aServer()
    const waiting = Promise.withResolvers<() => void>()
    server.answer = (response) => waiting.resolve(() => response.end('late'))
    const http = anHttp({ origins: 1 })

    const answer = http.request(aRequest(server.url))
    const end = await waiting.promise
    await http.request(aRequest((await aServer()).url))
    end()

    assert.equal((await answer).body, 'late')
  })
})

describe('an answer', () => {
  test('without end is cut after 64 KB, and its connection closed', async () => {
    const server = await aServer()
    const chunk = 'x'.repeat(10_000)
    server.answer = (response) => {
      const more = () => !response.destroyed && response.write(chunk, () => setImmediate(more))
      more()
    }

    const { body } = await anHttp().request(aRequest(server.url))

    assert.equal(body, 'x'.repeat(65_536))
    await server.closedTo(0)
  })

  for (const [what, answer] of Object.entries({
    'that does not come': () => {},
    'that stops in the middle': (response) => void response.write('so far'),
    'that trickles': (response) => {
      const timer = setInterval(() => response.write('.'), 5)
      response.on('close', () => clearInterval(timer))
    },
  } satisfies Record<string, TestServer['answer']>))
    test(`${what} is too late after the time limit`, async () => {
      const server = await aServer()
      server.answer = answer

      await assert.rejects(anHttp().request(aRequest(server.url, { timeoutMs: 60 })), {
        name: 'DeliveryFailed',
        code: 'TIMEOUT',
        message: `${server.url} did not answer within 60 ms.`,
      })
      await server.closedTo(0)
    })

  test('that is not wanted any more ends with the reason', async () => {
    const server = await aServer()
    const aborted = new AbortController()
    server.answer = () => aborted.abort(new Error('enough'))
    const http = anHttp()

    const answer = http.request(aRequest(server.url, { signal: aborted.signal }))

    await assert.rejects(answer, { message: 'enough' })
    await assert.rejects(http.request(aRequest(server.url, { signal: aborted.signal })), {
      message: 'enough',
    })
    assert.equal(server.requests.length, 1)
  })

  for (const [what, answer] of Object.entries({
    'that is a reset': (response) => response.socket?.resetAndDestroy(),
    'that is a closed connection': (response) => response.socket?.destroy(),
    'that ends early': (response) => {
      response.writeHead(200, { 'content-length': 10 })
      response.write('half', () => response.socket?.destroy())
    },
    'that is no HTTP': (response) => response.socket?.end('hello\r\n\r\n'),
  } satisfies Record<string, TestServer['answer']>))
    test(`${what} is a failed connection`, async () => {
      const server = await aServer()
      server.answer = answer

      await assert.rejects(anHttp().request(aRequest(server.url)), {
        name: 'DeliveryFailed',
        code: 'CONNECTION_FAILURE',
      })
    })

  test('comes again after a failed connection', async () => {
    const server = await aServer()
    const http = anHttp()
    server.answer = (response) => response.socket?.destroy()
    await assert.rejects(http.request(aRequest(server.url)))
    server.answer = (response) => response.end('here')

    assert.equal((await http.request(aRequest(server.url))).body, 'here')
  })

  test('of nobody who listens is a failed connection', async () => {
    const { url, close } = await testServer()
    await close()

    await assert.rejects(anHttp().request(aRequest(url)), {
      name: 'DeliveryFailed',
      code: 'CONNECTION_FAILURE',
      message: `The connection to ${url} failed (ECONNREFUSED).`,
    })
  })
})

describe('TLS', () => {
  const certificate = certificateFor('hooks.test')
  const resolve = async () => at('127.0.0.1')

  test('is asked for the name, and the name is checked', async () => {
    const { port, requests } = await aServer(certificate)
    const http = anHttp({ resolve, ca: [certificate.cert] })

    const { status } = await http.request(aRequest(`https://hooks.test:${port}/`))

    assert.equal(status, 200)
    assert.equal(requests[0]?.servername, 'hooks.test')
    assert.equal(requests[0]?.headers.host, `hooks.test:${port}`)
    await assert.rejects(http.request(aRequest(`https://other.test:${port}/`)), {
      code: 'CONNECTION_FAILURE',
      message: /ERR_TLS_CERT_ALTNAME_INVALID/,
    })
  })

  test('of a certificate that nobody vouches for fails', async () => {
    const { port, requests } = await aServer(certificate)

    await assert.rejects(anHttp({ resolve }).request(aRequest(`https://hooks.test:${port}/`)), {
      name: 'DeliveryFailed',
      code: 'CONNECTION_FAILURE',
      message: /SELF_SIGNED/,
    })
    assert.equal(requests.length, 0)
  })
})
