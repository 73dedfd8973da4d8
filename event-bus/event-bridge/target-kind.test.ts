import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aShop, busArn, functionArn, onPlaced, queueArn, roleArn } from '../testing/event-bridge.ts'

const at = 'us-east-1:000000000000'
const role = { RoleArn: roleArn }

async function aRule() {
  const { bridge } = await aShop()
  const put = (target: object, rule: object = onPlaced) =>
    bridge.putTargets({ ...onPlaced, ...rule, Targets: [{ Id: 'x', ...target }] })
  return {
    bridge,
    put,
    refused: (target: object, message: string) =>
      assert.rejects(put(target), { code: 'ValidationException', message }),
  }
}

test('what EventBridge has to assume a role for needs one, and nothing else does', async () => {
  const { put, refused } = await aRule()
  const asking = [
    ...[`kinesis:${at}:stream/s`, `states:${at}:stateMachine:m`, `firehose:${at}:deliverystream/d`],
    ...[`events:${at}:event-bus/audit`, `events:${at}:api-destination/crm/1`],
    ...[`codebuild:${at}:project/p`, `ssm-incidents::000000000000:response-plan/p`],
  ]
  for (const Arn of asking.map((each) => `arn:aws:${each}`)) {
    await refused({ Arn }, `RoleArn is required for target ${Arn}.`)
    assert.equal((await put({ Arn, ...role })).FailedEntryCount, 0, Arn)
  }
  for (const Arn of [functionArn('ship'), queueArn('q'), `arn:aws:logs:${at}:log-group:/x`])
    assert.equal((await put({ Arn })).FailedEntryCount, 0, Arn)
})

test('a role is forgotten when the target is put without it', async () => {
  const { bridge, put } = await aRule()
  await put({ Arn: functionArn('bill'), ...role })
  await put({ Arn: functionArn('bill') })

  const { Targets } = await bridge.listTargetsByRule(onPlaced)
  assert.deepEqual(
    Targets.find(({ Id }) => Id === 'x'),
    { Id: 'x', Arn: functionArn('bill') },
  )
})

test('an event bus is given events as they are, by another bus', async () => {
  const { refused, put, bridge } = await aRule()
  const Arn = busArn('audit')
  const input = 'Modifying the input for target x is not supported.'

  await refused({ Arn, ...role, InputPath: '$.detail' }, input)
  await refused({ Arn, ...role, InputTransformer: { InputTemplate: '{"a":1}' } }, input)
  await refused(
    { Arn, ...role, RetryPolicy: { MaximumRetryAttempts: 3 } },
    'Retry policy is not supported for Event bus targets.',
  )
  const nowhere = `arn:aws:events:atlantis:000000000000:event-bus/audit`
  await refused(
    { Arn: nowhere, ...role },
    `Parameter ${nowhere} is not valid. Reason: Provided Arn is not in correct format.`,
  )
  for (const place of ['eu-north-1:000000000000', 'us-gov-west-1:123456789012'])
    await put({ Arn: `arn:aws:events:${place}:event-bus/audit`, ...role })
  await bridge.createEventBus({ Name: 'echo' })
  const rule = { EventBusName: 'echo', Name: 'all', EventPattern: '{"source":["shop"]}' }
  await bridge.putRule(rule)
  await assert.rejects(put({ Arn: busArn('echo'), ...role }, { ...rule, Rule: 'all' }), {
    code: 'ValidationException',
    message: 'Source EventBus and Target EventBus must not be the same.',
  })
})

test('a log group takes neither a role nor an input that is no template', async () => {
  const { refused } = await aRule()
  const Arn = `arn:aws:logs:${at}:log-group:/orders`
  const stream = `${Arn}:log-stream:today`
  await refused(
    { Arn: stream },
    `Parameter ${stream} is not valid. Reason: Provided Arn is not in correct format.`,
  )
  const input =
    'Input and InputPath are not valid forms of input for target x. The only valid form of input is InputTransformer.'

  await refused({ Arn, ...role }, `RoleArn is not supported for target ${Arn}.`)
  await refused({ Arn, Input: '{}' }, input)
  await refused({ Arn, InputPath: '$.detail' }, input)
})
