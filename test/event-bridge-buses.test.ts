/** Event buses and their permissions, by the AWS SDK over the wire. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { EventBridge } from '@aws-sdk/client-eventbridge'
import { answer, type Served, sdkError, serve } from './serve.ts'

const place = 'us-east-1:000000000000'
const busArn = (name: string) => `arn:aws:events:${place}:event-bus/${name}`
const exceeds = (length: number) =>
  `failed to satisfy constraint: Member must have length less than or equal to ${length}`

let bus: Served
let aws: EventBridge
before(async () => {
  bus = await serve()
  aws = bus.client()
})
after(() => bus?.stop())

const createdBus = async (Name: string, more: object = {}) => {
  await aws.createEventBus({ Name, ...more })
  return Name
}
const statementsOf = async (Name: string) => {
  const { Policy } = await aws.describeEventBus({ Name })
  return Policy === undefined ? undefined : JSON.parse(Policy).Statement
}
const allowed = (name: string, Sid: string, Principal: unknown) => ({
  ...{ Sid, Effect: 'Allow', Principal, Action: 'events:PutEvents', Resource: busArn(name) },
})
const account = (id: string) => ({ AWS: `arn:aws:iam::${id}:root` })
const permission = (EventBusName: string, StatementId: string, Principal = '123456789012') => ({
  ...{ EventBusName, StatementId, Principal, Action: 'events:PutEvents' },
})

describe('CreateEventBus', () => {
  test('answers the ARN alone, and a description when one was given', async () => {
    assert.deepEqual(answer(await aws.createEventBus({ Name: 'plain' })), {
      EventBusArn: busArn('plain'),
    })
    assert.deepEqual(
      answer(await aws.createEventBus({ Name: 'told', Description: 'What we were told' })),
      { EventBusArn: busArn('told'), Description: 'What we were told' },
    )
  })

  test('gives the bus its tags', async () => {
    const Tags = [{ Key: 'team', Value: 'sales' }]
    await createdBus('tagged', { Tags })

    assert.deepEqual((await aws.listTagsForResource({ ResourceARN: busArn('tagged') })).Tags, Tags)
  })

  test('is refused for a name that there is, the default bus among them', async () => {
    await createdBus('twice')

    for (const Name of ['twice', 'default'])
      await assert.rejects(
        aws.createEventBus({ Name }),
        sdkError('ResourceAlreadyExistsException', `Event bus ${Name} already exists.`),
      )
  })

  test('is refused for names that are none', async () => {
    await assert.rejects(
      aws.createEventBus({ Name: 'sales/eu' }),
      sdkError('ValidationException', "Event bus name must not contain '/'."),
    )
    await assert.rejects(
      aws.createEventBus({ Name: 'a b' }),
      sdkError(
        'ValidationException',
        "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [/\\.\\-_A-Za-z0-9]+",
      ),
    )
    const long = 'x'.repeat(257)
    await assert.rejects(
      aws.createEventBus({ Name: long }),
      sdkError(
        'ValidationException',
        `1 validation error detected: Value '${long}' at 'name' ${exceeds(256)}`,
      ),
    )
    await assert.rejects(
      aws.createEventBus({ Name: undefined } as never),
      sdkError(
        'ValidationException',
        "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
      ),
    )
  })

  test('is refused for an event source, of which there is none', async () => {
    const EventSourceName = 'aws.partner/crm.example/7'
    await assert.rejects(
      aws.createEventBus({ Name: EventSourceName, EventSourceName }),
      sdkError('ResourceNotFoundException', `Event source ${EventSourceName} does not exist.`),
    )
  })

  test('is refused for dead letters that go to no SQS queue', async () => {
    await assert.rejects(
      aws.createEventBus({ Name: 'dead', DeadLetterConfig: { Arn: `arn:aws:sns:${place}:t` } }),
      sdkError('ValidationException', 'sns is not supported as a dead letter resource.'),
    )
  })
})

describe('DescribeEventBus', () => {
  test('answers name, ARN and times, by name and by ARN', async () => {
    const from = Date.now() - 1_000
    await createdBus('described')

    for (const Name of ['described', busArn('described')]) {
      const { CreationTime, LastModifiedTime, ...rest } = answer(
        await aws.describeEventBus({ Name }),
      )
      assert.deepEqual(rest, { Name: 'described', Arn: busArn('described') })
      assert.ok(CreationTime instanceof Date && LastModifiedTime instanceof Date)
      assert.ok(CreationTime.getTime() >= from && CreationTime.getTime() <= Date.now())
    }
  })

  test('is answered for the default bus without a name', async () => {
    const { Name, Arn } = await aws.describeEventBus({})

    assert.deepEqual([Name, Arn], ['default', busArn('default')])
  })

  test('answers all that was said of the bus', async () => {
    const said = {
      Description: 'All of it',
      KmsKeyIdentifier: 'alias/key',
      DeadLetterConfig: { Arn: `arn:aws:sqs:${place}:dead` },
      LogConfig: { IncludeDetail: 'FULL', Level: 'ERROR' },
    } as const
    await createdBus('whole', said)

    const { CreationTime, LastModifiedTime, ...rest } = answer(
      await aws.describeEventBus({ Name: 'whole' }),
    )
    const KmsKeyIdentifier = `arn:aws:kms:${place}:alias/key`
    assert.deepEqual(rest, { Name: 'whole', Arn: busArn('whole'), ...said, KmsKeyIdentifier })
  })

  test('is refused for a bus that there is not', async () => {
    await assert.rejects(
      aws.describeEventBus({ Name: 'nowhere' }),
      sdkError('ResourceNotFoundException', 'Event bus nowhere does not exist.'),
    )
  })
})

describe('UpdateEventBus', () => {
  test('answers the bus, and leaves what it does not name', async () => {
    await createdBus('updated', { KmsKeyIdentifier: 'alias/key' })

    const updated = answer(await aws.updateEventBus({ Name: 'updated', Description: 'new' }))

    assert.deepEqual(updated, {
      ...{ Arn: busArn('updated'), Name: 'updated', Description: 'new' },
      KmsKeyIdentifier: `arn:aws:kms:${place}:alias/key`,
    })
    await assert.rejects(
      aws.updateEventBus({ Name: 'nowhere', Description: 'x' }),
      sdkError('ResourceNotFoundException', 'Event bus nowhere does not exist.'),
    )
  })
})

describe('ListEventBuses', () => {
  test('lists those with a prefix, in parts, and a token only when there are more', async () => {
    for (const name of ['c', 'a', 'd', 'b']) await createdBus(`listed-${name}`)

    const first = await aws.listEventBuses({ NamePrefix: 'listed-', Limit: 3 })
    const { NextToken } = first
    const second = await aws.listEventBuses({ NamePrefix: 'listed-', Limit: 3, NextToken })

    const names = [first, second].map(({ EventBuses = [] }) => EventBuses.map(({ Name }) => Name))
    assert.deepEqual(names, [['listed-a', 'listed-b', 'listed-c'], ['listed-d']])
    assert.equal(typeof NextToken, 'string')
    assert.ok(!('NextToken' in answer(second)))
  })

  test('answers an empty list when there are none', async () => {
    assert.deepEqual(answer(await aws.listEventBuses({ NamePrefix: 'nothing-like-this' })), {
      EventBuses: [],
    })
  })

  test('tells of each bus its name, ARN, times and description, and no more', async () => {
    await createdBus('one-of-all', { Description: 'short', KmsKeyIdentifier: 'k' })

    const [listed] = (await aws.listEventBuses({ NamePrefix: 'one-of-all' })).EventBuses ?? []
    assert.deepEqual(Object.keys(listed ?? {}).sort(), [
      ...['Arn', 'CreationTime', 'Description', 'LastModifiedTime', 'Name'],
    ])
  })

  test('is refused for limits and tokens that no list takes', async () => {
    await assert.rejects(
      aws.listEventBuses({ Limit: 101 }),
      sdkError(
        'ValidationException',
        "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100",
      ),
    )
    await assert.rejects(aws.listEventBuses({ NextToken: '$' }), { name: 'ValidationException' })
  })
})

describe('DeleteEventBus', () => {
  test('takes the bus and its tags away, and is answered for one that there is not', async () => {
    await createdBus('gone', { Tags: [{ Key: 'a', Value: 'b' }] })

    assert.deepEqual(answer(await aws.deleteEventBus({ Name: 'gone' })), {})
    assert.deepEqual(answer(await aws.deleteEventBus({ Name: 'gone' })), {})

    await assert.rejects(aws.describeEventBus({ Name: 'gone' }), {
      name: 'ResourceNotFoundException',
    })
    await createdBus('gone')
    assert.deepEqual((await aws.listTagsForResource({ ResourceARN: busArn('gone') })).Tags, [])
  })

  test('is refused for the default bus, and for one that has rules', async () => {
    await createdBus('ruled')
    await aws.putRule({ Name: 'r', EventBusName: 'ruled', EventPattern: '{"source":["a"]}' })

    await assert.rejects(
      aws.deleteEventBus({ Name: 'default' }),
      sdkError('ValidationException', 'Cannot delete event bus default.'),
    )
    await assert.rejects(
      aws.deleteEventBus({ Name: 'ruled' }),
      sdkError('ValidationException', "EventBus can't be deleted since it has rules."),
    )
  })
})

describe('PutPermission', () => {
  test('adds statements, several for one account, and replaces the one of the same id', async () => {
    const name = await createdBus('permitted')

    assert.deepEqual(answer(await aws.putPermission(permission(name, 'one'))), {})
    await aws.putPermission(permission(name, 'two'))
    await aws.putPermission(permission(name, 'three', '*'))
    await aws.putPermission(permission(name, 'one', '210987654321'))

    assert.deepEqual(await statementsOf(name), [
      allowed(name, 'one', account('210987654321')),
      allowed(name, 'two', account('123456789012')),
      allowed(name, 'three', '*'),
    ])
  })

  test('takes an organization as a condition for everybody', async () => {
    const name = await createdBus('organized')
    const Condition = { Type: 'StringEquals', Key: 'aws:PrincipalOrgID', Value: 'o-shop123456' }

    await aws.putPermission({ ...permission(name, 'org', '*'), Condition })

    const condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-shop123456' } }
    assert.deepEqual(await statementsOf(name), [
      { ...allowed(name, 'org', '*'), Condition: condition },
    ])
    await assert.rejects(
      aws.putPermission({ ...permission(name, 'org'), Condition }),
      sdkError(
        'ValidationException',
        "Value of the parameter 'principal' must be '*' when the parameter 'condition' is set.",
      ),
    )
  })

  test('takes a whole policy in the place of the one before', async () => {
    const name = await createdBus('policed')
    const Statement = [
      {
        ...{ Sid: 'lists', Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' } },
        ...{ Action: 'events:ListRules', Resource: '*' },
      },
    ]
    await aws.putPermission(permission(name, 'one'))

    const Version = '2012-10-17'
    const Policy = JSON.stringify({ Version, Statement })
    await aws.putPermission({ EventBusName: name, Policy })

    assert.deepEqual(await statementsOf(name), Statement)
    for (const [wrong, message] of [
      ['{', 'This policy contains invalid Json'],
      [JSON.stringify({ Statement }), 'Missing required field Version'],
      [
        JSON.stringify({ Version, Statement: [{ ...Statement[0], Action: 'events:Dance' }] }),
        'Invalid statement at line 1 column 38: The following action names are invalid: "events:Dance"',
      ],
    ])
      await assert.rejects(
        aws.putPermission({ EventBusName: name, Policy: wrong }),
        sdkError('ValidationException', message ?? ''),
      )
    const Sid = 'x'.repeat(10_240)
    const long = JSON.stringify({ Version, Statement: [{ ...Statement[0], Sid }] })
    await assert.rejects(aws.putPermission({ EventBusName: name, Policy: long }), {
      name: 'PolicyLengthExceededException',
    })
  })

  test('is refused for what is no permission', async () => {
    const name = await createdBus('unpermitted')
    await assert.rejects(
      aws.putPermission({ ...permission(name, 'one'), Action: 'events:PutRule' }),
      sdkError('ValidationException', "Provided value in parameter 'action' is not supported."),
    )
    await assert.rejects(
      aws.putPermission(permission('nowhere', 'one')),
      sdkError('ResourceNotFoundException', 'Event bus nowhere does not exist.'),
    )
    await assert.rejects(
      aws.putPermission(permission(name, 'one', 'me')),
      sdkError(
        'ValidationException',
        "1 validation error detected: Value 'me' at 'principal' failed to satisfy constraint: Member must satisfy regular expression pattern: (\\d{12}|\\*)",
      ),
    )
  })
})

describe('RemovePermission', () => {
  test('takes a statement away by its id, and all at once', async () => {
    const name = await createdBus('removed')
    await aws.putPermission(permission(name, 'one'))
    await aws.putPermission(permission(name, 'two'))

    assert.deepEqual(
      answer(await aws.removePermission({ EventBusName: name, StatementId: 'one' })),
      {},
    )
    assert.deepEqual(await statementsOf(name), [allowed(name, 'two', account('123456789012'))])
    await aws.removePermission({ EventBusName: name, RemoveAllPermissions: true })

    assert.ok(!('Policy' in (await aws.describeEventBus({ Name: name }))))
  })

  test('is refused for an id that there is not, with a policy and without one', async () => {
    const name = await createdBus('unremoved')
    const remove = () => aws.removePermission({ EventBusName: name, StatementId: 'one' })
    const missing = sdkError(
      'ResourceNotFoundException',
      'Statement with the provided id does not exist.',
    )

    await assert.rejects(remove(), missing)
    await aws.putPermission(permission(name, 'two'))
    await assert.rejects(remove(), missing)
    await assert.rejects(
      aws.removePermission({ EventBusName: name }),
      sdkError('ValidationException', 'Parameter(s) StatementId must be specified.'),
    )
  })
})
