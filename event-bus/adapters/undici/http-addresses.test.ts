/** Requests that try to get inside: by address, by its spelling, by a name, by a name that changes. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Resolve } from '../../outbound.ts'
import type { HttpRequest } from '../../ports.ts'
import { type UndiciHttpOptions, undiciHttp } from './http.ts'
import { type TestServer, testServer } from './testing.ts'

const inside = { name: 'DeliveryRefused', code: 'SDK_CLIENT_ERROR', message: /may not be called/ }

const aRequest = (url: string): HttpRequest => ({
  url,
  method: 'POST',
  headers: {},
  body: '{}',
  signal: new AbortController().signal,
  timeoutMs: 5_000,
})

/** Where nothing is allowed, not even loopback, unless a test says so. */
async function open(
  t: TestContext,
  options: Partial<UndiciHttpOptions> = {},
): Promise<{ server: TestServer; request: (url: string) => Promise<number> }> {
  const server = await testServer()
  const http = undiciHttp({ allow: [], allowLoopback: false, ...options })
  t.after(async () => {
    await http.close()
    await server.close()
  })
  return { server, request: async (url) => (await http.request(aRequest(url))).status }
}

/** Answers with the lists one after the other, and with the last from then on. */
function answers(...lists: readonly (readonly string[])[]): Resolve & { readonly asked: number } {
  let asked = 0
  const resolve: Resolve = async () => {
    const list = lists[Math.min(asked++, lists.length - 1)] ?? []
    return list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
  return Object.defineProperty(resolve, 'asked', { get: () => asked }) as typeof resolve & {
    readonly asked: number
  }
}

describe('an address inside is refused', () => {
  for (const host of [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '127.0.0.1.',
    '１２７.0.0.1',
    '0.0.0.0',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:7f00:0001]',
    '[64:ff9b::7f00:1]',
    'localhost',
  ])
    test(`when it is written ${host}`, async (t) => {
      const { server, request } = await open(t)

      await assert.rejects(request(`http://${host}:${server.port}/`), inside)

      assert.equal(server.connections, 0)
    })

  for (const host of ['10.0.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '[fe80::1]'])
    test(`also where loopback is allowed: ${host}`, async (t) => {
      const { request } = await open(t, { allowLoopback: true })

      await assert.rejects(request(`http://${host}/`), inside)
    })
})

describe('a name is refused', () => {
  test('that has an address inside', async (t) => {
    const { server, request } = await open(t, { resolve: answers(['127.0.0.1']) })

    await assert.rejects(request(`http://innocent.test:${server.port}/`), inside)

    assert.equal(server.connections, 0)
  })

  test('that has one address outside and one inside', async (t) => {
    const { server, request } = await open(t, {
      allow: ['127.0.0.1'],
      resolve: answers(['127.0.0.1', '::ffff:10.0.0.1']),
    })

    await assert.rejects(request(`http://innocent.test:${server.port}/`), inside)

    assert.equal(server.connections, 0)
  })

  test('that was outside when it was asked for first, when it is asked for again', async (t) => {
    const resolve = answers(['127.0.0.1'], ['10.0.0.1'])
    const { server, request } = await open(t, { allow: ['127.0.0.1'], resolve })
    server.answer = (response) => response.writeHead(200, { connection: 'close' }).end()

    const url = `http://rebinding.test:${server.port}/`
    assert.equal(await request(url), 200)
    assert.equal(resolve.asked, 1, 'what was checked is what was connected to')

    await assert.rejects(request(url), inside)
    assert.equal(resolve.asked, 2)
    assert.equal(server.requests.length, 1)
  })

  test('that changes between the check and the connection', async (t) => {
    let read = 0
    const changing = {
      get address() {
        return read++ === 0 ? '127.0.0.2' : '127.0.0.1'
      },
      family: 4,
    }
    const allow = ['127.0.0.2']
    const { server, request } = await open(t, { allow, resolve: async () => [changing] })

    await assert.rejects(request(`http://changing.test:${server.port}/`), inside)

    assert.equal(server.requests.length, 0)
  })

  test('that does not exist, for good', async (t) => {
    const { request } = await open(t, {
      resolve: () => Promise.reject(Object.assign(new Error('?'), { code: 'ENOTFOUND' })),
    })

    await assert.rejects(request('http://missing.test/'), {
      name: 'DeliveryRefused',
      code: 'SDK_CLIENT_ERROR',
      message: 'http://missing.test has no such host.',
    })
  })

  test('that has no address, for good', async (t) => {
    const { request } = await open(t, { resolve: answers([]) })

    await assert.rejects(request('http://missing.test/'), { name: 'DeliveryRefused' })
  })

  test('that nobody could be asked for, for now', async (t) => {
    const { request } = await open(t, {
      resolve: () => Promise.reject(Object.assign(new Error('?'), { code: 'EAI_AGAIN' })),
    })

    await assert.rejects(request('http://somewhere.test/'), {
      name: 'DeliveryFailed',
      code: 'CONNECTION_FAILURE',
    })
  })
})

test('a name is called at its second address when the first does not answer', async (t) => {
  const { server, request } = await open(t, {
    allow: ['127.0.0.0/8', '::1'],
    resolve: answers(['::1', '127.0.0.1']),
  })

  assert.equal(await request(`http://both.test:${server.port}/`), 200)
})

test('a range that is allowed is called', async (t) => {
  const { server, request } = await open(t, { allow: ['127.0.0.1/32'] })

  assert.equal(await request(server.url), 200)
})
