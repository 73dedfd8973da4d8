/** The bus's port, asked by real requests: friendly ones, foreign ones, and broken ones. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import type { DeadLetterQueue } from '../../dead-letter-queue.ts'
import type { Status } from '../../engine/status.ts'
import { aDeadLetter, handClock } from '../../testing.ts'
import { busRequests } from './bus-server.ts'
import type { Visitors } from './sign-in.ts'

const empty: Status = { targets: [], waiting: [], deadLetters: [] }

const none = { list: async () => ({ deadLetters: [], next: null }) }

interface Options {
  readonly status?: () => Promise<Status>
  readonly deadLetters?: Pick<DeadLetterQueue, 'list'>
  readonly hosts?: readonly string[] | null
  readonly ready?: () => boolean
  readonly signatures?: Visitors | null
  readonly awsJson?: RequestListener
}

/** Listens until the test ends. Answers how to ask it. */
async function aBus(
  t: TestContext,
  {
    status = async () => empty,
    deadLetters = none,
    hosts = null,
    ready = () => true,
    signatures = null,
    awsJson = (_request, response) => void response.end('the door'),
  }: Options = {},
) {
  const logged: object[] = []
  const log = (line: object) => logged.push(line)
  const server = createServer(
    busRequests({
      ...{ engine: { status }, clock: handClock() },
      ...{ deadLetters, hosts, ready, log, signatures, awsJson },
      metrics: async () => 'busbar_events_total 7\n',
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    port,
    logged,
    async ask(method: string, path: string, headers: Record<string, string> = {}, body = '') {
      const asked = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
      asked.end(body)
      const [answer] = await once(asked, 'response')
      return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
    },
    /** Sends bytes as they are and answers all that comes back. */
    async send(bytes: string): Promise<string> {
      const socket = connect(port, '127.0.0.1')
      socket.end(bytes)
      return text(socket).catch(() => '') // some are answered with a reset
    },
  }
}

describe('the bus answers', () => {
  test('that it lives, and whether it is ready', { timeout: 5_000 }, async (t) => {
    let ready = false
    const { ask } = await aBus(t, { ready: () => ready })

    assert.deepEqual(JSON.parse((await ask('GET', '/healthz')).body), { status: 'ok' })
    assert.equal((await ask('GET', '/readyz')).status, 503)
    const refused = await ask('POST', '/', {}, '{}')
    assert.equal(refused.status, 503)
    assert.equal(JSON.parse(refused.body).__type, 'ServiceUnavailableException')
    ready = true
    assert.equal((await ask('GET', '/readyz?verbose=1')).status, 200)
    assert.equal((await ask('POST', '/')).body, 'the door')
  })

  test('what it counts, as Prometheus reads it', { timeout: 5_000 }, async (t) => {
    const { ask } = await aBus(t)
    const { status, headers, body } = await ask('GET', '/metrics')
    assert.deepEqual([status, body], [200, 'busbar_events_total 7\n'])
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    assert.equal((await ask('POST', '/metrics')).status, 405)
  })

  test('which letters are dead, of a target and page by page', { timeout: 5_000 }, async (t) => {
    const asked: unknown[] = []
    const letter = { ...aDeadLetter(), id: 7 }
    const list: DeadLetterQueue['list'] = async (...query) => {
      asked.push(query)
      return { deadLetters: [letter], next: 7 }
    }
    const { ask } = await aBus(t, { deadLetters: { list } })
    const answer = async (query: string) => {
      const { status, body } = await ask('GET', `/dead-letters.json${query}`)
      return [status, JSON.parse(body)]
    }

    assert.deepEqual(await answer(''), [200, { deadLetters: [letter], next: 7 }])
    await answer('?target=orders%2Fplaced%2Fship&limit=2&before=7')
    for (const wrong of ['limit=0', 'limit=1001', 'limit=many', 'limit=1.5', 'before=x'])
      assert.equal((await answer(`?${wrong}`))[0], 400)

    assert.deepEqual(asked, [
      [{}, { limit: 100 }],
      [{ target: 'orders/placed/ship' }, { limit: 2, before: 7 }],
    ])
  })

  test('what it does, as a page and as JSON', { timeout: 5_000 }, async (t) => {
    const target = {
      key: 'orders/placed/ship',
      known: true,
      paused: false,
      waiting: 3,
      underWay: 2,
      dead: 1,
    }
    const { ask } = await aBus(t, { status: async () => ({ ...empty, targets: [target] }) })

    const page = await ask('GET', '/')
    const json = await ask('GET', '/status.json')

    assert.match(page.headers['content-type'] ?? '', /^text\/html/)
    assert.match(page.body, /orders\/placed\/ship/)
    assert.deepEqual(JSON.parse(json.body).targets, [target])
    for (const { headers } of [page, json]) {
      assert.equal(headers['cache-control'], 'no-store')
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.match(headers['content-security-policy'] ?? '', /default-src 'none'/)
    }
  })

  test('HEAD with the head alone', { timeout: 5_000 }, async (t) => {
    const { ask } = await aBus(t)

    assert.deepEqual(
      [
        (await ask('HEAD', '/')).status,
        (await ask('HEAD', '/')).body,
        (await ask('HEAD', '/x')).status,
      ],
      [200, '', 404],
    )
  })

  test('what AWS SDKs ask through their door, whole', { timeout: 5_000 }, async (t) => {
    const { ask } = await aBus(t, {
      awsJson: async (request, response) => response.end(`taken: ${await text(request)}`),
    })

    assert.equal((await ask('POST', '/', {}, '{"Entries":[]}')).body, 'taken: {"Entries":[]}')
    assert.equal((await ask('POST', '/?x=1')).body, 'taken: ')
    assert.equal((await ask('POST', '/x')).status, 405)
  })
})

describe('the bus turns away', () => {
  test('a request that names another host, so that no foreign page reads it', {
    timeout: 5_000,
  }, async (t) => {
    let asked = 0
    const status = async () => {
      asked++
      return empty
    }
    const { ask, send } = await aBus(t, { status, hosts: ['localhost:4010', '127.0.0.1:4010'] })

    for (const host of ['evil.example', 'localhost', 'localhost:4010.evil.example'])
      assert.equal((await ask('GET', '/status.json', { host })).status, 421, host)
    assert.match(await send('GET /status.json HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 421/)
    assert.equal(asked, 0)
    assert.equal((await ask('GET', '/', { host: 'LocalHost:4010' })).status, 200)
  })

  test('what a page of another site sends, wherever it leads', { timeout: 5_000 }, async (t) => {
    const local = await aBus(t, { hosts: ['localhost:4010', '127.0.0.1:4010'] })
    const asked = (headers: Record<string, string>, method = 'POST') =>
      local.ask(method, '/', { host: 'localhost:4010', ...headers })
    const foreign = [
      ...['http://evil.example', 'null', 'file://', 'http://localhost', 'ftp://localhost:4010'],
      ...['http://localhost:4010.evil.example', 'http://localhost:4010@evil.example', 'x'],
    ]
    for (const origin of foreign)
      for (const method of ['POST', 'GET', 'OPTIONS']) {
        const answer = await asked({ origin }, method)
        assert.equal(answer.status, 403, `${method} of ${origin}`)
        assert.match(answer.body, /takes nothing from pages/)
        assert.equal(answer.headers['access-control-allow-origin'], undefined)
      }
    const elsewhere = { 'sec-fetch-site': 'cross-site' }
    assert.equal((await asked(elsewhere)).status, 403)
    assert.equal((await asked(elsewhere, 'GET')).status, 403)
    const form = await asked({ ...elsewhere, 'sec-fetch-mode': 'navigate' })
    assert.equal(form.status, 403)
    assert.equal(JSON.parse(form.body).__type, 'AccessDeniedException')

    for (const origin of [
      'http://localhost:4010',
      'https://127.0.0.1:4010',
      'http://LocalHost:4010',
    ])
      assert.equal((await asked({ origin, 'sec-fetch-site': 'same-origin' })).body, 'the door')
    assert.equal((await asked({ 'sec-fetch-site': 'none' })).body, 'the door')
    const link = await asked({ ...elsewhere, 'sec-fetch-mode': 'navigate' }, 'GET')
    assert.equal(link.status, 200, 'a link that somebody follows')
  })

  test('another origin than its own when any host will do', { timeout: 5_000 }, async (t) => {
    const { ask } = await aBus(t)

    const own = { host: 'bus.example', origin: 'https://bus.example' }
    assert.equal((await ask('POST', '/', own)).status, 200)
    assert.equal((await ask('POST', '/', { ...own, origin: 'https://evil.example' })).status, 403)
    assert.equal((await ask('POST', '/', { ...own, origin: 'null' })).status, 403)
  })

  test('whoever has no access key, but not from its health', { timeout: 5_000 }, async (t) => {
    const signatures: Visitors = {
      verify: (_method, url, { authorization }) =>
        authorization?.[0] === `signed ${url}` ? null : new Error('It is not signed'),
      isKey: (id, secret) => id === 'busbar' && secret === 'a:secret',
    }
    const { ask } = await aBus(t, { signatures })
    const basic = (pair: string) => ({
      authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
    })

    for (const path of ['/healthz', '/readyz']) assert.equal((await ask('GET', path)).status, 200)
    for (const path of ['/', '/status.json', '/dead-letters.json', '/metrics', '/nothing'])
      for (const wrong of [
        {},
        basic('busbar:secret'),
        basic('busbar'),
        { authorization: 'Basic' },
      ]) {
        const answer = await ask('GET', path, wrong)
        assert.equal(answer.status, 401, path)
        assert.match(answer.headers['www-authenticate'] ?? '', /^Basic realm="Busbar"/)
      }
    assert.equal((await ask('GET', '/status.json', basic('busbar:a:secret'))).status, 200)
    const signed = { authorization: 'signed /dead-letters.json?limit=1' }
    assert.equal((await ask('GET', '/dead-letters.json?limit=1', signed)).status, 200)
    assert.equal((await ask('GET', '/dead-letters.json?limit=2', signed)).status, 401)
    assert.equal((await ask('POST', '/')).body, 'the door', 'which asks for itself')
  })

  test('what it does not know, saying what it takes', { timeout: 5_000 }, async (t) => {
    const { ask } = await aBus(t)

    assert.equal((await ask('GET', '/nothing')).status, 404)
    for (const path of ['/__proto__', '/constructor', '//', '/%00', '/status.json/'])
      assert.equal((await ask('GET', path)).status, 404, path)
    for (const method of ['DELETE', 'PUT', 'OPTIONS', 'PATCH']) {
      const answer = await ask(method, '/')
      assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD, POST'], method)
    }
    const long = await ask('POST', '/status.json', {}, 'x'.repeat(1_000_000))
    assert.deepEqual([long.status, long.headers.allow], [405, 'GET, HEAD'])
  })

  test('a look at a store that cannot be read, telling why to the log and not to the world', {
    timeout: 5_000,
  }, async (t) => {
    const { ask, logged } = await aBus(t, {
      status: () => Promise.reject(new Error('disk I/O error at /home/joe/busbar.db')),
    })

    for (const path of ['/', '/status.json']) {
      const answer = await ask('GET', path)
      assert.equal(answer.status, 500)
      assert.doesNotMatch(answer.body, /joe|I\/O/)
    }
    assert.equal(logged.length, 2)
    assert.match(JSON.stringify(logged[0]), /disk I\/O error/)
    assert.equal((await ask('GET', '/healthz')).status, 200)
  })
})

test('the bus lives on after requests that are none', { timeout: 10_000 }, async (t) => {
  const { ask, send, port } = await aBus(t)
  const odd = [
    'nonsense\r\n\r\n',
    'GET\r\n\r\n',
    'GET http://[::1/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nConnection: close\r\n\r\nab',
    'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: \u00e9\u0001\r\n\r\n',
    '\u0016\u0003\u0001',
  ]
  for (const bytes of odd) await send(bytes)
  for (let gone = 0; gone < 20; gone++) {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET /status.json HTTP/1.1\r\nHost: x\r\n\r\n')
    socket.destroy()
  }

  assert.equal((await ask('GET', '/healthz')).status, 200)
})
