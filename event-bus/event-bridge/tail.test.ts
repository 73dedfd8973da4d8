import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { idAt, uuidOf } from '../engine/event-id.ts'
import { DeliveryRefused } from '../errors.ts'
import type { Request } from '../request.ts'
import {
  anEventBridge,
  aShop,
  functionArn,
  type Options,
  type StartedEventBridge,
} from '../testing/event-bridge.ts'
import { readStream } from '../testing/streams.ts'
import { aRule, recordingTarget } from '../testing.ts'
import type { TailedDelivery, TailedEvent, TailLine } from './busbar-answers.ts'
import { busbarStreams } from './busbar-operations.ts'

const tailOf = ({ engine, bridge }: StartedEventBridge) => {
  const stream = busbarStreams({ engine, bridge }).get('Busbar.Tail')
  return (request: Request = {}) => readStream<TailLine>(stream, request)
}
async function aTailedShop(options?: Options) {
  const shop = await aShop(options)
  return { ...shop, tail: tailOf(shop) }
}
const orderIn = (text: string) => (JSON.parse(text) as { detail: { order: number } }).detail.order
const idIn = (text: string) => (JSON.parse(text) as { id: string }).id
/** In short: the orders of events, and how deliveries have ended. */
const brief = (lines: readonly TailLine[]) =>
  lines.map((line) => {
    if (line.Type === 'Event') return orderIn(line.Event)
    if (line.Type === 'Delivery') return `${line.TargetId ?? line.Target} ${line.Outcome}`
    return `missed ${line.Count ?? 'events'}`
  })

