import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import {
  authParametersOf,
  checkUpdate,
  connection,
  deauthorizedConnection,
  updatedConnection,
} from './connection.ts'
import type { Secrets } from './ports.ts'

/** Seals so that a test can see what was sealed, and that nothing lies open. */
const secrets: Secrets = {
  seal: (plain) => Buffer.from(plain).toString('base64'),
  open: (sealed) => Buffer.from(sealed, 'base64').toString(),
}
const basic = { BasicAuthParameters: { Username: 'ann', Password: 'hunter2' } }
const apiKey = { ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: 'hunter2' } }
const oauth = {
  OAuthParameters: {
    ClientParameters: { ClientID: 'me', ClientSecret: 'hunter2' },
    AuthorizationEndpoint: 'https://login.example.org/token',
    HttpMethod: 'POST',
    OAuthHttpParameters: {
      BodyParameters: [
        { Key: 'audience', Value: 'orders', IsValueSecret: false },
        { Key: 'pin', Value: 'hunter2', IsValueSecret: true },
      ],
    },
  },
}
const aRequest = (AuthorizationType: string, AuthParameters: object, fields: object = {}) => ({
  Name: 'crm',
  AuthorizationType,
  AuthParameters,
  ...fields,
})
const invalid = (message: string | RegExp) => ({ code: 'ValidationException', message })

