import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Request } from '../request.ts'
import { anEventBridge, aShop, onPlaced, roleArn } from '../testing/event-bridge.ts'

const connection = {
  Name: 'carrier',
  AuthorizationType: 'API_KEY',
  AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: 'first' } },
}
const lorry = {
  ...{ Name: 'lorry', HttpMethod: 'POST' },
  InvocationEndpoint: 'https://example.com/orders/*',
}
const noon = new Date('2026-01-01T12:00:00.000Z')
const unknown = 'arn:aws:events:us-east-1:000000000000:connection/nobody/1-2-3'
const missing = (what: 'describe' | 'update' | 'delete') => ({
  code: 'ResourceNotFoundException',
  message: `Failed to ${what} the api-destination(s). An api-destination 'lorry' does not exist.`,
})

/** With the API destination `lorry`, and a target of the shop's rule that it is. */
async function aCarrier() {
  const started = await aShop()
  const { bridge } = started
  const { ConnectionArn } = await bridge.createConnection(connection)
  const created = await bridge.createApiDestination({ ...lorry, ConnectionArn })
  const target = {
    ...{ Id: 'ship', Arn: created.ApiDestinationArn, RoleArn: roleArn },
    HttpParameters: { PathParameterValues: ['1'] },
  }
  await bridge.putTargets({ ...onPlaced, Targets: [target] })
  return { ...started, ConnectionArn, created, target }
}

