import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { anEventBridge, aShop, busArn, onPlaced, placed } from '../testing/event-bridge.ts'
import { aRule } from '../testing.ts'

const noon = new Date('2026-01-01T12:00:00.000Z')
const names = ({ EventBuses }: { EventBuses: readonly { Name: string }[] }) =>
  EventBuses.map(({ Name }) => Name)

describe('CreateEventBus', () => {
  test('answers the ARN, and what was said of the bus', async () => {
    const { bridge } = await anEventBridge()

    assert.deepEqual(await bridge.createEventBus({ Name: 'orders' }), {
      EventBusArn: busArn('orders'),
    })
    const more = {
      ...{ Description: 'What was paid', KmsKeyIdentifier: 'key-1' },
      DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:000000000000:dead' },
      LogConfig: { IncludeDetail: 'FULL', Level: 'INFO' },
    }
    assert.deepEqual(await bridge.createEventBus({ Name: 'payments', ...more }), {
      EventBusArn: busArn('payments'),
      ...more,
    })
  })

  test('is refused for a name that there is, that of the default bus and those of the flow too', async () => {
    const { bridge } = await anEventBridge({
      rules: [aRule({ bus: 'blog' })],
      pipes: new Map([['posts.changes', 'websocket']]),
    })

    await bridge.createEventBus({ Name: 'orders' })

    for (const Name of ['orders', 'default', 'blog', 'websocket'])
      await assert.rejects(bridge.createEventBus({ Name }), {
        code: 'ResourceAlreadyExistsException',
        message: `Event bus ${Name} already exists.`,
      })
  })

  test('is refused for a name that EventBridge does not take', async () => {
    const { bridge } = await anEventBridge()

    await assert.rejects(bridge.createEventBus({ Name: 'a/b' }), {
      code: 'ValidationException',
      message: "Event bus name must not contain '/'.",
    })
    await assert.rejects(bridge.createEventBus({ Name: 'a b' }), {
      message:
        "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [/\\.\\-_A-Za-z0-9]+",
    })
    await assert.rejects(bridge.createEventBus({}), {
      message:
        "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
    })
    await assert.rejects(
      bridge.createEventBus({ Name: 'x'.repeat(257), LogConfig: { Level: 'LOUD' } }),
      /^ValidationException: 2 validation errors detected: .*length less than or equal to 256; Value 'LOUD' at 'logConfig.level' failed/,
    )
  })

  test('is refused for an event source: there are no partners here', async () => {
    const { bridge } = await anEventBridge()
    const EventSourceName = 'aws.partner/crm.example/7'

    await assert.rejects(bridge.createEventBus({ Name: EventSourceName, EventSourceName }), {
      code: 'ResourceNotFoundException',
      message: `Event source ${EventSourceName} does not exist.`,
    })
    await assert.rejects(bridge.createEventBus({ Name: 'crm', EventSourceName }), {
      code: 'ValidationException',
      message: 'Event bus name must match event source name.',
    })
    await assert.rejects(
      bridge.createEventBus({ Name: 'crm', EventSourceName: 'crm' }),
      /at 'eventSourceName' failed to satisfy constraint: Member must satisfy regular expression pattern: aws/,
    )
  })

  test('takes an SQS standard queue for its dead letters and nothing else, and so does an update', async () => {
    const { bridge } = await aShop()

    for (const [Arn, message] of [
      [
        'arn:aws:sns:us-east-1:000000000000:dead',
        'sns is not supported as a dead letter resource.',
      ],
      [
        'arn:aws:sqs:us-east-1:000000000000:dead.fifo',
        'SQS FIFO is not supported by Dead Letter Queues.',
      ],
      ['dead', 'Parameter dead is not valid. Reason: Provided Arn is not in correct format.'],
    ] as const) {
      const refused = { code: 'ValidationException', message }
      const DeadLetterConfig = { Arn }
      await assert.rejects(bridge.createEventBus({ Name: 'new', DeadLetterConfig }), refused)
      await assert.rejects(bridge.updateEventBus({ Name: 'orders', DeadLetterConfig }), refused)
    }
  })

  test('is refused beyond the quota', async () => {
    const { bridge } = await anEventBridge({ quotas: { eventBuses: 2 } })

    await bridge.createEventBus({ Name: 'orders' })

    await assert.rejects(bridge.createEventBus({ Name: 'payments' }), {
      code: 'LimitExceededException',
      message: 'The requested resource exceeds the maximum number allowed.',
    })
  })
})

