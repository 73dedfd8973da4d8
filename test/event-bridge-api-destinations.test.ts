/** API destinations by the AWS SDK over the wire, and what they send to a real HTTP server. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type {
  ConnectionHttpParameters,
  CreateApiDestinationCommandInput,
  CreateConnectionAuthRequestParameters,
  EventBridge,
  Target,
} from '@aws-sdk/client-eventbridge'
import { type AnsweringServer, answeringServer } from './answering-server.ts'
import { answer, type Served, sdkError, serve } from './serve.ts'

const place = 'us-east-1:000000000000'
const nobody = `arn:aws:events:${place}:connection/nobody/0-1-2`
const RoleArn = 'arn:aws:iam::000000000000:role/caller'
const failedTo = (what: string, why: string) => `Failed to ${what} the api-destination(s). ${why}`

let bus: Served
let aws: EventBridge
let server: AnsweringServer
let ConnectionArn: string
before(async () => {
  bus = await serve()
  aws = bus.client()
  server = await answeringServer()
  ConnectionArn = await connection('shared')
})
after(async () => {
  await bus?.stop()
  await server?.close()
})

const keyed = { ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: 'k' } }
async function connection(
  Name: string,
  AuthParameters: CreateConnectionAuthRequestParameters = keyed,
  AuthorizationType: 'BASIC' | 'API_KEY' | 'OAUTH_CLIENT_CREDENTIALS' = 'API_KEY',
): Promise<string> {
  const made = await aws.createConnection({ Name, AuthorizationType, AuthParameters })
  return made.ConnectionArn as string
}
const destination = (Name: string, fields: object = {}): CreateApiDestinationCommandInput => ({
  ...{ Name, ConnectionArn, HttpMethod: 'POST', InvocationEndpoint: `${server.url}/${Name}` },
  ...fields,
})
const shown = async (Name: string) => answer(await aws.describeApiDestination({ Name }))

describe('an API destination', () => {
  test('is created with a rate of 300, and shown', async () => {
    const made = answer(await aws.createApiDestination(destination('plain')))

    const { ApiDestinationArn, CreationTime } = made
    assert.match(
      ApiDestinationArn ?? '',
      /^arn:aws:events:us-east-1:000000000000:api-destination\/plain\/[0-9a-f-]{36}$/,
    )
    const state = { ApiDestinationState: 'ACTIVE', CreationTime, LastModifiedTime: CreationTime }
    assert.deepEqual(made, { ApiDestinationArn, ...state })
    assert.deepEqual(await shown('plain'), {
      ...{ ...destination('plain'), ApiDestinationArn, ...state },
      InvocationRateLimitPerSecond: 300,
    })
  })

  test('is changed by what an update names, be it nothing', async () => {
    await aws.createApiDestination(destination('changing', { Description: 'Before' }))
    const Name = 'changing'

    await aws.updateApiDestination({ Name, HttpMethod: 'PUT', InvocationRateLimitPerSecond: 4 })
    const after = await shown(Name)
    assert.deepEqual(
      [after.HttpMethod, after.InvocationRateLimitPerSecond, after.Description],
      ['PUT', 4, 'Before'],
    )
    const answered = answer(await aws.updateApiDestination({ Name, Description: '' }))
    assert.deepEqual(Object.keys(answered).sort(), [
      ...['ApiDestinationArn', 'ApiDestinationState', 'CreationTime', 'LastModifiedTime'],
    ])
    assert.equal((await shown(Name)).Description, undefined)
    assert.equal((await aws.updateApiDestination({ Name })).ApiDestinationState, 'ACTIVE')
  })

  test('is INACTIVE while its connection is not authorized', async () => {
    const Name = 'closing'
    await aws.createApiDestination(
      destination(Name, { ConnectionArn: await connection('closing') }),
    )

    await aws.deauthorizeConnection({ Name })
    assert.equal((await shown(Name)).ApiDestinationState, 'INACTIVE')
    await aws.updateConnection({ Name, AuthorizationType: 'API_KEY', AuthParameters: keyed })
    assert.equal((await shown(Name)).ApiDestinationState, 'ACTIVE')
    await aws.deleteConnection({ Name })
    const { ApiDestinationState, ConnectionArn: none } = await shown(Name)
    assert.deepEqual([ApiDestinationState, none], ['INACTIVE', ''])
  })

  test('that is deleted is gone', async () => {
    await aws.createApiDestination(destination('brief'))
    const unknown = (what: string) =>
      sdkError(
        'ResourceNotFoundException',
        failedTo(what, "An api-destination 'brief' does not exist."),
      )

    assert.deepEqual(answer(await aws.deleteApiDestination({ Name: 'brief' })), {})

    await assert.rejects(shown('brief'), unknown('describe'))
    await assert.rejects(aws.updateApiDestination({ Name: 'brief' }), unknown('update'))
    await assert.rejects(aws.deleteApiDestination({ Name: 'brief' }), unknown('delete'))
  })

  test('is listed by name or connection, without its description', async () => {
    const own = await connection('lister')
    for (const name of ['listed-b', 'listed-a'])
      await aws.createApiDestination(destination(name, { ConnectionArn: own, Description: 'D' }))
    const list = async (request: object) => answer(await aws.listApiDestinations(request))

    const { ApiDestinations = [], NextToken } = await list({ NamePrefix: 'listed', Limit: 1 })
    const [first] = ApiDestinations
    assert.equal(first?.Name, 'listed-a')
    assert.ok(!('Description' in (first ?? {})))
    const rest = await list({ NamePrefix: 'listed', NextToken })
    assert.deepEqual([rest.ApiDestinations?.[0]?.Name, rest.NextToken], ['listed-b', undefined])
    assert.equal((await list({ ConnectionArn: own })).ApiDestinations?.length, 2)
    assert.deepEqual(await list({ ConnectionArn: nobody }), { ApiDestinations: [] })
    await assert.rejects(
      list({ NamePrefix: 'listed', ConnectionArn: own }),
      sdkError(
        'ValidationException',
        failedTo(
          'list',
          'Request failed because only one filter is supported per request, either ConnectionArn or NamePrefix.',
        ),
      ),
    )
  })
})

describe('CreateApiDestination is refused', () => {
  const insecure = 'http://example.com/orders'
  for (const [what, fields, error] of [
    [
      'for a connection that is not there',
      { ConnectionArn: nobody },
      sdkError(
        'ResourceNotFoundException',
        failedTo('create', `Connection '${nobody}' does not exist.`),
      ),
    ],
    [
      'for an endpoint without TLS',
      { InvocationEndpoint: insecure },
      sdkError(
        'ValidationException',
        failedTo(
          'create',
          `Parameter InvocationEndpoint is not valid. Reason: Endpoint '${insecure}' is invalid, please provide a valid HTTPS endpoint URL.`,
        ),
      ),
    ],
    [
      'for a rate beyond the quota',
      { InvocationRateLimitPerSecond: 301 },
      sdkError(
        'LimitExceededException',
        failedTo(
          'create',
          "Invalid Invocation Rate Limit: Rate specified '301' for 'wrong' exceeds maximum allowed of '300'.",
        ),
      ),
    ],
    [
      'for a connection that is no ARN and a method that there is not',
      { ConnectionArn: 'shared', HttpMethod: 'SEND' },
      sdkError(
        'ValidationException',
        /^2 validation errors detected: Value 'shared' at 'connectionArn' .*; Value 'SEND' at 'httpMethod' failed to satisfy constraint: Member must satisfy enum value set: \[HEAD, POST, PATCH, DELETE, PUT, GET, OPTIONS\]$/,
      ),
    ],
  ] as const)
    test(what, async () => {
      await assert.rejects(aws.createApiDestination(destination('wrong', fields)), error)
    })

  test('for a name that there is', async () => {
    await aws.createApiDestination(destination('twice'))

    await assert.rejects(
      aws.createApiDestination(destination('twice')),
      sdkError(
        'ResourceAlreadyExistsException',
        failedTo('create', "An api-destination with name 'twice' already exists."),
      ),
    )
  })
})

/** A rule for events of the source `name`, whose target is an API destination of that name. */
async function delivering(
  name: string,
  { auth = keyed, type = 'API_KEY', ...fields }: Delivering = {},
) {
  await aws.createApiDestination({
    ...destination(name, { ConnectionArn: await connection(name, auth, type) }),
    ...fields.destination,
  })
  const Arn = (await shown(name)).ApiDestinationArn as string
  await aws.putRule({ Name: name, EventPattern: JSON.stringify({ source: [name] }) })
  await aws.putTargets({ Rule: name, Targets: [{ Id: 'http', Arn, RoleArn, ...fields.target }] })
}
interface Delivering {
  readonly auth?: CreateConnectionAuthRequestParameters
  readonly type?: 'BASIC' | 'API_KEY' | 'OAUTH_CLIENT_CREDENTIALS'
  readonly destination?: Partial<CreateApiDestinationCommandInput>
  readonly target?: Partial<Target>
}
const put = (Source: string, detail: object = {}) =>
  aws.putEvents({ Entries: [{ Source, DetailType: 'Sold', Detail: JSON.stringify(detail) }] })
