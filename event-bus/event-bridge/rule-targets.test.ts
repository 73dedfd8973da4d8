import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aShop, busArn, functionArn, onPlaced, roleArn, shipping } from '../testing/event-bridge.ts'

const ship = { Id: 'ship', Arn: functionArn('ship') }
const many = (count: number) =>
  Array.from({ length: count }, (_each, index) => ({ ...ship, Id: `t${index}` }))
const none = { FailedEntryCount: 0, FailedEntries: [] }
const serviceArn = (service: string, resource: string) =>
  `arn:aws:${service}:us-east-1:000000000000:${resource}`

describe('PutTargets', () => {
  test('keeps all that was said of a target', async () => {
    const { bridge, restarted } = await aShop()
    const Targets = [
      {
        ...{ Id: 'all', Arn: functionArn('ship'), RoleArn: 'arn:aws:iam::000000000000:role/r' },
        InputTransformer: { InputPathsMap: { n: '$.detail.order' }, InputTemplate: '{"n":<n>}' },
        SqsParameters: { MessageGroupId: 'g' },
        DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:000000000000:dead' },
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        BusbarParameters: { OrderBy: '$.detail.order', RatePerSecond: 5, Concurrency: 2 },
      },
      {
        ...{ Id: 'ecs', Arn: serviceArn('ecs', 'cluster/blue'), RoleArn: roleArn },
        EcsParameters: { TaskDefinitionArn: serviceArn('ecs', 'task/x'), TaskCount: 2 },
      },
      {
        ...{ Id: 'http', Arn: serviceArn('events', 'api-destination/crm/1'), RoleArn: roleArn },
        HttpParameters: { HeaderParameters: { 'X-A': 'b' }, PathParameterValues: ['1'] },
      },
      { ...{ Id: 'path', Arn: functionArn('ship'), InputPath: '$.detail' } },
    ]

    assert.deepEqual(await bridge.putTargets({ ...onPlaced, Targets }), none)

    const next = await restarted()
    const listed = await next.bridge.listTargetsByRule(onPlaced)
    assert.deepEqual(listed.Targets, [...Targets, ship])
  })

  test('puts one of the same Id in the place of the other', async () => {
    const { bridge, ship: first, bill: second, put } = await aShop()

    await bridge.putTargets({ ...onPlaced, Targets: [{ Id: 'ship', Arn: functionArn('bill') }] })
    await put(1)

    assert.deepEqual([first.orders, second.orders], [[], [1]])
    assert.equal((await bridge.listTargetsByRule(onPlaced)).Targets.length, 1)
  })

  test('takes no two of one Id, and tells a wrong ARN before that', async () => {
    const { bridge } = await aShop()
    const put = (...Targets: readonly object[]) => bridge.putTargets({ ...onPlaced, Targets })

    await assert.rejects(put({ ...ship, Id: 'a' }, { ...ship, Id: 'b' }, { ...ship, Id: 'b' }), {
      code: 'ValidationException',
      message:
        "Parameter targets is not valid. Reason: More than one target with Id 'b' is provided.",
    })
    await assert.rejects(put(ship, { Id: 'ship', Arn: 'ship' }), /Provided Arn is not in correct/)
    assert.deepEqual((await bridge.listTargetsByRule(onPlaced)).Targets, [ship])
  })

  test('takes no sixth, and then none of its request', async () => {
    const { bridge } = await aShop()
    const exceeded = {
      code: 'LimitExceededException',
      message: 'The requested resource exceeds the maximum number allowed.',
    }

    await assert.rejects(bridge.putTargets({ ...onPlaced, Targets: many(5) }), exceeded)
    assert.deepEqual((await bridge.listTargetsByRule(onPlaced)).Targets, [ship])
    await bridge.putTargets({ ...onPlaced, Targets: many(4) })
    await assert.rejects(
      bridge.putTargets({ ...onPlaced, Targets: [{ ...ship, Id: 'x' }] }),
      exceeded,
    )
    assert.deepEqual(await bridge.putTargets({ ...onPlaced, Targets: [ship] }), none)
  })

  test('takes as many as the quota says', async () => {
    const { bridge } = await aShop({ quotas: { targetsPerRule: 100 } })

    assert.deepEqual(await bridge.putTargets({ ...onPlaced, Targets: many(99) }), none)
  })

  test('refuses a target that contradicts itself, and with it the others', async () => {
    const { bridge } = await aShop()
    const wrong: readonly (readonly [fields: object, message: string | RegExp])[] = [
      [
        { Arn: 'nobody' },
        'Parameter nobody is not valid. Reason: Provided Arn is not in correct format.',
      ],
      [
        { Arn: 'arn:aws:sqs:us-east-1:000000000000:q.fifo' },
        'Parameter(s) SqsParameters must be specified for target: wrong.',
      ],
      [
        { Input: '{}', InputPath: '$.detail' },
        'Only one of Input, InputPath, or InputTransformer must be provided for target wrong.',
      ],
      [
        { Input: 'env:dev' },
        'JSON syntax error in input for target wrong: [Source: (String)"env:dev"; line: 1, column: 1]',
      ],
      [{ InputPath: 'detail.order' }, 'InputPath for target wrong is invalid.'],
      [
        { InputTransformer: { InputPathsMap: { n: "$['detail']" }, InputTemplate: '"<n>"' } },
        'InputPath for target wrong is invalid.',
      ],
      [
        { InputTransformer: { InputTemplate: '"it was <aws.events.event.json>"' } },
        'InputTemplate for target wrong contains placeholder aws.events.event.json valid only for JSON template.',
      ],
      [
        { InputTransformer: { InputPathsMap: { a: '$.id' }, InputTemplate: '{"a":<who>}' } },
        'InputTemplate for target wrong contains invalid placeholder who.',
      ],
      [
        { Arn: busArn('default'), RoleArn: roleArn, Input: '{}' },
        'Modifying the input for target wrong is not supported.',
      ],
      [{ BusbarParameters: { OrderBy: '$.detail[*]' } }, /is not a JSON path to one value/],
      [
        {
          Arn: busArn('default'),
          RoleArn: roleArn,
          BusbarParameters: { OrderBy: '$.detail.order' },
        },
        'BusbarParameters are not supported for target wrong: events go to an event bus at once and in their order.',
      ],
      [
        { BusbarParameters: { BatchSize: 10 } },
        /BatchSize is not supported for target wrong: .*:function:ship is not a function of this process that takes batches/,
      ],
      [
        { BusbarParameters: { MaximumBatchingWindowInSeconds: 1 } },
        'Parameter(s) BusbarParameters.BatchSize must be specified for target: wrong.',
      ],
    ]

    for (const [fields, message] of wrong)
      await assert.rejects(
        bridge.putTargets({
          ...onPlaced,
          Targets: [
            { Id: 'bill', Arn: functionArn('bill') },
            { ...ship, Id: 'wrong', ...fields },
          ],
        }),
        { code: 'ValidationException', message },
      )
    assert.deepEqual((await bridge.listTargetsByRule(onPlaced)).Targets, [ship])
  })

  test('takes the parameters of a service for targets at that service alone', async () => {
    const { bridge } = await aShop()
    const refused = (target: object, message: string) =>
      assert.rejects(bridge.putTargets({ ...onPlaced, Targets: [{ Id: 'x', ...target }] }), {
        code: 'ValidationException',
        message,
      })
    const EcsParameters = { TaskDefinitionArn: serviceArn('ecs', 'task/x') }

    await refused(
      { Arn: functionArn('ship'), EcsParameters },
      'Parameter(s) EcsParameters not supported for target: x.',
    )
    await refused(
      { Arn: serviceArn('sqs', 'q'), HttpParameters: { PathParameterValues: ['1'] } },
      'Parameter(s) HttpParameters not supported for target: x.',
    )
    await refused(
      { Arn: serviceArn('ecs', 'cluster/blue') },
      'Parameter(s) EcsParameters must be specified for target: x.',
    )
    await refused(
      { Arn: serviceArn('batch', 'job-queue/blue') },
      'Parameter(s) BatchParameters must be specified for target: x.',
    )
    const ecs = (parameters: object) => ({
      Arn: serviceArn('ecs', 'cluster/blue'),
      RoleArn: roleArn,
      EcsParameters: { ...EcsParameters, ...parameters },
    })
    const batch = (parameters: object) => ({
      Arn: serviceArn('batch', 'job-queue/blue'),
      BatchParameters: { JobDefinition: 'd', JobName: 'n', ...parameters },
    })
    await refused(ecs({ TaskCount: 11 }), 'Parameter(s) TaskCount not valid for target: x.')
    await refused(
      ecs({ LaunchType: 'FARGATE' }),
      'Parameter NetworkConfiguration must be specified for target x when launch type is FARGATE.',
    )
    await refused(
      ecs({ LaunchType: 'EC2', PlatformVersion: '1.4.0' }),
      'Parameter PlatformVersion for target x is not supported when launch type is EC2.',
    )
    await refused(
      batch({ ArrayProperties: { Size: 1 } }),
      'Parameter ArrayProperties is not valid. Reason: Size must be in between 2 and 10000.',
    )
    await refused(
      batch({ RetryStrategy: { Attempts: 11 } }),
      'Parameter RetryStrategy is not valid. Reason: Attempts must be in between 1 and 10.',
    )
    await refused(
      { Arn: serviceArn('kinesis', 'stream/s'), KinesisParameters: {} },
      "1 validation error detected: Value null at 'targets.1.member.kinesisParameters.partitionKeyPath' failed to satisfy constraint: Member must not be null",
    )
    const Targets = [
      { Id: 'bare', Arn: serviceArn('kinesis', 'stream/s'), RoleArn: roleArn },
      { Id: 'sqs', Arn: functionArn('ship'), SqsParameters: { MessageGroupId: 'g' } },
    ]
    assert.deepEqual(await bridge.putTargets({ ...onPlaced, Targets }), none)
  })

  test('tells what is wrong with a target before it looks for the rule', async () => {
    const { bridge } = await aShop()

    await assert.rejects(
      bridge.putTargets({ Rule: 'unknown', Targets: [{ ...ship, Arn: 'nobody' }] }),
      /Provided Arn is not in correct format/,
    )
  })

  test('tells all that the model does not allow, and where', async () => {
    const { bridge } = await aShop()
    const refused = (target: object, message: string | RegExp) =>
      assert.rejects(bridge.putTargets({ ...onPlaced, Targets: [ship, { ...ship, ...target }] }), {
        code: 'ValidationException',
        message,
      })
    const at = (path: string) =>
      `at 'targets.2.member.${path}' failed to satisfy constraint: Member must`

    await refused(
      { Id: 'a b', Arn: undefined },
      `2 validation errors detected: Value 'a b' ${at('id')} satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+; Value null ${at('arn')} not be null`,
    )
    await refused(
      { RetryPolicy: { MaximumRetryAttempts: 186, MaximumEventAgeInSeconds: 59 } },
      `2 validation errors detected: Value '186' ${at('retryPolicy.maximumRetryAttempts')} have value less than or equal to 185; Value '59' ${at('retryPolicy.maximumEventAgeInSeconds')} have value greater than or equal to 60`,
    )
    await refused(
      { InputPath: `$.${'x'.repeat(255)}` },
      `1 validation error detected: Value '$.${'x'.repeat(255)}' ${at('inputPath')} have length less than or equal to 256`,
    )
    await refused(
      { InputTransformer: {} },
      `2 validation errors detected: Value null ${at('inputTransformer.inputTemplate')} not be null; Value '' ${at('inputTransformer.inputTemplate')} have length greater than or equal to 1`,
    )
    await refused(
      { DeadLetterConfig: { Arn: '' } },
      `1 validation error detected: Value '' ${at('deadLetterConfig.arn')} have length greater than or equal to 1`,
    )
    await refused(
      { BusbarParameters: { Concurrency: 0, BatchSize: 1_001 } },
      `2 validation errors detected: Value '0' ${at('busbarParameters.concurrency')} have value greater than or equal to 1; Value '1001' ${at('busbarParameters.batchSize')} have value less than or equal to 1000`,
    )
    await refused(
      { BusbarParameters: { Concurency: 5 } },
      'Parameter targets.2.member.busbarParameters.Concurency is not valid. Reason: BusbarParameters takes OrderBy, RatePerSecond, Concurrency, BatchSize, MaximumBatchingWindowInSeconds.',
    )
    await refused(
      { HttpParameters: { HeaderParameters: { 'a b': 'c' } } },
      /at 'targets\.2\.member\.httpParameters\.headerParameters' failed to satisfy constraint: /,
    )
    await assert.rejects(bridge.putTargets({ ...onPlaced, Targets: [] }), {
      message:
        "1 validation error detected: Value '[]' at 'targets' failed to satisfy constraint: Member must have length greater than or equal to 1",
    })
  })

  test('is refused for rules and buses that do not exist', async () => {
    const { bridge } = await aShop()

    await assert.rejects(bridge.putTargets({ ...shipping, Rule: 'paid' }), {
      code: 'ResourceNotFoundException',
      message: 'Rule paid does not exist on EventBus orders.',
    })
    await assert.rejects(bridge.putTargets({ ...shipping, EventBusName: 'payments' }), {
      code: 'ResourceNotFoundException',
      message: 'Event bus payments does not exist.',
    })
  })
})

