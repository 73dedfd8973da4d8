/** Targets, by the AWS SDK over the wire. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { EventBridge, Target } from '@aws-sdk/client-eventbridge'
import { answer, RoleArn as role, type Served, sdkError, serve } from './serve.ts'

const place = 'us-east-1:000000000000'
const arn = (service: string, resource: string) => `arn:aws:${service}:${place}:${resource}`
const functionArn = arn('lambda', 'function:ship')
const none = { FailedEntryCount: 0, FailedEntries: [] }
const invalid = (message: string | RegExp) => sdkError('ValidationException', message)

let bus: Served
let aws: EventBridge
before(async () => {
  bus = await serve()
  aws = bus.client()
  await aws.createEventBus({ Name: 'orders' })
})
after(() => bus?.stop())

/** A rule of its own for events of the source of that name. */
async function aRule(Name: string, EventBusName = 'orders') {
  await aws.putRule({ Name, EventBusName, EventPattern: JSON.stringify({ source: [Name] }) })
  const onRule = { Rule: Name, EventBusName }
  return {
    put: async (...Targets: readonly Partial<Target>[]) =>
      answer(await aws.putTargets({ ...onRule, Targets: Targets as Target[] })),
    remove: async (...Ids: string[]) => answer(await aws.removeTargets({ ...onRule, Ids })),
    list: async (part: object = {}) => answer(await aws.listTargetsByRule({ ...onRule, ...part })),
  }
}
const targets = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => ({ Id: `t${from + at}`, Arn: functionArn }))

