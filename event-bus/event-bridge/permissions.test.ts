import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anEventBridge, busArn } from '../testing/event-bridge.ts'

const permission = (StatementId: string, Principal = '123456789012') => ({
  ...{ StatementId, Principal, Action: 'events:PutEvents' },
})
const statement = (
  Sid: string,
  Principal: unknown = { AWS: 'arn:aws:iam::123456789012:root' },
) => ({
  ...{ Sid, Effect: 'Allow', Principal, Action: 'events:PutEvents', Resource: busArn('default') },
})

async function aPolicy() {
  const started = await anEventBridge()
  return {
    ...started,
    async policy() {
      const { Policy } = await started.bridge.describeEventBus()
      return Policy === undefined ? undefined : JSON.parse(Policy)
    },
  }
}

test('statements are added, several for one account, and replaced by their ids', async () => {
  const { bridge, policy, restarted } = await aPolicy()

  assert.deepEqual(await bridge.putPermission(permission('one')), {})
  await bridge.putPermission(permission('two'))
  await bridge.putPermission(permission('one', '*'))

  const expected = {
    Version: '2012-10-17',
    Statement: [statement('one', '*'), statement('two')],
  }
  assert.deepEqual(await policy(), expected)
  const { Policy = '' } = await (await restarted()).bridge.describeEventBus({})
  assert.deepEqual(JSON.parse(Policy), expected)
})

test('a condition is part of its statement', async () => {
  const { bridge, policy } = await aPolicy()
  const Condition = { Type: 'StringEquals', Key: 'aws:PrincipalOrgID', Value: 'o-shop123456' }

  await bridge.putPermission({ ...permission('one', '*'), Condition })

  assert.deepEqual((await policy()).Statement, [
    {
      ...statement('one', '*'),
      Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-shop123456' } },
    },
  ])
  await assert.rejects(bridge.putPermission({ ...permission('one'), Condition }), {
    code: 'ValidationException',
    message:
      "Value of the parameter 'principal' must be '*' when the parameter 'condition' is set.",
  })
  await assert.rejects(
    bridge.putPermission({ ...permission('two', '*'), Condition: { Key: 'aws:PrincipalOrgID' } }),
    {
      code: 'ValidationException',
      message:
        "2 validation errors detected: Value null at 'condition.type' failed to satisfy constraint: Member must not be null; Value null at 'condition.value' failed to satisfy constraint: Member must not be null",
    },
  )
})

test('a policy replaces the one before', async () => {
  const { bridge, policy } = await aPolicy()
  const document = { Version: '2012-10-17', Statement: [statement('all', '*')] }

  await bridge.putPermission(permission('one'))
  await bridge.putPermission({ Policy: JSON.stringify(document) })

  assert.deepEqual(await policy(), document)
  const [Statement] = document.Statement
  await bridge.putPermission({ Policy: JSON.stringify({ ...document, Statement }) })
  assert.deepEqual(await policy(), document, 'one without its list')
})

test('a statement has a principal, the one action there is, and an id', async () => {
  const { bridge } = await aPolicy()
  const refused = (fields: object, message: string) =>
    assert.rejects(bridge.putPermission({ ...permission('one'), ...fields }), {
      code: 'ValidationException',
      message,
    })
  const action = "Provided value in parameter 'action' is not supported."

  await refused({ Principal: undefined }, 'Parameter(s) Principal must be specified.')
  await refused({ Action: undefined }, 'Parameter(s) Action must be specified.')
  await refused({ Action: 'events:PutRule' }, action)
  await refused({ StatementId: undefined }, 'Parameter(s) StatementId must be specified.')
  await refused(
    { Action: undefined, Principal: undefined },
    'Parameter(s) Action must be specified.',
  )
  const Condition = { Type: 'StringEquals', Key: 'aws:PrincipalOrgID', Value: 'o-shop123456' }
  const conditioned = (fields: object) => ({
    ...{ Principal: '*', Condition: { ...Condition, ...fields } },
  })
  const unsupported = (what: string) => `Provided value in parameter '${what}' is not supported.`
  await refused(conditioned({ Type: 'StringLike' }), unsupported('condition.type'))
  await refused(conditioned({ Key: 'aws:SourceArn' }), unsupported('condition.key'))
  await refused(
    conditioned({ Value: 'o-short' }),
    "Provided value in parameter 'condition.value' is invalid.",
  )
})

