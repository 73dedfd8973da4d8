/** What every store has to do. See `ports.contract.ts`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Work } from './ports.ts'
import { deadLettersContract, unnumbered } from './store-dead-letters.contract.ts'
import {
  always,
  anEvent,
  deliveriesContract,
  plain,
  type StoreUnderTest,
  ship,
  store,
} from './store-deliveries.contract.ts'
import { aDeadLetter, aWaitingDelivery, nothing, plenty, someRows } from './testing.ts'

/** What an adapter may promise less of, each with the reason. Printed with the test that it leaves out. */
export interface StoreGaps {
  readonly undoesWorks?: string
  readonly survivesReopening?: string
}

export function storeContract<Tx>(
  name: string,
  make: () => Promise<StoreUnderTest<Tx>>,
  gaps: StoreGaps = {},
): void {
  deliveriesContract(name, make)

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
      assert.equal((await store.tail('orders', 10, plenty)).length, 1)
    })

    test('undoes what a work that throws has written, and nothing else', {
      skip: gaps.undoesWorks ?? false,
    }, async () => {
      const { store, write, notes } = await make()
      const writing = (note: string, fault?: Error): Work<Tx> => ({
        run(tx) {
          const writes = write(tx, note)
          if (fault === undefined) return writes
          if (!writes) throw fault
          return writes.then(() => {
            throw fault
          })
        },
        failed() {},
      })

      await store.commit(
        [writing('a'), writing('b', new Error('no')), writing('c'), writing('d', new Error('no'))],
        () => someRows(),
      )

      assert.deepEqual(await notes(), ['a', 'c'])
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
      if (!gaps.undoesWorks) assert.deepEqual(await notes(), [])
      assert.deepEqual(plain((await failing.recover()).plans), [{ first: 1, text: 'before' }])
      await store(failing, { events: [anEvent(2)] })
      assert.deepEqual(
        plain(await failing.tail('orders', 10, plenty)).map(({ id }) => id),
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
      assert.deepEqual(await kept.recover(), { lastEventId: 0, plans: [], settings: [] })

      await store(kept, { events: [anEvent(2 ** 52), anEvent(7, 'returns')] })

      assert.equal((await kept.recover()).lastEventId, 2 ** 52)
    })
  })

  deadLettersContract(name, make)

  describe(`${name} is a store: settings`, () => {
    test('are recovered as they were written last, and those that were deleted are not', async () => {
      const { store: kept } = await make()
      const row = (kind: string, name: string, text: string | null) => ({ kind, name, text })
      await store(kept, { settings: [row('rule', 'a b', '1'), row('rule a', 'b', '2')] })
      await store(kept, { settings: [row('rule', 'a b', '3'), row('rule', '__proto__', '4')] })
      await store(kept, { settings: [row('rule a', 'b', null), row('rule', 'none', null)] })

      const { settings } = await kept.recover()
      assert.deepEqual(
        plain(settings).sort((a, b) => (a.name < b.name ? -1 : 1)),
        [row('rule', '__proto__', '4'), row('rule', 'a b', '3')],
      )
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
      assert.deepEqual(ids(await kept.tail('orders', 2, plenty)), [4, 5])
      assert.deepEqual(ids(await kept.tail('returns', 2, plenty)), [3])
      assert.deepEqual(await kept.tail('__proto__', 2, plenty), [])
      assert.deepEqual(plain(await kept.tail('orders', 1, plenty)), [
        { id: 5, text: events[4]?.text },
      ])
    })

    test('keeps a text of 256 KB to the last character', async () => {
      const { store: kept } = await make()
      const text = `{"detail":"${'é'.repeat(131_072)}"}`
      await store(kept, { events: [{ id: 1, bus: 'orders', text }] })

      assert.equal((await kept.tail('orders', 1, plenty))[0]?.text, text)
    })

    test('forgets the events that have expired, but none that a delivery waits for', async () => {
      const { store: kept } = await make()
      const owed = aWaitingDelivery({ event: 2 })
      await store(kept, { events: [1, 2, 3, 4].map((id) => anEvent(id)), deliveries: [owed] })

      await store(kept, { expired: [1, 2, 4, 99] })
      const left = async () => (await kept.tail('orders', 10, plenty)).map(({ id }) => id)
      assert.deepEqual(await left(), [2, 3])

      await store(kept, { finished: [owed], expired: [2] })
      assert.deepEqual(await left(), [3])
    })

    test('shows its oldest events of all buses, and which of them are owed', async () => {
      const { store: kept } = await make()
      const events = [3, 1, 4, 2].map((id) => anEvent(id, id % 2 ? 'orders' : 'returns'))
      await store(kept, { events, deliveries: [aWaitingDelivery({ event: 2, due: 9_000 })] })
      const seen = async (after: number, below: number, limit: number, bytes = plenty) =>
        (await kept.oldest(after, below, limit, bytes)).map(({ id, bus, owed }) => [id, bus, owed])

      assert.deepEqual(await seen(1, 4, 10), [
        [2, 'returns', true],
        [3, 'orders', false],
      ])
      assert.deepEqual(await seen(0, Number.POSITIVE_INFINITY, 1), [[1, 'orders', false]])
      assert.equal((await kept.oldest(0, 2, 10, plenty))[0]?.text, events[1]?.text)
      const length = events[0]?.text.length ?? 0
      assert.equal((await seen(0, 9, 10, 1)).length, 1)
      assert.equal((await seen(0, 9, 10, length + 1)).length, 2)
    })

    test('takes room, and gives it back', async () => {
      const { store: kept } = await make()
      const ids = Array.from({ length: 200 }, (_, at) => at + 1)
      const events = ids.map((id) => ({ ...anEvent(id), text: 'x'.repeat(10_000) }))
      await store(kept, { events })
      const full = await kept.size()

      await store(kept, { expired: ids })

      assert.ok(full >= 2_000_000, `${full} bytes`)
      assert.ok((await kept.size()) < full / 2)
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
    assert.equal((await after.due(ship, always, 10, plenty, nothing)).length, 1)
    assert.deepEqual(plain(await after.deadLetters({}, 'newest', 10, plenty)).map(unnumbered), [
      aDeadLetter(),
    ])
    assert.deepEqual(await notes(), ['kept'])
  })
}
