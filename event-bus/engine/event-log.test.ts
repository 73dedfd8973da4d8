import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import type { EventBridgeEvent } from '../event.ts'
import { anEngine, anEntry, handClock, steeredStore } from '../testing.ts'

const day = 86_400_000
const orders = (events: readonly EventBridgeEvent[] | null) =>
  events?.map(({ detail }) => (detail as { readonly order: number }).order)

describe('the log of a bus', () => {
  test('is read on from where its reader was, in the order of the puts', async () => {
    const { put, engine } = await anEngine()
    const log = engine.log('orders')
    await put(1, 2)
    const cursor = await log.head()
    await put(3)
    await put(4, 5)

    const page = await log.after(cursor, 2)
    const rest = await log.after(page?.at(-1)?.id ?? '', 10)

    assert.deepEqual([orders(page), orders(rest)], [[3, 4], [5]])
    assert.deepEqual(await log.after(await log.head(), 10), [])
  })

  test('has a cursor before its first event', async () => {
    const { put, engine } = await anEngine()
    const log = engine.log('orders')

    const cursor = await log.head()
    await put(1)

    assert.deepEqual(orders(await log.after(cursor, 10)), [1])
  })

  test('holds the events of its own bus alone', async () => {
    const { put, engine } = await anEngine()
    const cursor = await engine.log('orders').head()
    await engine.putEvents('returns', [anEntry({ Detail: '{"order":9}' })])
    await put(1)

    assert.deepEqual(orders(await engine.log('orders').after(cursor, 10)), [1])
    assert.deepEqual(orders(await engine.log('returns').tail(10, 1_000_000)), [9])
  })

  test('shows its newest events, oldest first', async () => {
    const { put, engine } = await anEngine()
    await put(1, 2, 3)

    assert.deepEqual(orders(await engine.log('orders').tail(2, 1_000_000)), [2, 3])
  })

  test('tells a reader with the cursor of another log, or with none, that it cannot go on', async () => {
    const { engine, put } = await anEngine()
    const other = await anEngine({
      store: steeredStore(handClock(), { ...memoryStore(), secret: 'f'.repeat(64) }),
    })
    await put(1)
    const [foreign = ''] = await other.put(1)

    for (const cursor of [foreign, '', 'x', '00000000-0000-7000-8123-456789abcdef'])
      assert.equal(await engine.log('orders').after(cursor, 10), null, cursor)
  })

  test('tells a reader who was away for longer than it keeps events', async () => {
    const clock = handClock()
    const { put, engine } = await anEngine({ clock, retentionDays: 2 })
    const [cursor = ''] = await put(1)
    await clock.move(2 * day)
    assert.deepEqual(await engine.log('orders').after(cursor, 10), [])

    await clock.move(1)

    assert.equal(await engine.log('orders').after(cursor, 10), null)
  })

  test('keeps events for two days at least: longer than any is retried', async () => {
    const clock = handClock()
    const { put, engine } = await anEngine({ clock, retentionDays: 0 })
    await put(1)
    await clock.move(2 * day - 1)
    await put(2)

    assert.deepEqual(orders(await engine.log('orders').tail(10, 1_000_000)), [1, 2])
  })
})
