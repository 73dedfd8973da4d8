/** Connections by the AWS SDK over the wire: what is shown of them, and how they become authorized. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type {
  ConnectionState,
  CreateConnectionCommandInput,
  EventBridge,
} from '@aws-sdk/client-eventbridge'
import { type AnsweringServer, answeringServer } from './answering-server.ts'
import { answer, type Served, sdkError, serve } from './serve.ts'
import { within } from './within.ts'

const secret = 'open-sesame'
const place = 'us-east-1:000000000000'
const connectionArn = (name: string) =>
  new RegExp(`^arn:aws:events:${place}:connection/${name}/[0-9a-f-]{36}$`)
const unknown = (what: string) =>
  sdkError(
    'ResourceNotFoundException',
    `Failed to ${what} the connection(s). Connection 'nobody' does not exist.`,
  )
const basic = (Name: string) =>
  ({
    ...{ Name, AuthorizationType: 'BASIC' },
    AuthParameters: { BasicAuthParameters: { Username: 'alibaba', Password: secret } },
  }) satisfies CreateConnectionCommandInput

let bus: Served
let aws: EventBridge
let login: AnsweringServer
before(async () => {
  bus = await serve()
  aws = bus.client()
  login = await answeringServer()
})
after(async () => {
  await bus?.stop()
  await login?.close()
})

const oauth = (Name: string, path = '/token') =>
  ({
    ...{ Name, AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS' },
    AuthParameters: {
      OAuthParameters: {
        ClientParameters: { ClientID: 'us', ClientSecret: secret },
        ...{ AuthorizationEndpoint: `${login.url}${path}`, HttpMethod: 'POST' },
        OAuthHttpParameters: { BodyParameters: [{ Key: 'scope', Value: 'orders' }] },
      },
    },
  }) satisfies CreateConnectionCommandInput
const shown = async (Name: string) => answer(await aws.describeConnection({ Name }))
async function reached(
  name: string,
  is: (connection: Awaited<ReturnType<typeof shown>>) => boolean,
) {
  const ask = async () => {
    for (;;) {
      const connection = await shown(name)
      if (is(connection)) return connection
    }
  }
  return within(10_000, () => `the connection ${name}`, ask())
}

describe('a connection', () => {
  test('is created and shown without its secrets', async () => {
    const InvocationHttpParameters = {
      HeaderParameters: [
        { Key: 'x-plain', Value: 'open' },
        { Key: 'x-hidden', Value: secret, IsValueSecret: true },
      ],
    }
    const request = basic('shown')

    const { ConnectionArn, CreationTime, ...made } = answer(
      await aws.createConnection({
        ...{ ...request, Description: 'Treasure' },
        AuthParameters: { ...request.AuthParameters, InvocationHttpParameters },
      }),
    )

    assert.match(ConnectionArn ?? '', connectionArn('shown'))
    assert.deepEqual(made, { ConnectionState: 'AUTHORIZED', LastModifiedTime: CreationTime })
    const { SecretArn, ...connection } = await shown('shown')
    assert.match(
      SecretArn ?? '',
      /^arn:aws:secretsmanager:us-east-1:000000000000:secret:events!connection\/shown\/[0-9a-f-]{36}-\w{6}$/,
    )
    assert.deepEqual(connection, {
      ...{ ConnectionArn, Name: 'shown', Description: 'Treasure', ConnectionState: 'AUTHORIZED' },
      ...{ AuthorizationType: 'BASIC', CreationTime },
      ...{ LastModifiedTime: CreationTime, LastAuthorizedTime: CreationTime },
      AuthParameters: {
        BasicAuthParameters: { Username: 'alibaba' },
        InvocationHttpParameters: {
          HeaderParameters: [
            { Key: 'x-plain', Value: 'open', IsValueSecret: false },
            { Key: 'x-hidden', IsValueSecret: true },
          ],
        },
      },
    })
  })

  test('with an API key shows the name of the header', async () => {
    const ApiKeyAuthParameters = { ApiKeyName: 'x-key', ApiKeyValue: secret }
    await aws.createConnection({
      ...{ Name: 'keyed', AuthorizationType: 'API_KEY', AuthParameters: { ApiKeyAuthParameters } },
    })

    assert.deepEqual((await shown('keyed')).AuthParameters, {
      ApiKeyAuthParameters: { ApiKeyName: 'x-key' },
    })
  })

  test('with OAuth is authorized when a token has come', async () => {
    login.answer = () => ({ status: 200, body: '{"access_token":"t","expires_in":3600}' })

    const { ConnectionState } = await aws.createConnection(oauth('granted'))
    const { LastAuthorizedTime, AuthParameters } = await reached(
      'granted',
      (connection) => connection.ConnectionState === 'AUTHORIZED',
    )

    assert.equal(ConnectionState, 'AUTHORIZING')
    assert.ok(LastAuthorizedTime && LastAuthorizedTime.getTime() > 0)
    assert.deepEqual(AuthParameters?.OAuthParameters, {
      ClientParameters: { ClientID: 'us' },
      ...{ AuthorizationEndpoint: `${login.url}/token`, HttpMethod: 'POST' },
      OAuthHttpParameters: {
        BodyParameters: [{ Key: 'scope', Value: 'orders', IsValueSecret: false }],
      },
    })
    assert.deepEqual(
      [...new URLSearchParams(login.received.items.at(-1)?.body)],
      [
        ['grant_type', 'client_credentials'],
        ['client_id', 'us'],
        ['client_secret', secret],
        ['scope', 'orders'],
      ],
    )
  })

  test('with OAuth stays AUTHORIZING without a token, and says why', async () => {
    login.answer = ({ path }) => ({ status: path === '/refused' ? 500 : 404 })

    await aws.createConnection(oauth('refused', '/refused'))
    const { ConnectionState, LastAuthorizedTime, StateReason } = await reached(
      'refused',
      (connection) => connection.StateReason !== undefined,
    )

    assert.equal(ConnectionState, 'AUTHORIZING')
    assert.equal(LastAuthorizedTime?.getTime(), 0)
    assert.equal(StateReason, 'Could not connect to the specified endpoint.')
  })

  test('that is deauthorized shows no parameters, and has a new secret when it is updated', async () => {
    await aws.createConnection(basic('closed'))
    const { SecretArn, ConnectionArn } = await shown('closed')

    const deauthorized = answer(await aws.deauthorizeConnection({ Name: 'closed' }))
    assert.equal(deauthorized.ConnectionState, 'DEAUTHORIZING')
    assert.equal(deauthorized.ConnectionArn, ConnectionArn)
    assert.equal(
      (await aws.deauthorizeConnection({ Name: 'closed' })).ConnectionState,
      'DEAUTHORIZING',
    )
    const without = await shown('closed')
    assert.deepEqual(
      [without.ConnectionState, without.AuthParameters, without.SecretArn],
      ['DEAUTHORIZED', {}, undefined],
    )
    assert.equal(
      without.StateReason,
      'The authorization parameters were removed from this connection by a DeauthorizeConnection operation.',
    )
    assert.equal((await aws.updateConnection(basic('closed'))).ConnectionState, 'AUTHORIZED')
    assert.notEqual((await shown('closed')).SecretArn, SecretArn)
  })

  test('that is deleted is gone', async () => {
    await aws.createConnection(basic('nobody'))

    const deleted = answer(await aws.deleteConnection({ Name: 'nobody' }))

    assert.equal(deleted.ConnectionState, 'DELETING')
    assert.deepEqual(Object.keys(deleted).sort(), [
      ...['ConnectionArn', 'ConnectionState', 'CreationTime', 'LastAuthorizedTime'],
      'LastModifiedTime',
    ])
    await assert.rejects(aws.describeConnection({ Name: 'nobody' }), unknown('describe'))
    await assert.rejects(aws.deleteConnection({ Name: 'nobody' }), unknown('delete'))
    await assert.rejects(aws.deauthorizeConnection({ Name: 'nobody' }), unknown('deauthorize'))
    await assert.rejects(aws.updateConnection(basic('nobody')), unknown('update'))
  })
})

describe('UpdateConnection', () => {
  test('changes what it names', async () => {
    await aws.createConnection({ ...basic('changing'), Description: 'Before' })

    await aws.updateConnection({
      ...{ Name: 'changing', AuthorizationType: 'BASIC' },
      AuthParameters: { BasicAuthParameters: { Username: 'cassim' } },
    })
    const { Description, AuthParameters } = await shown('changing')
    assert.deepEqual(
      [Description, AuthParameters],
      ['Before', { BasicAuthParameters: { Username: 'cassim' } }],
    )
    await aws.updateConnection({ Name: 'changing', Description: '' })
    assert.equal((await shown('changing')).Description, undefined)
  })

  for (const fields of [
    {},
    { AuthParameters: { BasicAuthParameters: { Password: secret } } },
    { AuthorizationType: 'BASIC' },
  ])
    test(`is refused with ${Object.keys(fields).join() || 'nothing'} alone`, async () => {
      await assert.rejects(
        aws.updateConnection({ Name: 'changing', ...(fields as object) }),
        sdkError(
          'ValidationException',
          'Failed to update the connection(s). At least one of the following is required: Description, KmsKeyIdentifier, AuthorizationType with BasicAuthParameters, ApiKeyAuthParameters, or OAuthParameters.',
        ),
      )
    })
})

describe('CreateConnection', () => {
  test('is refused for a name that there is', async () => {
    await aws.createConnection(basic('twice'))

    await assert.rejects(
      aws.createConnection(basic('twice')),
      sdkError('ResourceAlreadyExistsException', 'Connection twice already exists.'),
    )
  })

  for (const [what, fields, message] of [
    [
      'a type that there is not, and a name of other characters',
      { Name: 'a b', AuthorizationType: 'NONE' },
      "2 validation errors detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+; Value 'NONE' at 'authorizationType' failed to satisfy constraint: Member must satisfy enum value set: [BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY]",
    ],
    [
      'an empty name, whose pattern is told first',
      { Name: '' },
      "2 validation errors detected: Value '' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+; Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      'half of its credentials',
      { AuthParameters: { BasicAuthParameters: { Username: 'alibaba' } } },
      "1 validation error detected: Value null at 'authParameters.basicAuthParameters.password' failed to satisfy constraint: Member must not be null",
    ],
  ] as const)
    test(`is refused with ${what}`, async () => {
      await assert.rejects(
        aws.createConnection({ ...basic('wrong'), ...fields } as never),
        sdkError('ValidationException', message),
      )
    })

  test('repeats no secret', async () => {
    const Password = `${secret}${'!'.repeat(600)}`

    await assert.rejects(
      aws.createConnection({
        ...basic('wrong'),
        AuthParameters: { BasicAuthParameters: { Username: 'alibaba', Password } },
      }),
      (error: Error) => {
        assert.match(error.message, /Value at 'authParameters\.basicAuthParameters\.password'/)
        assert.ok(!error.message.includes(secret))
        return true
      },
    )
    assert.ok(!bus.output().includes(secret))
  })
})

test('ListConnections answers by name and state, in parts', async () => {
  for (const name of ['listed-b', 'listed-a']) await aws.createConnection(basic(name))
  await aws.deauthorizeConnection({ Name: 'listed-b' })
  const list = async (request: {
    NamePrefix?: string
    ConnectionState?: ConnectionState
    Limit?: number
    NextToken?: string | undefined
  }) => answer(await aws.listConnections(request))

  const { Connections = [], NextToken } = await list({ NamePrefix: 'listed', Limit: 1 })
  const [first] = Connections
  assert.deepEqual(Object.keys(first ?? {}).sort(), [
    ...['AuthorizationType', 'ConnectionArn', 'ConnectionState', 'CreationTime'],
    ...['LastAuthorizedTime', 'LastModifiedTime', 'Name'],
  ])
  assert.equal(first?.Name, 'listed-a')
  const rest = await list({ NamePrefix: 'listed', NextToken })
  assert.deepEqual([rest.Connections?.[0]?.Name, rest.NextToken], ['listed-b', undefined])
  const ofState = await list({ NamePrefix: 'listed', ConnectionState: 'DEAUTHORIZED' })
  assert.deepEqual(
    ofState.Connections?.map(({ Name }) => Name),
    ['listed-b'],
  )
  assert.deepEqual(await list({ NamePrefix: 'nothing' }), { Connections: [] })
  await assert.rejects(
    list({ ConnectionState: 'LOST' as never }),
    sdkError('ValidationException', /at 'connectionState' .* enum value set: \[CREATING, /),
  )
})