describe('a connection', () => {
  for (const [type, given, shown] of [
    ['BASIC', basic, { BasicAuthParameters: { Username: 'ann' } }],
    ['API_KEY', apiKey, { ApiKeyAuthParameters: { ApiKeyName: 'X-Key' } }],
    [
      'OAUTH_CLIENT_CREDENTIALS',
      oauth,
      {
        OAuthParameters: {
          ClientParameters: { ClientID: 'me' },
          AuthorizationEndpoint: 'https://login.example.org/token',
          HttpMethod: 'POST',
          OAuthHttpParameters: {
            BodyParameters: [
              { Key: 'audience', Value: 'orders', IsValueSecret: false },
              { Key: 'pin', IsValueSecret: true },
            ],
          },
        },
      },
    ],
  ] as const)
    test(`of ${type} shows what is no secret, and keeps the rest sealed`, () => {
      const made = connection(aRequest(type, given, { Description: 'CRM' }), secrets)

      assert.deepEqual(made.AuthParameters, shown)
      assert.equal(made.Name, 'crm')
      assert.equal(made.Description, 'CRM')
      assert.ok(!JSON.stringify(made).includes('hunter2'))
      assert.deepEqual(authParametersOf(made, secrets), given)
    })

  test('shows parameters of its requests without those that are secret', () => {
    const InvocationHttpParameters = {
      HeaderParameters: [{ Key: 'X-A', Value: 'hunter2', IsValueSecret: true }],
      QueryStringParameters: [{ Key: 'b', Value: 'c', IsValueSecret: false }],
      BodyParameters: [],
    }

    const made = connection(aRequest('BASIC', { ...basic, InvocationHttpParameters }), secrets)

    assert.deepEqual(made.AuthParameters.InvocationHttpParameters, {
      HeaderParameters: [{ Key: 'X-A', IsValueSecret: true }],
      QueryStringParameters: [{ Key: 'b', Value: 'c', IsValueSecret: false }],
      BodyParameters: [],
    })
    assert.deepEqual(
      authParametersOf(made, secrets).InvocationHttpParameters,
      InvocationHttpParameters,
    )
  })

  test('says of each parameter whether it is secret', () => {
    const InvocationHttpParameters = { BodyParameters: [{ Key: 'a', Value: 'b' }] }

    const made = connection(aRequest('BASIC', { ...basic, InvocationHttpParameters }), secrets)

    assert.deepEqual(made.AuthParameters.InvocationHttpParameters?.BodyParameters, [
      { Key: 'a', Value: 'b', IsValueSecret: false },
    ])
  })

  test('may name a key, and an empty one or an empty description is none', () => {
    const made = (fields: object) => connection(aRequest('BASIC', basic, fields), secrets)

    assert.equal(made({ KmsKeyIdentifier: 'alias/ours' }).KmsKeyIdentifier, 'alias/ours')
    assert.deepEqual(Object.keys(made({ KmsKeyIdentifier: '', Description: '' })).sort(), [
      ...['AuthParameters', 'AuthorizationType', 'Name', 'SealedAuthParameters'],
    ])
  })

  test('keeps no credentials of another type', () => {
    const made = connection(aRequest('BASIC', { ...basic, ...apiKey }), secrets)

    assert.deepEqual(authParametersOf(made, secrets), basic)
  })

  for (const [what, request, message] of [
    [
      'an unknown type',
      aRequest('TOKEN', basic),
      "1 validation error detected: Value 'TOKEN' at 'authorizationType' failed to satisfy constraint: Member must satisfy enum value set: [BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY]",
    ],
    [
      'nothing',
      {},
      /^3 validation errors detected: Value null at 'name' .*; Value null at 'authorizationType' .*; Value null at 'authParameters' .*null$/,
    ],
    [
      'an empty name, whose pattern is told before its length',
      aRequest('BASIC', basic, { Name: '' }),
      /^2 validation errors detected: Value '' at 'name' .* pattern: .*; Value '' at 'name' .* than or equal to 1$/,
    ],
    [
      'no key of AWS',
      aRequest('BASIC', basic, { KmsKeyIdentifier: 'a key' }),
      /at 'kmsKeyIdentifier' .* pattern: \^\[a-zA-Z0-9_\\-\/:\]\*\$$/,
    ],
    [
      'parameters of another type',
      aRequest('API_KEY', basic),
      'Parameter(s) AuthParameters.ApiKeyAuthParameters must be specified for authorization type API_KEY.',
    ],
    [
      'half of its credentials',
      aRequest('BASIC', { BasicAuthParameters: { Username: 'ann' } }),
      "1 validation error detected: Value null at 'authParameters.basicAuthParameters.password' failed to satisfy constraint: Member must not be null",
    ],
    [
      'credentials of another type that are not whole',
      aRequest('BASIC', { ...basic, ApiKeyAuthParameters: { ApiKeyName: 'x' } }),
      /^1 .* Value null at 'authParameters.apiKeyAuthParameters.apiKeyValue' .* must not be null$/,
    ],
    [
      'a colon in its user name',
      aRequest('BASIC', { BasicAuthParameters: { Username: 'a:b', Password: 'x' } }),
      /^1 .* Value 'a:b' at 'authParameters\.basicAuthParameters\.username' .* pattern: /,
    ],
    [
      'a tab for a user name',
      aRequest('BASIC', { BasicAuthParameters: { Username: '\t', Password: 'x' } }),
      /username' .* pattern: /,
    ],
    [
      'a method that fetches no token',
      aRequest('OAUTH_CLIENT_CREDENTIALS', {
        OAuthParameters: { ...oauth.OAuthParameters, HttpMethod: 'PATCH' },
      }),
      /'authParameters\.oAuthParameters\.httpMethod' .* enum value set: \[GET, POST, PUT\]$/,
    ],
    [
      'an authorization endpoint without TLS',
      aRequest('OAUTH_CLIENT_CREDENTIALS', {
        OAuthParameters: { ...oauth.OAuthParameters, AuthorizationEndpoint: 'http://e.org/' },
      }),
      /^Parameter AuthParameters\.OAuthParameters\.AuthorizationEndpoint is not valid\. Reason: it must use HTTPS/,
    ],
    [
      'an authorization endpoint with a wildcard',
      aRequest('OAUTH_CLIENT_CREDENTIALS', {
        OAuthParameters: { ...oauth.OAuthParameters, AuthorizationEndpoint: 'https://e.org/*' },
      }),
      /may not have wildcards/,
    ],
    [
      'more than 100 headers',
      aRequest('BASIC', {
        ...basic,
        InvocationHttpParameters: {
          HeaderParameters: Array.from({ length: 101 }, () => ({ Key: 'a', Value: 'b' })),
        },
      }),
      "1 validation error detected: Value at 'authParameters.invocationHttpParameters.headerParameters' failed to satisfy constraint: Member must have length less than or equal to 100",
    ],
    [
      'a header that is two',
      aRequest('BASIC', {
        ...basic,
        InvocationHttpParameters: { HeaderParameters: [{ Key: 'X-A', Value: 'b\r\nX-C: d' }] },
      }),
      /^1 .* Value at 'authParameters\.invocationHttpParameters\.headerParameters\.1\.member\.value' .* pattern/,
    ],
    [
      'a private endpoint of VPC Lattice',
      aRequest('BASIC', basic, {
        InvocationConnectivityParameters: {
          ResourceParameters: { ResourceConfigurationArn: '' },
        },
      }),
      /^Parameter InvocationConnectivityParameters is not valid/,
    ],
    [
      'a private endpoint of nowhere',
      aRequest('BASIC', basic, { InvocationConnectivityParameters: { ResourceParameters: {} } }),
      /^1 .* Value null at 'invocationConnectivityParameters.resourceParameters.resourceConfigurationArn' /,
    ],
  ] as const)
    test(`is refused with ${what}`, () => {
      assert.throws(() => connection(request, secrets), invalid(message))
    })

  test('is refused without its secrets being told', () => {
    const long = `hunter2${'x'.repeat(600)}`
    for (const request of [
      aRequest('BASIC', { BasicAuthParameters: { Username: 'ann', Password: `${long}:` } }),
      aRequest('API_KEY', { ApiKeyAuthParameters: { ApiKeyName: 'X', ApiKeyValue: long } }),
      aRequest('OAUTH_CLIENT_CREDENTIALS', {
        OAuthParameters: {
          ...oauth.OAuthParameters,
          ClientParameters: { ClientID: 'me', ClientSecret: long },
        },
      }),
      aRequest('BASIC', {
        ...basic,
        InvocationHttpParameters: { HeaderParameters: [{ Key: 'X-A', Value: `${long}\n` }] },
      }),
    ])
      assert.throws(
        () => connection(request, secrets),
        (error) => {
          assert.match(inspect(error), /Value at 'authParameters\./)
          assert.ok(!inspect(error).includes('hunter2'))
          return true
        },
      )
  })

  test('is refused, and the check ends, whatever its credentials are', () => {
    const Username = `${'a '.repeat(255)}:`
    // Held by the runner's limit: EventBridge's own expression would take years.

    assert.throws(() =>
      connection(aRequest('BASIC', { BasicAuthParameters: { Username, Password: 'x' } }), secrets),
    )
  })
})

describe('an update', () => {
  const InvocationHttpParameters = {
    HeaderParameters: [{ Key: 'X-A', Value: 'b', IsValueSecret: false }],
  }
  const stored = connection(
    aRequest('BASIC', { ...basic, InvocationHttpParameters }, { Description: 'CRM' }),
    secrets,
  )

  test('keeps what it does not name', () => {
    const updated = updatedConnection(
      stored,
      { AuthParameters: { BasicAuthParameters: { Password: 'correct horse' } } },
      secrets,
    )

    assert.equal(updated.Description, 'CRM')
    assert.deepEqual(authParametersOf(updated, secrets), {
      BasicAuthParameters: { Username: 'ann', Password: 'correct horse' },
      InvocationHttpParameters,
    })
  })

  test('of the description alone keeps the credentials', () => {
    const updated = updatedConnection(stored, { Name: 'crm', Description: 'New' }, secrets)

    assert.equal(updated.Description, 'New')
    assert.deepEqual(
      authParametersOf(updated, secrets).BasicAuthParameters,
      basic.BasicAuthParameters,
    )
  })

  test('to another type drops the old credentials', () => {
    const updated = updatedConnection(
      stored,
      { AuthorizationType: 'API_KEY', AuthParameters: apiKey },
      secrets,
    )

    assert.deepEqual(authParametersOf(updated, secrets), { ...apiKey, InvocationHttpParameters })
    assert.throws(
      () => updatedConnection(stored, { AuthorizationType: 'API_KEY' }, secrets),
      invalid(/ApiKeyAuthParameters must be specified/),
    )
  })

  test('replaces lists as a whole', () => {
    const { AuthParameters } = updatedConnection(
      stored,
      { AuthParameters: { InvocationHttpParameters: { HeaderParameters: [] } } },
      secrets,
    )

    assert.deepEqual(AuthParameters.InvocationHttpParameters, { HeaderParameters: [] })
  })
})

describe('a request for an update', () => {
  const nothing =
    'Failed to update the connection(s). At least one of the following is required: Description, KmsKeyIdentifier, AuthorizationType with BasicAuthParameters, ApiKeyAuthParameters, or OAuthParameters.'
  for (const [what, fields, message] of [
    ['that names nothing', {}, nothing],
    ['with credentials and without their type', { AuthParameters: basic }, nothing],
    ['with a type alone', { AuthorizationType: 'BASIC' }, nothing],
    [
      'with parameters of requests alone',
      { AuthorizationType: 'BASIC', AuthParameters: { InvocationHttpParameters: {} } },
      nothing,
    ],
    [
      'of a type that there is not',
      { AuthorizationType: 'TOKEN' },
      /at 'authorizationType' .* enum value set: /,
    ],
    [
      'with credentials that are none, whatever its type',
      {
        AuthorizationType: 'BASIC',
        AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: ':' } },
      },
      /^1 .* Value ':' at 'authParameters.apiKeyAuthParameters.apiKeyName' .* pattern: /,
    ],
    ['with too long a description', { Description: 'x'.repeat(513) }, /equal to 512$/],
  ] as const)
    test(`is refused ${what}`, () => {
      assert.throws(() => checkUpdate({ Name: 'crm', ...fields }), invalid(message))
    })

  for (const fields of [
    { Description: '' },
    { KmsKeyIdentifier: 'k' },
    { AuthorizationType: 'BASIC', AuthParameters: basic },
    { Description: 'x', AuthParameters: basic },
  ])
    test(`is taken with ${Object.keys(fields).join(' and ')}`, () => {
      checkUpdate({ Name: 'crm', ...fields })
    })
})

describe('a deauthorized connection', () => {
  const stored = deauthorizedConnection(connection(aRequest('BASIC', basic), secrets))

  test('has no secrets and refuses requests', () => {
    assert.equal(stored.SealedAuthParameters, null)
    assert.deepEqual(stored.AuthParameters, {})
    assert.throws(() => authParametersOf(stored, secrets), {
      name: 'DeliveryRefused',
      code: 'NO_PERMISSIONS',
    })
  })

  test('is authorized by an update with everything', () => {
    const described = updatedConnection(stored, { Description: 'x' }, secrets)
    assert.deepEqual(described, { ...stored, Description: 'x' })
    assert.throws(
      () =>
        updatedConnection(
          stored,
          { AuthParameters: { BasicAuthParameters: { Password: 'x' } } },
          secrets,
        ),
      invalid(/'authParameters.basicAuthParameters.username' .* must not be null$/),
    )
    const updated = updatedConnection(stored, { AuthParameters: basic }, secrets)

    assert.deepEqual(authParametersOf(updated, secrets), basic)
  })
})