describe('DescribeEventBus', () => {
  test('is answered by name and by ARN, also by the next process', async () => {
    const { bridge, clock, restarted } = await anEventBridge()
    await bridge.createEventBus({ Name: 'orders', Description: 'What was ordered' })
    await clock.move(60_000)

    const next = await restarted()

    const described = {
      ...{ Name: 'orders', Arn: busArn('orders'), Description: 'What was ordered' },
      ...{ CreationTime: noon, LastModifiedTime: noon },
    }
    assert.deepEqual(await next.bridge.describeEventBus({ Name: 'orders' }), described)
    assert.deepEqual(await next.bridge.describeEventBus({ Name: busArn('orders') }), described)
  })

  test('is answered for the default bus when none is named', async () => {
    const { bridge } = await anEventBridge()

    assert.equal((await bridge.describeEventBus()).Arn, busArn('default'))
    const Name = busArn('default').replace('us-east-1', 'eu-north-1')
    await assert.rejects(bridge.describeEventBus({ Name }), {
      code: 'ValidationException',
      message: 'Cross-region api call is not allowed.',
    })
  })

  test('is refused for a bus that does not exist', async () => {
    const { bridge } = await anEventBridge()

    await assert.rejects(bridge.describeEventBus({ Name: 'orders' }), {
      code: 'ResourceNotFoundException',
      message: 'Event bus orders does not exist.',
    })
  })
})

describe('UpdateEventBus', () => {
  test('leaves what it does not name', async () => {
    const { bridge, clock } = await anEventBridge()
    await bridge.createEventBus({ Name: 'orders', KmsKeyIdentifier: 'key-1' })
    await clock.move(1_000)

    const answer = await bridge.updateEventBus({ Name: 'orders', Description: 'new' })

    const members = { Description: 'new', KmsKeyIdentifier: 'key-1' }
    assert.deepEqual(answer, { Arn: busArn('orders'), Name: 'orders', ...members })
    const { LastModifiedTime, CreationTime } = await bridge.describeEventBus({ Name: 'orders' })
    assert.deepEqual([CreationTime, LastModifiedTime], [noon, new Date(noon.getTime() + 1_000)])
  })

  test('has an alias for an ARN, and takes the key away by an empty one', async () => {
    const { bridge } = await anEventBridge()
    await bridge.createEventBus({ Name: 'sealed', KmsKeyIdentifier: 'alias/of-sales' })

    const named = await bridge.describeEventBus({ Name: 'sealed' })
    const without = await bridge.updateEventBus({ Name: 'sealed', KmsKeyIdentifier: '' })

    assert.equal(named.KmsKeyIdentifier, 'arn:aws:kms:us-east-1:000000000000:alias/of-sales')
    assert.deepEqual(without, { Arn: busArn('sealed'), Name: 'sealed' })
  })

  test('refuses a dead-letter queue that is not named', async () => {
    const { bridge } = await anEventBridge()
    await assert.rejects(bridge.updateEventBus({ Name: 'default', DeadLetterConfig: {} }), {
      code: 'ValidationException',
      message:
        /^Parameter DeadLetterConfig\.Arn is not valid\. Reason: Provide a valid SQS queue ARN/,
    })
  })

  test('describes the default bus, too, and does not make it one that may be deleted', async () => {
    const { bridge } = await anEventBridge()

    await bridge.updateEventBus({ Description: 'of everything' })

    assert.equal((await bridge.describeEventBus()).Description, 'of everything')
    await assert.rejects(bridge.deleteEventBus({ Name: 'default' }), /Cannot delete/)
    await assert.rejects(bridge.updateEventBus({ Name: 'x' }), /Event bus x does not exist\./)
  })
})

describe('DeleteEventBus', () => {
  test('takes the bus away', async () => {
    const { bridge, restarted } = await anEventBridge()
    await bridge.createEventBus({ Name: 'orders' })

    assert.deepEqual(await bridge.deleteEventBus({ Name: 'orders' }), {})

    assert.deepEqual(names(await bridge.listEventBuses()), ['default'])
    assert.deepEqual(names(await (await restarted()).bridge.listEventBuses()), ['default'])
  })

  test('is answered for a bus that does not exist', async () => {
    const { bridge } = await anEventBridge()

    assert.deepEqual(await bridge.deleteEventBus({ Name: 'orders' }), {})
  })

  test('is refused for buses that are always there, and while a bus has rules', async () => {
    const { bridge } = await aShop({ pipes: new Map([['posts.changes', 'websocket']]) })

    for (const Name of ['default', 'websocket'])
      await assert.rejects(bridge.deleteEventBus({ Name }), {
        code: 'ValidationException',
        message: `Cannot delete event bus ${Name}.`,
      })
    await assert.rejects(bridge.deleteEventBus({ Name: 'orders' }), {
      code: 'ValidationException',
      message: "EventBus can't be deleted since it has rules.",
    })
    await bridge.removeTargets({ ...onPlaced, Ids: ['ship'] })
    await bridge.deleteRule(placed)
    assert.deepEqual(await bridge.deleteEventBus({ Name: 'orders' }), {})
  })
})

describe('ListEventBuses', () => {
  test('lists by name, in parts', async () => {
    const { bridge } = await anEventBridge({ pipes: new Map([['posts.changes', 'websocket']]) })
    for (const Name of ['payments', 'orders']) await bridge.createEventBus({ Name })

    const first = await bridge.listEventBuses({ Limit: 2 })
    assert.deepEqual(names(first), ['default', 'orders'])
    const second = await bridge.listEventBuses({ Limit: 2, NextToken: first.NextToken })
    assert.deepEqual(names(second), ['payments', 'websocket'])

    assert.equal(second.NextToken, undefined)
    assert.deepEqual(names(await bridge.listEventBuses({ NamePrefix: 'pay' })), ['payments'])
  })
})
