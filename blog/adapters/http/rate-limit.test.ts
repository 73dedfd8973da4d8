import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { handClock } from '@busbar/event-bus/testing'
import { buckets, network } from './rate-limit.ts'
import { aBlog, anId, summer } from './testing.ts'

describe('a token bucket', () => {
  const rate = { burst: 3, perMinute: 6, clients: 2 }

  test('gives so many at once, and then one after the other', () => {
    const waits = buckets(rate)

    assert.deepEqual(
      [0, 0, 0, 0, 0].map((now) => waits('a', now)),
      [0, 0, 0, 10, 10],
    )
    assert.deepEqual(
      [9_999, 10_000, 10_000, 15_000, 20_000].map((now) => waits('a', now)),
      [1, 0, 10, 5, 0],
    )
    assert.deepEqual(
      Array.from({ length: 4 }, () => waits('a', 10 * 60_000)),
      [0, 0, 0, 10],
      'no more are saved up than at first',
    )
  })

  test('is each client’s own, and forgets who asked longest ago', () => {
    const waits = buckets(rate)
    const spend = (client: string) => Array.from({ length: 4 }, () => waits(client, 0))

    assert.deepEqual(spend('a'), [0, 0, 0, 10])
    assert.deepEqual(spend('b'), [0, 0, 0, 10])
    assert.equal(waits('a', 0), 10)
    assert.equal(waits('c', 0), 0, 'b makes room')
    assert.equal(waits('a', 0), 10)
    assert.equal(waits('b', 0), 0)
  })

  test('takes a clock that goes back for one that stands', () => {
    const waits = buckets(rate)
    for (let count = 0; count < 3; count++) waits('a', 1_000_000)

    assert.equal(waits('a', 0), 10)
  })
})

test('a client is an address of IPv4, or a network of IPv6', () => {
  for (const [address, client] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0DB8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::2', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '::1'],
    ['x'.repeat(1_000), 'x'.repeat(100)],
  ] as const)
    assert.equal(network(address), client, address)
})

describe('wishes from one client', () => {
  const rate = { burst: 2, perMinute: 1, clients: 10 }
  const json = { 'Content-Type': 'application/json' }
  const wish = JSON.stringify({ email: 'reader@example.org', topic: 'summer' })
  function asked(given: Parameters<typeof aBlog>[0] = {}) {
    const { app, calls } = aBlog({
      rate,
      clock: handClock(),
      authorToken: 'x'.repeat(16),
      ...given,
    })
    return {
      calls,
      async statuses(env: object, headers: Record<string, string> = {}, count = 3) {
        const found: number[] = []
        for (let n = 0; n < count; n++) {
          const init = { method: 'POST', body: wish, headers: { ...json, ...headers } }
          found.push((await app.request('/api/subscriptions', init, env)).status)
        }
        return found
      },
    }
  }
  const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } })

  test('are answered 429 when they are too many, and no other client’s', async () => {
    const { statuses, calls } = asked()

    assert.deepEqual(await statuses(from('192.0.2.1')), [202, 202, 429])
    assert.deepEqual(await statuses(from('192.0.2.2')), [202, 202, 429])
    assert.equal(calls.length, 4)
  })

  test('of this machine are never too many, unless they were forwarded', async () => {
    const { statuses } = asked()

    assert.deepEqual(await statuses(from('127.0.0.1')), [202, 202, 202])
    assert.deepEqual(await statuses(from('::ffff:127.0.0.1')), [202, 202, 202])
    const forwarded = { 'X-Forwarded-For': '192.0.2.9' }
    assert.deepEqual(await statuses(from('127.0.0.1'), forwarded), [202, 202, 429])
    const other = { 'X-Forwarded-For': '192.0.2.8' }
    assert.deepEqual(await statuses(from('127.0.0.1'), other, 1), [429], 'anybody may say that')
  })

  test('behind a proxy that is trusted are told by the last address that it says', async () => {
    const { statuses } = asked({ trustProxy: true })
    const by = (address: string) => ({ 'X-Forwarded-For': address })

    assert.deepEqual(await statuses(from('127.0.0.1'), by('10.0.0.1, 192.0.2.9')), [202, 202, 429])
    assert.deepEqual(await statuses(from('127.0.0.1'), by('10.0.0.2, 192.0.2.9'), 1), [429])
    assert.deepEqual(await statuses(from('127.0.0.1'), by('192.0.2.9, 192.0.2.10'), 1), [202])
  })

  test('behind a gateway are told by the address that it says, whatever a header does', async () => {
    const { statuses } = asked()
    const header = { 'X-Forwarded-For': '192.0.2.200' }

    assert.deepEqual(await statuses({ clientAddress: '192.0.2.1' }, header), [202, 202, 429])
    assert.deepEqual(await statuses({ clientAddress: '192.0.2.2' }, header, 1), [202])
  })

  test('are refused as a problem by the API and as a page by the forms, with Retry-After', async () => {
    const { app } = aBlog({ rate: { ...rate, burst: 1 }, clock: handClock() })
    const env = from('192.0.2.1')
    const init = { method: 'POST', body: wish, headers: json }
    assert.equal((await app.request('/api/subscriptions', init, env)).status, 202)

    const api = await app.request('/api/subscriptions', init, env)
    assert.equal(api.headers.get('Retry-After'), '60')
    assert.equal(api.headers.get('Content-Type'), 'application/problem+json')
    for (const path of ['/subscribe', '/subscriptions/preferences']) {
      const body = new URLSearchParams({
        email: 'a@example.org',
        topic: 'x',
        address: 'a@example.org',
      })
      const page = await app.request(path, { method: 'POST', body }, env)
      assert.equal(page.status, 429, path)
      assert.equal(page.headers.get('Retry-After'), '60')
      assert.match(await page.text(), /too often/i)
      assert.equal((await app.request(path, {}, env)).status, 200, 'the form itself is shown')
    }
  })

  test('may read the sitemap as often as they like, and its parts as the forms', async () => {
    const { app } = aBlog({ rate, clock: handClock() })
    const env = from('192.0.2.1')
    const statuses = async (path: string) => {
      const all: number[] = []
      for (let n = 0; n < 3; n++) all.push((await app.request(path, {}, env)).status)
      return all
    }
    assert.deepEqual(await statuses('/sitemap.xml'), [200, 200, 200])
    assert.deepEqual(await statuses(`/sitemap.xml?cursor=${anId(1)}`), [200, 200, 429])
    assert.deepEqual(await statuses('/feed.rss'), [200, 200, 200])
    const init = { method: 'POST', body: wish, headers: json }
    assert.equal((await app.request('/api/subscriptions', init, env)).status, 202, 'by itself')
  })

  test('are too many where the author token may be guessed, and never an author’s own', async () => {
    const { app } = aBlog({ rate, clock: handClock(), authorToken: 'the-token-of-the-author' })
    const write = async (token: string, headers: Record<string, string> = {}) => {
      const body = new URLSearchParams({ ...summer, token })
      return (await app.request('/write', { method: 'POST', body, headers }, from('192.0.2.1')))
        .status
    }
    assert.deepEqual([await write('a guess'), await write('another')], [401, 401])
    assert.equal(await write('the-token-of-the-author'), 429)
    const bearer = { Authorization: 'Bearer the-token-of-the-author' }
    for (let n = 0; n < 3; n++) assert.equal(await write('', bearer), 303)
  })
})
