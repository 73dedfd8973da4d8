/** Invocations at a server that speaks Lambda's protocol. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../undici/testing.ts'
import { servicesAt } from './testing.ts'

const ship = 'arn:aws:lambda:eu-west-1:000000000000:function:ship'

async function aServer(t: Parameters<typeof servicesAt>[0]) {
  const server = await testServer()
  t.after(() => server.close())
  return { server, ...servicesAt(t, server.url) }
}

test('a function is invoked with the text, and waited for', async (t) => {
  const { server, send } = await aServer(t)
  let isDone = false
  server.answer = (response) => {
    setImmediate(() => {
      isDone = true
      response.end('"done"')
    })
  }

  await send({ arn: ship, text: '{"order": 1.0}' })

  assert.ok(isDone)
  const [request] = server.requests
  assert.deepEqual(
    [request?.method, request?.path, request?.body],
    ['POST', '/2015-03-31/functions/ship/invocations', '{"order": 1.0}'],
  )
  assert.equal(request?.headers['x-amz-invocation-type'], 'RequestResponse')
  assert.match(
    request?.headers.authorization ?? '',
    /Credential=test\/\d{8}\/eu-west-1\/lambda\/aws4_request/,
  )
})

test('a function’s version or alias is asked for by its name', async (t) => {
  const { server, send } = await aServer(t)

  await send({ arn: `${ship}:live` })

  assert.equal(server.requests[0]?.path, '/2015-03-31/functions/ship/invocations?Qualifier=live')
})

test('a name leads to no other path of the server', async (t) => {
  const { server, send } = await aServer(t)

  await send({ arn: ship.replace('ship', '../../admin?a=b#c') })

  assert.equal(
    server.requests[0]?.path,
    '/2015-03-31/functions/..%2F..%2Fadmin%3Fa%3Db%23c/invocations',
  )
})

test('an error of the handler is a failed delivery that says so', async (t) => {
  const { server, send } = await aServer(t)
  for (const [body, message, code] of [
    [
      '{"errorType":"TypeError","errorMessage":"out of petrol","trace":[]}',
      `The function ${ship} has failed (Unhandled): TypeError: out of petrol.`,
      'ERROR_FROM_TARGET',
    ],
    [
      '{"errorMessage":"2026-01-01T12:00:00Z 1 Task timed out after 3.00 seconds"}',
      `The function ${ship} has failed (Unhandled): 2026-01-01T12:00:00Z 1 Task timed out after 3.00 seconds.`,
      'TIMEOUT',
    ],
    ['null', `The function ${ship} has failed (Unhandled).`, 'ERROR_FROM_TARGET'],
  ] as const) {
    server.answer = (response) =>
      void response.setHeader('X-Amz-Function-Error', 'Unhandled').end(body)

    await assert.rejects(send({ arn: ship }), { name: 'DeliveryFailed', code, message })
  }
})

test('an error is one where a server says so by nothing but what the runtime answered', async (t) => {
  const { server, send } = await aServer(t)
  let headers: Record<string, string> = {}
  const answered = async (body: string) => {
    server.answer = (response) =>
      void response.setHeaders(new Map(Object.entries(headers))).end(body)
    return send({ arn: ship }).then(
      () => 'done',
      ({ name, code }) => `${name} ${code}`,
    )
  }
  const thrown = '{"errorType":"Error","errorMessage":"out of petrol","trace":[]}'
  const returned = '{"errorMessage":"none of ours","errors":0}'

  assert.equal(await answered(thrown), 'DeliveryFailed ERROR_FROM_TARGET')
  assert.equal(await answered('Task timed out after 1.00 seconds'), 'DeliveryFailed TIMEOUT')
  for (const body of [returned, 'null', '', '"Task timed out after 1.00 seconds"', '[]'])
    assert.equal(await answered(body), 'done', body)

  headers = { 'X-Amz-Executed-Version': '$LATEST' }
  assert.equal(await answered(thrown), 'done')
})

test('a function that is not there, busy or in the making is told apart', async (t) => {
  const { server, send } = await aServer(t)
  for (const [status, type, name, code] of [
    [404, 'ResourceNotFoundException', 'DeliveryRefused', 'NO_RESOURCE'],
    [403, 'AccessDeniedException', 'DeliveryRefused', 'NO_PERMISSIONS'],
    [400, 'InvalidRequestContentException', 'DeliveryRefused', 'INVALID_JSON'],
    [413, 'RequestTooLargeException', 'DeliveryRefused', 'INVALID_PARAMETER'],
    [409, 'ResourceConflictException', 'DeliveryFailed', 'ERROR_FROM_TARGET'],
    [429, 'TooManyRequestsException', 'DeliveryFailed', 'THROTTLING'],
    [502, 'ResourceNotReadyException', 'DeliveryFailed', 'ERROR_FROM_TARGET'],
  ] as const) {
    server.answer = (response) => {
      response.statusCode = status
      response.setHeader('x-amzn-ErrorType', `${type}:http://internal.amazon.com/`)
      response.setHeader('Retry-After', '7')
      response.end('{"Message":"because"}')
    }

    await assert.rejects(send({ arn: ship }), (error: object) => {
      const told = error as { name: string; code: string; message: string; retryAfterMs?: number }
      assert.deepEqual(
        [told.name, told.code, told.retryAfterMs],
        [name, code, name === 'DeliveryFailed' ? 7_000 : undefined],
      )
      assert.equal(
        told.message,
        `Lambda, asked to Invoke ${ship}, answered ${status} (${type}: because).`,
      )
      return true
    })
  }
})
