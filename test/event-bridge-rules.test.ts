/** Rules and TestEventPattern, by the AWS SDK over the wire. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { EventBridge, PutRuleCommandInput } from '@aws-sdk/client-eventbridge'
import { answer, type Served, sdkError, serve } from './serve.ts'

const place = 'us-east-1:000000000000'
const ruleArn = (name: string) => `arn:aws:events:${place}:rule/${name}`
const busArn = (name: string) => `arn:aws:events:${place}:event-bus/${name}`
const functionArn = `arn:aws:lambda:${place}:function:ship`
const EventPattern = '{"source":["shop"],"detail":{"total":[{"numeric":[">",100]}]}}'
const invalid = (message: string | RegExp) => sdkError('ValidationException', message)
const missing = (message: string) => sdkError('ResourceNotFoundException', message)

let bus: Served
let aws: EventBridge
before(async () => {
  bus = await serve()
  aws = bus.client()
  await aws.createEventBus({ Name: 'orders' })
})
after(() => bus?.stop())

const onOrders = { EventBusName: 'orders', EventPattern }
const described = async (Name: string, EventBusName = 'orders') =>
  answer(await aws.describeRule({ Name, EventBusName }))

describe('PutRule', () => {
  test('answers the ARN, which names the bus unless it is the default one', async () => {
    assert.deepEqual(answer(await aws.putRule({ Name: 'placed', EventPattern })), {
      RuleArn: ruleArn('placed'),
    })
    for (const EventBusName of ['orders', busArn('orders')])
      assert.deepEqual(answer(await aws.putRule({ Name: 'placed', EventBusName, EventPattern })), {
        RuleArn: ruleArn('orders/placed'),
      })
  })

  test('makes a rule that is enabled and has nothing that was not said', async () => {
    await aws.putRule({ ...onOrders, Name: 'bare' })

    assert.deepEqual(await described('bare'), {
      ...{ Name: 'bare', Arn: ruleArn('orders/bare'), EventBusName: 'orders' },
      ...{ EventPattern, State: 'ENABLED', CreatedBy: '000000000000' },
    })
  })

  test('keeps all that was said, and replaces all of it but targets and tags', async () => {
    const said = {
      ...{ Description: 'Large ones', RoleArn: 'arn:aws:iam::000000000000:role/r' },
      State: 'DISABLED',
    } as const
    const rule = { ...onOrders, Name: 'said' }
    const Tags = [{ Key: 'team', Value: 'sales' }]
    await aws.putRule({ ...rule, ...said, Tags })
    const onRule = { Rule: 'said', EventBusName: 'orders' }
    await aws.putTargets({ ...onRule, Targets: [{ Id: 'ship', Arn: functionArn }] })

    const { Arn, CreatedBy, ...kept } = await described('said')
    assert.deepEqual(kept, { ...rule, ...said })
    await aws.putRule({ ...rule, Tags: [{ Key: 'team', Value: 'other' }] })

    assert.deepEqual(await described('said'), { ...rule, Arn, CreatedBy, State: 'ENABLED' })
    assert.deepEqual((await aws.listTargetsByRule(onRule)).Targets, [
      { Id: 'ship', Arn: functionArn },
    ])
    assert.deepEqual((await aws.listTagsForResource({ ResourceARN: Arn })).Tags, Tags)
  })

  test('takes schedules on the default bus, beside a pattern too', async () => {
    const ScheduleExpression = 'rate(5 minutes)'
    await aws.putRule({ Name: 'timed', ScheduleExpression })
    await aws.putRule({ Name: 'both', ScheduleExpression, EventPattern })

    const { Rules } = await aws.listRules({ NamePrefix: 'timed' })
    assert.deepEqual(Rules, [
      {
        ...{ Name: 'timed', Arn: ruleArn('timed'), EventBusName: 'default', State: 'ENABLED' },
        ScheduleExpression,
      },
    ])
    const both = await described('both', 'default')
    assert.deepEqual(
      [both.ScheduleExpression, both.EventPattern],
      [ScheduleExpression, EventPattern],
    )
    await assert.rejects(
      aws.putRule({ Name: 'timed', EventBusName: 'orders', ScheduleExpression }),
      invalid('ScheduleExpression is supported only on the default event bus.'),
    )
  })

  for (const expression of [
    ...['rate(1 minutes)', 'rate(5 minute)', 'rate(0 hours)', 'rate(5 MINUTES)', 'rate(5)'],
    ...['rate(5 weeks)', ' rate(5 minutes)', 'rate( 5 minutes )', 'every(5 minutes)'],
    ...['cron(0 12 * * *)', 'cron(0 12 * * * *)', 'cron(61 12 * * ? *)', 'cron(0 12 ? * FOO *)'],
  ])
    test(`is refused for the schedule “${expression}”`, async () => {
      await assert.rejects(
        aws.putRule({ Name: 'untimely', ScheduleExpression: expression }),
        invalid('Parameter ScheduleExpression is not valid.'),
      )
    })

  test('is refused without a pattern and a schedule', async () => {
    for (const rule of [{}, { EventPattern: '', ScheduleExpression: '' }])
      await assert.rejects(
        aws.putRule({ Name: 'empty', ...rule }),
        invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.'),
      )
  })

  test('is refused for a bus that there is not', async () => {
    await assert.rejects(
      aws.putRule({ Name: 'placed', EventBusName: 'nowhere', EventPattern }),
      missing('Event bus nowhere does not exist.'),
    )
  })

  test('is refused for what the model does not allow', async () => {
    const refused = (rule: Partial<PutRuleCommandInput>, message: string) =>
      assert.rejects(aws.putRule({ ...onOrders, Name: 'x', ...rule }), invalid(message))
    const long = 'x'.repeat(65)
    const tooLong = `failed to satisfy constraint: Member must have length less than or equal to`

    await refused(
      { Name: 'a b' },
      "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
    )
    await refused(
      { Name: long },
      `1 validation error detected: Value '${long}' at 'name' ${tooLong} 64`,
    )
    await refused(
      { State: 'ON' as never },
      "1 validation error detected: Value 'ON' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]",
    )
    const Description = 'd'.repeat(513)
    await refused(
      { Description },
      `1 validation error detected: Value '${Description}' at 'description' ${tooLong} 512`,
    )
  })

  test('is refused for a pattern that is longer than its quota', async () => {
    const long = JSON.stringify({ source: ['x'.repeat(2_034)] })
    await aws.putRule({ ...onOrders, Name: 'long', EventPattern: long.replace('xx', 'x') })
    await assert.rejects(
      aws.putRule({ ...onOrders, Name: 'long', EventPattern: long }),
      invalid('Parameter EventPattern for rule long exceeds limit of 2048.'),
    )
  })

  test('is refused for a pattern that is none, and says where', async () => {
    await assert.rejects(
      aws.putRule({ ...onOrders, Name: 'x', EventPattern: '{"source":"shop"}' }),
      sdkError(
        'InvalidEventPatternException',
        'Event pattern is not valid. Reason: "source" must be an object or an array\n at [Source: (String)"{"source":"shop"}"; line: 1, column: 12]',
      ),
    )
  })
})

describe('DescribeRule', () => {
  test('is refused for a rule, and for a bus, that there is not', async () => {
    await assert.rejects(
      aws.describeRule({ Name: 'unknown' }),
      missing('Rule unknown does not exist on EventBus default.'),
    )
    await assert.rejects(
      aws.describeRule({ Name: 'unknown', EventBusName: 'nowhere' }),
      missing('Event bus nowhere does not exist.'),
    )
  })
})

describe('ListRules', () => {
  test('lists the rules of a bus with a prefix, in parts, and not who made them', async () => {
    for (const name of ['c', 'a', 'b']) await aws.putRule({ ...onOrders, Name: `listed-${name}` })
    const asked = { EventBusName: 'orders', NamePrefix: 'listed-', Limit: 2 }

    const first = await aws.listRules(asked)
    const { NextToken } = first
    const second = answer(await aws.listRules({ ...asked, NextToken }))

    assert.deepEqual(
      first.Rules,
      ['listed-a', 'listed-b'].map((Name) => ({
        ...{ Name, Arn: ruleArn(`orders/${Name}`), ...onOrders, State: 'ENABLED' },
      })),
    )
    assert.deepEqual(
      second.Rules?.map(({ Name }) => Name),
      ['listed-c'],
    )
    assert.ok(!('NextToken' in second))
  })

  test('answers an empty list, and is refused for a bus that there is not', async () => {
    assert.deepEqual(answer(await aws.listRules({ NamePrefix: 'nothing-like-this' })), {
      Rules: [],
    })
    await assert.rejects(
      aws.listRules({ EventBusName: 'nowhere' }),
      missing('Event bus nowhere does not exist.'),
    )
  })
})

describe('EnableRule and DisableRule', () => {
  test('change the state alone', async () => {
    const rule = { Name: 'switched', EventBusName: 'orders' }
    await aws.putRule({ ...onOrders, ...rule })
    const before = await described('switched')

    assert.deepEqual(answer(await aws.disableRule(rule)), {})
    assert.deepEqual(await described('switched'), { ...before, State: 'DISABLED' })
    assert.deepEqual(answer(await aws.enableRule(rule)), {})
    assert.deepEqual(await described('switched'), before)
  })

  test('are refused for a rule that there is not', async () => {
    for (const change of [aws.enableRule.bind(aws), aws.disableRule.bind(aws)])
      await assert.rejects(
        change({ Name: 'unknown' }),
        missing('Rule unknown does not exist on EventBus default.'),
      )
  })
})

describe('DeleteRule', () => {
  test('takes the rule and its tags away, and is answered for one that there is not', async () => {
    const rule = { Name: 'gone', EventBusName: 'orders' }
    await aws.putRule({ ...onOrders, ...rule, Tags: [{ Key: 'a', Value: 'b' }] })

    assert.deepEqual(answer(await aws.deleteRule(rule)), {})
    assert.deepEqual(answer(await aws.deleteRule(rule)), {})

    await assert.rejects(aws.describeRule(rule), { name: 'ResourceNotFoundException' })
    await aws.putRule({ ...onOrders, ...rule })
    const ResourceARN = ruleArn('orders/gone')
    assert.deepEqual((await aws.listTagsForResource({ ResourceARN })).Tags, [])
  })

  test('is refused while the rule has targets, with Force as well, and on a bus that there is not', async () => {
    const rule = { Name: 'aimed', EventBusName: 'orders' }
    await aws.putRule({ ...onOrders, ...rule })
    const onRule = { Rule: 'aimed', EventBusName: 'orders' }
    await aws.putTargets({ ...onRule, Targets: [{ Id: 'ship', Arn: functionArn }] })

    for (const Force of [false, true])
      await assert.rejects(
        aws.deleteRule({ ...rule, Force }),
        invalid("Rule can't be deleted since it has targets."),
      )
    await aws.removeTargets({ ...onRule, Ids: ['ship'] })
    assert.deepEqual(answer(await aws.deleteRule(rule)), {})
    await assert.rejects(
      aws.deleteRule({ Name: 'aimed', EventBusName: 'nowhere' }),
      missing('Event bus nowhere does not exist.'),
    )
  })
})

describe('ListRuleNamesByTarget', () => {
  test('names the rules of a bus that have the target, in parts', async () => {
    const TargetArn = `arn:aws:lambda:${place}:function:named`
    for (const Name of ['named-b', 'named-a', 'named-c']) {
      await aws.putRule({ ...onOrders, Name })
      const Targets = [{ Id: 'x', Arn: TargetArn }]
      await aws.putTargets({ Rule: Name, EventBusName: 'orders', Targets })
    }
    const asked = { TargetArn, EventBusName: 'orders', Limit: 2 }

    const first = await aws.listRuleNamesByTarget(asked)
    const { NextToken } = first
    const second = answer(await aws.listRuleNamesByTarget({ ...asked, NextToken }))

    assert.deepEqual(first.RuleNames, ['named-a', 'named-b'])
    assert.deepEqual(second, { RuleNames: ['named-c'] })
    assert.deepEqual(answer(await aws.listRuleNamesByTarget({ TargetArn })), { RuleNames: [] })
  })
})

describe('TestEventPattern', () => {
  const event = {
    ...{ id: '7', account: '000000000000', source: 'shop', time: '2026-01-01T12:00:00Z' },
    ...{ region: 'us-east-1', 'detail-type': 'OrderPlaced', detail: { total: 120 } },
  }
  const tested = async (pattern: string, about: object | string = event) => {
    const Event = typeof about === 'string' ? about : JSON.stringify(about)
    return answer(await aws.testEventPattern({ EventPattern: pattern, Event }))
  }

  test('tells whether the event matches', async () => {
    assert.deepEqual(await tested(EventPattern), { Result: true })
    assert.deepEqual(await tested('{"source":["shop"],"detail":{"total":[100]}}'), {
      Result: false,
    })
  })

  test('is refused for what is no event', async () => {
    const { id: _id, ...withoutId } = event
    for (const about of ['text', '"text"', '[]', '[1]', 'null', {}, withoutId])
      await assert.rejects(tested(EventPattern, about), invalid('Parameter Event is not valid.'))
  })

  test('is refused without an event and a pattern, and for too long a one', async () => {
    await assert.rejects(
      aws.testEventPattern({} as never),
      invalid(
        "2 validation errors detected: Value null at 'eventPattern' failed to satisfy constraint: Member must not be null; Value null at 'event' failed to satisfy constraint: Member must not be null",
      ),
    )
    await assert.rejects(
      tested(JSON.stringify({ source: ['x'.repeat(4_096)] })),
      invalid(/at 'eventPattern' .*length less than or equal to 4096$/),
    )
  })

  for (const [pattern, reason, column] of [
    ['{"source":[]}', 'Empty arrays are not allowed', 13],
    ['{"detail":{"n":7}}', '"n" must be an object or an array', 17],
    ['{"source":[{"PREFIX":"a"}]}', 'Unrecognized match type PREFIX', 23],
    ['{"source":[{"prefix":7}]}', 'prefix match pattern must be a string', 23],
    ['{"source":[{"wildcard":"a**"}]}', 'Consecutive wildcard characters at pos 2', 29],
    ['{"a":[{"numeric":[">",1,">",2]}]}', 'Bad numeric range operator: >', 28],
    ['["a"]', 'Filter is not an object', 2],
    [
      'shop',
      "Unrecognized token 'shop': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
      5,
    ],
    [
      "{'a':[1]}",
      "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
      2,
    ],
  ] as const)
    test(`is refused for ${pattern}, and says where`, async () => {
      await assert.rejects(
        tested(pattern),
        sdkError(
          'InvalidEventPatternException',
          `Event pattern is not valid. Reason: ${reason}\n at [Source: (String)"${pattern}"; line: 1, column: ${column}]`,
        ),
      )
    })

  test('tells no place for what is wrong with the pattern as a whole', async () => {
    for (const [pattern, reason] of [
      ['{"ip":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR, one '/' required"],
      [
        '{"a":[{"wildcard":"*a*b*c*d*e*f*g*h*i*j*"}]}',
        'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
      ],
    ] as const)
      await assert.rejects(
        tested(pattern),
        sdkError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`),
      )
  })
})
