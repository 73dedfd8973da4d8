import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DeliveryRefused } from '../errors.ts'
import {
  aShop,
  busArn,
  functionArn,
  type Options,
  onPlaced,
  queueArn,
  recordingService,
  roleArn,
  shipping,
} from '../testing/event-bridge.ts'
import { fails } from '../testing.ts'

const key = 'orders/placed/ship'
const graveyard = queueArn('graveyard')
const refuses = async () => {
  throw new DeliveryRefused('No such street', { code: 'INVALID_PARAMETER' })
}

/** The target `ship` of `orders/placed` has a dead-letter queue, and refuses everything. */
async function withQueue(target: object = {}, options: Options = {}) {
  const sqs = recordingService()
  const started = await aShop({ services: new Map([['sqs', sqs]]), ...options })
  started.ship.answer = refuses
  await started.bridge.putTargets({
    ...onPlaced,
    Targets: [{ ...shipping.Targets[0], DeadLetterConfig: { Arn: graveyard }, ...target }],
  })
  return { ...started, sqs }
}

describe('a dead-letter queue', () => {
  test('is sent what the target was to be sent, with why it is dead by EventBridge’s names', async () => {
    const { put, sqs, engine, dead } = await withQueue({ InputPath: '$.detail' })

    await put(7)

    const [event] = await engine.log('orders').tail(1, 10_000)
    assert.deepEqual(
      sqs.messages.map(({ arn, text, eventId, attributes }) => ({
        ...{ arn, sent: JSON.parse(text), eventId, attributes },
      })),
      [
        {
          ...{ arn: graveyard, sent: event?.detail, eventId: event?.id },
          attributes: {
            RULE_ARN: 'arn:aws:events:us-east-1:000000000000:rule/orders/placed',
            TARGET_ARN: functionArn('ship'),
            ERROR_CODE: 'INVALID_PARAMETER',
            ERROR_MESSAGE: 'No such street',
          },
        },
      ],
    )
    assert.deepEqual(await dead(), [[key, 'INVALID_PARAMETER']])
  })

  test('is told which limit ended the retries, and how many there were', async () => {
    for (const [RetryPolicy, condition, retries] of [
      [{ MaximumRetryAttempts: 2 }, 'MaximumRetryAttempts', '2'],
      [{ MaximumRetryAttempts: 0 }, 'MaximumRetryAttempts', '0'],
      [{ MaximumEventAgeInSeconds: 60 }, 'MaximumEventAgeInSeconds', '5'],
    ] as const) {
      const { put, sqs, ship, clock } = await withQueue({ RetryPolicy })
      ship.answer = fails

      await put(1)
      await clock.move(120_000)

      const [{ attributes = {} } = {}] = sqs.messages
      assert.deepEqual(
        [attributes.EXHAUSTED_RETRY_CONDITION, attributes.RETRY_ATTEMPTS, attributes.ERROR_CODE],
        [condition, retries, 'ERROR_FROM_TARGET'],
      )
    }
  })

  test('is sent what it did not take for a day, and is then our own dead letter, which is redriven', async () => {
    const { bridge, put, sqs, clock, dead } = await withQueue()
    sqs.answer = fails

    await put(1)
    await clock.move(25 * 3_600_000)
    assert.deepEqual(await dead(), [
      [key, 'INVALID_PARAMETER'],
      [graveyard, 'ERROR_FROM_TARGET'],
    ])
    sqs.answer = async () => {}
    const sent = sqs.messages.length
    await bridge.deadLetters.redrive({ target: graveyard })
    await clock.turn()

    assert.deepEqual(
      sqs.messages.slice(sent).map(({ attributes }) => attributes?.TARGET_ARN),
      [functionArn('ship')],
    )
  })

  test('has what is for it when target and rule are gone, also from the next process', async () => {
    const { bridge, put, sqs, clock, waiting, restarted } = await withQueue()
    sqs.answer = fails
    await put(1)
    await bridge.removeTargets({ ...onPlaced, Ids: ['ship'] })
    await bridge.deleteRule({ Name: 'placed', EventBusName: 'orders' })
    await clock.move(10_000)
    assert.equal(await waiting(), 1)

    const better = recordingService()
    const next = await restarted({ services: new Map([['sqs', better]]) })
    await next.clock.move(60_000)

    assert.deepEqual(
      better.messages.map(({ attributes }) => attributes?.ERROR_CODE),
      ['INVALID_PARAMETER'],
    )
    assert.equal(await next.waiting(), 0)
  })

  test('has what is for it when the next process cannot read at first', async () => {
    const { bridge, put, sqs, store, clock, restarted } = await withQueue()
    sqs.answer = fails
    await put(1)
    await bridge.removeTargets({ ...onPlaced, Ids: ['ship'] })
    store.kill()
    const better = recordingService()
    const next = await restarted({ services: new Map([['sqs', better]]), unreadable: true })
    assert.deepEqual(better.messages, [])

    next.store.unreadable = false
    await clock.move(60_000)

    assert.equal(better.messages.length, 1)
  })

  test('is told of an event that goes to no third bus', async () => {
    const { bridge, put, sqs } = await withQueue({ Arn: busArn('audit'), RoleArn: roleArn })
    await bridge.createEventBus({ Name: 'audit' })
    const all = { Rule: 'all', EventBusName: 'audit' }
    await bridge.putRule({ Name: 'all', EventBusName: 'audit', EventPattern: placedPattern })
    await bridge.putTargets({
      ...all,
      Targets: [
        {
          Id: 'on',
          Arn: busArn('default'),
          RoleArn: roleArn,
          DeadLetterConfig: { Arn: graveyard },
        },
      ],
    })

    await put(1)

    assert.deepEqual(
      sqs.messages.map(({ attributes }) => [attributes?.RULE_ARN, attributes?.ERROR_CODE]),
      [['arn:aws:events:us-east-1:000000000000:rule/audit/all', 'THIRD_ACCOUNT_HOP_DETECTED']],
    )
  })

  test('is not sent anything without a way to queues: the dead letter is ours alone', async () => {
    const { put, dead, waiting } = await withQueue({}, { services: new Map() })

    await put(1)

    assert.deepEqual(await dead(), [[key, 'INVALID_PARAMETER']])
    assert.equal(await waiting(), 0)
  })

  test('may be changed and taken away', async () => {
    const { bridge, put, sqs } = await withQueue()
    const other = queueArn('other')
    await bridge.putTargets({
      ...onPlaced,
      Targets: [{ ...shipping.Targets[0], DeadLetterConfig: { Arn: other } }],
    })
    await put(1)
    await bridge.putTargets(shipping)
    await put(2)

    assert.deepEqual(
      sqs.messages.map(({ arn }) => arn),
      [other],
    )
  })
})

