import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DeliveryFailed, DeliveryRefused } from '../errors.ts'
import type { ServiceTarget } from '../ports.ts'
import {
  aShop,
  busArn,
  functionArn,
  onPlaced,
  queueArn,
  recordingService,
  roleArn,
  topicArn,
} from '../testing/event-bridge.ts'

const key = 'orders/placed/ship'

async function withTarget(target: object, services: Record<string, ServiceTarget>) {
  const started = await aShop({ services: new Map(Object.entries(services)) })
  await started.bridge.putTargets({ ...onPlaced, Targets: [{ Id: 'ship', ...target }] })
  return started
}

describe('a target at a service', () => {
  test('is sent the event as it stands in the log, with its id, its ARN and its parameters', async () => {
    const sqs = recordingService()
    const Arn = queueArn('jobs.fifo')
    const { put, engine } = await withTarget(
      { Arn, SqsParameters: { MessageGroupId: 'ours' } },
      { sqs },
    )

    await put(7)

    const [event] = await engine.log('orders').tail(1, 10_000)
    assert.deepEqual(
      sqs.messages.map(({ arn, text, eventId, parameters, attributes }) => ({
        ...{ arn, event: JSON.parse(text), eventId, parameters, attributes },
      })),
      [
        {
          ...{ arn: Arn, event, eventId: event?.id, attributes: undefined },
          parameters: { MessageGroupId: 'ours' },
        },
      ],
    )
  })

  test('is sent what its input makes of the event', async () => {
    for (const [target, text] of [
      [{ Input: '{"constant": [1]}' }, '{"constant": [1]}'],
      [{ InputPath: '$.source' }, '"shop"'],
      [{ InputTransformer: { InputTemplate: '"one line"\n"another"' } }, '"one line"\n"another"'],
    ] as const) {
      const sns = recordingService()
      const { put } = await withTarget({ Arn: topicArn('letters'), ...target }, { sns })

      await put(1)

      assert.deepEqual(
        sns.messages.map((message) => message.text),
        [text],
      )
    }
  })

  test('is found by the service that its ARN names', async () => {
    const [sqs, sns, lambda, logs] = [1, 2, 3, 4].map(() => recordingService())
    const arns = [
      queueArn('jobs'),
      topicArn('letters'),
      functionArn('elsewhere'),
      'arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/orders',
    ]
    const { bridge, put } = await withTarget({ Arn: arns[0] }, { sqs, sns, lambda, logs } as Record<
      string,
      ServiceTarget
    >)
    await bridge.putTargets({
      ...onPlaced,
      Targets: arns.slice(1).map((Arn, at) => ({ Id: `more-${at}`, Arn })),
    })

    await put(1)

    assert.deepEqual(
      [sqs, sns, lambda, logs].map((service) => service?.messages.map(({ arn }) => arn)),
      arns.map((arn) => [arn]),
    )
  })

  test('has what this process and this bus have themselves delivered by them', async () => {
    const [lambda, sns, events] = [recordingService(), recordingService(), recordingService()]
    const { bridge, ship, put, engine } = await withTarget(
      { Arn: functionArn('ship') },
      { lambda, sns, events },
    )
    await bridge.putTargets({
      ...onPlaced,
      Targets: [{ Id: 'bus', Arn: busArn('default'), RoleArn: roleArn }],
    })

    await put(1)

    assert.deepEqual(ship.orders, [1])
    assert.equal((await engine.log('default').tail(9, 10_000)).length, 1)
    assert.deepEqual([lambda.messages, events.messages], [[], []])
  })

  test('is sent again what it failed to take, and not what it refused', async () => {
    const sqs = recordingService()
    const { put, clock, dead } = await withTarget({ Arn: queueArn('jobs') }, { sqs })
    sqs.answer = async () => {
      throw new DeliveryFailed('Too many', { code: 'THROTTLING' })
    }
    await put(1)
    sqs.answer = async () => {
      throw new DeliveryRefused('No such queue', { code: 'NO_RESOURCE' })
    }
    await clock.move(2_000)

    assert.equal(sqs.messages.length, 2)
    assert.deepEqual(await dead(), [[key, 'NO_RESOURCE']])
  })

  test('is told when an attempt has taken too long: a Lambda function may take 15 minutes', async () => {
    for (const [Arn, service, ms] of [
      [queueArn('jobs'), 'sqs', 30_000],
      [functionArn('elsewhere'), 'lambda', 900_000],
    ] as const) {
      const slow = recordingService()
      slow.answer = () => new Promise(() => {})
      const { put, clock } = await withTarget({ Arn }, { [service]: slow })

      await put(1)
      await clock.move(ms - 1)
      const signal = slow.messages[0]?.signal
      assert.equal(signal?.aborted, false)
      await clock.move(1)

      assert.equal(signal?.aborted, true)
    }
  })

  test('that there is no endpoint for is put, and its events are dead, with what to set', async () => {
    for (const [Arn, name] of [
      [queueArn('jobs'), 'AWS_ENDPOINT_URL_SQS'],
      [topicArn('letters'), 'AWS_ENDPOINT_URL_SNS'],
      [functionArn('elsewhere'), 'AWS_ENDPOINT_URL_LAMBDA'],
    ] as const) {
      const { bridge, put, dead } = await withTarget({ Arn }, {})

      await put(1)

      assert.deepEqual(await dead(), [[key, 'NO_RESOURCE']])
      const [letter] = (await bridge.deadLetters.list({})).deadLetters
      assert.match(letter?.error ?? '', new RegExp(`set ${name} to its endpoint`))
    }
  })

  test('is found again by the next process', async () => {
    const { bridge, restarted } = await withTarget({ Arn: queueArn('jobs') }, {})
    assert.equal((await bridge.listTargetsByRule(onPlaced)).Targets.length, 1)
    const sqs = recordingService()

    const next = await restarted({ services: new Map([['sqs', sqs]]) })
    await next.put(1)

    assert.equal(sqs.messages.length, 1)
  })
})
