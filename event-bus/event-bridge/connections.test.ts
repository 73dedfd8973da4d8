import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Request } from '../request.ts'
import { anEventBridge, plainSecrets } from '../testing/event-bridge.ts'

const password = 'hunter2-is-a-secret'
const basic = {
  Name: 'carrier',
  AuthorizationType: 'BASIC',
  AuthParameters: { BasicAuthParameters: { Username: 'ann', Password: password } },
}
const oauth = {
  Name: 'carrier',
  AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
  AuthParameters: {
    OAuthParameters: {
      ClientParameters: { ClientID: 'id', ClientSecret: password },
      AuthorizationEndpoint: 'https://example.com/token',
      HttpMethod: 'POST',
    },
  },
}
const noon = new Date('2026-01-01T12:00:00.000Z')
const arn = /^arn:aws:events:us-east-1:000000000000:connection\/carrier\/[0-9a-f]{8}-[0-9a-f-]{27}$/
const missing = (what = 'describe') => ({
  code: 'ResourceNotFoundException',
  message: `Failed to ${what} the connection(s). Connection 'carrier' does not exist.`,
})

test('a connection is created, and described without its secrets, also by the next process', async () => {
  const { bridge, store, restarted } = await anEventBridge()

  const { ConnectionArn, ...created } = await bridge.createConnection(basic)

  assert.match(ConnectionArn, arn)
  const times = { CreationTime: noon, LastModifiedTime: noon }
  assert.deepEqual(created, { ConnectionState: 'AUTHORIZED', ...times })
  const { SecretArn, ...described } = await (await restarted()).bridge.describeConnection(basic)
  assert.match(
    SecretArn ?? '',
    /^arn:aws:secretsmanager:us-east-1:000000000000:secret:events!connection\/carrier\/[0-9a-f-]{36}-[0-9a-f]{6}$/,
  )
  assert.deepEqual(described, {
    ...{ ConnectionArn, Name: 'carrier', AuthorizationType: 'BASIC' },
    ...{ ConnectionState: 'AUTHORIZED', ...times, LastAuthorizedTime: noon },
    AuthParameters: { BasicAuthParameters: { Username: 'ann' } },
  })
  const written = JSON.stringify(store.commits)
  assert.ok(written.includes(plainSecrets.seal(JSON.stringify(basic.AuthParameters))))
  assert.ok(!written.includes(password))
})

const granted = async () => ({ status: 200, headers: {}, body: '{"access_token":"t"}' })

test('one with OAuth is being authorized until a token has come', async () => {
  const { bridge, clock, server, requests } = await anEventBridge()
  const described = () => bridge.describeConnection(oauth)
  server.respond = async () => ({ status: 503, headers: {}, body: '' })

  const { ConnectionState } = await bridge.createConnection(oauth)
  const before = await described()
  await clock.turn()
  const refused = await described()
  server.respond = granted
  const again = await bridge.updateConnection(oauth)
  await clock.turn()
  const after = await described()

  assert.equal(ConnectionState, 'AUTHORIZING')
  assert.deepEqual(
    [before.ConnectionState, before.LastAuthorizedTime?.getTime()],
    ['AUTHORIZING', 0],
  )
  assert.deepEqual(
    [refused.ConnectionState, refused.StateReason],
    ['AUTHORIZING', 'Could not connect to the specified endpoint.'],
  )
  assert.equal(again.ConnectionState, 'AUTHORIZING')
  assert.deepEqual([after.ConnectionState, after.LastAuthorizedTime], ['AUTHORIZED', noon])
  assert.ok(!('StateReason' in after))
  assert.deepEqual(
    requests.map(({ url }) => url),
    ['https://example.com/token', 'https://example.com/token'],
  )
})

test('one that has got no token asks again in the next process, and then no more', async () => {
  const { bridge, clock, restarted } = await anEventBridge()
  await bridge.createConnection(oauth)
  await clock.turn()

  const next = await restarted()
  assert.equal(next.requests.length, 1)
  next.server.respond = granted
  await next.bridge.updateConnection(oauth)
  await clock.turn()
  const last = await next.restarted()

  assert.equal((await last.bridge.describeConnection(oauth)).ConnectionState, 'AUTHORIZED')
  assert.deepEqual(last.requests, [])
})

test('a second of the same name is refused', async () => {
  const { bridge } = await anEventBridge()

  await bridge.createConnection(basic)

  await assert.rejects(bridge.createConnection(oauth), {
    code: 'ResourceAlreadyExistsException',
    message: 'Connection carrier already exists.',
  })
})