const placedPattern = '{"source":["shop"]}'

describe('a DeadLetterConfig', () => {
  test('names an SQS standard queue: everything else is refused', async () => {
    const invalid = (Arn: string, reason: string) =>
      `Parameter ${Arn} is not valid. Reason: ${reason}`
    const format = 'Provided Arn is not in correct format.'
    const kind = 'A dead-letter queue is an SQS standard queue.'
    const url = 'https://sqs.us-east-1.amazonaws.com/000000000000/graveyard'
    for (const [Arn, message] of [
      ['graveyard', invalid('graveyard', format)],
      [url, invalid(url, format)],
      [queueArn('graveyard.fifo'), 'SQS FIFO is not supported by Dead Letter Queues.'],
      [queueArn('a/b'), invalid(queueArn('a/b'), kind)],
      [queueArn(''), invalid(queueArn(''), kind)],
      ['arn:aws:sqs:us-east-1::graveyard', invalid('arn:aws:sqs:us-east-1::graveyard', kind)],
      [
        'arn:aws:sns:us-east-1:000000000000:graveyard',
        'sns is not supported as a dead letter resource.',
      ],
    ] as const) {
      const { bridge } = await aShop()

      await assert.rejects(
        bridge.putTargets({
          ...onPlaced,
          Targets: [{ ...shipping.Targets[0], DeadLetterConfig: { Arn } }],
        }),
        { code: 'ValidationException', message },
      )
    }
  })

  test('is answered as it was given, and may name no queue', async () => {
    const { bridge } = await aShop()
    for (const DeadLetterConfig of [
      {},
      { Arn: 'arn:aws-us-gov:sqs:us-gov-west-1:123456789012:a_B-1' },
    ]) {
      await bridge.putTargets({
        ...onPlaced,
        Targets: [{ ...shipping.Targets[0], DeadLetterConfig }],
      })

      const { Targets } = await bridge.listTargetsByRule(onPlaced)
      assert.deepEqual(Targets[0]?.DeadLetterConfig, DeadLetterConfig)
    }
  })
})
