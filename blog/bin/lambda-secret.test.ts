import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { signatures } from '@busbar/event-bus/adapters/aws-json/signature'
import { handClock } from '@busbar/event-bus/testing'
import { secret } from './lambda-secret.ts'

const arn = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:author-token-aBcDeF'
const clock = handClock()
const pause = async () => {}

test('is asked for with a request that Secrets Manager would take', async (t) => {
  const { env, requests } = await secretsManager(t)
  const keys = new Map([['AKIA', 'a-secret']])
  const { verify } = signatures({ keys, clock, service: 'secretsmanager' })

  assert.equal(await secret({ arn, env, clock, pause })(), 'text-1')

  const [{ body, headers } = {} as (typeof requests)[number]] = requests
  assert.deepEqual(body, { SecretId: arn })
  assert.equal(headers['x-amz-target'], 'secretsmanager.GetSecretValue')
  assert.equal(headers['x-amz-security-token'], 'a-session')
  assert.match(headers.authorization ?? '', /\/eu-west-1\/secretsmanager\/aws4_request/)
  assert.equal(verify('POST', '/', headers, Buffer.from(JSON.stringify(body))), null)
})

test('is asked for once in five minutes, by however many', async (t) => {
  const { env, requests } = await secretsManager(t)
  const clock = handClock()
  const token = secret({ arn, env, clock, pause })

  assert.deepEqual(await Promise.all([token(), token()]), ['text-1', 'text-1'])
  await clock.move(299_999)
  assert.equal(await token(), 'text-1')
  await clock.move(1)
  assert.equal(await token(), 'text-2')
  assert.equal(requests.length, 2)
})

test('is asked for again when Secrets Manager has too much to do', async (t) => {
  const { env } = await secretsManager(t, [
    [503, {}],
    [400, { __type: 'ThrottlingException' }],
  ])

  assert.equal(await secret({ arn, env, clock, pause })(), 'text-3')
})

test('that may not be read is told without another attempt, and asked for by the next', async (t) => {
  const { env, requests } = await secretsManager(t, [[400, { __type: 'AccessDeniedException' }]])
  const token = secret({ arn, env, clock, pause })

  await assert.rejects(token(), /did not give the author's token: 400 AccessDeniedException/)
  assert.equal(requests.length, 1)
  assert.equal(await token(), 'text-2')
})

test('that has no text is told', async (t) => {
  const { env } = await secretsManager(t, [[200, { SecretBinary: 'AA==' }]])

  await assert.rejects(secret({ arn, env, clock, pause })(), /did not give the author's token: 200/)
})

test('that cannot be reached is told', async () => {
  const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }

  await assert.rejects(secret({ arn, env, clock, pause })(), /It cannot be reached/)
})

/** Answers with these, and then with a text of its own for each request. */
async function secretsManager(
  t: TestContext,
  answers: readonly (readonly [status: number, body: object])[] = [],
) {
  const requests: { readonly body: unknown; readonly headers: IncomingHttpHeaders }[] = []
  const server = createServer(async (request, response) => {
    requests.push({ body: await json(request), headers: request.headers })
    const text = { SecretString: `text-${requests.length}` }
    const [status, body] = answers[requests.length - 1] ?? [200, text]
    response.writeHead(status, { connection: 'close' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const env = {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
    ...{ AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'a-secret' },
    AWS_SESSION_TOKEN: 'a-session',
  }
  return { env, requests }
}