test('an update leaves what it does not name', async () => {
  const { bridge, clock } = await anEventBridge()
  const { ConnectionArn } = await bridge.createConnection({ ...basic, Description: 'by lorry' })
  await clock.move(1_000)

  const BasicAuthParameters = { Username: 'joe' }
  const answer = await bridge.updateConnection({
    ...{ Name: 'carrier', AuthorizationType: 'BASIC' },
    AuthParameters: { BasicAuthParameters },
  })

  const later = new Date(noon.getTime() + 1_000)
  const times = { CreationTime: noon, LastModifiedTime: later, LastAuthorizedTime: later }
  assert.deepEqual(answer, { ConnectionArn, ConnectionState: 'AUTHORIZED', ...times })
  const { Description, AuthParameters } = await bridge.describeConnection(basic)
  assert.deepEqual([Description, AuthParameters], ['by lorry', { BasicAuthParameters }])
})

test('an update of the description alone does not authorize it anew', async () => {
  const { bridge, clock } = await anEventBridge()
  await bridge.createConnection({ ...basic, Description: 'by lorry' })
  await clock.move(1_000)

  const answer = await bridge.updateConnection({ Name: 'carrier', Description: '' })

  assert.deepEqual(answer.LastAuthorizedTime, noon)
  assert.equal(answer.LastModifiedTime.getTime(), noon.getTime() + 1_000)
  assert.ok(!('Description' in (await bridge.describeConnection(basic))))
})

test('one that is deauthorized has no secrets any more, until it is updated with all of them', async () => {
  const { bridge } = await anEventBridge()
  await bridge.createConnection(basic)
  const described = () => bridge.describeConnection(basic)
  const { SecretArn } = await described()

  assert.equal((await bridge.deauthorizeConnection(basic)).ConnectionState, 'DEAUTHORIZING')
  const { ConnectionState, StateReason, AuthParameters, ...without } = await described()
  assert.deepEqual([ConnectionState, AuthParameters], ['DEAUTHORIZED', {}])
  assert.equal(
    StateReason,
    'The authorization parameters were removed from this connection by a DeauthorizeConnection operation.',
  )
  assert.ok(!('SecretArn' in without))
  assert.equal((await bridge.updateConnection(basic)).ConnectionState, 'AUTHORIZED')

  const again = await described()
  assert.equal(again.ConnectionState, 'AUTHORIZED')
  assert.notEqual(again.SecretArn, SecretArn)
  assert.ok(!('StateReason' in again))
})

test('one that is deleted is gone', async () => {
  const { bridge, restarted } = await anEventBridge()
  const { ConnectionArn } = await bridge.createConnection(basic)

  const deleted = await bridge.deleteConnection(basic)

  assert.deepEqual([deleted.ConnectionArn, deleted.ConnectionState], [ConnectionArn, 'DELETING'])
  await assert.rejects(bridge.describeConnection(basic), missing())
  await assert.rejects((await restarted()).bridge.describeConnection(basic), missing())
})

test('lists are by name and state, in parts', async () => {
  const { bridge } = await anEventBridge()
  for (const Name of ['c', 'a', 'b']) await bridge.createConnection({ ...basic, Name })
  await bridge.deauthorizeConnection({ Name: 'b' })
  const names = async (request: Request) =>
    (await bridge.listConnections(request)).Connections.map(({ Name }) => Name)

  const { NextToken, Connections } = await bridge.listConnections({ Limit: 1 })

  const [first] = Connections
  assert.deepEqual(Object.keys(first ?? {}).sort(), [
    ...['AuthorizationType', 'ConnectionArn', 'ConnectionState', 'CreationTime'],
    ...['LastAuthorizedTime', 'LastModifiedTime', 'Name'],
  ])
  assert.deepEqual(await names({ NextToken }), ['b', 'c'])
  assert.deepEqual(await names({ ConnectionState: 'DEAUTHORIZED' }), ['b'])
  assert.deepEqual(await names({ NamePrefix: 'a' }), ['a'])
  await assert.rejects(names({ ConnectionState: 'GONE' }), /at 'connectionState' .* enum value set/)
})

test('what does not exist cannot be changed', async () => {
  const { bridge } = await anEventBridge()

  await assert.rejects(bridge.describeConnection(basic), missing())
  await assert.rejects(bridge.updateConnection(basic), missing('update'))
  await assert.rejects(bridge.deauthorizeConnection(basic), missing('deauthorize'))
  await assert.rejects(bridge.deleteConnection(basic), missing('delete'))
})

test('what is no connection is refused, and its secrets are not repeated', async () => {
  const { bridge } = await anEventBridge()

  await assert.rejects(
    bridge.createConnection({ ...basic, Name: 'a b', AuthorizationType: 'NONE' }),
    (error: Error) => {
      assert.match(error.message, /^2 validation errors detected: Value 'a b' at 'name' failed/)
      assert.match(error.message, /enum value set: \[BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY\]/)
      assert.ok(!error.message.includes(password))
      return true
    },
  )
  await assert.rejects(bridge.deleteConnection({}), {
    code: 'ValidationException',
    message:
      "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
  })
})
