import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aShop, busArn, functionArn, onPlaced, placed, shipping } from '../testing/event-bridge.ts'
import { fails, hangs } from '../testing.ts'

const billing = { ...onPlaced, Targets: [{ Id: 'bill', Arn: functionArn('bill') }] }

describe('what is configured', () => {
  test('is used by the events that are put from then on', async () => {
    const { ship, put } = await aShop()

    await put(1, 2)

    assert.deepEqual(ship.orders, [1, 2])
  })

  test('is there when the process is started again', async () => {
    const { restarted } = await aShop()

    const { bridge, ship, put } = await restarted()
    await put(1)

    assert.deepEqual(ship.orders, [1])
    const { Rules } = await bridge.listRules({ EventBusName: 'orders' })
    assert.deepEqual(
      Rules.map(({ Name }) => Name),
      ['placed'],
    )
    assert.deepEqual((await bridge.listTargetsByRule(onPlaced)).Targets, shipping.Targets)
  })

  test('is not changed when nothing can be stored', async () => {
    const { bridge, store, ship, put } = await aShop()

    store.failsAt = 'begin'
    await assert.rejects(bridge.disableRule({ ...placed }), { code: 'InternalException' })
    store.failsAt = null
    await put(1)

    assert.deepEqual(ship.orders, [1])
    assert.equal((await bridge.describeRule(placed)).State, 'ENABLED')
  })
})

describe('events that were acknowledged before a change', () => {
  test('are delivered to the target that a rule had then, not to the one that it has now', async () => {
    const { bridge, ship, bill, put, clock } = await aShop()

    const before = put(1)
    const change = bridge.putTargets(billing)
    await Promise.all([before, change])
    await put(2)
    await clock.turn()

    assert.deepEqual(ship.orders, [1, 2])
    assert.deepEqual(bill.orders, [2])
  })

  test('are delivered though the rule is disabled afterwards', async () => {
    const { bridge, ship, put } = await aShop()
    ship.answer = hangs

    await put(1)
    await bridge.disableRule(placed)
    await put(2)
    await bridge.enableRule(placed)
    await put(3)

    assert.deepEqual(ship.orders, [1, 3])
  })

  test('are retried though the pattern of the rule is another one now', async () => {
    const { bridge, clock, ship, put } = await aShop()
    ship.answer = fails

    await put(1)
    await bridge.putRule({ ...placed, EventPattern: '{"source":["warehouse"]}' })
    await put(2)
    ship.answer = async () => {}
    await clock.move(1_000)

    assert.deepEqual(ship.orders, [1, 1])
  })

  test('go by the rule before, too, when both come to the disk in one commit', async () => {
    const { bridge, store, ship, put } = await aShop()
    const before = store.commits.length

    await Promise.all([put(1), bridge.disableRule(placed), put(2)])

    assert.deepEqual(store.commits[before]?.events.length, 2)
    assert.deepEqual(store.commits[before]?.settings.length, 1)
    assert.deepEqual(ship.orders, [1, 2])
  })
})

describe('a target that is put again', () => {
  test('is given what has waited for the one before', async () => {
    const { bridge, clock, ship, bill, put } = await aShop()
    ship.answer = fails

    await put(1)
    await bridge.putTargets({ ...onPlaced, Targets: [{ Id: 'ship', Arn: functionArn('bill') }] })
    await clock.move(1_000)

    assert.deepEqual(ship.orders, [1])
    assert.deepEqual(bill.orders, [1])
  })
})

describe('what stands beside rules', () => {
  test('a rule with a schedule is fired from when it was put, and is not asked about events', async () => {
    const { bridge, clock, ship } = await aShop()
    await bridge.putRule({ Name: 'hourly', ScheduleExpression: 'rate(1 hour)' })
    await bridge.putTargets({ Rule: 'hourly', Targets: [{ Id: 'ship', Arn: functionArn('ship') }] })

    await bridge.putEvents({ Entries: [{ Source: 'shop', DetailType: 'x', Detail: '{}' }] })
    await clock.move(2 * 3_600_000)

    assert.deepEqual(
      ship.inputs.map((event) => (event as { 'detail-type': string })['detail-type']),
      ['Scheduled Event', 'Scheduled Event'],
    )
    await bridge.disableRule({ Name: 'hourly' })
    await clock.move(2 * 3_600_000)
    assert.equal(ship.inputs.length, 2)
  })

  test('an archive is made of a bus that there is', async () => {
    const { bridge } = await aShop()
    const archive = (bus: string) => ({ ArchiveName: 'all', EventSourceArn: busArn(bus) })

    await assert.rejects(bridge.createArchive(archive('nowhere')), {
      code: 'ResourceNotFoundException',
      message: 'Event bus nowhere does not exist.',
    })
    assert.equal((await bridge.createArchive(archive('orders'))).State, 'ENABLED')
  })

  test('a replay gives an archive’s events to the targets that there are now', async () => {
    const { bridge, clock, bill, put } = await aShop()
    await bridge.createArchive({ ArchiveName: 'all', EventSourceArn: busArn('orders') })
    await put(1, 2)
    await bridge.putTargets({ ...onPlaced, Targets: [{ Id: 'ship', Arn: functionArn('bill') }] })
    const now = clock.now().getTime()

    await bridge.startReplay({
      ReplayName: 'again',
      EventSourceArn: 'arn:aws:events:us-east-1:000000000000:archive/all',
      EventStartTime: new Date(now - 60_000),
      EventEndTime: new Date(now + 1_000),
      Destination: { Arn: busArn('orders') },
    })
    await clock.move(60_000)

    assert.deepEqual(bill.orders, [1, 2])
    assert.equal(bridge.describeReplay({ ReplayName: 'again' }).State, 'COMPLETED')
  })

  test('dead letters are redriven to the target that there is now', async () => {
    const { bridge, clock, ship, bill, put } = await aShop()
    await bridge.putTargets({
      ...onPlaced,
      Targets: [{ Id: 'ship', Arn: functionArn('ship'), RetryPolicy: { MaximumRetryAttempts: 0 } }],
    })
    ship.answer = fails
    await put(1)

    await bridge.putTargets({ ...onPlaced, Targets: [{ Id: 'ship', Arn: functionArn('bill') }] })
    assert.deepEqual(await bridge.deadLetters.redrive({}), { redriven: 1, withoutTarget: 0 })
    await clock.turn()

    assert.deepEqual(bill.orders, [1])
  })
})
