/** Events that a rule hands on to another bus: in the same commit, once, and no further. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import { deadLetterQueue } from '../dead-letter-queue.ts'
import { hoppedItem } from '../delivery.ts'
import type { Rule } from '../rule.ts'
import type { Target } from '../target.ts'
import {
  anEngine,
  anEntry,
  aRule,
  fails,
  type HandClock,
  handClock,
  recordingTarget,
  steeredStore,
} from '../testing.ts'

const plenty = 1_000_000
const forwarding = (clock: HandClock, forwardTo: string, fields: Partial<Target> = {}) =>
  recordingTarget(clock, { id: `to-${forwardTo}`, forwardTo, ...fields })

/** What is put on `orders` comes to `returns`, and to whoever listens there. */
async function twoBuses(more: readonly Rule[] = [], disk = memoryStore()) {
  const clock = handClock()
  const ship = recordingTarget(clock)
  const bill = recordingTarget(clock, { id: 'bill' })
  const to = forwarding(clock, 'returns')
  const rules = [
    aRule({ targets: [ship, to] }),
    aRule({ bus: 'returns', name: 'returned', targets: [bill] }),
    ...more,
  ]
  const bus = await anEngine({ clock, store: steeredStore(clock, disk), rules })
  return { ...bus, ship, bill, to, rules, disk }
}

describe('an event that is handed on to another bus', () => {
  test('is there in the commit that stores it here, the same to the last letter', async () => {
    const { put, ship, bill, to, store } = await twoBuses()

    const [id] = await put(1)

    const [commit] = store.commits.filter(({ events }) => events.length > 0)
    assert.deepEqual(
      commit?.events.map(({ bus }) => bus),
      ['orders', 'returns'],
    )
    assert.equal(commit.events[0]?.text, commit.events[1]?.text)
    assert.deepEqual([ship.orders, bill.orders, to.orders], [[1], [1], []])
    assert.deepEqual([ship.invocations[0]?.event.id, bill.invocations[0]?.event.id], [id, id])
  })

  test('is on no bus when that commit fails', async () => {
    const { put, ship, bill, store, engine } = await twoBuses()
    store.failsAt = 'rows'

    await assert.rejects(put(1))
    store.failsAt = null
    await put(2)

    assert.deepEqual([ship.orders, bill.orders], [[2], [2]])
    assert.equal((await engine.log('returns').tail(9, plenty)).length, 1)
  })

  test('is delivered there by the next process when this one dies', async () => {
    const { put, bill, store, disk } = await twoBuses()
    bill.answer = fails
    await put(1)
    store.kill()

    const next = await twoBuses([], disk)
    await next.clock.move(10_000)

    assert.deepEqual(next.bill.orders, [1])
  })

  test('goes on to a third bus as a dead letter that says so', async () => {
    const clock = handClock()
    const third = recordingTarget(clock, { id: 'third' })
    const { put, engine, counts } = await twoBuses([
      aRule({ bus: 'returns', name: 'on', targets: [forwarding(clock, 'waste')] }),
      aRule({ bus: 'waste', name: 'wasted', targets: [third] }),
    ])

    await put(7)

    const { deadLetters } = await engine.status()
    assert.deepEqual(
      deadLetters.map(({ target, errorCode, text }) => [
        ...[target, errorCode, JSON.parse(text).detail.order],
      ]),
      [['returns/on/to-waste', 'THIRD_ACCOUNT_HOP_DETECTED', 7]],
    )
    assert.deepEqual(third.orders, [])
    assert.equal((await counts()).dead, 1)
  })

  test('comes back to its own bus once, and has an end', async () => {
    const clock = handClock()
    const self = forwarding(clock, 'orders')
    const ship = recordingTarget(clock)
    const { put, engine } = await anEngine({ clock, targets: [ship, self] })

    await put(1)

    assert.deepEqual(ship.orders, [1, 1])
    assert.equal((await engine.log('orders').tail(9, plenty)).length, 2)
    assert.deepEqual(
      (await engine.status()).deadLetters.map(({ errorCode }) => errorCode),
      ['THIRD_ACCOUNT_HOP_DETECTED'],
    )
  })

  test('goes to each bus that a rule names', async () => {
    const clock = handClock()
    const two = [forwarding(clock, 'returns'), forwarding(clock, 'waste')]
    const { put, engine } = await anEngine({ clock, targets: two })

    await put(1)

    for (const bus of ['returns', 'waste'])
      assert.equal((await engine.log(bus).tail(9, plenty)).length, 1)
  })

  test('keeps its order among all others on that bus', async () => {
    const { put, engine, bill } = await twoBuses()

    await put(1, 2)
    await engine.putEvents('returns', [anEntry({ Detail: '{"order":3}' })])
    await put(4)

    assert.deepEqual(bill.orders, [1, 2, 3, 4])
  })

  test('waits here while the target is paused', async () => {
    const { put, engine, bill, to } = await twoBuses()
    engine.inside.pauses((key) => key.endsWith('/to-returns'))

    await put(1)
    assert.deepEqual(bill.orders, [])
    to.answer = async ({ text }) => {
      await engine.inside.forward('returns', text)
      return undefined
    }
    engine.inside.pauses(() => false)
    await put(2)

    assert.deepEqual(new Set(bill.orders), new Set([1, 2]))
  })
})

test('an event goes to no third bus, also while that target is paused or when its letter is redriven', async () => {
  const clock = handClock()
  const further = forwarding(clock, 'archive')
  const { put, engine, store } = await twoBuses([
    aRule({ bus: 'returns', name: 'further', targets: [further] }),
  ])
  engine.inside.pauses((key) => key.endsWith('/to-archive'))
  await put(1)
  engine.inside.pauses(() => false)
  await put(2)

  const letters = await store.deadLetters({}, 'newest', 9, plenty)
  assert.deepEqual(
    letters.map(({ errorCode, item }) => [errorCode, item]),
    Array(2).fill(['THIRD_ACCOUNT_HOP_DETECTED', hoppedItem]),
  )
  assert.equal((await engine.log('archive').tail(9, plenty)).length, 0)

  await deadLetterQueue(engine.inside).redrive({})
  await clock.turn()
  assert.deepEqual(
    further.invocations.map(({ item }) => item),
    [hoppedItem, hoppedItem],
  )
})

describe('the log of a bus that events are handed on to', () => {
  test('is read on behind one of these, and not from it again', async () => {
    const { put, engine } = await twoBuses()
    const log = engine.log('returns')
    const start = await log.head()
    await put(1, 2, 3)
    await engine.putEvents('returns', [anEntry({ Detail: '{"order":4}' })])
    await put(5)

    const read: unknown[] = []
    let cursor = start
    for (let pages = 0; pages < 20; pages++) {
      const page = await log.after(cursor, 2)
      read.push(...(page ?? []).map(({ detail }) => (detail as { order: number }).order))
      cursor = page?.at(-1)?.id ?? cursor
    }

    assert.deepEqual(read, [1, 2, 3, 4, 5])
  })

  test('has a newest, from which on there is nothing', async () => {
    const { put, engine } = await twoBuses()
    await put(1)

    assert.deepEqual(await engine.log('returns').after(await engine.log('returns').head(), 9), [])
  })
})
