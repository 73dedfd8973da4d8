import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DeliveryRefused } from '../errors.ts'
import {
  anEventBridge,
  aShop,
  busArn,
  functionArn,
  type Options,
  onPlaced,
  recordingFunction,
  roleArn,
  shipping,
  topicArn,
} from '../testing/event-bridge.ts'
import { aSubscription, fails, recordingTarget } from '../testing.ts'
import { topicTargets } from '../topic.ts'

const key = 'orders/placed/ship'
/** Its rule `placed` has this target and no other. */
async function withTarget(target: object, options: Options = {}) {
  const started = await aShop(options)
  await started.bridge.putTargets({
    ...onPlaced,
    Targets: [{ Id: 'ship', Arn: functionArn('ship'), ...target }],
  })
  return started
}

describe('a function', () => {
  test('is called with the event when its target has no input', async () => {
    const { ship, put } = await withTarget({})

    await put(1)

    const [event] = ship.inputs as { source: string; detail: unknown }[]
    assert.deepEqual([event?.source, event?.detail], ['shop', { order: 1 }])
  })

  test('is called with what the input makes of the event, parsed', async () => {
    for (const [target, input] of [
      [{ Input: '{"constant":[1]}' }, { constant: [1] }],
      [{ InputPath: '$.detail' }, { order: 7 }],
      [{ InputPath: '$.source' }, 'shop'],
      [
        {
          InputTransformer: {
            InputPathsMap: { n: '$.detail.order' },
            InputTemplate:
              '{"n":<n>,"rule":"<aws.events.rule-name>","arn":"<aws.events.rule-arn>","at":"<aws.events.event.ingestion-time>"}',
          },
        },
        {
          ...{ n: 7, rule: 'placed', at: '2026-01-01T12:00:00.000Z' },
          arn: 'arn:aws:events:us-east-1:000000000000:rule/orders/placed',
        },
      ],
    ] as const) {
      const { ship, put, clock } = await withTarget(target)
      await clock.turn()
      await put(7)
      const [given] = ship.inputs as { at?: string }[]
      // the time is that of the event's id, which may be some ms ahead of a clock that stands still
      if (Object.hasOwn(Object(given), 'at') && given)
        given.at = given.at?.replace(/\.\d+Z$|Z$/, '.000Z') ?? ''
      assert.deepEqual(given, input)
    }
  })

  test('is not called with what is no JSON: such an event is dead', async () => {
    const { ship, put, dead } = await withTarget({
      InputTransformer: { InputTemplate: '"one line"\n"another"' },
    })

    await put(1)

    assert.deepEqual(await dead(), [[key, 'INVALID_JSON']])
    assert.deepEqual(ship.inputs, [])
  })

  test('is found by its name, whatever version or alias stands behind it', async () => {
    const { ship, put } = await withTarget({ Arn: `${functionArn('ship')}:live` })

    await put(1)

    assert.deepEqual(ship.orders, [1])
  })

  test('is tried again as the retry policy of the target says', async () => {
    const { clock, ship, put, dead } = await withTarget({
      RetryPolicy: { MaximumRetryAttempts: 1 },
    })
    ship.answer = fails

    await put(1)
    await clock.move(60_000)

    assert.deepEqual(ship.orders, [1, 1])
    assert.deepEqual(await dead(), [[key, 'ERROR_FROM_TARGET']])
  })

  test('takes several events at once when the target says so', async () => {
    const calls: (readonly unknown[])[] = []
    const batching = {
      ...recordingFunction(),
      async invokeBatch(inputs: readonly unknown[]) {
        calls.push(inputs)
        return new Map([[inputs.indexOf(2), new DeliveryRefused('not this one')]])
      },
    }
    const { put, clock, dead, waiting } = await withTarget(
      {
        InputPath: '$.detail.order',
        BusbarParameters: { BatchSize: 3, MaximumBatchingWindowInSeconds: 1 },
      },
      { functions: new Map([['ship', batching]]) },
    )

    await put(1, 2, 3, 4)
    assert.deepEqual(calls, [[1, 2, 3]])
    await clock.move(1_000)

    assert.deepEqual(calls, [[1, 2, 3], [4]])
    await clock.move(10)
    assert.deepEqual(await dead(), [[key, 'ERROR_FROM_TARGET']])
    assert.equal(await waiting(), 0)
  })

  test('is called with one event after the other of those that the target keeps in order', async () => {
    const { clock, ship, put } = await withTarget({
      BusbarParameters: { OrderBy: '$.detail.order' },
    })
    ship.answer = fails

    await put(1, 1, 2)
    assert.deepEqual([...ship.orders].sort(), [1, 2])
    ship.answer = async () => {}
    await clock.move(2_000)

    assert.deepEqual([...ship.orders].sort(), [1, 1, 1, 2, 2])
  })

  test('is called no more often than the target says', async () => {
    const { clock, ship, put } = await withTarget({ BusbarParameters: { RatePerSecond: 4 } })

    await put(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    await clock.move(500)
    const early = ship.orders.length
    await clock.move(10_000)

    assert.ok(early <= 7, `${early} in half a second`)
    assert.equal(ship.orders.length, 10)
  })

  test('is called at the same time no more often than the target says', async () => {
    const running = { now: 0, most: 0 }
    const { clock, ship, put } = await withTarget({ BusbarParameters: { Concurrency: 2 } })
    ship.answer = async () => {
      running.most = Math.max(running.most, ++running.now)
      await new Promise<void>((resolve) => clock.after(1_000, resolve))
      running.now--
    }

    await put(1, 2, 3, 4)
    await clock.move(10_000)

    assert.equal(running.most, 2)
    assert.equal(ship.orders.length, 4)
  })

  test('is not tried again for longer than the target says', async () => {
    const { bridge, clock, ship, put } = await withTarget({
      RetryPolicy: { MaximumEventAgeInSeconds: 60 },
    })
    ship.answer = fails

    await put(1)
    await clock.move(120_000)

    const [letter] = (await bridge.deadLetters.list({})).deadLetters
    assert.equal(letter?.exhaustedRetryCondition, 'MaximumEventAgeInSeconds')
  })

  test('is told by the input when the event came, also when it is tried again', async () => {
    const InputTransformer = { InputTemplate: '"<aws.events.event.ingestion-time>"' }
    const { clock, ship, put } = await withTarget({ InputTransformer })
    ship.answer = fails

    await put(1)
    await clock.move(2_000)

    const [first, second] = ship.inputs
    assert.match(String(first), /^2026-01-01T12:00:00/)
    assert.equal(second, first)
  })
})

describe('a topic', () => {
  const subscription = aSubscription({ filterPolicy: { kind: ['large'] } })
  /** The topic `letters`, with one subscriber who wants what is large. */
  async function withTopic(target: object) {
    const { clock } = await anEventBridge()
    const email = recordingTarget(clock)
    const { target: letters, fanOutTargets } = topicTargets({
      name: 'letters',
      protocols: { email },
      subscriptions: {
        filterPolicies: async () => [subscription.filterPolicy],
        withFilterPolicy: async (
          _topic: string,
          _protocol: string,
          _policy: unknown,
          after: string,
        ) => (after < subscription.id ? [subscription.id] : []),
      } as never,
    })
    const topics = new Map([['letters', letters]])
    const arn = { Arn: topicArn('letters') }
    return { ...(await withTarget({ ...arn, ...target }, { clock, topics, fanOutTargets })), email }
  }

  test('is given the event, which its filter policies look at', async () => {
    const { email, put } = await withTopic({})

    await put(1)

    assert.deepEqual(email.invocations, [])
  })

  test('is given what the input makes of the event, and its subscribers too', async () => {
    const { email, put, clock } = await withTopic({
      InputTransformer: {
        InputPathsMap: { n: '$.detail.order' },
        InputTemplate: '{"kind":"large","n":<n>}',
      },
    })

    await put(7)
    await clock.turn()

    assert.deepEqual(
      email.invocations.map(({ event, item }) => [event, item]),
      [[{ kind: 'large', n: 7 }, subscription.id]],
    )
  })

  test('is given no text that is no object: such an event is dead', async () => {
    for (const target of [{ InputPath: '$.source' }, { Input: '[1]' }, { Input: 'null' }]) {
      const { put, dead } = await withTopic(target)

      await put(1)

      assert.deepEqual(await dead(), [[key, 'INVALID_JSON']])
    }
  })
})

describe('an event bus', () => {
  async function withAudit() {
    const started = await withTarget({ Arn: busArn('audit'), RoleArn: roleArn })
    const { bridge } = started
    await bridge.createEventBus({ Name: 'audit' })
    await bridge.putRule({
      Name: 'all',
      EventBusName: 'audit',
      EventPattern: '{"source":["shop"]}',
    })
    await bridge.putTargets({ ...shipping, Rule: 'all', EventBusName: 'audit' })
    return started
  }

  test('has the event in the commit that stores it here, with the same id', async () => {
    const { engine, store, ship, put } = await withAudit()
    const before = store.commits.length

    await put(1)

    assert.deepEqual(ship.orders, [1])
    const [commit] = store.commits.slice(before)
    assert.deepEqual(
      commit?.events.map(({ bus }) => bus),
      ['orders', 'audit'],
    )
    const [here] = await engine.log('orders').tail(10, 10_000)
    assert.equal((ship.inputs[0] as { id: string }).id, here?.id)
  })

  test('that is gone has nothing: its events are dead, and go there when it is created again', async () => {
    const { bridge, ship, put, dead, clock } = await withAudit()
    const all = { Rule: 'all', EventBusName: 'audit' }
    await bridge.removeTargets({ ...all, Ids: ['ship'] })
    await bridge.deleteRule({ Name: 'all', EventBusName: 'audit' })

    await bridge.deleteEventBus({ Name: 'audit' })
    await put(1)
    assert.deepEqual(await dead(), [[key, 'NO_RESOURCE']])
    await bridge.createEventBus({ Name: 'audit' })
    await bridge.putRule({
      Name: 'all',
      EventBusName: 'audit',
      EventPattern: '{"source":["shop"]}',
    })
    await bridge.putTargets({ ...shipping, ...all })
    await bridge.deadLetters.redrive({})
    await clock.turn()
    await put(2)

    assert.deepEqual(ship.orders, [1, 2])
  })

  test('hands nothing on to a third', async () => {
    const { bridge, put, dead } = await withAudit()
    await bridge.putTargets({
      ...{ Rule: 'all', EventBusName: 'audit' },
      Targets: [{ Id: 'on', Arn: busArn('default'), RoleArn: roleArn }],
    })

    await put(1)

    assert.deepEqual(await dead(), [['audit/all/on', 'THIRD_ACCOUNT_HOP_DETECTED']])
  })

  test('may be one that the process declares', async () => {
    const { put, dead, engine } = await withTarget(
      { Arn: busArn('websocket'), RoleArn: roleArn },
      { pipes: new Map([['posts.changes', 'websocket']]) },
    )

    await put(1)

    assert.equal((await engine.log('websocket').tail(10, 10_000)).length, 1)
    assert.deepEqual(await dead(), [])
  })
})

describe('an ARN of nobody', () => {
  test('is taken, and its events are dead at once, with who could be meant', async () => {
    for (const Arn of [
      'arn:aws:kinesis:us-east-1:000000000000:stream/orders',
      'arn:aws:events:eu-west-1:000000000000:event-bus/default',
      'arn:aws:events:us-east-1:000000000000:api-destination/x/1',
    ]) {
      const { bridge, put, dead } = await withTarget({ Arn, RoleArn: roleArn })
      await put(1)

      assert.deepEqual(await dead(), [[key, 'NO_RESOURCE']])
      const [letter] = (await bridge.deadLetters.list({})).deadLetters
      assert.equal(
        letter?.error,
        `There is no ${Arn} to deliver to. A target may be one of the functions of this process (ship, bill), one of its topics (none), an event bus or an API destination of account 000000000000 in us-east-1.`,
      )
    }
  })
})
