/** What every adapter of `Http` has to do, for servers of this machine. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, test } from 'node:test'
import type { Http, HttpRequest } from './ports.ts'

type Resolve = (hostname: string) => Promise<readonly { address: string; family: number }[]>

/** One that may call 127.0.0.1, and nothing else on this machine or in its network. */
export function httpContract(
  name: string,
  make: (resolve: Resolve) => Http & { close?(): Promise<void> },
): void {
  describe(`${name}: a request`, () => {
    const closing: (() => unknown)[] = []
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close()
    })
    function anHttp(resolve: Resolve = async () => []) {
      const http = make(resolve)
      closing.push(() => http.close?.())
      return http
    }
    async function aServer(answer: RequestListener) {
      const server = createServer(answer).listen(0, '127.0.0.1')
      await once(server, 'listening')
      closing.push(async () => {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      })
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    }
    const aRequest = (url: string, fields: Partial<HttpRequest> = {}): HttpRequest => ({
      ...{ url, method: 'POST', headers: {}, body: '{}', timeoutMs: 5_000 },
      signal: new AbortController().signal,
      ...fields,
    })
    const at = (...addresses: readonly string[]) =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

    test('is sent as it is told, and the answer is told as it came', async () => {
      const got = Promise.withResolvers<{ asked: IncomingMessage; body: string }>()
      const url = await aServer(async (asked, response) => {
        got.resolve({ asked, body: await text(asked) })
        response.writeHead(302, { Location: '/elsewhere', 'Set-Cookie': ['a=1', 'b=2'] })
        response.end('x'.repeat(100_000))
      })

      const answer = await anHttp().request(
        aRequest(`${url}/a%20b?c=d`, { headers: { 'X-Tea': 'green' }, body: '☕' }),
      )

      const { asked, body } = await got.promise
      assert.deepEqual([asked.method, asked.url, body], ['POST', '/a%20b?c=d', '☕'])
      assert.equal(asked.headers['x-tea'], 'green')
      assert.equal(asked.headers['content-length'], '3')
      assert.equal(answer.status, 302)
      assert.equal(answer.headers['set-cookie'], 'a=1, b=2')
      assert.equal(answer.body, 'x'.repeat(65_536))
    })

    test('to an address inside is refused, whatever it is called', async () => {
      const inside = [
        '127.0.0.2',
        '10.0.0.1',
        '192.168.1.1',
        '169.254.169.254',
        '[fd00::1]',
        '[::1]',
      ]
      for (const host of inside)
        await assert.rejects(anHttp().request(aRequest(`http://${host}:9/`)), {
          ...{ name: 'DeliveryRefused', code: 'SDK_CLIENT_ERROR' },
        })
      for (const addresses of [at('10.0.0.1'), at('127.0.0.1', '169.254.169.254'), at('::1')])
        await assert.rejects(
          anHttp(async () => addresses).request(aRequest('https://hooks.example/')),
          { name: 'DeliveryRefused', code: 'SDK_CLIENT_ERROR' },
        )
    })

    test('goes to the address that was checked, and keeps its name', async () => {
      const hosts: (string | undefined)[] = []
      const url = await aServer(({ headers }, response) => {
        hosts.push(headers.host)
        response.end()
      })
      const answers = [at('127.0.0.1'), at('10.0.0.1')]
      const http = anHttp(async () => answers.shift() ?? [])
      const { port } = new URL(url)

      assert.equal((await http.request(aRequest(`http://hooks.example:${port}/`))).status, 200)

      assert.deepEqual(hosts, [`hooks.example:${port}`])
    })

    test('to a name that there is not is refused', async () => {
      const missing = Object.assign(new Error('no'), { code: 'ENOTFOUND' })
      await assert.rejects(
        anHttp(() => Promise.reject(missing)).request(aRequest('https://hooks.example/')),
        { name: 'DeliveryRefused', code: 'SDK_CLIENT_ERROR' },
      )
    })

    test('that nobody answers in time has failed, and so has one that breaks off', async () => {
      const silent = await aServer(() => {})
      await assert.rejects(anHttp().request(aRequest(silent, { timeoutMs: 20 })), {
        ...{ name: 'DeliveryFailed', code: 'TIMEOUT' },
      })
      const slow = await aServer((_, response) => void response.write('x'))
      await assert.rejects(anHttp().request(aRequest(slow, { timeoutMs: 100 })), {
        ...{ name: 'DeliveryFailed', code: 'TIMEOUT' },
      })
      const broken = await aServer(({ socket }) => void socket.destroy())
      await assert.rejects(anHttp().request(aRequest(broken)), {
        ...{ name: 'DeliveryFailed', code: 'CONNECTION_FAILURE' },
      })
    })

    test('that is taken back ends with the reason', async () => {
      const asked = Promise.withResolvers<void>()
      const url = await aServer(() => asked.resolve())
      const { signal, abort } = (() => {
        const controller = new AbortController()
        return { signal: controller.signal, abort: (why: Error) => controller.abort(why) }
      })()
      const why = new Error('enough')
      const sending = anHttp().request(aRequest(url, { signal }))
      await asked.promise
      abort(why)
      await assert.rejects(sending, why)
    })

    test('that is none of HTTP is refused', async () => {
      for (const [url, fields] of [
        ['ftp://127.0.0.1/', {}],
        ['nothing', {}],
        ['http://127.0.0.1:1/', { headers: { 'X-A': 'b\r\nX-C: d' } }],
        ['http://127.0.0.1:1/', { headers: { 'X A': 'b' } }],
        ['http://127.0.0.1:1/', { method: 'GET /' }],
      ] as const)
        await assert.rejects(anHttp().request(aRequest(url, fields)), {
          ...{ name: 'DeliveryRefused', code: 'INVALID_PARAMETER' },
        })
    })
  })
}
