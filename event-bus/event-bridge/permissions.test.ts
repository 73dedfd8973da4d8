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
    Statement: [statement('two'), statement('one', '*')],
  }
  assert.deepEqual(await policy(), expected)
  const { Policy = '' } = await (await restarted()).bridge.describeEventBus({})
  assert.deepEqual(JSON.parse(Policy), expected)
})

test('a condition is part of its statement', async () => {
  const { bridge, policy } = await aPolicy()
  const Condition = { Type: 'StringEquals', Key: 'aws:PrincipalOrgID', Value: 'o-1' }

  await bridge.putPermission({ ...permission('one', '*'), Condition })

  assert.deepEqual((await policy()).Statement, [
    {
      ...statement('one', '*'),
      Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } },
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
  const document = { Version: '2012-10-17', Statement: [{ Sid: 'all', Effect: 'Allow' }] }

  await bridge.putPermission(permission('one'))
  await bridge.putPermission({ Policy: JSON.stringify(document) })

  assert.deepEqual(await policy(), document)
  await bridge.putPermission({ Policy: JSON.stringify({ Statement: document.Statement[0] }) })
  assert.deepEqual(await policy(), { Statement: document.Statement }, 'one without its list')
})

test('a statement has a principal, the one action there is, and an id', async () => {
  const { bridge } = await aPolicy()
  const refused = (fields: object, message: string) =>
    assert.rejects(bridge.putPermission({ ...permission('one'), ...fields }), {
      code: 'ValidationException',
      message,
    })
  const action = "Provided value in parameter 'action' is not supported."

  await refused({ Principal: undefined }, 'Parameter Principal must be specified.')
  await refused({ Action: undefined }, action)
  await refused({ Action: 'events:PutRule' }, action)
  await refused({ StatementId: undefined }, 'Parameter StatementId must be specified.')
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
    message: 'Parameter StatementId is required.',
  })
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
  await assert.rejects(bridge.putPermission({ Policy: '{' }), /This policy contains invalid Json$/)
  for (const Policy of ['{}', 'null', '{"Statement":"all"}'])
    await assert.rejects(bridge.putPermission({ Policy }), /Parameter Policy is not valid/)
  await assert.rejects(
    bridge.putPermission({ ...permission('one'), Policy: '{"Statement":[]}' }),
    /together with other parameters/,
  )
  const Statement = [{ Sid: 'x'.repeat(10_240) }]
  await assert.rejects(bridge.putPermission({ Policy: JSON.stringify({ Statement }) }), {
    code: 'PolicyLengthExceededException',
    message: 'The policy of an event bus has at most 10240 characters.',
  })
})
