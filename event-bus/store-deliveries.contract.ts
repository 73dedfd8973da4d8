/** What every store has to do with deliveries that wait. See `store.contract.ts`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Rows, Store } from './ports.ts'
import { aDeadLetter, aWaitingDelivery, nothing, plenty, someRows } from './testing.ts'

/** A store, and beside it a table of the application's own that works write to. */
export interface StoreUnderTest<Tx> {
  readonly store: Store<Tx>
  readonly write: (tx: Tx, note: string) => void | Promise<void>
  readonly notes: () => readonly string[] | Promise<readonly string[]>
  /** The store of the next process. */
  readonly reopened: () => Promise<Store<Tx>>
}

export const anEvent = (id: number, bus = 'orders') => ({
  id,
  bus,
  text: `{"detail":{"order":${id}}}`,
})
export const store = async <Tx>(to: Store<Tx>, rows: Partial<Rows>) =>
  to.commit([], () => someRows(rows))
export const plain = <T extends object>(rows: readonly T[]): T[] => rows.map((row) => ({ ...row }))
export const always = Number.MAX_SAFE_INTEGER
export const ship = 'orders/placed/ship'

export function deliveriesContract<Tx>(
  name: string,
  make: () => Promise<StoreUnderTest<Tx>>,
): void {
  describe(`${name} is a store: deliveries`, () => {
    test('are due at their moment, earliest first, those of one moment by event and item', async () => {
      const { store: kept } = await make()
      const rows = [
        aWaitingDelivery({ event: 3, due: 1_000 }),
        aWaitingDelivery({ event: 2, due: 1_000, item: 'b' }),
        aWaitingDelivery({ event: 2, due: 1_000, item: 'a' }),
        aWaitingDelivery({ event: 9, due: 500 }),
        aWaitingDelivery({ event: 1, due: 1_001 }),
        aWaitingDelivery({ event: 1, due: 1, target: 'orders/placed/bill' }),
      ]
      await store(kept, { events: [1, 2, 3, 9].map((id) => anEvent(id)), deliveries: rows })

      const due = (await kept.due(ship, 1_000, 10, plenty, nothing)).map(
        ({ event, item }) => `${event}${item}`,
      )

      assert.deepEqual(due, ['9', '2a', '2b', '3'])
      assert.deepEqual(
        (await kept.due(ship, 1_000, 2, plenty, nothing)).map(({ event }) => event),
        [9, 2],
      )
      assert.deepEqual(await kept.due(ship, 499, 10, plenty, nothing), [])
      assert.deepEqual(await kept.due('orders/placed', 1_000, 10, plenty, nothing), [])
    })

    test('are read as far as asked: a number, bytes of their events, and none that is known', async () => {
      const { store: kept } = await make()
      const rows = [1, 1, 2, 3].map((event, at) =>
        aWaitingDelivery({ event, item: `${at}`, due: event }),
      )
      const events = [1, 2, 3].map((id) => anEvent(id))
      await store(kept, { events, deliveries: rows })
      const items = async (limit: number, bytes: number, except: ReadonlySet<string>) =>
        (await kept.due(ship, always, limit, bytes, except)).map(({ item }) => item).join('')
      const length = events[0]?.text.length ?? 0

      assert.equal(await items(3, plenty, nothing), '012')
      assert.equal(await items(10, 1, nothing), '0')
      assert.equal(await items(10, length + 1, nothing), '012')
      assert.equal(await items(10, plenty, new Set(['1/0', '2/2'])), '13')
      assert.equal((await kept.tail('orders', 10, length + 1)).length, 2)
    })

    test('come with all that was stored of them, and with their event', async () => {
      const { store: kept } = await make()
      const full = aWaitingDelivery({ item: 'x', attempts: 3, error: 'late', progress: '["a",1]' })
      const event = anEvent(1)
      await store(kept, { events: [event], deliveries: [full, aWaitingDelivery({ due: 2_000 })] })

      assert.deepEqual(plain(await kept.due(ship, always, 10, plenty, nothing)), [
        { ...full, text: event.text },
        { ...aWaitingDelivery({ due: 2_000 }), text: event.text },
      ])
    })

    test('come without an event when the log has none any more', async () => {
      const { store: kept } = await make()
      await store(kept, { deliveries: [aWaitingDelivery()] })

      assert.equal((await kept.due(ship, always, 1, plenty, nothing))[0]?.text, null)
    })

    test('are replaced as a whole by one with the same key, and by no other', async () => {
      const { store: kept } = await make()
      const first = aWaitingDelivery({ attempts: 1, error: 'late', progress: 'half' })
      await store(kept, { deliveries: [first, aWaitingDelivery({ item: 'x' })] })
      await store(kept, { deliveries: [aWaitingDelivery({ attempts: 2, due: 5_000 })] })

      assert.deepEqual(plain(await kept.due(ship, always, 10, plenty, nothing)), [
        { ...aWaitingDelivery({ item: 'x' }), text: null },
        { ...aWaitingDelivery({ attempts: 2, due: 5_000 }), text: null },
      ])
    })

    test('are gone when they are finished, those with another key are not', async () => {
      const { store: kept } = await make()
      const others = [
        aWaitingDelivery({ item: 'x' }),
        aWaitingDelivery({ event: 2 }),
        aWaitingDelivery({ target: 'orders/placed/bill' }),
      ]
      await store(kept, { deliveries: [aWaitingDelivery(), ...others] })
      await store(kept, { finished: [aWaitingDelivery(), aWaitingDelivery({ event: 77 })] })

      assert.equal((await kept.due(ship, always, 10, plenty, nothing)).length, 2)
      assert.equal((await kept.due('orders/placed/bill', always, 10, plenty, nothing)).length, 1)
    })

    test('that a process has in memory wait like the others', async () => {
      const { store: kept } = await make()
      await store(kept, { inHand: [aWaitingDelivery(), aWaitingDelivery({ event: 2 })] })
      await store(kept, { finished: [aWaitingDelivery()] })

      assert.deepEqual(
        (await kept.due(ship, always, 10, plenty, nothing)).map(({ event }) => event),
        [2],
      )
    })

    test('of whatever name are told apart', async () => {
      const { store: kept } = await make()
      const names = ['__proto__', "o'clock", 'a b', 'a', 'é😀', '%', '\u0000', 'a/1']
      const deliveries = names.flatMap((target) =>
        names.map((item) => aWaitingDelivery({ target, item })),
      )
      await store(kept, { deliveries })

      for (const target of names)
        assert.deepEqual(
          new Set((await kept.due(target, always, 100, plenty, nothing)).map(({ item }) => item)),
          new Set(names),
        )
    })

    test('tell when the next of a target falls due, after now', async () => {
      const { store: kept } = await make()
      await store(kept, {
        deliveries: [500, 1_000, 3_000, 2_000].map((due) => aWaitingDelivery({ event: due, due })),
      })

      assert.equal(await kept.nextDue(ship, 999), 1_000)
      assert.equal(await kept.nextDue(ship, 1_000), 2_000)
      assert.equal(await kept.nextDue(ship, 3_000), null)
      assert.equal(await kept.nextDue('orders/placed/bill', 0), null)
    })

    test('that have failed are shown, the next due first', async () => {
      const { store: kept } = await make()
      const failed = [3_000, 1_000, 2_000].map((due) =>
        aWaitingDelivery({ event: due, due, attempts: 1, error: 'late' }),
      )
      await store(kept, { deliveries: [...failed, aWaitingDelivery({ due: 1 })] })

      const shown = plain(await kept.failing(ship, 2))

      assert.deepEqual(shown, [failed[1], failed[2]])
      assert.deepEqual(await kept.failing('orders/placed/bill', 2), [])
    })

    test('are counted for each target, with the dead', async () => {
      const { store: kept } = await make()
      assert.equal((await kept.counts()).size, 0)

      await store(kept, {
        deliveries: [
          aWaitingDelivery(),
          aWaitingDelivery({ event: 2 }),
          aWaitingDelivery({ target: 'waits' }),
        ],
        deadLetters: [aDeadLetter(), aDeadLetter({ target: 'dead' })],
      })

      const counts = new Map([...(await kept.counts())].map(([key, count]) => [key, { ...count }]))
      assert.deepEqual(
        counts,
        new Map([
          [ship, { waiting: 2, dead: 1 }],
          ['waits', { waiting: 1, dead: 0 }],
          ['dead', { waiting: 0, dead: 1 }],
        ]),
      )
    })

    test('of one lane are due one after the other, in the order of their events', async () => {
      const { store: kept } = await make()
      const inLane = (event: number, fields = {}) =>
        aWaitingDelivery({ event, due: 10, lane: 'a', ...fields })
      const due = async () =>
        (await kept.due(ship, 1_000, 10, plenty, nothing)).map(
          ({ event, item }) => `${event}${item}`,
        )
      await store(kept, {
        deliveries: [
          inLane(3),
          inLane(1, { due: 500 }),
          inLane(2),
          inLane(4, { lane: 'b' }),
          inLane(5, { lane: 'b' }),
          inLane(6, { target: 'orders/placed/bill' }),
          aWaitingDelivery({ event: 7, due: 10 }),
        ],
      })

      assert.deepEqual(await due(), ['4', '7', '1'])
      assert.equal(await kept.nextDue(ship, 499), 500)
      assert.equal(await kept.nextDue(ship, 500), null, 'what stands behind another has no time')

      await store(kept, { deliveries: [inLane(1, { attempts: 1, due: 2_000 })] })
      assert.deepEqual(await due(), ['4', '7'])

      await store(kept, { finished: [inLane(1)], now: 900 })
      assert.deepEqual(await due(), ['4', '7', '2'])
      await store(kept, { finished: [inLane(4, { lane: 'b' }), inLane(2)], now: 950 })
      assert.deepEqual(await due(), ['7', '3', '5'])
      await store(kept, { finished: [inLane(3)], now: 960 })
      assert.deepEqual(await due(), ['7', '5'])
      assert.equal(await kept.waits(ship), true)
      assert.deepEqual([await kept.waits(ship, 2), await kept.waits(ship, 3)], [true, false])
    })

    test('of a lane make way for one whose event is older', async () => {
      const { store: kept } = await make()
      await store(kept, { deliveries: [aWaitingDelivery({ event: 2, due: 10, lane: 'a' })] })

      await store(kept, { deliveries: [aWaitingDelivery({ event: 1, due: 20, lane: 'a' })] })

      const due = await kept.due(ship, 1_000, 10, plenty, nothing)
      assert.deepEqual(
        due.map(({ event }) => event),
        [1],
      )
    })

    test('bring the text that is their own, whether the log has another or none', async () => {
      const { store: kept } = await make()
      const own = aWaitingDelivery({
        item: 'x',
        ownText: '{"replay-name":"r"}',
        since: 7,
        firstAt: 3,
      })
      await store(kept, {
        events: [anEvent(1)],
        deliveries: [own, aWaitingDelivery({ event: 2, ownText: '{}', due: 2_000 })],
      })

      assert.deepEqual(plain(await kept.due(ship, always, 10, plenty, nothing)), [
        { ...own, text: '{"replay-name":"r"}' },
        { ...aWaitingDelivery({ event: 2, ownText: '{}', due: 2_000 }), text: '{}' },
      ])
    })

    test('of a target that was removed go, some with each commit and no others', async () => {
      const { store: kept } = await make()
      const deliveries = Array.from({ length: 1_200 }, (_, event) => aWaitingDelivery({ event }))
      const other = aWaitingDelivery({ target: 'orders/placed/bill' })
      await store(kept, { deliveries: [...deliveries, other] })
      const waiting = async () => (await kept.counts()).get(ship)?.waiting ?? 0

      await store(kept, { abandoned: [ship] })
      const left = await waiting()
      assert.ok(left > 0 && left < 1_200, `${left} left`)
      for (let commits = 0; commits < 20; commits++) await store(kept, { abandoned: [ship] })

      assert.equal(await kept.waits(ship), false)
      assert.equal(await kept.waits('orders/placed/bill'), true)
    })

    test('of a target that was removed go from the end: what is left of a lane has its first', async () => {
      const { store: kept } = await make()
      const deliveries = Array.from({ length: 1_200 }, (_, event) =>
        aWaitingDelivery({ event, due: 10, lane: 'a' }),
      )
      await store(kept, { deliveries })

      await store(kept, { abandoned: [ship] })

      const due = await kept.due(ship, always - 1, 10, plenty, nothing)
      assert.deepEqual(
        due.map(({ event }) => event),
        [0],
      )
    })
  })
}