test('a bus is given by its name alone', async () => {
  const { bridge } = await aPolicy()
  const EventBusName = busArn('default')
  const message = `1 validation error detected: Value '${EventBusName}' at 'eventBusName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`

  await assert.rejects(bridge.putPermission({ ...permission('one'), EventBusName }), { message })
  await assert.rejects(bridge.removePermission({ StatementId: 'one', EventBusName }), { message })
})

test('a statement is removed by its id, and with the last one the policy', async () => {
  const { bridge, policy } = await aPolicy()
  await bridge.putPermission(permission('one'))
  await bridge.putPermission(permission('two'))

  await bridge.removePermission({ StatementId: 'one' })
  assert.deepEqual((await policy()).Statement, [statement('two')])
  await bridge.removePermission({ StatementId: 'two' })

  assert.equal(await policy(), undefined)
})

test('all are removed at once', async () => {
  const { bridge, policy } = await aPolicy()
  await bridge.putPermission(permission('one'))

  await bridge.removePermission({ RemoveAllPermissions: true })

  assert.equal(await policy(), undefined)
})

test('what leaves a policy as it is changes no bus', async () => {
  const { bridge, clock } = await aPolicy()
  await bridge.createEventBus({ Name: 'quiet' })
  const changed = async () =>
    Number((await bridge.describeEventBus({ Name: 'quiet' })).LastModifiedTime)
  const created = await changed()
  await clock.move(1_000)

  await bridge.removePermission({ EventBusName: 'quiet', RemoveAllPermissions: true })
  assert.equal(await changed(), created)
  await bridge.putPermission({ ...permission('one'), EventBusName: 'quiet' })
  const permitted = await changed()
  assert.notEqual(permitted, created)
  await clock.move(1_000)
  await bridge.putPermission({ ...permission('one'), EventBusName: 'quiet' })
  assert.equal(await changed(), permitted)
})

test('what cannot be removed is told, with a policy and without one', async () => {
  const { bridge } = await aPolicy()
  const missing = {
    code: 'ResourceNotFoundException',
    message: 'Statement with the provided id does not exist.',
  }

  await assert.rejects(bridge.removePermission({ StatementId: 'one' }), missing)
  await bridge.putPermission(permission('two'))
  await assert.rejects(bridge.removePermission({ StatementId: 'one' }), missing)
  await assert.rejects(bridge.removePermission({}), {
    code: 'ValidationException',
    message: 'Parameter(s) StatementId must be specified.',
  })
  await assert.rejects(
    bridge.removePermission({ StatementId: 'two', RemoveAllPermissions: true }),
    { message: 'StatementId could not be combined with All parameter.' },
  )
  await assert.rejects(bridge.removePermission({ StatementId: 'two', EventBusName: 'x' }), {
    code: 'ResourceNotFoundException',
    message: 'Event bus x does not exist.',
  })
})

test('what is no permission is refused', async () => {
  const { bridge } = await aPolicy()

  await assert.rejects(
    bridge.putPermission({ StatementId: 'a b', Principal: 'me', Action: 'sqs:Send' }),
    {
      code: 'ValidationException',
      message:
        "3 validation errors detected: Value 'a b' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+; Value 'sqs:Send' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: events:[a-zA-Z]+; Value 'me' at 'principal' failed to satisfy constraint: Member must satisfy regular expression pattern: (\\d{12}|\\*)",
    },
  )
  await assert.rejects(
    bridge.putPermission({ ...permission('one'), Policy: '{"Statement":[]}' }),
    / could not be combined with Policy parameter\.$/,
  )
  const long = { Version: '2012-10-17', Statement: [statement('x'.repeat(10_240))] }
  await assert.rejects(bridge.putPermission({ Policy: JSON.stringify(long) }), {
    code: 'PolicyLengthExceededException',
    message: 'Policy size would be larger than the maximum allowed.',
  })
})
