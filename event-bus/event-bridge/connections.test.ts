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
const missing = {
  code: 'ResourceNotFoundException',
  message: "Failed to describe the connection(s). Connection 'carrier' does not exist.",
}

test('a connection is created, and described without its secrets, also by the next process', async () => {
  const { bridge, store, restarted } = await anEventBridge()

  const { ConnectionArn, ...created } = await bridge.createConnection(basic)

  assert.match(ConnectionArn, arn)
  const times = { CreationTime: noon, LastModifiedTime: noon }
  assert.deepEqual(created, { ConnectionState: 'AUTHORIZED', ...times })
  const { SecretArn, ...described } = await (await restarted()).bridge.describeConnection(basic)
  assert.match(
    SecretArn,
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

test('one with OAuth answers that it is being authorized', async () => {
  const { bridge } = await anEventBridge()

  assert.equal((await bridge.createConnection(oauth)).ConnectionState, 'AUTHORIZING')
  assert.equal((await bridge.describeConnection(oauth)).ConnectionState, 'AUTHORIZED')
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
    Name: 'carrier',
    AuthParameters: { BasicAuthParameters },
  })

  const later = new Date(noon.getTime() + 1_000)
  const times = { CreationTime: noon, LastModifiedTime: later, LastAuthorizedTime: later }
  assert.deepEqual(answer, { ConnectionArn, ConnectionState: 'AUTHORIZED', ...times })
  const { Description, AuthParameters } = await bridge.describeConnection(basic)
  assert.deepEqual([Description, AuthParameters], ['by lorry', { BasicAuthParameters }])
})

test('one that is deauthorized has no secrets any more, until it is updated', async () => {
  const { bridge } = await anEventBridge()
  await bridge.createConnection(basic)
  const state = async () => (await bridge.describeConnection(basic)).ConnectionState

  assert.equal((await bridge.deauthorizeConnection(basic)).ConnectionState, 'DEAUTHORIZING')
  assert.equal(await state(), 'DEAUTHORIZED')
  assert.equal((await bridge.updateConnection(basic)).ConnectionState, 'AUTHORIZED')

  assert.equal(await state(), 'AUTHORIZED')
})

test('one that is deleted is gone', async () => {
  const { bridge, restarted } = await anEventBridge()
  const { ConnectionArn } = await bridge.createConnection(basic)

  const deleted = await bridge.deleteConnection(basic)

  assert.deepEqual([deleted.ConnectionArn, deleted.ConnectionState], [ConnectionArn, 'DELETING'])
  await assert.rejects(bridge.describeConnection(basic), missing)
  await assert.rejects((await restarted()).bridge.describeConnection(basic), missing)
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
})

test('what does not exist cannot be changed', async () => {
  const { bridge } = await anEventBridge()

  for (const asked of [
    bridge.describeConnection(basic),
    bridge.updateConnection(basic),
    bridge.deauthorizeConnection(basic),
    bridge.deleteConnection(basic),
  ])
    await assert.rejects(asked, missing)
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