const came = (path: string) =>
  server.received.wait((request) => request.path.startsWith(path), `a request to ${path}`)
const allTo = (path: string) => server.received.items.filter((request) => request.path === path)

describe('what is delivered', () => {
  test('is the event, with a user name and a password', async () => {
    const BasicAuthParameters = { Username: 'alibaba', Password: 'open-sesame' }
    await delivering('basic', { auth: { BasicAuthParameters }, type: 'BASIC' })

    await put('basic', { sum: 7 })

    const { method, headers, body } = await came('/basic')
    assert.equal(method, 'POST')
    assert.equal(headers.authorization, `Basic ${btoa('alibaba:open-sesame')}`)
    assert.equal(headers['content-type'], 'application/json; charset=utf-8')
    assert.equal(headers['user-agent'], 'Amazon/EventBridge/ApiDestinations')
    const { source, detail, account } = JSON.parse(body)
    assert.deepEqual([source, detail, account], ['basic', { sum: 7 }, '000000000000'])
  })

  test('has what its target and its connection add, and the connection’s values win', async () => {
    const InvocationHttpParameters: ConnectionHttpParameters = {
      HeaderParameters: [{ Key: 'x-both', Value: 'connection', IsValueSecret: true }],
      QueryStringParameters: [{ Key: 'page', Value: '2' }],
      BodyParameters: [{ Key: 'shop', Value: 'ours' }],
    }
    await delivering('added', {
      auth: { ...keyed, InvocationHttpParameters },
      destination: { HttpMethod: 'PUT', InvocationEndpoint: `${server.url}/added/*/sold` },
      target: {
        Input: '{"fixed":true}',
        HttpParameters: {
          PathParameterValues: ['till 1'],
          HeaderParameters: { 'x-both': 'target', 'x-own': 'target' },
          QueryStringParameters: { page: '1', of: 'target' },
        },
      },
    })

    await put('added')

    const { method, path, headers, body } = await came('/added')
    const { pathname, searchParams } = new URL(path, server.url)
    assert.deepEqual([method, pathname], ['PUT', '/added/till%201/sold'])
    assert.deepEqual(Object.fromEntries(searchParams), { page: '2', of: 'target' })
    assert.deepEqual(
      [headers['x-key'], headers['x-both'], headers['x-own']],
      ['k', 'connection', 'target'],
    )
    assert.equal(body, '{"fixed":true,"shop":"ours"}')
  })

  test('has a token that is fetched once, and again when it is refused', async () => {
    let granted = 0
    server.answer = ({ path, headers }) =>
      path === '/login'
        ? { status: 200, body: JSON.stringify({ access_token: `t${++granted}` }) }
        : { status: headers.authorization === 'Bearer t1' ? 401 : 200 }
    await delivering('oauth', {
      type: 'OAUTH_CLIENT_CREDENTIALS',
      auth: {
        OAuthParameters: {
          ClientParameters: { ClientID: 'us', ClientSecret: 'sesame' },
          ...{ AuthorizationEndpoint: `${server.url}/login`, HttpMethod: 'POST' },
        },
      },
    })

    await put('oauth', { at: 1 })
    await server.received.until(() => allTo('/oauth').length === 2, 'two requests')
    await put('oauth', { at: 2 })
    await server.received.until(() => allTo('/oauth').length === 3, 'three requests')

    assert.deepEqual(
      allTo('/oauth').map(({ headers }) => headers.authorization),
      ['Bearer t1', 'Bearer t2', 'Bearer t2'],
    )
    assert.equal(granted, 2)
  })

  test('is sent again when the server asks for it, and not before it said', async () => {
    server.answer = ({ path }) =>
      allTo(path).length === 0 ? { status: 503, headers: { 'retry-after': '2' } } : { status: 204 }
    await delivering('later')

    await put('later')
    await server.received.until(() => allTo('/later').length === 2, 'two requests')

    const [first, second] = allTo('/later')
    assert.ok(first && second)
    assert.equal(second.body, first.body)
    assert.ok(second.at - first.at >= 2_000, `${second.at - first.at} ms`)
  })

  test('is not sent again when the server refuses it for good', async () => {
    server.answer = ({ path }) => ({ status: path === '/refused' ? 400 : 200 })
    await delivering('refused')
    await delivering('behind')

    await put('refused')
    await came('/refused')
    await put('behind')
    await came('/behind')

    assert.equal(allTo('/refused').length, 1)
  })
})

test('PutTargets tells a list or map of HttpParameters as a whole', async () => {
  const Arn = (await aws.createApiDestination(destination('refusing'))).ApiDestinationArn
  const put = (HttpParameters: Target['HttpParameters']) =>
    aws.putTargets({ Rule: 'basic', Targets: [{ Id: 'x', Arn, RoleArn, HttpParameters }] })
  const at = 'targets.1.member.httpParameters'

  await assert.rejects(
    put({ PathParameterValues: [' '] }),
    sdkError(
      'ValidationException',
      `1 validation error detected: Value '[ ]' at '${at}.pathParameterValues' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy regular expression pattern: ^(?!\\s*$).+]`,
    ),
  )
  await assert.rejects(
    put({ QueryStringParameters: { q: '' } }),
    sdkError(
      'ValidationException',
      new RegExp(`Value '{q=}' at '${at}.queryStringParameters' .* Map value must satisfy`),
    ),
  )
})
