import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { idAt, uuidOf } from '../engine/event-id.ts'
import { functionArn } from '../testing/event-bridge.ts'
import { aTailedShop, brief, readAll } from '../testing/tails.ts'
import type { TailedEvent } from './busbar-answers.ts'

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

  test('misses nothing when the log forgets what it has shown', async () => {
    const { tail, put, clock } = await aTailedShop()
    const day = 86_400_000
    await put(1)
    await clock.move(6 * day)
    await put(2)
    const lines = tail({ Since: 6.5 * 86_400 })
    assert.deepEqual(brief(await lines.next(2)), [1, 2])
    await clock.move(3 * day)
    await put(3)
    assert.deepEqual(brief(await readAll(lines, clock, 1)), [3])
    lines.abort()
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
