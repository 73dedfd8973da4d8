import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import { idAt } from '../engine/event-id.ts'
import { DeliveryRefused } from '../errors.ts'
import { anEventBridge, functionArn, onPlaced } from '../testing/event-bridge.ts'
import { aTailedShop, brief, idIn, readAll, tailOf } from '../testing/tails.ts'
import { aDeadLetter, aRule, recordingTarget, someRows } from '../testing.ts'
import type { TailedDelivery, TailedEvent } from './busbar-answers.ts'

describe('a tail of events and deliveries', () => {
  test('shows the deliveries of an event behind it, and how each attempt ended', async () => {
    const { tail, put, ship, clock } = await aTailedShop()
    const answers = [
      async () => {
        throw new Error('The lorry is broken')
      },
      () => new Promise((resolve) => clock.after(250, () => resolve(undefined))),
      async () => {
        throw new DeliveryRefused('No such lorry', { code: 'NO_RESOURCE' })
      },
    ]
    ship.answer = async () => answers.shift()?.()

    const lines = tail({ Deliveries: true })
    await put(1)
    await clock.move(1_250)
    const [first, failed, succeeded] = await readAll(lines, clock, 3)
    await put(2)
    const [second, dead] = await readAll(lines, clock, 2)
    lines.abort()

    const EventId = idIn(first as TailedEvent)
    const ofShip = {
      ...{ Type: 'Delivery', Target: 'orders/placed/ship', EventBusName: 'orders' },
      ...{ Rule: 'placed', TargetId: 'ship' },
    }
    assert.deepEqual(
      [failed, succeeded, dead],
      [
        {
          ...{ ...ofShip, EventId, Outcome: 'failed', Attempts: 1 },
          ...{ ErrorMessage: 'The lorry is broken', DurationMs: 0 },
          At: new Date('2026-01-01T12:00:00.000Z'),
        },
        {
          ...{ ...ofShip, EventId, Outcome: 'succeeded', Attempts: 2 },
          ...{ DurationMs: 250, At: new Date('2026-01-01T12:00:01.250Z') },
        },
        {
          ...{ ...ofShip, EventId: idIn(second as TailedEvent), Outcome: 'dead' },
          ...{ Attempts: 1, ErrorCode: 'NO_RESOURCE', ErrorMessage: 'No such lorry' },
          ...{ DurationMs: 0, At: new Date('2026-01-01T12:00:01.250Z') },
        },
      ],
    )
  })

  test('of one bus shows nothing of others', async () => {
    const { tail, put, bridge, clock } = await aTailedShop()
    await bridge.createEventBus({ Name: 'returns' })
    await bridge.putRule({
      Name: 'placed',
      EventBusName: 'returns',
      EventPattern: '{"source":["shop"]}',
    })
    const Targets = [{ Id: 'bill', Arn: functionArn('bill') }]
    await bridge.putTargets({ Rule: 'placed', EventBusName: 'returns', Targets })
    const putReturn = (order: number) =>
      bridge.putEvents({
        Entries: [
          {
            ...{ Source: 'shop', DetailType: 'OrderReturned', EventBusName: 'returns' },
            Detail: JSON.stringify({ order }),
          },
        ],
      })

    const lines = tail({ EventBusName: 'orders', Deliveries: true })
    const others = tail({ Deliveries: true })
    await putReturn(1)
    await put(2)
    await putReturn(3)
    await clock.turn()

    assert.deepEqual(brief(await readAll(lines, clock, 2)), [2, 'ship succeeded'])
    assert.deepEqual(brief(await readAll(others, clock, 6)), [
      ...[1, 2, 3],
      ...['bill succeeded', 'ship succeeded', 'bill succeeded'],
    ])
    lines.abort()
    assert.deepEqual(await lines.rest(), [])
    others.abort()
  })

  test('shows no delivery before its event, also when both come while the log is read', async () => {
    const { tail, put, clock, store } = await aTailedShop()
    const lines = tail({ Deliveries: true })
    store.latencyMs = 50
    const next = lines.next(2)
    await clock.turn()
    store.latencyMs = 0
    await put(1)
    await clock.move(1_000)
    assert.deepEqual(brief(await next), [1, 'ship succeeded'])
    lines.abort()
  })

  test('shows the delivery of an event that the log does not have any more', async () => {
    const inner = memoryStore()
    const event = idAt(Date.parse('2026-01-01T11:59:00Z'))
    await inner.commit([], () => someRows({ deadLetters: [aDeadLetter({ event })] }))
    const { tail, clock, bridge } = await aTailedShop({ inner })
    const lines = tail({ Deliveries: true, Since: 3_600 })
    await bridge.deadLetters.redrive({})
    assert.deepEqual(brief(await readAll(lines, clock, 1)), ['ship succeeded'])
    lines.abort()
  })

  test('shows no delivery that ended with its target and not with an attempt', async () => {
    const { tail, put, clock, bridge, ship } = await aTailedShop()
    const Targets = [{ Id: 'ship', Arn: functionArn('ship'), BusbarParameters: { Concurrency: 1 } }]
    await bridge.putTargets({ ...onPlaced, Targets })
    let answer = () => {}
    ship.answer = () =>
      new Promise((resolve) => {
        answer = () => resolve(undefined)
      })
    const lines = tail({ Deliveries: true })
    await put(1, 2)
    const removed = bridge.removeTargets({ ...onPlaced, Ids: ['ship'] })
    await clock.turn()
    answer()
    await removed
    await put(3)
    assert.deepEqual(brief(await readAll(lines, clock, 4)), [1, 2, 3, 'ship succeeded'])
    await put(4)
    assert.deepEqual(brief(await readAll(lines, clock, 1)), [4])
    lines.abort()
  })

  test('with a pattern shows what matches, and the deliveries of that', async () => {
    const { tail, put, clock } = await aTailedShop()
    const lines = tail({ Deliveries: true, EventPattern: '{"detail":{"order":[2,4]}}' })
    await put(1, 2, 3, 4)
    assert.deepEqual(brief(await readAll(lines, clock, 4)), [
      ...[2, 4],
      ...['ship succeeded', 'ship succeeded'],
    ])
    await put(5, 2)
    assert.deepEqual(brief(await readAll(lines, clock, 2)), [2, 'ship succeeded'])
    lines.abort()
  })

  test('with a pattern shows what a topic made of the events that matched', async () => {
    const mail = recordingTarget(anyClock, { id: 'email' })
    const topic = recordingTarget(anyClock, {
      id: 'news',
      answer: async ({ event }) => ({
        deliveries: [{ target: 'news/email', item: 'joe' }],
        text: JSON.stringify({ message: event.detail }),
      }),
    })
    const started = await anEventBridge({
      rules: [aRule({ targets: [topic] })],
      fanOutTargets: new Map([['news/email', mail]]),
    })
    const lines = tailOf(started)({ Deliveries: true, EventPattern: '{"detail":{"order":[2]}}' })
    await started.put(1, 2)
    await started.clock.turn()

    const read = await readAll(lines, started.clock, 3)
    assert.deepEqual(brief(read), [2, 'news succeeded', 'news/email succeeded'])
    const [event, ...deliveries] = read as [TailedEvent, ...TailedDelivery[]]
    assert.deepEqual(
      deliveries.map(({ EventId }) => EventId),
      [idIn(event), idIn(event)],
    )
    lines.abort()
    assert.deepEqual(await lines.rest(), [])
  })

  test('says how many deliveries it could not keep for a slow reader, and misses no event', async () => {
    const { tail, put, clock } = await aTailedShop()
    const lines = tail({ Deliveries: true })
    const orders = Array.from({ length: 1_200 }, (_, at) => at)
    for (let at = 0; at < 1_200; at += 10) await put(...orders.slice(at, at + 10))
    await clock.move(1_000)

    const read = brief(await readAll(lines, clock, 2_201))
    assert.deepEqual(
      read.filter((line) => typeof line === 'number'),
      orders,
    )
    assert.equal(read.filter((line) => line === 'ship succeeded').length, 1_000)
    assert.deepEqual(
      read.filter((line) => `${line}`.startsWith('missed')),
      ['missed 200'],
    )
    lines.abort()
  })
})

const anyClock = { now: () => new Date(0), after: () => () => {}, soon: () => {} }
