/** What the engine acknowledges, what it keeps, and what it forgets when a commit fails. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import type { Append } from '../ports.ts'
import {
  anEngine,
  anEntry,
  aRule,
  done,
  handClock,
  hangs,
  recordingTarget,
  steeredStore,
} from '../testing.ts'
import { engine } from './engine.ts'

const placed = { orders: 'orders' }
const pipes = new Map(Object.entries({ 'orders.outbox': placed.orders }))

describe('an event is acknowledged', () => {
  test('when its commit has ended, and not before', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const { put, store } = await anEngine({ clock, targets: [ship] })
    store.latencyMs = 5
    let acknowledged = false

    void put(1).then(() => {
      acknowledged = true
    })
    await clock.turn()

    assert.equal(store.commits.length, 1)
    assert.deepEqual([acknowledged, ship.orders], [false, []])
    await clock.move(5)
    assert.deepEqual([acknowledged, ship.orders], [true, [1]])
  })

  test('with the id that its target and the log know it by', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const { put, engine } = await anEngine({ clock, targets: [ship] })

    const ids = await put(1, 2)

    assert.deepEqual(
      ship.invocations.map(({ event }) => event.id),
      ids,
    )
    assert.deepEqual(
      (await engine.log('orders').tail(10, 1_000_000)).map(({ id }) => id),
      ids,
    )
  })

  test('and is owed to its targets in the same commit', async () => {
    const clock = handClock()
    const { put, store } = await anEngine({
      clock,
      targets: [recordingTarget(clock, { answer: hangs })],
    })

    await put(1)

    assert.equal(store.commits.length, 1)
    assert.equal(store.commits[0]?.events.length, 1)
    assert.match(store.commits[0]?.plans[0]?.text ?? '', /"orders\/placed\/ship"/)
  })

  test('in one commit with all that came in the same turn', async () => {
    const { put, store } = await anEngine()

    await Promise.all([put(1), put(2, 3), put(4)])

    assert.deepEqual(
      store.commits.map(({ events }) => events.length),
      [4],
    )
  })

  test('also when no rule is for it, and then stands in the log', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const { engine } = await anEngine({
      clock,
      rules: [
        aRule({ bus: 'returns', targets: [ship] }),
        aRule({ eventPattern: { source: ['x'] } }),
      ],
    })

    await engine.putEvents('orders', [anEntry()])
    await clock.turn()

    assert.equal(ship.invocations.length, 0)
    assert.equal((await engine.log('orders').tail(10, 1_000_000)).length, 1)
    assert.equal((await engine.log('returns').tail(10, 1_000_000)).length, 0)
  })
})

describe('what cannot be put', () => {
  for (const Detail of ['', '{', '{} {}', '{"a":1},"b":2', '5', 'null', '"text"', '[1]'])
    test(`refuses the Detail ${JSON.stringify(Detail)}, and only the call that brought it`, async () => {
      const { engine, put, store } = await anEngine()

      const calls = await Promise.allSettled([
        put(1),
        engine.putEvents('orders', [anEntry(), anEntry({ Detail })]),
        put(2),
      ])

      assert.deepEqual(
        calls.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      assert.equal((calls[1] as PromiseRejectedResult).reason.code, 'ValidationException')
      assert.deepEqual(
        store.commits.map(({ events }) => events.length),
        [2],
      )
    })

  test('does not blame the Detail for a Time that is none', async () => {
    const { engine } = await anEngine()

    const put = engine.putEvents('orders', [anEntry({ Time: new Date(Number.NaN) })])

    await assert.rejects(put, { code: 'ValidationException', message: /Time/ })
  })

  test('takes no event before it is started', async () => {
    const clock = handClock()
    const notStarted = await engine({ store: memoryStore(), clock, random: () => 1 })

    await assert.rejects(notStarted.putEvents('orders', [anEntry()]), /started/)
    await assert.rejects(
      notStarted.transact((_tx, append) => append('orders.outbox', anEntry())),
      /started/,
    )
  })

  test('is started once', async () => {
    const { engine } = await anEngine()

    await assert.rejects(
      engine.start({ rules: [], fanOutTargets: new Map(), pipes }),
      /started already/,
    )
  })

  test('does not start with two targets that have one name', async () => {
    const clock = handClock()
    const twice = aRule({ targets: [recordingTarget(clock), recordingTarget(clock)] })

    await assert.rejects(anEngine({ clock, rules: [twice] }), /orders\/placed\/ship/)
  })
})

describe('a work', () => {
  test('is answered with what it returned, its events stored with it', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const { engine, store } = await anEngine({ clock, targets: [ship], pipes })

    const answer = await engine.transact((_tx, append) => {
      append('orders.outbox', anEntry())
      return 'written'
    })

    assert.equal(answer, 'written')
    assert.deepEqual(ship.orders, [], 'the answer does not wait for targets')
    assert.equal(store.commits.length, 1)
    await clock.turn()
    assert.deepEqual(ship.orders, [1])
  })

  test('that throws puts none of its events, and is rejected with what it threw', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const { engine, put } = await anEngine({ clock, targets: [ship], pipes })
    const conflict = new Error('There is an order 1 already')

    const work = engine.transact((_tx, append) => {
      append('orders.outbox', anEntry())
      throw conflict
    })
    const beside = put(2)

    await assert.rejects(work, (error) => error === conflict)
    await beside
    assert.deepEqual(ship.orders, [2])
    assert.equal((await engine.log('orders').tail(10, 1_000_000)).length, 1)
  })

  test('that appends something malformed throws where it appends', async () => {
    const { engine } = await anEngine({ pipes })

    const work = engine.transact((_tx, append) => append('orders.outbox', anEntry({ Detail: '{' })))

    await assert.rejects(work, { code: 'ValidationException' })
  })

  test('tells nobody of a stream that no pipe leads away from', async () => {
    const { engine, store } = await anEngine({ pipes })

    await engine.transact((_tx, append) => append('orders.changes', anEntry()))

    assert.deepEqual(
      store.commits.map(({ events }) => events.length),
      [0],
    )
  })

  test('that has ended appends no more', async () => {
    const { engine } = await anEngine({ pipes })
    let late: Append | undefined

    await engine.transact((_tx, append) => {
      late = append
    })

    assert.throws(() => late?.('orders.outbox', anEntry()), /ended/)
  })
})

describe('targets', () => {
  test('are given an event of their own each: what one changes no other sees', async () => {
    const clock = handClock()
    const vandal = recordingTarget(clock, {
      id: 'vandal',
      answer: async ({ event }) => {
        Object.assign(event.detail as object, { order: 'none' })
        return undefined
      },
    })
    const ship = recordingTarget(clock)
    const { put } = await anEngine({ clock, targets: [vandal, ship] })

    await put(1)

    assert.deepEqual(ship.orders, [1])
  })

  test('of a rule and of another are all called, each once', async () => {
    const clock = handClock()
    const targets = ['ship', 'bill', 'thank'].map((id) => recordingTarget(clock, { id }))
    const [ship, bill, thank] = targets as [
      (typeof targets)[0],
      (typeof targets)[0],
      (typeof targets)[0],
    ]
    const { put } = await anEngine({
      clock,
      rules: [aRule({ targets: [ship, bill] }), aRule({ name: 'again', targets: [thank] })],
    })

    await put(1)
    await clock.move(100_000)

    assert.deepEqual(
      targets.map(({ orders }) => orders),
      [[1], [1], [1]],
    )
  })

  test('find what they put themselves delivered too', async () => {
    const clock = handClock()
    const thank = recordingTarget(clock, { id: 'thank' })
    const ship = recordingTarget(clock)
    const { put, engine } = await anEngine({
      clock,
      rules: [aRule({ targets: [ship] }), aRule({ bus: 'shipped', targets: [thank] })],
    })
    ship.answer = async () => {
      await engine.putEvents('shipped', [anEntry()])
      return undefined
    }

    await put(1)
    await clock.turn()

    assert.deepEqual(thank.orders, [1])
    ship.answer = done
  })
})

test('ids rise, also from one process to the next when the clock was set back', async () => {
  const clock = handClock()
  const inner = memoryStore()
  const first = await anEngine({ clock, store: steeredStore(clock, inner) })
  const ids = [...(await first.put(1, 2)), first.engine.nextId(), ...(await first.put(3))]
  first.store.kill()

  clock.set('2026-01-01T11:00:00.000Z')
  const second = await anEngine({ clock, store: steeredStore(clock, inner) })
  ids.push(second.engine.nextId(), ...(await second.put(4)))

  assert.deepEqual(ids, [...new Set(ids)].sort())
})