describe('a tail', () => {
  test('shows the events that are put from then on, with the rules that they match', async () => {
    const { tail, put, bridge, engine } = await aTailedShop()
    await bridge.putRule({ ...onRule('all'), EventPattern: '{"source":[{"prefix":""}]}' })
    await bridge.putTargets({ ...onAll, Targets: [{ Id: 'bill', Arn: functionArn('bill') }] })
    await put(1)

    const lines = tail()
    await put(2)
    const [line] = (await lines.next(1)) as readonly TailedEvent[]
    lines.abort()

    assert.ok(line)
    const { Event, Cursor, ...others } = line
    assert.deepEqual(others, {
      ...{ Type: 'Event', EventBusName: 'orders', Rules: ['placed', 'all'] },
    })
    const [newest] = await engine.log('orders').tail(1, 1)
    assert.deepEqual(JSON.parse(Event), newest)
    assert.equal(Cursor, newest?.id)
  })

  test('shows the rules as they are now, and none that is disabled or has no targets', async () => {
    const { tail, put, bridge } = await aTailedShop()
    await bridge.putRule({ ...onRule('bare'), EventPattern: '{"source":["shop"]}' })
    await bridge.disableRule(onRule('placed'))

    const lines = tail()
    await put(1)

    const [line] = (await lines.next(1)) as readonly TailedEvent[]
    assert.deepEqual(line?.Rules, [])
    lines.abort()
  })

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

    const EventId = idIn((first as TailedEvent).Event)
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
          ...{ ...ofShip, EventId: idIn((second as TailedEvent).Event), Outcome: 'dead' },
          ...{ Attempts: 1, ErrorCode: 'NO_RESOURCE', ErrorMessage: 'No such lorry' },
          ...{ DurationMs: 0, At: new Date('2026-01-01T12:00:01.250Z') },
        },
      ],
    )
  })

  test('shows no deliveries when they are not asked for', async () => {
    const { tail, put, clock } = await aTailedShop()
    const lines = tail()
    await put(1)
    await put(2)
    assert.deepEqual(brief(await readAll(lines, clock, 2)), [1, 2])
    await put(3)
    assert.deepEqual(brief(await readAll(lines, clock, 1)), [3])
    lines.abort()
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
      [idIn(event.Event), idIn(event.Event)],
    )
    lines.abort()
    assert.deepEqual(await lines.rest(), [])
  })

  test('goes on behind a cursor, whatever came meanwhile', async () => {
    const { tail, put, clock } = await aTailedShop()
    const first = tail()
    await put(1, 2, 3)
    const cursor = (await first.next(2)).map((line) => (line as TailedEvent).Cursor).at(-1)
    first.abort()
    await put(4)

    for (const EventBusName of [undefined, 'orders']) {
      const second = tail({ Since: cursor, EventBusName })
      assert.deepEqual(brief(await readAll(second, clock, 2)), [3, 4])
      second.abort()
    }
  })

  test('begins at a time, or so many seconds ago', async () => {
    const { tail, put, clock } = await aTailedShop()
    await put(1)
    await clock.move(60_000)
    await put(2)
    await clock.move(60_000)
    const cases = [
      ['2026-01-01T12:00:00Z', 1],
      ['2026-01-01T12:00:00.001Z', 2],
      ['2026-01-01T13:01:00+01:00', 2],
      [new Date('2026-01-01T12:01:00Z'), 2],
      [60, 2],
      [120.5, 1],
    ] as const
    for (const [Since, order] of cases) {
      const lines = tail({ Since })
      assert.deepEqual(brief(await lines.next(1)), [order], String(Since))
      lines.abort()
    }
  })

  test('refuses what it cannot understand, and a bus that is not there', async () => {
    const { tail, engine } = await aTailedShop()
    const invalid = { code: 'ValidationException' }
    for (const Since of ['yesterday', -1, '2026-13-01', true, {}])
      assert.throws(() => tail({ Since }), invalid, String(Since))
    const elsewhere = uuidOf(idAt(Date.parse('2026-01-01T12:00:00Z')), '0123456789abcdef')
    assert.throws(() => tail({ Since: elsewhere }), invalid)
    assert.throws(() => tail({ EventPattern: '{"a":1}' }), {
      code: 'InvalidEventPatternException',
    })
    await assert.rejects(tail({ EventBusName: 'nowhere' }).next(1), {
      code: 'ResourceNotFoundException',
    })
    assert.equal(engine.inside.subscribers.size, 1)
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

  test('says that the log has forgotten what came behind its cursor', async () => {
    const { tail, put, clock } = await aTailedShop()
    const first = tail()
    await put(1)
    const [{ Cursor } = { Cursor: '' }] = (await first.next(1)) as readonly TailedEvent[]
    first.abort()
    await clock.move(8 * 86_400_000)
    await put(2)

    const second = tail({ Since: Cursor })
    assert.equal(brief(await second.next(1))[0], 'missed events')
    second.abort()
    const third = tail({ Since: 9 * 86_400 })
    assert.notEqual(brief(await third.next(1))[0], 'missed events')
    third.abort()
  })

  test('that is up to date misses nothing when the bus was at rest for a month', async () => {
    const { tail, put, clock } = await aTailedShop()
    const lines = tail()
    await put(1)
    await readAll(lines, clock, 1)
    const next = lines.next(1)
    await clock.move(30 * 86_400_000)
    await put(2)
    assert.deepEqual(brief(await next), [2])
    lines.abort()
  })

  test('ends when it is aborted, and leaves nothing behind', async () => {
    const { tail, clock } = await aTailedShop()
    const timers = clock.timers
    const lines = tail()
    const rest = lines.rest()
    await clock.turn()
    assert.equal(clock.timers, timers + 1)
    lines.abort()
    assert.deepEqual(await rest, [])
    await clock.turn()
    assert.equal(clock.timers, timers)
  })

  test('ends when it is aborted while it waits for what comes', async () => {
    const { tail, clock } = await aTailedShop()
    const lines = tail()
    const rest = lines.rest()
    await clock.move(1_000)
    lines.abort()
    assert.deepEqual(await rest, [])
  })

  test('ends when the engine closes', async () => {
    const { tail, clock, engine, bridge } = await aTailedShop()
    const rest = tail({ Deliveries: true }).rest()
    await clock.move(1_000)
    bridge.close()
    await engine.close(0)
    assert.deepEqual(await rest, [])
  })

  test('is refused when a hundred are open, until one has ended', async () => {
    const { tail } = await aTailedShop()
    const open = Array.from({ length: 100 }, () => tail())
    assert.throws(() => tail(), { code: 'LimitExceededException' })
    open[7]?.abort()
    open[7]?.abort()
    const another = tail()
    assert.throws(() => tail(), { code: 'LimitExceededException' })
    for (const each of [...open, another]) each.abort()
  })
})

const onRule = (Name: string) => ({ Name, EventBusName: 'orders' })
const onAll = { Rule: 'all', EventBusName: 'orders' }
const anyClock = { now: () => new Date(0), after: () => () => {}, soon: () => {} }

/** Reads so many lines while time goes on: one that is up to date rests for a moment. */
async function readAll(
  lines: { next(count: number): Promise<readonly TailLine[]> },
  clock: StartedEventBridge['clock'],
  count: number,
): Promise<readonly TailLine[]> {
  let isRead = false
  const read = lines.next(count).finally(() => {
    isRead = true
  })
  for (let turns = 0; !isRead && turns < 1_000; turns++) {
    await clock.turn()
    if (!isRead) await clock.move(20)
  }
  if (!isRead) throw new Error(`Fewer than ${count} lines came`)
  return read
}
