import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  anEventBridge,
  aShop,
  busArn,
  functionArn,
  onPlaced,
  placed,
  shipping,
} from '../testing/event-bridge.ts'
import { aRule, recordingTarget } from '../testing.ts'

const arn = 'arn:aws:events:us-east-1:000000000000:rule/orders/placed'
const names = ({ Rules }: { Rules: readonly { Name: string }[] }) => Rules.map(({ Name }) => Name)

describe('PutRule', () => {
  test('answers the ARN, which names the bus unless it is the default one', async () => {
    const { bridge } = await aShop()

    assert.deepEqual(await bridge.putRule(placed), { RuleArn: arn })
    assert.deepEqual(await bridge.putRule({ ...placed, EventBusName: undefined }), {
      RuleArn: 'arn:aws:events:us-east-1:000000000000:rule/placed',
    })
    assert.deepEqual(await bridge.putRule({ ...placed, EventBusName: busArn('orders') }), {
      RuleArn: arn,
    })
  })

  test('replaces all of a rule but its targets', async () => {
    const { bridge, ship, put } = await aShop()
    await bridge.putRule({ ...placed, Description: 'old', RoleArn: 'arn:role', State: 'DISABLED' })

    const EventPattern = '{"detail":{"order":[2]}}'
    await bridge.putRule({ ...placed, EventPattern })
    await put(1, 2)

    assert.deepEqual(await bridge.describeRule(placed), {
      ...{ Name: 'placed', Arn: arn, EventBusName: 'orders', State: 'ENABLED' },
      ...{ EventPattern, CreatedBy: '000000000000' },
    })
    assert.deepEqual(ship.orders, [2])
  })

  test('matches by its pattern again when it has lost it in between', async () => {
    const { bridge, ship, put } = await aShop()

    await bridge.putRule({ ...placed, EventBusName: 'default' })
    await bridge.putTargets({ ...shipping, EventBusName: 'default' })
    await bridge.putRule({ Name: 'placed', ScheduleExpression: 'rate(1 day)' })
    await bridge.putEvents({ Entries: [{ Source: 'shop', DetailType: 'x', Detail: '{}' }] })
    await put(1)

    assert.deepEqual(ship.orders, [1], 'that of the bus orders')
  })

  test('needs a pattern or a schedule, and takes schedules on the default bus alone', async () => {
    const { bridge } = await aShop()
    const refused = (request: object, message: string) =>
      assert.rejects(bridge.putRule({ Name: 'x', ...request }), {
        code: 'ValidationException',
        message,
      })
    const ScheduleExpression = 'rate(5 minutes)'

    await refused({}, 'Parameter(s) EventPattern or ScheduleExpression must be specified.')
    await refused(
      { ScheduleExpression, EventBusName: 'orders' },
      'ScheduleExpression is supported only on the default event bus.',
    )
    await refused(
      { ScheduleExpression, State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' },
      'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS rule state is not supported with scheduled rule expressions.',
    )
    await refused(
      { ScheduleExpression: 'rate(1 minutes)' },
      'Parameter ScheduleExpression is not valid.',
    )
    await bridge.putRule({ Name: 'both', EventPattern: placed.EventPattern, ScheduleExpression })
    const { EventPattern, ...shown } = await bridge.describeRule({ Name: 'both' })
    assert.deepEqual(
      [EventPattern, shown.ScheduleExpression],
      [placed.EventPattern, ScheduleExpression],
    )
  })

  test('counts a rate from when the rule was given it', async () => {
    const { bridge, clock } = await anEventBridge()
    const createdAt = () => bridge.rules.ruleOf('default', 'hourly')?.CreatedAt
    const rule = { Name: 'hourly', ScheduleExpression: 'rate(1 hour)' }
    const noon = Date.parse('2026-01-01T12:00:00.000Z')

    await bridge.putRule(rule)
    await clock.move(1_000)
    await bridge.putRule({ ...rule, Description: 'every hour' })
    assert.equal(createdAt(), noon)
    await bridge.putRule({ ...rule, ScheduleExpression: 'rate(2 hours)' })

    assert.equal(createdAt(), noon + 1_000)
  })

  test('refuses patterns that EventBridge refuses, and leaves the rule as it was', async () => {
    const { bridge, ship, put } = await aShop()
    for (const [EventPattern, message] of [
      ['{"source":[]}', /Event pattern is not valid. Reason: Empty arrays are not allowed/],
      ['{"source":"shop"}', /"source" must be an object or an array/],
      ['{', /Event pattern is not valid/],
      ['{"source":[{"wildcard":"*a*b*c*d*e*f*g*h*i*j*"}]}', /Rule is too complex/],
    ] as const)
      await assert.rejects(bridge.putRule({ ...placed, EventPattern }), {
        code: 'InvalidEventPatternException',
        message,
      })
    await put(1)

    assert.deepEqual(ship.orders, [1])
  })

  test('takes a pattern as long as the quota says, and never a longer one than the model', async () => {
    const { bridge } = await anEventBridge()
    const raised = await anEventBridge({ quotas: { eventPatternLength: 4_096 } })
    const long = (length: number) => `{"source":["${'x'.repeat(length - 15)}"]}`
    const put = (EventPattern: string, by = bridge) => by.putRule({ Name: 'long', EventPattern })

    await put(long(2_048))
    await assert.rejects(put(long(2_049)), {
      code: 'ValidationException',
      message: 'Parameter EventPattern for rule long exceeds limit of 2048.',
    })
    await put(long(4_096), raised.bridge)
    await assert.rejects(
      put(long(4_097), raised.bridge),
      /at 'eventPattern' failed to satisfy constraint: Member must have length less than or equal to 4096$/,
    )
  })

  test('tells what is wrong with a rule before it looks for its bus', async () => {
    const { bridge } = await anEventBridge()
    const rule = { Name: 'x', EventBusName: 'nowhere' }

    await assert.rejects(bridge.putRule(rule), /must be specified\.$/)
    await assert.rejects(bridge.putRule({ ...rule, EventPattern: '{"a":[]}' }), {
      code: 'InvalidEventPatternException',
    })
    await assert.rejects(bridge.putRule({ ...rule, EventPattern: placed.EventPattern }), {
      code: 'ResourceNotFoundException',
      message: 'Event bus nowhere does not exist.',
    })
  })

  test('tells every fault of a request at once', async () => {
    const { bridge } = await anEventBridge()

    await assert.rejects(
      bridge.putRule({ Name: 'a b', State: 'ON', EventBusName: 'arn:aws:events:x' }),
      {
        code: 'ValidationException',
        message:
          "3 validation errors detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+; Value 'arn:aws:events:x' at 'eventBusName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[/\\.\\-_A-Za-z0-9]+; Value 'ON' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]",
      },
    )
  })

  test('is refused on a bus that does not exist, and beyond the quota', async () => {
    const { bridge } = await aShop({ quotas: { rulesPerEventBus: 1 } })

    await assert.rejects(bridge.putRule({ ...placed, EventBusName: 'payments' }), {
      code: 'ResourceNotFoundException',
      message: 'Event bus payments does not exist.',
    })
    await assert.rejects(bridge.putRule({ ...placed, Name: 'paid' }), {
      code: 'LimitExceededException',
      message: 'The requested resource exceeds the maximum number allowed.',
    })
    await bridge.putRule(placed)
  })
})

describe('DeleteRule', () => {
  test('takes the rule away', async () => {
    const { bridge, restarted } = await aShop()
    await bridge.removeTargets({ ...onPlaced, Ids: ['ship'] })

    assert.deepEqual(await bridge.deleteRule(placed), {})

    await assert.rejects(bridge.describeRule(placed), {
      code: 'ResourceNotFoundException',
      message: 'Rule placed does not exist on EventBus orders.',
    })
    const next = await restarted()
    assert.deepEqual(names(await next.bridge.listRules({ EventBusName: 'orders' })), [])
  })

  test('is answered for a rule that does not exist, on a bus that does', async () => {
    const { bridge } = await aShop()

    assert.deepEqual(await bridge.deleteRule({ Name: 'paid', EventBusName: 'orders' }), {})
    await assert.rejects(bridge.deleteRule({ Name: 'paid', EventBusName: 'payments' }), {
      code: 'ResourceNotFoundException',
      message: 'Event bus payments does not exist.',
    })
  })

  test('is refused while the rule has targets, forced or not', async () => {
    const { bridge } = await aShop()

    for (const Force of [false, true])
      await assert.rejects(bridge.deleteRule({ ...placed, Force }), {
        code: 'ValidationException',
        message: "Rule can't be deleted since it has targets.",
      })
  })
})

describe('EnableRule and DisableRule', () => {
  test('have events discarded in between, also by the next process', async () => {
    const first = await aShop()
    assert.deepEqual(await first.bridge.disableRule(placed), {})
    await first.put(1)

    const { bridge, ship, put } = await first.restarted()
    await put(2)
    assert.equal((await bridge.describeRule(placed)).State, 'DISABLED')
    assert.deepEqual(await bridge.enableRule(placed), {})
    await put(3)

    assert.deepEqual(ship.orders, [3])
  })

  test('are refused for a rule that does not exist', async () => {
    const { bridge } = await aShop()
    const missing = {
      code: 'ResourceNotFoundException',
      message: 'Rule paid does not exist on EventBus orders.',
    }

    await assert.rejects(bridge.enableRule({ ...placed, Name: 'paid' }), missing)
    await assert.rejects(bridge.disableRule({ ...placed, Name: 'paid' }), missing)
  })
})

describe('lists of rules', () => {
  test('are in parts, by name, without who created them', async () => {
    const { bridge } = await aShop()
    for (const Name of ['paid', 'left', 'lost']) await bridge.putRule({ ...placed, Name })
    const of = { EventBusName: 'orders' }

    const first = await bridge.listRules({ ...of, Limit: 3 })
    assert.deepEqual(names(first), ['left', 'lost', 'paid'])
    const second = await bridge.listRules({ ...of, NextToken: first.NextToken })

    assert.deepEqual(second, {
      Rules: [{ ...placed, Arn: arn, State: 'ENABLED' }],
    })
    assert.deepEqual(names(await bridge.listRules({ ...of, NamePrefix: 'l' })), ['left', 'lost'])
    assert.deepEqual(await bridge.listRules({}), { Rules: [] })
    await assert.rejects(bridge.listRules({ EventBusName: 'x' }), /Event bus x does not exist\./)
  })

  test('are told by the ARN of a target', async () => {
    const { bridge } = await aShop()
    await bridge.putRule({ ...placed, Name: 'paid' })
    await bridge.putTargets({ ...shipping, Rule: 'paid' })
    const of = { EventBusName: 'orders', TargetArn: functionArn('ship') }

    const first = await bridge.listRuleNamesByTarget({ ...of, Limit: 1 })
    const second = await bridge.listRuleNamesByTarget({ ...of, NextToken: first.NextToken })

    assert.deepEqual([first.RuleNames, second], [['paid'], { RuleNames: ['placed'] }])
    assert.deepEqual(
      await bridge.listRuleNamesByTarget({ ...of, TargetArn: functionArn('bill') }),
      {
        RuleNames: [],
      },
    )
    const { NextToken } = first
    const byArn = { ...of, EventBusName: busArn('orders'), NextToken }
    assert.deepEqual(await bridge.listRuleNamesByTarget(byArn), second, 'the bus by its ARN')
    for (const other of [{ TargetArn: functionArn('bill') }, { EventBusName: 'default' }])
      await assert.rejects(bridge.listRuleNamesByTarget({ ...of, NextToken, ...other }), {
        message: 'Parameter NextToken is not valid.',
      })
    for (const TargetArn of ['ship', 'arn:aws-cn:sqs:us-east-1:0:q', 'arn:aws:sqs:us-east-1:0:'])
      await assert.rejects(bridge.listRuleNamesByTarget({ TargetArn }), {
        code: 'ValidationException',
        message: `Parameter ${TargetArn} is not valid. Reason: Provided Arn is not in correct format.`,
      })
    await assert.rejects(bridge.listRuleNamesByTarget({}), {
      message:
        "1 validation error detected: Value null at 'targetArn' failed to satisfy constraint: Member must not be null",
    })
  })
})

describe('a rule that the process declares', () => {
  async function declared() {
    const first = await anEventBridge()
    const target = recordingTarget(first.clock)
    return { ...(await first.restarted({ rules: [aRule({ targets: [target] })] })), target }
  }

  test('is listed and described with who manages it', async () => {
    const { bridge } = await declared()

    assert.deepEqual(await bridge.describeRule(placed), {
      ...{ ...placed, Arn: arn, State: 'ENABLED', ManagedBy: 'flow', CreatedBy: '000000000000' },
    })
    assert.deepEqual(names(await bridge.listRules({ EventBusName: 'orders' })), ['placed'])
    assert.deepEqual((await bridge.listTargetsByRule(onPlaced)).Targets, [
      {
        ...{ Id: 'ship', Arn: functionArn('ship') },
        RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
      },
    ])
    assert.deepEqual(bridge.rules.keysOf('orders', 'placed'), ['orders/placed/ship'])
  })

  test('refuses every change', async () => {
    const { bridge, target, put } = await declared()

    for (const change of [
      bridge.putRule(placed),
      bridge.deleteRule({ ...placed, Force: true }),
      bridge.enableRule(placed),
      bridge.disableRule(placed),
      bridge.putTargets(shipping),
      bridge.removeTargets({ ...onPlaced, Ids: ['ship'], Force: true }),
      bridge.tagResource({ ResourceARN: arn, Tags: [{ Key: 'a', Value: 'b' }] }),
      bridge.untagResource({ ResourceARN: arn, TagKeys: ['a'] }),
    ])
      await assert.rejects(change, {
        code: 'ManagedRuleException',
        message:
          'placed is a managed rule. It is declared in the flow of this process: change it there.',
      })
    await put(1)

    assert.deepEqual(target.orders, [1])
  })

  test('hides a rule of its name that was put before, until it is declared no more', async () => {
    const first = await aShop()
    const target = recordingTarget(first.clock)

    const second = await first.restarted({ rules: [aRule({ targets: [target] })] })
    await second.put(1)
    assert.deepEqual([target.orders, second.ship.orders], [[1], []])
    await second.clock.move(10)
    const third = await second.restarted({ rules: [] })
    await third.put(2)

    assert.deepEqual([target.orders, third.ship.orders], [[1], [2]])
  })
})
