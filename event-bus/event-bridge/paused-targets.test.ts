import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  anEventBridge,
  aShop,
  busArn,
  onPlaced,
  roleArn,
  shipping,
} from '../testing/event-bridge.ts'
import { aRule, recordingTarget } from '../testing.ts'

const ship = { ...onPlaced, TargetId: 'ship' }

describe('a target that is paused', () => {
  test('is given nothing, and all that came when it is resumed', async () => {
    const { bridge, clock, put, waiting, ...started } = await aShop()

    await bridge.pauseTarget(ship)
    await put(1, 2)
    assert.deepEqual(started.ship.orders, [])
    assert.equal(await waiting(), 2)
    await bridge.resumeTarget(ship)
    await clock.move(10)

    assert.deepEqual(started.ship.orders, [1, 2])
    assert.equal(await waiting(), 0)
  })

  test('stays so when the process is started again', async () => {
    const first = await aShop()
    await first.bridge.pauseTarget(ship)
    await first.put(1)

    const second = await first.restarted()
    await second.put(2)
    assert.deepEqual(second.ship.orders, [])
    const third = await second.restarted()
    await third.bridge.resumeTarget(ship)
    await third.clock.turn()

    assert.deepEqual(third.ship.orders, [1, 2])
    assert.deepEqual(
      (await third.restarted()).engine.inside.subscribers.get('orders/placed/ship')?.paused,
      false,
    )
  })

  test('stays so when it is put again with other fields', async () => {
    const { bridge, put, ...started } = await aShop()

    await bridge.pauseTarget(ship)
    await bridge.putTargets(shipping)
    await put(1)

    assert.deepEqual(started.ship.orders, [])
  })

  test('is not paused when it was removed meanwhile and is put again', async () => {
    const { bridge, clock, put, ...started } = await aShop()

    await bridge.pauseTarget(ship)
    await bridge.removeTargets({ ...onPlaced, Ids: ['ship'] })
    await clock.turn()
    await bridge.putTargets(shipping)
    await put(1)

    assert.deepEqual(started.ship.orders, [1])
  })

  test('may be one that the process declares', async () => {
    const declared = (clock: Parameters<typeof recordingTarget>[0]) => {
      const target = recordingTarget(clock)
      return { target, rules: [aRule({ targets: [target] })] }
    }
    const first = await anEventBridge()
    const old = declared(first.clock)
    const second = await first.restarted({ rules: old.rules })
    await second.bridge.pauseTarget(ship)
    await second.put(1)
    assert.deepEqual(old.target.orders, [])

    const next = declared(first.clock)
    const third = await second.restarted({ rules: next.rules })
    assert.deepEqual(next.target.orders, [], 'nothing before it is resumed')
    await third.bridge.resumeTarget(ship)
    await third.clock.turn()

    assert.deepEqual(next.target.orders, [1])
  })

  test('may be an event bus, which is then given the same events', async () => {
    const { bridge, engine, clock, put, ...started } = await aShop()
    await bridge.createEventBus({ Name: 'audit' })
    await bridge.putTargets({
      ...onPlaced,
      Targets: [{ Id: 'ship', Arn: busArn('audit'), RoleArn: roleArn }],
    })
    await bridge.putRule({
      Name: 'all',
      EventBusName: 'audit',
      EventPattern: '{"source":["shop"]}',
    })
    await bridge.putTargets({ ...shipping, Rule: 'all', EventBusName: 'audit' })

    await bridge.pauseTarget(ship)
    await put(1)
    assert.deepEqual(started.ship.orders, [])
    await bridge.resumeTarget(ship)
    await clock.turn()

    assert.deepEqual(started.ship.orders, [1])
    const [there] = await engine.log('audit').tail(10, 10_000)
    const [here] = await engine.log('orders').tail(10, 10_000)
    assert.deepEqual(there, here)
  })
})

describe('pausing', () => {
  test('is refused for a target that the rule does not have', async () => {
    const { bridge } = await aShop()

    await assert.rejects(bridge.pauseTarget({ ...onPlaced, TargetId: 'bill' }), {
      code: 'ResourceNotFoundException',
      message: "Rule 'placed' does not have a target with the Id 'bill'.",
    })
    await assert.rejects(bridge.resumeTarget({ ...ship, Rule: 'paid' }), {
      code: 'ResourceNotFoundException',
      message: 'Rule paid does not exist on EventBus orders.',
    })
    await assert.rejects(bridge.pauseTarget(onPlaced), {
      code: 'ValidationException',
      message:
        "1 validation error detected: Value null at 'targetId' failed to satisfy constraint: Member must not be null",
    })
  })
})
