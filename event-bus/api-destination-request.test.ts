import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { apiDestination } from './api-destination.ts'
import { apiDestinationRequest } from './api-destination-request.ts'
import type { ConnectionHttpParameters, HttpParameters } from './http-parameters.ts'

const authorization = { name: 'Authorization', value: 'Basic x' }

function aRequest({
  endpoint = 'https://api.example.org/hook',
  method = 'POST',
  target = {},
  connection = {},
  text = '{"order":1}',
  authorized = authorization,
}: {
  readonly endpoint?: string
  readonly method?: string
  readonly target?: HttpParameters
  readonly connection?: ConnectionHttpParameters
  readonly text?: string
  readonly authorized?: typeof authorization
}) {
  const destination = apiDestination({
    Name: 'crm',
    ConnectionArn: 'arn:aws:events:eu-central-1:000000000000:connection/crm/1',
    InvocationEndpoint: endpoint,
    HttpMethod: method,
  })
  const parameters = { InvocationHttpParameters: connection }
  return apiDestinationRequest(destination, target, parameters, authorized, text)
}

const fixed = {
  'User-Agent': 'Amazon/EventBridge/ApiDestinations',
  Range: 'bytes=0-1048575',
  'Accept-Encoding': 'gzip,deflate',
}

describe('headers', () => {
  test('of the target and of the connection are sent, and the connection’s where both have one', () => {
    const { headers } = aRequest({
      target: { HeaderParameters: { 'X-A': 'target', 'x-b': 'target' } },
      connection: { HeaderParameters: [{ Key: 'X-B', Value: 'connection', IsValueSecret: true }] },
    })

    assert.deepEqual(headers, {
      'Content-Type': 'application/json; charset=utf-8',
      'X-A': 'target',
      'X-B': 'connection',
      Authorization: 'Basic x',
      ...fixed,
    })
  })

  test('say another content type when they are told one', () => {
    for (const [target, connection] of [
      [{ 'content-type': 'text/plain' }, []],
      [{ 'Content-Type': 'x/y' }, [{ Key: 'content-type', Value: 'text/plain' }]],
    ] as const) {
      const { headers } = aRequest({
        target: { HeaderParameters: target },
        connection: { HeaderParameters: connection },
      })

      assert.equal(headers['content-type'], 'text/plain')
      assert.equal(headers['Content-Type'], undefined)
    }
  })

  test('never replace the authorization', () => {
    const { headers } = aRequest({
      target: { HeaderParameters: { authorization: 'target' } },
      connection: { HeaderParameters: [{ Key: 'AUTHORIZATION', Value: 'connection' }] },
    })

    assert.deepEqual(headers, {
      'Content-Type': 'application/json; charset=utf-8',
      Authorization: 'Basic x',
      ...fixed,
    })
  })

  test('that are EventBridge’s own, or the connection’s to the server, are nobody else’s', () => {
    const HeaderParameters = Object.fromEntries(
      [
        'user-agent',
        'RANGE',
        'Host',
        'Content-Length',
        'Transfer-Encoding',
        'Connection',
        'Upgrade',
      ]
        .concat(['Expect', 'TE', 'Referer', 'Origin', 'Forwarded', 'Via', 'If-Match', 'Keep-Alive'])
        .map((name) => [name, 'mine']),
    )

    const { headers } = aRequest({
      target: { HeaderParameters: { ...HeaderParameters, Cookie: 'kept=1' } },
      authorized: { name: 'Host', value: 'elsewhere.example.org' },
    })

    assert.deepEqual(headers, {
      'Content-Type': 'application/json; charset=utf-8',
      Cookie: 'kept=1',
      ...fixed,
    })
  })
})

describe('the query', () => {
  test('is the endpoint’s, the target’s and the connection’s, the later ones winning', () => {
    const { url } = aRequest({
      endpoint: 'https://api.example.org/*?a=endpoint&b=endpoint&c=endpoint',
      target: {
        PathParameterValues: ['p'],
        QueryStringParameters: { b: 'target', c: 'target', d: 'tar get&' },
      },
      connection: { QueryStringParameters: [{ Key: 'c', Value: 'connection' }] },
    })

    assert.equal(url, 'https://api.example.org/p?a=endpoint&b=target&c=connection&d=tar+get%26')
  })

  test('is as the endpoint has it when nothing is added', () => {
    const endpoint = 'https://api.example.org/hook?sig=a%20b+c&x'

    assert.equal(aRequest({ endpoint }).url, endpoint)
  })
})

describe('the body', () => {
  const connection = { BodyParameters: [{ Key: 'key', Value: 'k' }] }

  test('is the text as it is', () => {
    for (const text of ['{"order": 12345678901234567890}', '"text"', ''])
      assert.equal(aRequest({ text }).body, text)
  })

  for (const [text, body] of [
    ['{}', '{"key":"k"}'],
    [' { "a" : 12345678901234567890 } ', ' { "a" : 12345678901234567890 ,"key":"k"}'],
    ['{"key":"event","a":1}', '{"key":"k","a":1}'],
    ['{"a":{"key":1}}', '{"a":{"key":1},"key":"k"}'],
  ] as const)
    test(`has what the connection adds to ${text}`, () => {
      assert.equal(aRequest({ connection, text }).body, body)
    })

  test('is not sent without what cannot be added to it', () => {
    for (const text of ['"text"', '[1]', 'null', 'no JSON', ''])
      assert.throws(() => aRequest({ connection, text }), {
        name: 'DeliveryRefused',
        code: 'INVALID_JSON',
      })
  })

  for (const method of ['GET', 'HEAD'])
    test(`is absent by ${method}, and its type with it`, () => {
      const { body, headers } = aRequest({ method, connection, text: '"text"' })

      assert.equal(body, null)
      assert.deepEqual(headers, { Authorization: 'Basic x', ...fixed })
    })
})
