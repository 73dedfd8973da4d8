/** What every store has to do with dead letters. See `store.contract.ts`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DeadLetter, DeadLetterFilter } from './dead-letter.ts'
import type { StoredDeadLetter } from './ports.ts'
import { plain, type StoreUnderTest, ship, store } from './store-deliveries.contract.ts'
import { aDeadLetter, aWaitingDelivery, plenty } from './testing.ts'

export const unnumbered = ({ id: _id, ...letter }: StoredDeadLetter): DeadLetter => letter

export function deadLettersContract<Tx>(
  name: string,
  make: () => Promise<StoreUnderTest<Tx>>,
): void {
  /** A store with these, and the events of those that pass a filter; it counts as many. */
  async function keeping(letters: readonly DeadLetter[]) {
    const { store: kept } = await make()
    await store(kept, { deadLetters: letters })
    const events = async (filter: DeadLetterFilter) => {
      const newest = await kept.deadLetters(filter, 'newest', 100, plenty)
      const oldest = await kept.deadLetters(filter, 'oldest', 100, plenty)
      assert.deepEqual(plain(oldest), plain(newest).reverse())
      assert.equal(await kept.countDeadLetters(filter), newest.length)
      return newest.map(({ event }) => event)
    }
    return { kept, events }
  }

  describe(`${name} is a store: dead letters`, () => {
    test('are kept whole, and given the newest first, or the oldest', async () => {
      const { store: kept } = await make()
      const letters = [
        aDeadLetter({ event: 1, text: '{"é":1}' }),
        aDeadLetter({ event: 2, exhaustedRetryCondition: 'MaximumRetryAttempts', attempts: 186 }),
        aDeadLetter({ event: 3, exhaustedRetryCondition: 'MaximumEventAgeInSeconds', item: 'x' }),
        aDeadLetter({ event: 4, lane: '', progress: 'as far as here' }),
      ]
      await store(kept, { deadLetters: letters.slice(0, 2) })
      await store(kept, { deadLetters: letters.slice(2) })

      const newest = plain(await kept.deadLetters({}, 'newest', 10, plenty))
      const oldest = plain(await kept.deadLetters({}, 'oldest', 10, plenty))

      assert.deepEqual(oldest.map(unnumbered), letters)
      assert.deepEqual(newest, oldest.toReversed())
      const ids = oldest.map(({ id }) => id)
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => a - b),
      )
    })

    test('are read as far as asked: a number, and bytes of their events', async () => {
      const { kept } = await keeping(
        [1, 2, 3].map((event) => aDeadLetter({ event, text: 'x'.repeat(10) })),
      )
      const read = async (...asked: Parameters<typeof kept.deadLetters>) =>
        (await kept.deadLetters(...asked)).map(({ event }) => event)

      assert.deepEqual(await read({}, 'newest', 2, plenty), [3, 2])
      assert.deepEqual(await read({ target: ship }, 'oldest', 2, plenty), [1, 2])
      assert.deepEqual(await read({ targetPrefix: 'orders/' }, 'oldest', 2, plenty), [1, 2])
      assert.deepEqual(await read({}, 'newest', 10, 10), [3])
      assert.deepEqual(await read({}, 'newest', 10, 11), [3, 2])
    })

    test('are found by target, by code, by a part of the error, by id, and counted', async () => {
      const { kept, events } = await keeping([
        aDeadLetter({ event: 1, error: '50% of "it" is broken' }),
        aDeadLetter({ event: 2, error: 'Broken', errorCode: 'TIMEOUT' }),
        aDeadLetter({ event: 3, target: 'orders/placed/bill', errorCode: 'TIMEOUT' }),
      ])
      const [first = 0, second = 0, third = 0] = (
        await kept.deadLetters({}, 'oldest', 10, plenty)
      ).map(({ id }) => id)

      assert.deepEqual(await events({}), [3, 2, 1])
      assert.deepEqual(await events({ target: ship }), [2, 1])
      assert.deepEqual(await events({ errorCode: 'TIMEOUT' }), [3, 2])
      assert.deepEqual(await events({ target: ship, errorCode: 'TIMEOUT' }), [2])
      assert.deepEqual(await events({ error: '% of "it"' }), [1])
      assert.deepEqual(await events({ error: 'broken' }), [3, 1])
      assert.deepEqual(await events({ error: 'broken', target: ship }), [1])
      assert.deepEqual(await events({ id: first }), [1])
      assert.deepEqual(await events({ id: first, target: 'orders/placed/bill' }), [])
      assert.deepEqual(await events({ before: third }), [2, 1])
      assert.deepEqual(await events({ after: first }), [3, 2])
      assert.deepEqual(await events({ after: first, before: third, target: ship }), [2])
      assert.deepEqual(await events({ errorCode: 'TIMEOUT', after: second }), [3])
      assert.deepEqual(await events({ target: '' }), [])
    })

    test('are found by what their target begins with, letter for letter', async () => {
      const targets = [
        'orders/a/x',
        'orders/a/y',
        'orders/b/x',
        'orders2/a/x',
        'Orders/a/x',
        'é/a/x',
      ]
      const { kept, events } = await keeping([
        ...targets.map((target, event) => aDeadLetter({ target, event })),
        aDeadLetter({ target: 'orders/a/x', event: 6, errorCode: 'TIMEOUT', error: 'Late' }),
      ])
      const [{ id: last = 0 } = {}] = await kept.deadLetters({}, 'newest', 1, plenty)

      assert.deepEqual(await events({ targetPrefix: 'orders/' }), [6, 2, 1, 0])
      assert.deepEqual(await events({ targetPrefix: 'orders/a/' }), [6, 1, 0])
      assert.deepEqual(await events({ targetPrefix: 'é/' }), [5])
      assert.deepEqual(await events({ targetPrefix: 'order_' }), [])
      assert.deepEqual(await events({ targetPrefix: '' }), [6, 5, 4, 3, 2, 1, 0])
      assert.deepEqual(await events({ targetPrefix: 'orders/', errorCode: 'TIMEOUT' }), [6])
      assert.deepEqual(await events({ targetPrefix: 'orders/', error: 'Late' }), [6])
      assert.deepEqual(await events({ targetPrefix: 'orders/', before: last }), [2, 1, 0])
      assert.deepEqual(await events({ targetPrefix: 'orders/', target: 'é/a/x' }), [])
    })

    test('become the delivery that they are revived with, and none when they are gone', async () => {
      const { store: kept } = await make()
      await store(kept, { deadLetters: [aDeadLetter(), aDeadLetter({ event: 2, lane: 'a' })] })
      const letters = await kept.deadLetters({}, 'oldest', 2, plenty)
      const revived = letters.map(({ id, event, lane }) => ({
        ...{ id, delivery: aWaitingDelivery({ event, ...(lane !== undefined && { lane }) }) },
      }))
      const due = async () =>
        (await kept.due(ship, 9_000, 10, plenty, new Set())).map(({ event }) => event)

      await store(kept, { revived })
      assert.deepEqual(await due(), [1, 2])
      await store(kept, { finished: revived.map(({ delivery }) => delivery) })
      await store(kept, { revived })

      assert.deepEqual(await due(), [])
      assert.equal(await kept.countDeadLetters({}), 0)
    })

    test('are gone when they are revived, and no id is given twice', async () => {
      const { store: kept } = await make()
      await store(kept, { deadLetters: [aDeadLetter(), aDeadLetter({ event: 2 })] })
      const [newest] = await kept.deadLetters({}, 'newest', 1, plenty)

      await store(kept, { revived: [{ id: newest?.id ?? 0 }, { id: 9_999 }] })
      await store(kept, { deadLetters: [aDeadLetter({ event: 3 })] })

      const left = await kept.deadLetters({}, 'newest', 10, plenty)
      assert.deepEqual(
        left.map(({ event }) => event),
        [3, 1],
      )
      assert.ok((left[0]?.id ?? 0) > (newest?.id ?? 0))
    })
  })
}
