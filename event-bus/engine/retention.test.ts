/** What the log forgets, when, and in what steps. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import {
  anEngine,
  anEntry,
  aRule,
  fails,
  handClock,
  hangs,
  recordingTarget,
  steeredStore,
} from '../testing.ts'

const day = 86_400_000
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)

describe('the log forgets', () => {
  test('what has served its time, in steps of 500 events that grow while there is more to do', async () => {
    const { clock, put, store } = await anEngine({ retentionDays: 7 })
    await put(...numbers(0, 1_200))
    await clock.move(7 * day - 1)
    await put(1_200)
    assert.equal((await store.tail('orders', 9_999, 1e9)).length, 1_201)

    await clock.move(1_001)
    await put(1_201)
    await clock.turn()

    assert.equal((await store.tail('orders', 9_999, 1e9)).length, 2)
    const steps = store.commits.map(({ expired }) => expired.length).filter((count) => count > 0)
    assert.deepEqual(steps, [500, 700])
  })

  test('nothing before two days, however short it is told to be', async () => {
    const { clock, put, store } = await anEngine({ retentionDays: 0 })
    await put(1)
    await clock.move(2 * day - 1)
    await put(2)
    await clock.move(5)

    assert.equal((await store.tail('orders', 9, 1e9)).length, 2)
  })

  test('the oldest when the file is larger than it may be, and stays at that size', async () => {
    const { clock, put, store } = await anEngine({ retentionBytes: 100_000 })

    for (let second = 0; second < 50; second++) {
      await put(...numbers(second * 100, second * 100 + 100))
      await clock.move(2_500)
      assert.ok((await store.size()) < 130_000, `${await store.size()} bytes`)
    }

    const [oldest] = await store.tail('orders', 9_999, 1e9)
    assert.ok(JSON.parse(oldest?.text ?? '').detail.order > 4_000)
  })

  test('no event that a delivery waits for, or that is just being delivered', async () => {
    const clock = handClock()
    const waits = recordingTarget(clock, { answer: fails, timeoutMs: 60_000 })
    const runs = recordingTarget(clock, { id: 'runs', answer: hangs, timeoutMs: 3_600_000 })
    const { put, store } = await anEngine({ clock, targets: [waits], retentionBytes: 1_000 })
    for (const order of numbers(0, 20)) {
      await put(order)
      await clock.move(1_500)
    }
    assert.equal((await store.tail('orders', 99, 1e9)).length, 20)

    const other = await anEngine({ clock, targets: [runs], retentionBytes: 1_000 })
    for (const order of numbers(0, 20)) {
      await other.put(order)
      await clock.move(1_500)
    }
    assert.equal((await other.store.tail('orders', 99, 1e9)).length, 20)
  })

  test('what nobody waits for, though a target holds something older for a long time', async () => {
    const clock = handClock()
    const slow = recordingTarget(clock, { answer: hangs, timeoutMs: 3_600_000 })
    const { put, engine, store } = await anEngine({
      ...{ clock, retentionBytes: 100_000 },
      rules: [aRule({ eventPattern: { source: ['slow'] }, targets: [slow] })],
    })
    await engine.putEvents('orders', [anEntry({ Source: 'slow', Detail: '{"order":-1}' })])

    for (let second = 0; second < 100; second++) {
      await put(...numbers(second * 100, second * 100 + 100))
      await clock.move(1_500)
    }

    assert.ok((await store.size()) < 130_000, `${await store.size()} bytes`)
    const [oldest] = await store.tail('orders', 9_999, 1e9)
    assert.equal(JSON.parse(oldest?.text ?? '').detail.order, -1)
  })

  test('no event that a commit brings to a target, however long that takes', async () => {
    const clock = handClock()
    const disk = memoryStore()
    const store = steeredStore(clock, disk)
    const ship = recordingTarget(clock, { answer: hangs, timeoutMs: 3_600_000 })
    const { engine } = await anEngine({ clock, store, targets: [ship], retentionBytes: 100 })
    const entries = numbers(0, 3).map((order) => anEntry({ Detail: `{"order":${order}}` }))
    store.latencyMs = 3_000
    void engine.putEvents('returns', [anEntry()]) // after which it looks what may go
    await clock.move(10)
    void engine.putEvents('orders', entries)

    await clock.move(20_000)

    assert.equal((await disk.tail('orders', 99, 1e9)).length, 3)
  })

  test('and tells a reader whose cursor is older that something may be missing', async () => {
    const clock = handClock()
    const inner = memoryStore()
    const store = steeredStore(clock, inner)
    const { engine, put } = await anEngine({ clock, store, retentionBytes: 1_000 })
    const [first = ''] = await put(1)
    await put(...numbers(2, 20))
    await clock.move(1_500)
    assert.equal((await engine.log('orders').after(first, 99))?.length, 18)

    await put(20)
    await clock.turn()
    assert.ok((await store.tail('orders', 99, 1e9)).length < 20)
    assert.equal(await engine.log('orders').after(first, 99), null)

    store.kill()
    const next = await anEngine({ clock, store: steeredStore(clock, inner) })
    assert.equal(await next.engine.log('orders').after(first, 99), null)
  })

  test('nothing unseen while a reader with a slow store reads on', async () => {
    const clock = handClock()
    const inner = memoryStore()
    const store = steeredStore(clock, inner)
    const { engine, put } = await anEngine({ clock, store, retentionBytes: 1_000 })
    const [first = ''] = await put(1)
    await put(...numbers(2, 20))
    await clock.move(1_500)
    const before = [...(await inner.tail('orders', 99, 1e9))]
    store.latencyMs = 10
    let read: readonly unknown[] | null | undefined
    let least = Number.POSITIVE_INFINITY

    void engine.putEvents('orders', [anEntry({ Detail: '{"order":20}' })])
    for (let ms = 0; ms < 100; ms++) {
      void engine
        .log('orders')
        .after(first, 99)
        .then((events) => {
          read = events
          if (events) least = Math.min(least, events.length)
        })
      await clock.move(1)
    }
    await clock.move(100)

    assert.equal(read, null)
    assert.ok(least >= before.length - 1, `${least} of ${before.length - 1} read`)
  })

  test('large events in steps of 2 MB, so that none takes long or much memory', async () => {
    const { clock, engine, store } = await anEngine({ retentionBytes: 100_000 })
    const Detail = JSON.stringify({ pad: 'x'.repeat(500_000) })
    for (let order = 0; order < 20; order++) await engine.putEvents('orders', [anEntry({ Detail })])
    await clock.move(2_500)
    await engine.putEvents('orders', [anEntry()])
    await clock.turn()

    const steps = store.commits.map(({ expired }) => expired.length).filter((count) => count > 0)
    assert.ok(steps.length >= 4 && Math.max(...steps) <= 5, `${steps}`)
    assert.ok((await store.tail('orders', 99, 1e9)).length < 3)
  })

  test('its newest, and gives no id again for that', async () => {
    const clock = handClock()
    const inner = memoryStore()
    const first = await anEngine({ clock, store: steeredStore(clock, inner), retentionBytes: 1 })
    const [id = ''] = await first.put(1)
    await clock.move(2_500)
    await first.engine.inside.write(() => ({}))
    await clock.turn()
    assert.equal((await inner.tail('orders', 9, 1e9)).length, 0)

    first.store.kill()
    clock.set('2026-01-01T11:00:00.000Z')
    const next = await anEngine({ clock, store: steeredStore(clock, inner) })
    const [later = ''] = await next.put(2)
    assert.ok(later > id, `${later} after ${id}`)
  })
})