describe('RemoveTargets', () => {
  test('takes targets away, and is answered for those that the rule did not have', async () => {
    const { bridge, put, ...started } = await aShop()

    const answer = await bridge.removeTargets({ ...onPlaced, Ids: ['ship', 'bill'] })
    await put(1)

    assert.deepEqual(answer, none)
    assert.deepEqual(started.ship.orders, [])
    assert.deepEqual(await bridge.listTargetsByRule(onPlaced), { Targets: [] })
  })

  test('tells what is no Id with the list that it stands in', async () => {
    const { bridge } = await aShop()

    await assert.rejects(bridge.removeTargets({ ...onPlaced, Ids: ['ship', 'a b'] }), {
      code: 'ValidationException',
      message:
        "1 validation error detected: Value '[ship, a b]' at 'ids' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 64, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+]",
    })
  })

  test('is refused without Ids and for a rule that does not exist', async () => {
    const { bridge } = await aShop()

    await assert.rejects(bridge.removeTargets(onPlaced), {
      message:
        "1 validation error detected: Value null at 'ids' failed to satisfy constraint: Member must not be null",
    })
    await assert.rejects(bridge.removeTargets({ ...onPlaced, Rule: 'paid', Ids: ['ship'] }), {
      code: 'ResourceNotFoundException',
      message: 'Rule paid does not exist on EventBus orders.',
    })
  })
})

describe('ListTargetsByRule', () => {
  test('lists by Id, in parts', async () => {
    const { bridge } = await aShop()
    await bridge.putTargets({ ...onPlaced, Targets: many(3).reverse() })

    const first = await bridge.listTargetsByRule({ ...onPlaced, Limit: 3 })
    const second = await bridge.listTargetsByRule({ ...onPlaced, NextToken: first.NextToken })

    assert.deepEqual(
      [first, second].map(({ Targets }) => Targets.map(({ Id }) => Id)),
      [['ship', 't0', 't1'], ['t2']],
    )
    await assert.rejects(bridge.listTargetsByRule({ Rule: 'placed' }), {
      message: 'Rule placed does not exist on EventBus default.',
    })
  })
})
