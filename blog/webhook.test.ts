import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { DeliveryRefused } from '@busbar/event-bus'
import { handClock } from '@busbar/event-bus/testing'
import { aSubscription, memoryHttp, plainSeal } from './testing.ts'
import { postSigned, webhookSecrets } from './webhook.ts'

const at = '2026-01-03T12:00:00.500Z'
const hook = aSubscription({ protocol: 'https', endpoint: 'https://hooks.example/a?b=c' })
const message = {
  id: 'e_s',
  type: 'blog.post.created',
  timestamp: '2026-01-03T11:59:59.000Z',
  data: { title: 'Größe 🚌' },
} as const
const uses = () => ({ http: memoryHttp(), seal: plainSeal(), clock: handClock(at) })
const hour = 60 * 60_000

/** By the specification, and not by our code: Standard Webhooks 1.0.0, "Signature scheme". */
const signed = (secret: string, content: string) =>
  `v1,${createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
    .update(content)
    .digest('base64')}`

describe('a message to a webhook', () => {
  test('says what happened, and is signed by the format of Standard Webhooks', async () => {
    const { http, ...rest } = uses()

    assert.equal(await postSigned(hook, message, { http, ...rest }), true)

    const [request, ...more] = http.requests
    assert.ok(request)
    assert.deepEqual(more, [])
    assert.deepEqual([request.method, request.url], ['POST', hook.endpoint])
    const { id, ...body } = message
    assert.deepEqual(JSON.parse(request.body ?? ''), body)
    const [secret = ''] = await webhookSecrets(hook, rest.seal, rest.clock.now())
    const seconds = String(Math.floor(Date.parse(at) / 1_000))
    assert.equal(request.headers['Content-Type'], 'application/json')
    assert.equal(request.headers['webhook-id'], id)
    assert.equal(request.headers['webhook-timestamp'], seconds)
    assert.equal(
      request.headers['webhook-signature'],
      signed(secret, `${id}.${seconds}.${request.body}`),
    )
    assert.ok(request.timeoutMs <= 15_000)
  })

  test('is signed with the former key too, for a day after another was made', async () => {
    for (const [ageMs, versions] of [
      [0, [3, 2]],
      [24 * hour - 1, [3, 2]],
      [24 * hour, [3]],
    ] as const) {
      const { http, ...rest } = uses()
      const rotatedAt = new Date(Date.parse(at) - ageMs).toISOString()

      await postSigned({ ...hook, key: { version: 3, rotatedAt } }, message, { http, ...rest })

      const { headers, body } = http.requests[0] as (typeof http.requests)[0]
      const content = `e_s.${headers['webhook-timestamp']}.${body}`
      const wanted = await Promise.all(
        versions.map(async (version) =>
          signed(await rest.seal.key('webhook', `${hook.id} ${version}`), content),
        ),
      )
      assert.equal(headers['webhook-signature'], wanted.join(' '), `${ageMs}`)
    }
  })

  test('is wanted no more when the answer is 410', async () => {
    const { http, ...rest } = uses()
    http.answer = { status: 410 }

    assert.equal(await postSigned(hook, message, { http, ...rest }), false)
  })

  test('has failed with any other answer, a redirect too, and is tried when it says', async () => {
    for (const status of [199, 301, 307, 400, 404, 409, 429, 500, 503]) {
      const { http, ...rest } = uses()
      http.answer = { status, headers: { 'retry-after': '7' } }
      await assert.rejects(postSigned(hook, message, { http, ...rest }), {
        name: 'DeliveryFailed',
        retryAfterMs: 7_000,
      })
    }
  })

  test('to an address that may not be called is refused for good', async () => {
    const { http, ...rest } = uses()
    http.answer = new DeliveryRefused('inside')

    await assert.rejects(postSigned(hook, message, { http, ...rest }), http.answer)
  })
})

test('the keys of two webhooks, and two of one, are others', async () => {
  const key = { version: 2, rotatedAt: at }
  const all = await Promise.all(
    [hook, { ...hook, id: 'x' }, { ...hook, key }].map((one) =>
      webhookSecrets(one, plainSeal(), new Date(at)),
    ),
  )

  assert.equal(new Set(all.flat()).size, 3)
  for (const secret of all.flat()) assert.match(secret, /^whsec_[A-Za-z\d+/]{43}=$/)
})