describe('PutTargets', () => {
  test('answers no failures, keeps all that was said, and takes one Id for another target', async () => {
    const rule = await aRule('kept')
    const queue: Target = {
      ...{ Id: 'queue', Arn: arn('sqs', 'q.fifo'), SqsParameters: { MessageGroupId: 'g' } },
      DeadLetterConfig: { Arn: arn('sqs', 'dead') },
      RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 120 },
    }
    const ship = { Id: 'ship', Arn: functionArn }

    assert.deepEqual(await rule.put(queue, ship), none)
    assert.deepEqual((await rule.list()).Targets, [queue, ship])
    await rule.put({ ...ship, Arn: arn('lambda', 'function:bill'), Input: '{}' })

    assert.deepEqual((await rule.list()).Targets, [
      queue,
      { Id: 'ship', Arn: arn('lambda', 'function:bill'), Input: '{}' },
    ])
  })

  for (const target of [
    {
      ...{ Id: 'ecs', Arn: arn('ecs', 'cluster/blue'), RoleArn: role },
      EcsParameters: {
        ...{ TaskDefinitionArn: arn('ecs', 'task-definition/t:1'), TaskCount: 2 },
        NetworkConfiguration: { awsvpcConfiguration: { Subnets: ['s-1'] } },
      },
    },
    {
      ...{ Id: 'kinesis', Arn: arn('kinesis', 'stream/s'), RoleArn: role },
      KinesisParameters: { PartitionKeyPath: '$.detail.id' },
    },
    {
      ...{ Id: 'batch', Arn: arn('batch', 'job-queue/q'), RoleArn: role },
      BatchParameters: { JobDefinition: 'd', JobName: 'n', ArrayProperties: { Size: 2 } },
    },
    {
      ...{ Id: 'redshift', Arn: arn('redshift', 'cluster:c'), RoleArn: role },
      RedshiftDataParameters: { Database: 'd', Sql: 'select 1', WithEvent: true },
    },
    {
      ...{ Id: 'run', Arn: arn('ssm', 'document/d'), RoleArn: role },
      RunCommandParameters: { RunCommandTargets: [{ Key: 'tag:a', Values: ['b'] }] },
    },
    {
      ...{ Id: 'gateway', Arn: arn('execute-api', 'api/prod/POST/orders'), RoleArn: role },
      HttpParameters: { HeaderParameters: { 'x-a': 'b' }, QueryStringParameters: { c: 'd' } },
    },
    { Id: 'bus', Arn: arn('events', 'event-bus/default'), RoleArn: role },
  ] as const)
    test(`takes a target of ${target.Id} and answers it as it was given`, async () => {
      const rule = await aRule(`given-${target.Id}`)

      assert.deepEqual(await rule.put(target as unknown as Target), none)
      assert.deepEqual(await rule.list(), { Targets: [target] })
    })

  test('takes five targets a rule', async () => {
    const rule = await aRule('five')
    const exceeded = sdkError(
      'LimitExceededException',
      'The requested resource exceeds the maximum number allowed.',
    )

    await assert.rejects(rule.put(...targets(6)), exceeded)
    await rule.put(...targets(5))
    await assert.rejects(rule.put(...targets(1, 5)), exceeded)
    assert.deepEqual(await rule.put(...targets(5)), none)
  })

  test('takes all targets of a request or none', async () => {
    const rule = await aRule('or-none')

    await assert.rejects(
      rule.put({ Id: 'good', Arn: functionArn }, { Id: 'bad', Arn: 'nobody' }),
      invalid('Parameter nobody is not valid. Reason: Provided Arn is not in correct format.'),
    )
    assert.deepEqual(await rule.list(), { Targets: [] })
  })

  const refusals: readonly (readonly [what: string, target: Partial<Target>, message: string])[] = [
    [
      'Input and InputPath',
      { Input: '{}', InputPath: '$' },
      'Only one of Input, InputPath, or InputTransformer must be provided for target x.',
    ],
    [
      'InputPath and InputTransformer',
      { InputPath: '$', InputTransformer: { InputTemplate: '"a"' } },
      'Only one of Input, InputPath, or InputTransformer must be provided for target x.',
    ],
    [
      'an Input that is no JSON',
      { Input: 'hello' },
      'JSON syntax error in input for target x: [Source: (String)"hello"; line: 1, column: 1]',
    ],
    ['an InputPath that is none', { InputPath: 'detail' }, 'InputPath for target x is invalid.'],
    [
      'a path of a map that is none',
      {
        InputTransformer: { InputPathsMap: { a: "$.detail['b']" }, InputTemplate: '"<a>"' },
      },
      'InputPath for target x is invalid.',
    ],
    [
      'a placeholder of which the map knows nothing',
      { InputTransformer: { InputPathsMap: { a: '$.id' }, InputTemplate: '{"b":<b>}' } },
      'InputTemplate for target x contains invalid placeholder b.',
    ],
    [
      'the whole event in a string',
      { InputTransformer: { InputTemplate: '"it was <aws.events.event.json>"' } },
      'InputTemplate for target x contains placeholder aws.events.event.json valid only for JSON template.',
    ],
    [
      'a FIFO queue without a message group',
      { Arn: arn('sqs', 'q.fifo') },
      'Parameter(s) SqsParameters must be specified for target: x.',
    ],
    [
      'the parameters of another service',
      { KinesisParameters: { PartitionKeyPath: '$.id' } },
      'Parameter(s) KinesisParameters not supported for target: x.',
    ],
    [
      'a stream without a role',
      { Arn: arn('kinesis', 'stream/s') },
      `RoleArn is required for target ${arn('kinesis', 'stream/s')}.`,
    ],
    [
      'an event bus with an input',
      { Arn: arn('events', 'event-bus/audit'), RoleArn: role, InputPath: '$.detail' },
      'Modifying the input for target x is not supported.',
    ],
    [
      'a log group with a role',
      { Arn: arn('logs', 'log-group:/orders'), RoleArn: role },
      `RoleArn is not supported for target ${arn('logs', 'log-group:/orders')}.`,
    ],
    [
      'a topic for dead letters',
      { DeadLetterConfig: { Arn: arn('sns', 't') } },
      'sns is not supported as a dead letter resource.',
    ],
    [
      'an Id with a blank',
      { Id: 'a b' },
      "1 validation error detected: Value 'a b' at 'targets.1.member.id' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
    ],
    [
      'an Id of 65 characters',
      { Id: 'x'.repeat(65) },
      `1 validation error detected: Value '${'x'.repeat(65)}' at 'targets.1.member.id' failed to satisfy constraint: Member must have length less than or equal to 64`,
    ],
    [
      'no ARN',
      { Arn: undefined },
      "1 validation error detected: Value null at 'targets.1.member.arn' failed to satisfy constraint: Member must not be null",
    ],
    [
      'retries beyond the bounds',
      { RetryPolicy: { MaximumRetryAttempts: 186, MaximumEventAgeInSeconds: 59 } },
      "2 validation errors detected: Value '186' at 'targets.1.member.retryPolicy.maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 185; Value '59' at 'targets.1.member.retryPolicy.maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60",
    ],
  ]
  for (const [what, target, message] of refusals)
    test(`is refused for ${what}`, async () => {
      const rule = await aRule('refusing')

      await assert.rejects(rule.put({ Id: 'x', Arn: functionArn, ...target }), invalid(message))
    })

  test('is refused for two targets of one Id, for none, and for a rule that there is not', async () => {
    const rule = await aRule('twins')

    await assert.rejects(
      rule.put(...targets(1), ...targets(1)),
      invalid(
        "Parameter targets is not valid. Reason: More than one target with Id 't0' is provided.",
      ),
    )
    await assert.rejects(
      rule.put(),
      invalid(
        "1 validation error detected: Value '[]' at 'targets' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    )
    await assert.rejects(
      aws.putTargets({ Rule: 'unknown', Targets: targets(1) }),
      sdkError('ResourceNotFoundException', 'Rule unknown does not exist on EventBus default.'),
    )
  })
})

describe('RemoveTargets', () => {
  test('takes targets away, and is answered for an Id that there is not', async () => {
    const rule = await aRule('removing')
    await rule.put(...targets(2))

    assert.deepEqual(await rule.remove('t0', 'ghost'), none)

    assert.deepEqual((await rule.list()).Targets, targets(1, 1))
    await assert.rejects(
      aws.removeTargets({ Rule: 'unknown', Ids: ['t0'] }),
      sdkError('ResourceNotFoundException', 'Rule unknown does not exist on EventBus default.'),
    )
  })
})

describe('ListTargetsByRule', () => {
  test('lists in parts, and a token only when there are more', async () => {
    const rule = await aRule('parts')
    await rule.put(...targets(5))

    const first = await rule.list({ Limit: 3 })
    const second = await rule.list({ Limit: 3, NextToken: first.NextToken })

    assert.deepEqual(first.Targets, targets(3))
    assert.deepEqual(second, { Targets: targets(2, 3) })
  })

  test('is refused for a rule that there is not', async () => {
    await assert.rejects(
      aws.listTargetsByRule({ Rule: 'unknown' }),
      sdkError('ResourceNotFoundException', 'Rule unknown does not exist on EventBus default.'),
    )
  })
})
