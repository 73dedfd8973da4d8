/** Scheduled rules by the AWS SDK over the wire: which expressions are taken, and what they send. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { EventBridge } from '@aws-sdk/client-eventbridge'
import {
  answer,
  apiDestination,
  type Destination,
  destination,
  RoleArn,
  type Served,
  sdkError,
  serve,
} from './serve.ts'

const place = 'us-east-1:000000000000'
const notValid = sdkError('ValidationException', 'Parameter ScheduleExpression is not valid.')

let bus: Served
let aws: EventBridge
let server: Destination
before(async () => {
  bus = await serve()
  aws = bus.client()
  server = await destination()
})
after(async () => {
  await bus?.stop()
  await server?.close()
})

describe('PutRule takes', () => {
  for (const ScheduleExpression of [
    'rate(1 minute)',
    'rate(01 minute)',
    'rate(2 minutes)',
    'rate(1 hour)',
    'rate(24 hours)',
    'rate(1 day)',
    'rate(30 days)',
    'cron(0 9 * * ? *)',
    'cron(0/10 * ? * MON-FRI *)',
    'cron(0,30 6-18/2 1W * ? 2030-2040)',
    'cron(5 4 L * ? *)',
    'cron(5 4 L-2 * ? *)',
    'cron(5 4 LW * ? *)',
    'cron(5 4 2-6W * ? *)',
    'cron(5 4 ? * FRIL *)',
    'cron(5 4 ? * TUE#2 *)',
    'cron(5/0 4 * jan,JUL ? *)',
    'cron(0 22-3 ? * sat-mon *)',
    'cron(0 0 1 1 ? 1999)',
  ])
    test(ScheduleExpression, async () => {
      await aws.putRule({ Name: 'taken', State: 'DISABLED', ScheduleExpression })

      assert.deepEqual(answer(await aws.describeRule({ Name: 'taken' })), {
        ...{ Name: 'taken', Arn: `arn:aws:events:${place}:rule/taken`, EventBusName: 'default' },
        ...{ State: 'DISABLED', ScheduleExpression, CreatedBy: '000000000000' },
      })
    })
})

describe('PutRule does not take', () => {
  for (const ScheduleExpression of [
    'rate(1 minutes)',
    'rate(2 minute)',
    'rate(0 days)',
    'rate(-1 days)',
    'rate(+3 hours)',
    'rate(1.5 hours)',
    'rate(5 seconds)',
    'rate(1 week)',
    'rate(5 Minutes)',
    'rate(5  minutes)',
    'rate( 5 minutes)',
    'Rate(5 minutes)',
    'cron(0 9 * * * *)',
    'cron(0 9 ? * ? *)',
    'cron(0 9 * * ?)',
    'cron(0 9 * * ? * *)',
    'cron(0  9 * * ? *)',
    'cron( 0 9 * * ? *)',
    'cron(60 9 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 9 32 * ? *)',
    'cron(0 9 * 13 ? *)',
    'cron(0 9 ? * 8 *)',
    'cron(0 9 ? * MON#6 *)',
    'cron(0 9 ? * MON#0 *)',
    'cron(0 9 ? * MON#1,TUE#2 *)',
    'cron(0 9 1 1 ? 2040-2030)',
    'CRON(0 9 * * ? *)',
    'at(2030-01-01T00:00:00)',
    'every day',
  ])
    test(ScheduleExpression, async () => {
      await assert.rejects(aws.putRule({ Name: 'refused', ScheduleExpression }), notValid)
      await assert.rejects(
        aws.describeRule({ Name: 'refused' }),
        sdkError('ResourceNotFoundException', 'Rule refused does not exist on EventBus default.'),
      )
    })

  test('an empty one alone', async () => {
    await assert.rejects(
      aws.putRule({ Name: 'empty', ScheduleExpression: '' }),
      sdkError(
        'ValidationException',
        'Parameter(s) EventPattern or ScheduleExpression must be specified.',
      ),
    )
  })

  test('one of more than 256 characters', async () => {
    await assert.rejects(
      aws.putRule({ Name: 'long', ScheduleExpression: `rate(${'1'.repeat(250)} minutes)` }),
      sdkError('ValidationException', /at 'scheduleExpression' .* less than or equal to 256$/),
    )
  })

  test('one on another bus', async () => {
    await aws.createEventBus({ Name: 'shop' })

    await assert.rejects(
      aws.putRule({ Name: 'daily', EventBusName: 'shop', ScheduleExpression: 'rate(1 day)' }),
      sdkError(
        'ValidationException',
        'ScheduleExpression is supported only on the default event bus.',
      ),
    )
  })
})

test('a rule may have a pattern, too, and loses what it is put without', async () => {
  const Name = 'both'
  const EventPattern = '{"source":["till"]}'
  const shown = async () => {
    const rule = await aws.describeRule({ Name })
    return [rule.EventPattern, rule.ScheduleExpression, rule.State]
  }

  await aws.putRule({ Name, EventPattern, ScheduleExpression: 'rate(1 day)' })
  assert.deepEqual(await shown(), [EventPattern, 'rate(1 day)', 'ENABLED'])
  await aws.disableRule({ Name })
  await aws.putRule({ Name, ScheduleExpression: 'rate(2 days)' })

  assert.deepEqual(await shown(), [undefined, 'rate(2 days)', 'ENABLED'])
  const { Rules = [] } = await aws.listRules({ NamePrefix: Name })
  assert.deepEqual(
    Rules.map((rule) => rule.ScheduleExpression),
    ['rate(2 days)'],
  )
})

// Up to a minute: of all tests the one that waits for a real one to begin.
test('a rule that is due sends an event to its target, what it has for input instead', async () => {
  const Arn = await apiDestination(aws, 'clock', `${server.url}/tick`)
  const input = await apiDestination(aws, 'input', `${server.url}/input`)
  await aws.putRule({ Name: 'tick', ScheduleExpression: 'cron(* * * * ? *)' })
  const Targets = [
    { Id: 'event', Arn, RoleArn },
    { Id: 'input', Arn: input, RoleArn, Input: '{"wake":"up"}' },
  ]
  await aws.putTargets({ Rule: 'tick', Targets })

  const event = await server.received.wait(({ path }) => path === '/tick', 'the event', 75_000)
  const own = await server.received.wait(({ path }) => path === '/input', 'the input', 10_000)

  const { id, time, ...rest } = JSON.parse(event.body)
  assert.match(id, /^[0-9a-f-]{36}$/)
  assert.ok(Math.abs(Date.now() - Date.parse(time)) < 20_000, time)
  assert.deepEqual(rest, {
    ...{ version: '0', 'detail-type': 'Scheduled Event', source: 'aws.events' },
    ...{ account: '000000000000', region: 'us-east-1', detail: {} },
    resources: [`arn:aws:events:${place}:rule/tick`],
  })
  assert.equal(own.body, '{"wake":"up"}')
})