describe('an API destination', () => {
  test('is created and described, also by the next process', async () => {
    const { created, restarted, ConnectionArn } = await aCarrier()

    const { ApiDestinationArn } = created
    assert.match(ApiDestinationArn, /:api-destination\/lorry\/[0-9a-f-]{36}$/)
    const answer = {
      ...{ ApiDestinationArn, ApiDestinationState: 'ACTIVE' },
      ...{ CreationTime: noon, LastModifiedTime: noon },
    }
    assert.deepEqual(created, answer)
    assert.deepEqual(await (await restarted()).bridge.describeApiDestination(lorry), {
      ...{ ...lorry, ConnectionArn, ...answer },
      InvocationRateLimitPerSecond: 300,
    })
  })

  test('is updated where the request says so', async () => {
    const { bridge, clock, ConnectionArn } = await aCarrier()
    await clock.move(1_000)

    const changes = { Description: 'fast', InvocationRateLimitPerSecond: 5 }
    await bridge.updateApiDestination({ Name: 'lorry', ...changes })

    const { LastModifiedTime, ApiDestinationArn, ...described } =
      await bridge.describeApiDestination(lorry)
    assert.deepEqual(described, {
      ...{ ...lorry, ConnectionArn, ...changes },
      ...{ ApiDestinationState: 'ACTIVE', CreationTime: noon },
    })
    assert.equal(LastModifiedTime.getTime(), noon.getTime() + 1_000)
  })

  test('is INACTIVE while its connection is not authorized', async () => {
    const { bridge } = await aCarrier()
    const state = async () => (await bridge.describeApiDestination(lorry)).ApiDestinationState

    await bridge.deauthorizeConnection(connection)
    assert.equal(await state(), 'INACTIVE')
    await bridge.updateConnection(connection)
    assert.equal(await state(), 'ACTIVE')
    await bridge.deleteConnection(connection)

    assert.equal(await state(), 'INACTIVE')
  })

  test('is changed when its connection is, and names none that was deleted', async () => {
    const { bridge, clock } = await aCarrier()
    const shown = async () => {
      const { LastModifiedTime, ConnectionArn } = await bridge.describeApiDestination(lorry)
      return [LastModifiedTime.getTime() - noon.getTime(), ConnectionArn !== '']
    }

    await clock.move(1_000)
    await bridge.updateConnection({ ...connection, Description: 'still authorized' })
    assert.deepEqual(await shown(), [0, true])
    await bridge.deauthorizeConnection(connection)
    assert.deepEqual(await shown(), [1_000, true])
    await clock.move(1_000)
    await bridge.deleteConnection(connection)
    assert.deepEqual(await shown(), [1_000, false])
    await bridge.createConnection(connection)

    assert.deepEqual(await shown(), [1_000, false])
  })

  test('is listed by name and connection, in parts and without its description', async () => {
    const { bridge, ConnectionArn } = await aCarrier()
    for (const Name of ['c', 'a'])
      await bridge.createApiDestination({ ...lorry, Name, ConnectionArn })
    const names = async (request: Request) =>
      (await bridge.listApiDestinations(request)).ApiDestinations.map(({ Name }) => Name)

    const { NextToken, ApiDestinations } = await bridge.listApiDestinations({ Limit: 1 })

    assert.ok(!('Description' in (ApiDestinations[0] ?? {})))
    assert.deepEqual(await names({ NextToken }), ['c', 'lorry'])
    assert.deepEqual(await names({ NamePrefix: 'lo' }), ['lorry'])
    assert.deepEqual(await names({ ConnectionArn }), ['a', 'c', 'lorry'])
    assert.deepEqual(await names({ ConnectionArn: unknown }), [])
  })

  test('is refused with a name that there is, or a connection that there is not', async () => {
    const { bridge, ConnectionArn } = await aCarrier()
    const nobody = (what: 'create' | 'update') => ({
      code: 'ResourceNotFoundException',
      message: `Failed to ${what} the api-destination(s). Connection '${unknown}' does not exist.`,
    })

    await assert.rejects(bridge.createApiDestination({ ...lorry, ConnectionArn }), {
      code: 'ResourceAlreadyExistsException',
      message:
        "Failed to create the api-destination(s). An api-destination with name 'lorry' already exists.",
    })
    await assert.rejects(
      bridge.createApiDestination({ ...lorry, Name: 'x', ConnectionArn: unknown }),
      nobody('create'),
    )
    await assert.rejects(
      bridge.updateApiDestination({ ...lorry, ConnectionArn: unknown }),
      nobody('update'),
    )
    await assert.rejects(
      bridge.createApiDestination({ ...lorry, ConnectionArn: 'x', HttpMethod: 'SEND' }),
      /^ValidationException: 2 validation errors detected: Value 'x' at 'connectionArn' failed/,
    )
  })

  test('cannot be changed when it does not exist', async () => {
    const { bridge } = await anEventBridge()

    await assert.rejects(bridge.describeApiDestination(lorry), missing('describe'))
    await assert.rejects(bridge.updateApiDestination(lorry), missing('update'))
    await assert.rejects(bridge.deleteApiDestination(lorry), missing('delete'))
    await assert.rejects(
      bridge.updateApiDestination({ Name: 'lorry', HttpMethod: 'SEND' }),
      /'httpMethod'/,
    )
  })

  test('is listed by one filter, which names a connection as ARNs do', async () => {
    const { bridge } = await anEventBridge()

    await assert.rejects(bridge.listApiDestinations({ NamePrefix: 'a', ConnectionArn: unknown }), {
      code: 'ValidationException',
      message:
        'Failed to list the api-destination(s). Request failed because only one filter is supported per request, either ConnectionArn or NamePrefix.',
    })
    await assert.rejects(bridge.listApiDestinations({ ConnectionArn: 'carrier' }), /pattern: /)
  })

  test('is INACTIVE until its connection has got a token', async () => {
    const { bridge, server, clock } = await anEventBridge()
    server.respond = async () => ({ status: 500, headers: {}, body: '' })
    const OAuthParameters = {
      ClientParameters: { ClientID: 'me', ClientSecret: 'first' },
      ...{ AuthorizationEndpoint: 'https://example.com/token', HttpMethod: 'POST' },
    }
    const oauth = {
      ...{ Name: 'carrier', AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS' },
      AuthParameters: { OAuthParameters },
    }
    const { ConnectionArn } = await bridge.createConnection(oauth)
    await bridge.createApiDestination({ ...lorry, ConnectionArn })
    const state = async () => (await bridge.describeApiDestination(lorry)).ApiDestinationState
    await clock.turn()
    assert.equal(await state(), 'INACTIVE')

    server.respond = async () => ({ status: 200, headers: {}, body: '{"access_token":"t"}' })
    await bridge.updateConnection(oauth)
    await clock.turn()

    assert.equal(await state(), 'ACTIVE')
  })
})

describe('what is due for an API destination', () => {
  test('is sent as its destination, its connection and the target say', async () => {
    const { requests, put } = await aCarrier()

    await put(1)

    const [sent] = requests
    assert.deepEqual([sent?.method, sent?.url], ['POST', 'https://example.com/orders/1'])
    assert.equal(sent?.headers['X-Key'], 'first')
    assert.deepEqual(JSON.parse(sent?.body ?? '').detail, { order: 1 })
  })

  test('is what the target’s input makes of the event', async () => {
    const { bridge, target, requests, put } = await aCarrier()

    await bridge.putTargets({
      ...onPlaced,
      Targets: [{ ...target, InputPath: '$.detail.order' }],
    })
    await put(7)

    assert.equal(requests[0]?.body, '7')
  })

  test('goes to the new endpoint with the new secret when these were changed', async () => {
    const { bridge, requests, put, restarted } = await aCarrier()

    await bridge.updateApiDestination({
      Name: 'lorry',
      InvocationEndpoint: 'https://example.org/*',
    })
    const ApiKeyAuthParameters = { ApiKeyName: 'X-Key', ApiKeyValue: 'second' }
    await bridge.updateConnection({ ...connection, AuthParameters: { ApiKeyAuthParameters } })
    await put(1)

    const told = ({ url, headers }: (typeof requests)[number]) => [url, headers['X-Key']]
    assert.deepEqual(requests.map(told), [['https://example.org/1', 'second']])
    const next = await restarted()
    await next.put(2)
    assert.deepEqual(next.requests.map(told).at(-1), ['https://example.org/1', 'second'])
  })

  test('is sent no faster than the destination allows', async () => {
    const { bridge, clock, requests, put } = await aCarrier()

    await bridge.updateApiDestination({ Name: 'lorry', InvocationRateLimitPerSecond: 2 })
    await put(1, 2, 3, 4, 5, 6, 7, 8)
    await clock.move(1_000)
    const afterOne = requests.length
    await clock.move(10_000)

    assert.ok(afterOne <= 4, `${afterOne} in a second`)
    assert.equal(requests.length, 8)
  })

  test('is tried again when it answers that it should be', async () => {
    const { clock, requests, server, put, waiting } = await aCarrier()

    server.respond = async () => ({ status: 503, headers: { 'retry-after': '5' }, body: '' })
    await put(1)
    await clock.move(4_999)
    assert.equal(requests.length, 1)
    server.respond = async () => ({ status: 200, headers: {}, body: '' })
    await clock.move(1_000)

    assert.equal(requests.length, 2)
    assert.equal(await waiting(), 0)
  })

  test('is dead at once when the connection is deauthorized or deleted, or the destination is', async () => {
    const { bridge, requests, put, dead } = await aCarrier()

    await bridge.deauthorizeConnection(connection)
    await put(1)
    await bridge.deleteConnection(connection)
    await put(2)
    await bridge.deleteApiDestination(lorry)
    await put(3)

    const target = 'orders/placed/ship'
    assert.deepEqual(await dead(), [
      [target, 'NO_PERMISSIONS'],
      [target, 'NO_RESOURCE'],
      [target, 'NO_RESOURCE'],
    ])
    assert.equal(requests.length, 0)
    const { deadLetters } = await bridge.deadLetters.list({})
    assert.deepEqual(deadLetters.map(({ error }) => error.slice(0, 40)).slice(0, 2), [
      'There is no arn:aws:events:us-east-1:000',
      'The connection of the API destination lo',
    ])
  })
})
