import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import type { OAuthParameters } from './auth-parameters.ts'
import { oauthTokens } from './oauth-tokens.ts'
import type { HttpRequest, HttpResponse } from './ports.ts'

const parameters: OAuthParameters = {
  ClientParameters: { ClientID: 'me', ClientSecret: 'hunter2 &' },
  AuthorizationEndpoint: 'https://login.example.org/token?tenant=1',
  HttpMethod: 'POST',
}
const granted = (fields: object = {}): Partial<HttpResponse> => ({
  body: JSON.stringify({ access_token: 't', token_type: 'bearer', ...fields }),
})

/** Answers with the responses one after the other, and with the last from then on. */
function aServer(...responses: readonly Partial<HttpResponse>[]) {
  const requests: HttpRequest[] = []
  let now = Date.parse('2026-01-01T12:00:00Z')
  const tokens = oauthTokens({
    http: {
      async request(request) {
        const response = responses[Math.min(requests.length, responses.length - 1)]
        requests.push(request)
        return { status: 200, headers: {}, body: '', ...response }
      },
    },
    clock: { now: () => new Date(now) },
  })
  return {
    requests,
    tokens,
    later: (seconds: number) => {
      now += seconds * 1_000
    },
  }
}

describe('a token is asked for', () => {
  test('with a form that has the client’s credentials', async () => {
    const { tokens, requests } = aServer(granted())

    assert.equal(await tokens.authorization('k', parameters), 'Bearer t')

    const [request] = requests
    assert.equal(request?.url, 'https://login.example.org/token?tenant=1')
    assert.equal(request?.method, 'POST')
    assert.equal(request?.headers['content-type'], 'application/x-www-form-urlencoded')
    assert.equal(
      request?.body,
      'grant_type=client_credentials&client_id=me&client_secret=hunter2+%26',
    )
    assert.equal(request?.timeoutMs, 5_000)
  })

  test('with what its parameters add and replace', async () => {
    const { tokens, requests } = aServer(granted())

    await tokens.authorization('k', {
      ...parameters,
      HttpMethod: 'PUT',
      OAuthHttpParameters: {
        HeaderParameters: [{ Key: 'Content-Type', Value: 'application/json' }],
        QueryStringParameters: [{ Key: 'tenant', Value: '2' }],
        BodyParameters: [
          { Key: 'grant_type', Value: 'other' },
          { Key: 'scope', Value: 'orders' },
        ],
      },
    })

    const [request] = requests
    assert.equal(request?.method, 'PUT')
    assert.equal(request?.url, 'https://login.example.org/token?tenant=2')
    assert.equal(request?.headers['content-type'], 'application/json')
    assert.deepEqual(JSON.parse(request?.body ?? ''), {
      grant_type: 'other',
      client_id: 'me',
      client_secret: 'hunter2 &',
      scope: 'orders',
    })
  })

  test('by GET with all of it in the query', async () => {
    const { tokens, requests } = aServer(granted())

    await tokens.authorization('k', { ...parameters, HttpMethod: 'GET' })

    assert.equal(requests[0]?.body, null)
    assert.deepEqual(Object.fromEntries(new URL(requests[0]?.url ?? '').searchParams), {
      tenant: '1',
      grant_type: 'client_credentials',
      client_id: 'me',
      client_secret: 'hunter2 &',
    })
  })

  test('once by all who wait for it', async () => {
    const { tokens, requests } = aServer(granted())

    await Promise.all(Array.from({ length: 20 }, () => tokens.authorization('k', parameters)))

    assert.equal(requests.length, 1)
  })

  test('once for each set of credentials', async () => {
    const { tokens, requests } = aServer(granted())

    for (const key of ['a', 'b', 'a', 'b']) await tokens.authorization(key, parameters)

    assert.equal(requests.length, 2)
  })
})

describe('a token is kept', () => {
  for (const [expires_in, seconds] of [
    [3_600, 3_540],
    ['3600', 3_540],
    [60, 30],
  ] as const)
    test(`until a minute before its end, or for half its life: ${typeof expires_in} ${expires_in}`, async () => {
      const { tokens, requests, later } = aServer(granted({ expires_in }))
      await tokens.authorization('k', parameters)

      later(seconds - 1)
      await tokens.authorization('k', parameters)
      assert.equal(requests.length, 1)

      later(1)
      await tokens.authorization('k', parameters)
      assert.equal(requests.length, 2)
    })

  test('until it is refused when it does not tell its end', async () => {
    const { tokens, requests, later } = aServer(granted(), granted({ access_token: 'u' }))
    await tokens.authorization('k', parameters)
    later(1_000_000)
    assert.equal(await tokens.authorization('k', parameters), 'Bearer t')

    const again = await Promise.all([
      tokens.authorization('k', parameters, 'Bearer t'),
      tokens.authorization('k', parameters, 'Bearer t'),
    ])

    assert.deepEqual(again, ['Bearer u', 'Bearer u'])
    assert.equal(await tokens.authorization('k', parameters, 'Bearer t'), 'Bearer u')
    assert.equal(requests.length, 2)
  })

  test('with the type that the server calls it', async () => {
    const { tokens } = aServer(granted({ token_type: 'MAC' }), granted({ token_type: undefined }))

    assert.equal(await tokens.authorization('a', parameters), 'MAC t')
    assert.equal(await tokens.authorization('b', parameters), 'Bearer t')
  })

  test('for a thousand connections and no more', async () => {
    const { tokens, requests } = aServer(granted())
    for (let i = 0; i <= 1_000; i++) await tokens.authorization(`${i}`, parameters)

    await tokens.authorization('1000', parameters)
    assert.equal(requests.length, 1_001)
    await tokens.authorization('0', parameters)
    assert.equal(requests.length, 1_002)
  })
})

describe('an answer without a token', () => {
  for (const [status, name, code] of [
    [400, 'DeliveryRefused', 'ERROR_FROM_TARGET'],
    [401, 'DeliveryFailed', 'NO_PERMISSIONS'],
    [403, 'DeliveryRefused', 'NO_PERMISSIONS'],
    [302, 'DeliveryRefused', 'ERROR_FROM_TARGET'],
    [503, 'DeliveryFailed', 'ERROR_FROM_TARGET'],
  ] as const)
    test(`of ${status} is ${name}`, async () => {
      const { tokens } = aServer({ status })

      await assert.rejects(tokens.authorization('k', parameters), {
        name,
        code,
        message: `The authorization endpoint answered ${status}.`,
      })
    })

  for (const body of [
    '',
    'null',
    '[]',
    '{"access_token":5}',
    '{"access_token":"a\\r\\nX-B: c"}',
    'hunter2',
  ])
    test(`is tried again and not shown: ${JSON.stringify(body)}`, async () => {
      const { tokens, requests } = aServer({ body }, granted())

      await assert.rejects(tokens.authorization('k', parameters), (error: Error) => {
        assert.equal(error.name, 'DeliveryFailed')
        assert.equal(error.message, "The authorization endpoint's answer has no access_token.")
        assert.ok(!inspect(error).includes('hunter2'))
        return true
      })
      assert.equal(await tokens.authorization('k', parameters), 'Bearer t')
      assert.equal(requests.length, 2)
    })

  test('is told to all who wait', async () => {
    const { tokens, requests } = aServer({ status: 503 })

    const outcomes = await Promise.allSettled([
      tokens.authorization('k', parameters),
      tokens.authorization('k', parameters),
    ])

    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    assert.equal(requests.length, 1)
  })
})
