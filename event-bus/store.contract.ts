/** What every store has to do. See `ports.contract.ts`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Rows, Store, Work } from './ports.ts'
import { aDeadLetter, aWaitingDelivery, someRows } from './testing.ts'

/** A store, and beside it a table of the application's own that works write to. */
export interface StoreUnderTest<Tx> {
  readonly store: Store<Tx>
  readonly write: (tx: Tx, note: string) => void
  readonly notes: () => readonly string[]
  /** The store of the next process. */
  readonly reopened: () => Promise<Store<Tx>>
}

/** What an adapter may promise less of, each with the reason. Printed with the test that it leaves out. */
export interface StoreGaps {
  readonly undoesWorks?: string
  readonly survivesReopening?: string
}

const anEvent = (id: number, bus = 'orders') => ({ id, bus, text: `{"detail":{"order":${id}}}` })
const store = async <Tx>(to: Store<Tx>, rows: Partial<Rows>) => to.commit([], () => someRows(rows))
const plain = <T extends object>(rows: readonly T[]): T[] => rows.map((row) => ({ ...row }))
const always = Number.MAX_SAFE_INTEGER
const ship = 'orders/placed/ship'

export function storeContract<Tx>(
  name: string,
  make: () => Promise<StoreUnderTest<Tx>>,
  gaps: StoreGaps = {},
): void {
  describe(`${name} is a store: a commit`, () => {
    test('runs its works in order, then asks for rows once, and then resolves', async () => {
      const { store } = await make()
      const steps: string[] = []
      const work = (step: string): Work<Tx> => ({
        run: () => void steps.push(step),
        failed: () => void steps.push(`${step} failed`),
      })

      await store.commit([work('first'), work('second')], () => {
        steps.push('rows')
        return someRows()
      })

      assert.deepEqual(steps, ['first', 'second', 'rows'])
    })

    test('tells a work that throws, and no other', async () => {
      const { store } = await make()
      const fault = new Error('There is one already')
      const told: unknown[] = []
      const runs: string[] = []
      const beside = (step: string): Work<Tx> => ({
        run: () => void runs.push(step),
        failed: (error) => void told.push(error),
      })
      const faulty: Work<Tx> = {
        run() {
          throw fault
        },
        failed: (error) => void told.push(error),
      }

      await store.commit([beside('a'), faulty, beside('b'), faulty, beside('c')], () =>
        someRows({ events: [anEvent(1)] }),
      )

      assert.deepEqual(
        [runs, told],
        [
          ['a', 'b', 'c'],
          [fault, fault],
        ],
      )
      assert.equal((await store.tail('orders', 10)).length, 1)
    })

    test('undoes what a work that throws has written, and nothing else', {
      skip: gaps.undoesWorks ?? false,
    }, async () => {
      const { store, write, notes } = await make()
      const writing = (note: string, fault?: Error): Work<Tx> => ({
        run(tx) {
          write(tx, note)
          if (fault) throw fault
        },
        failed() {},
      })

      await store.commit(
        [writing('a'), writing('b', new Error('no')), writing('c'), writing('d', new Error('no'))],
        () => someRows(),
      )

      assert.deepEqual(notes(), ['a', 'c'])
    })

    test('that fails stores nothing, rejects with the reason, and does not keep the next from it', async () => {
      const { store: failing, write, notes } = await make()
      await store(failing, {
        events: [anEvent(1)],
        plans: [{ first: 1, text: 'before' }],
        deliveries: [aWaitingDelivery()],
      })
      const fault = new Error('The connection is lost')
      let asked = 0

      const commit = failing.commit([{ run: (tx) => write(tx, 'lost'), failed() {} }], () => {
        asked++
        throw fault
      })

      await assert.rejects(commit, (error) => error === fault)
      assert.equal(asked, 1)
      if (!gaps.undoesWorks) assert.deepEqual(notes(), [])
      assert.deepEqual(plain((await failing.recover()).plans), [{ first: 1, text: 'before' }])
      await store(failing, { events: [anEvent(2)] })
      assert.deepEqual(
        plain(await failing.tail('orders', 10)).map(({ id }) => id),
        [1, 2],
      )
    })
  })

  describe(`${name} is a store: plans`, () => {
    test('are rewritten, deleted, and recovered as they were written last', async () => {
      const { store: kept } = await make()
      await store(kept, { plans: [{ first: 30, text: 'c' }] })
      await store(kept, {
        plans: [
          { first: 10, text: 'a' },
          { first: 20, text: 'b' },
        ],
      })
      await store(kept, {
        plans: [
          { first: 20, text: 'less' },
          { first: 10, text: null },
        ],
      })
      await store(kept, { plans: [{ first: 99, text: null }] })

      const plans = plain((await kept.recover()).plans).sort((a, b) => a.first - b.first)
      assert.deepEqual(plans, [
        { first: 20, text: 'less' },
        { first: 30, text: 'c' },
      ])
    })

    test('are recovered with the highest id of any event', async () => {
      const { store: kept } = await make()
      assert.deepEqual(await kept.recover(), { lastEventId: 0, plans: [] })

      await store(kept, { events: [anEvent(2 ** 52), anEvent(7, 'returns')] })

      assert.equal((await kept.recover()).lastEventId, 2 ** 52)
    })
  })

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

      const due = (await kept.due(ship, 1_000, 10)).map(({ event, item }) => `${event}${item}`)

      assert.deepEqual(due, ['9', '2a', '2b', '3'])
      assert.deepEqual(
        (await kept.due(ship, 1_000, 2)).map(({ event }) => event),
        [9, 2],
      )
      assert.deepEqual(await kept.due(ship, 499, 10), [])
      assert.deepEqual(await kept.due('orders/placed', 1_000, 10), [])
    })

    test('come with all that was stored of them, and with their event', async () => {
      const { store: kept } = await make()
      const full = aWaitingDelivery({ item: 'x', attempts: 3, error: 'late', progress: '["a",1]' })
      const event = anEvent(1)
      await store(kept, { events: [event], deliveries: [full, aWaitingDelivery({ due: 2_000 })] })

      assert.deepEqual(plain(await kept.due(ship, always, 10)), [
        { ...full, text: event.text },
        { ...aWaitingDelivery({ due: 2_000 }), text: event.text },
      ])
    })

    test('come without an event when the log has none any more', async () => {
      const { store: kept } = await make()
      await store(kept, { deliveries: [aWaitingDelivery()] })

      assert.equal((await kept.due(ship, always, 1))[0]?.text, null)
    })

    test('are replaced as a whole by one with the same key, and by no other', async () => {
      const { store: kept } = await make()
      const first = aWaitingDelivery({ attempts: 1, error: 'late', progress: 'half' })
      await store(kept, { deliveries: [first, aWaitingDelivery({ item: 'x' })] })
      await store(kept, { deliveries: [aWaitingDelivery({ attempts: 2, due: 5_000 })] })

      assert.deepEqual(plain(await kept.due(ship, always, 10)), [
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

      assert.equal((await kept.due(ship, always, 10)).length, 2)
      assert.equal((await kept.due('orders/placed/bill', always, 10)).length, 1)
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
          new Set((await kept.due(target, always, 100)).map(({ item }) => item)),
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
  })

  describe(`${name} is a store: dead letters`, () => {
    test('are kept whole, the newest first', async () => {
      const { store: kept } = await make()
      const letters = [
        aDeadLetter({ event: 1, text: '{"é":1}' }),
        aDeadLetter({ event: 2, exhaustedRetryCondition: 'MaximumRetryAttempts', attempts: 186 }),
        aDeadLetter({ event: 3, exhaustedRetryCondition: 'MaximumEventAgeInSeconds', item: 'x' }),
      ]
      await store(kept, { deadLetters: letters.slice(0, 2) })
      await store(kept, { deadLetters: letters.slice(2) })

      assert.deepEqual(plain(await kept.deadLetters(10)), letters.toReversed())
      assert.deepEqual(plain(await kept.deadLetters(1)), [letters[2]])
    })
  })

  describe(`${name} is a store: the log`, () => {
    test('gives the events of a bus after an id, oldest first, and its newest', async () => {
      const { store: kept } = await make()
      const events = [1, 2, 3, 4, 5].map((id) => anEvent(id, id === 3 ? 'returns' : 'orders'))
      await store(kept, { events: events.slice(0, 3) })
      await store(kept, { events: events.slice(3) })
      const ids = (rows: readonly { readonly id: number }[]) => rows.map(({ id }) => id)

      assert.deepEqual(ids(await kept.events('orders', 1, 10)), [2, 4, 5])
      assert.deepEqual(ids(await kept.events('orders', 0, 2)), [1, 2])
      assert.deepEqual(await kept.events('orders', 5, 10), [])
      assert.deepEqual(ids(await kept.tail('orders', 2)), [4, 5])
      assert.deepEqual(ids(await kept.tail('returns', 2)), [3])
      assert.deepEqual(await kept.tail('__proto__', 2), [])
      assert.deepEqual(plain(await kept.tail('orders', 1)), [{ id: 5, text: events[4]?.text }])
    })

    test('keeps a text of 256 KB to the last character', async () => {
      const { store: kept } = await make()
      const text = `{"detail":"${'é'.repeat(131_072)}"}`
      await store(kept, { events: [{ id: 1, bus: 'orders', text }] })

      assert.equal((await kept.tail('orders', 1))[0]?.text, text)
    })

    test('forgets what is below the mark, some with each commit and never many', async () => {
      const { store: kept } = await make()
      await store(kept, { events: Array.from({ length: 300 }, (_, index) => anEvent(index + 1)) })

      await store(kept, { expireBefore: 201 })
      const left = (await kept.tail('orders', 1_000)).length
      assert.ok(left < 300 && left >= 200, `${left} left`)
      assert.equal((await kept.tail('orders', 1_000))[0]?.id, 301 - left, 'the oldest go first')

      for (let commits = 0; commits < 50; commits++) await store(kept, { expireBefore: 201 })
      assert.deepEqual(
        (await kept.tail('orders', 1_000)).map(({ id }) => id).slice(0, 2),
        [201, 202],
      )
    })

    test('shrinks also while as much comes in as goes', async () => {
      const { store: kept } = await make()
      await store(kept, { events: Array.from({ length: 500 }, (_, index) => anEvent(index + 1)) })

      for (let commit = 0; commit < 10; commit++) {
        const events = Array.from({ length: 50 }, (_, index) =>
          anEvent(1_001 + commit * 50 + index),
        )
        await store(kept, { events, expireBefore: 1_000 })
      }

      assert.equal((await kept.tail('orders', 2_000))[0]?.id, 1_001)
    })
  })

  test(`${name} is a store with a secret of 64 hex digits`, async () => {
    assert.match((await make()).store.secret, /^[0-9a-f]{64}$/)
  })

  test(`${name} is a store that keeps all of it for the next process`, {
    skip: gaps.survivesReopening ?? false,
  }, async () => {
    const { store: before, write, notes, reopened } = await make()
    await before.commit([{ run: (tx) => write(tx, 'kept'), failed() {} }], () =>
      someRows({
        events: [anEvent(5)],
        plans: [{ first: 5, text: 'plan' }],
        deliveries: [aWaitingDelivery()],
        deadLetters: [aDeadLetter()],
      }),
    )

    const after = await reopened()

    const recovered = await after.recover()
    assert.deepEqual(
      [recovered.lastEventId, plain(recovered.plans)],
      [5, [{ first: 5, text: 'plan' }]],
    )
    assert.equal(after.secret, before.secret)
    assert.equal((await after.due(ship, always, 10)).length, 1)
    assert.deepEqual(plain(await after.deadLetters(10)), [aDeadLetter()])
    assert.deepEqual(notes(), ['kept'])
  })
}
