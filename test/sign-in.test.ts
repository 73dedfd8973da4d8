/**
 * `busbar serve` with access keys, as AWS SDKs and a browser sign in, and what a page of another site gets
 * from it.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { apiDestination, type Destination, destination, type Served, serve } from './serve.ts'

const old = { accessKeyId: 'busbar-2025', secretAccessKey: 'a-secret-of-last-year' }
const key = { accessKeyId: 'busbar-2026', secretAccessKey: 'a-secret-of-this-year' }
const role = 'arn:aws:iam::000000000000:role/any'
const pair = ({ accessKeyId, secretAccessKey }: typeof key) => `${accessKeyId}:${secretAccessKey}`

let bus: Served
before(async () => {
  bus = await serve({ env: { BUSBAR_ACCESS_KEYS: `${pair(old)}, ${pair(key)}` } })
})
after(async () => {
  assert.equal(await bus.stop(), 0, bus.output())
})

const list = (credentials: typeof key) => bus.client({ credentials }).listEventBuses()

async function get(path: string, headers: Readonly<Record<string, string>> = {}) {
  const asked = request(`${bus.url}${path}`, { agent: false, headers })
  asked.end()
  const [answer] = await once(asked, 'response')
  return { status: answer.statusCode as number, body: await text(answer) }
}

describe('a bus with access keys', { timeout: 60_000 }, () => {
  test('takes what is signed with either of them, and nothing else', async () => {
    for (const credentials of [old, key]) assert.ok((await list(credentials)).EventBuses)

    for (const [credentials, name] of [
      [{ ...key, secretAccessKey: old.secretAccessKey }, 'InvalidSignatureException'],
      [{ ...key, accessKeyId: 'somebody' }, 'UnrecognizedClientException'],
    ] as const)
      await assert.rejects(list(credentials), { name })
    await assert.rejects(
      bus.client({ credentials: key, systemClockOffset: -10 * 60_000 }).listEventBuses(),
      {
        name: 'InvalidSignatureException',
        message: /^Signature expired: \d{8}T\d{6}Z is now earlier/,
      },
    )
  })

  test('shows its pages to whoever has one, and its health to anybody', async () => {
    const basic = (given: string) => ({
      authorization: `Basic ${Buffer.from(given).toString('base64')}`,
    })
    for (const path of ['/healthz', '/readyz']) assert.equal((await get(path)).status, 200)
    for (const path of ['/', '/status.json', '/dead-letters.json']) {
      assert.equal((await get(path)).status, 401)
      assert.equal((await get(path, basic(`${key.accessKeyId}:x`))).status, 401)
      assert.equal((await get(path, basic(pair(key)))).status, 200)
    }
  })

  test('takes nothing from a page of another site, nor under another name', async () => {
    const evil = await fetch(bus.url, {
      ...{ method: 'POST', body: '{}' },
      headers: { origin: 'https://evil.example', 'x-amz-target': 'AWSEvents.ListEventBuses' },
    })
    assert.equal(evil.status, 403)
    assert.equal(evil.headers.get('access-control-allow-origin'), null)
    await evil.body?.cancel()
    assert.equal((await get('/healthz', { host: 'evil.example' })).status, 421)
  })
})

describe('an API destination on this machine', { timeout: 60_000 }, () => {
  const env = { BUSBAR_ACCESS_KEYS: pair(key) }
  const authorization = `Basic ${Buffer.from(pair(key)).toString('base64')}`
  let inside: Destination
  before(async () => {
    inside = await destination()
  })
  after(() => inside.close())

  /** Of a rule that somebody makes who has signed in: what died of it, and what arrived. */
  async function delivered(served: Served) {
    const client = served.client({ credentials: key })
    const Arn = await apiDestination(client, 'inside', inside.url)
    await client.putRule({ Name: 'orders', EventPattern: '{"source":["shop"]}' })
    await client.putTargets({ Rule: 'orders', Targets: [{ Id: 'inside', Arn, RoleArn: role }] })
    await client.putEvents({
      Entries: [{ Source: 'shop', DetailType: 'OrderPlaced', Detail: '{}' }],
    })
    for (let asked = 0; asked < 2_000; asked++) {
      const answer = await fetch(`${served.url}/dead-letters.json`, { headers: { authorization } })
      const { deadLetters } = (await answer.json()) as { deadLetters: { errorCode: string }[] }
      const codes = deadLetters.map(({ errorCode }) => errorCode)
      const arrived = inside.received.items.length
      if (codes.length + arrived > 0) return [codes, arrived]
    }
    throw new Error(`Nothing came of the event; the bus printed:\n${served.output()}`)
  }

  test('is not called for whoever signs in, who may be elsewhere', async () => {
    const served = await serve({ env })
    try {
      assert.deepEqual(await delivered(served), [['SDK_CLIENT_ERROR'], 0])
    } finally {
      await served.stop()
    }
  })

  test('is called when the operator allows it', async () => {
    const served = await serve({ env: { ...env, BUSBAR_ALLOW_ADDRESSES: '127.0.0.1' } })
    try {
      assert.deepEqual(await delivered(served), [[], 1])
    } finally {
      await served.stop()
    }
  })
})
