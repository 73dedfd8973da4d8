/** Targets that come, change and go while events flow. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  anEngine,
  done,
  fails,
  type HandClock,
  handClock,
  hangs,
  recordingTarget,
} from '../testing.ts'
import type { Engine } from './engine.ts'

const key = 'orders/placed/ship'
async function settles(engine: Engine<undefined>, clock: HandClock): Promise<boolean> {
  let settled = false
  void engine.settled().then(() => {
    settled = true
  })
  await clock.move(1_000)
  return settled
}
const all = { source: ['shop'] }

describe('a target that is changed', () => {
  test('is called as it is now for what waited when it was another', async () => {
    const clock = handClock()
    const before = recordingTarget(clock, { answer: fails })
    const { put, engine, counts } = await anEngine({ clock, targets: [before] })
    await put(1)
    const now = recordingTarget(clock)

    engine.inside.connect(key, now)
    await clock.move(5_000)

    assert.deepEqual([before.orders, now.orders], [[1], [1]])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('takes more at once as soon as it may', async () => {
    const clock = handClock()
    const { put, engine } = await anEngine({
      ...{ clock, targets: [recordingTarget(clock, { concurrency: 1, answer: hangs })] },
    })
    await put(1, 2, 3)
    const next = recordingTarget(clock, { concurrency: 3, answer: hangs })

    engine.inside.connect(key, next)

    assert.deepEqual(next.orders, [2, 3])
  })
})

describe('a target that comes', () => {
  test('is given the events from then on, and what waits for it on disk', async () => {
    const clock = handClock()
    const { put, engine } = await anEngine({ clock, rules: [] })
    await put(1)
    engine.inside.routing.set('orders', 'placed', all, [key])
    await put(2) // nobody is there, and yet it is kept
    const ship = recordingTarget(clock)

    engine.inside.connect(key, ship)
    await put(3)

    assert.deepEqual(ship.orders, [2, 3])
  })
})

describe('a target that goes', () => {
  test('is called no more, and nothing of what was in memory is owed to it', async () => {
    const clock = handClock()
    const gate = Promise.withResolvers<undefined>()
    const ship = recordingTarget(clock, { concurrency: 1, answer: () => gate.promise })
    const { put, engine, store, counts } = await anEngine({ clock, targets: [ship] })
    await put(1, 2, 3)

    engine.inside.routing.delete('orders', 'placed')
    const ended = engine.inside.disconnect(key)
    gate.resolve(undefined)
    await ended
    await clock.move(1_000)

    assert.deepEqual(ship.orders, [1])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
    assert.deepEqual((await store.recover()).plans, [])
  })

  test('is not owed for ever what was on its way to it in a commit', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const { put, engine, store, counts } = await anEngine({ clock, targets: [ship] })
    store.latencyMs = 10
    const acknowledged = put(1)
    await clock.turn()

    void engine.inside.disconnect(key)
    await clock.move(1_000)
    await acknowledged
    store.latencyMs = 0

    assert.deepEqual(ship.orders, [])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
    assert.deepEqual((await store.recover()).plans, [])
    assert.ok(await settles(engine, clock))
  })

  test('is owed nothing for the attempt that was under way and failed', async () => {
    const clock = handClock()
    const gate = Promise.withResolvers<never>()
    const ship = recordingTarget(clock, { answer: () => gate.promise })
    const { put, engine, counts } = await anEngine({ clock, targets: [ship] })
    await put(1)

    const ended = engine.inside.disconnect(key)
    gate.reject(new Error('The lorry is broken'))
    await ended
    await clock.move(1_000)

    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('is owed nothing for an attempt that had failed while the disk was full', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: fails })
    const { put, engine, store, counts } = await anEngine({ clock, targets: [ship] })
    store.latencyMs = 10
    const acknowledged = put(1)
    await clock.turn()
    store.failsAt = 'rows' // what became of it cannot be written
    await clock.move(1_000)
    await acknowledged

    void engine.inside.disconnect(key)
    Object.assign(store, { failsAt: null, latencyMs: 0 })
    await clock.move(5_000)

    assert.deepEqual(ship.orders, [1])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
    assert.deepEqual((await store.recover()).plans, [])
  })

  test('is no more waited for when its last attempt has ended, in whatever order it kept', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: hangs, timeoutMs: 500, orderBy: () => '' })
    const { put, engine } = await anEngine({ clock, targets: [ship] })
    await put(1, 2)

    void engine.inside.disconnect(key)

    assert.ok(await settles(engine, clock))
  })

  test('and comes again is called for what was begun before no second time', async () => {
    const clock = handClock()
    const gate = Promise.withResolvers<undefined>()
    const ship = recordingTarget(clock, { answer: fails })
    const { put, engine, counts } = await anEngine({ clock, targets: [ship] })
    await put(1)
    ship.answer = () => gate.promise
    await clock.move(1_500) // it is under way for the second time, its row on disk

    void engine.inside.disconnect(key)
    const again = recordingTarget(clock)
    engine.inside.connect(key, again)
    await put(2)
    await clock.move(1_000)
    gate.resolve(undefined)
    await clock.move(1_000)

    assert.deepEqual([ship.orders, again.orders], [[1, 1], [2]])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
    assert.ok(await settles(engine, clock))
  })

  test('and comes again while a commit brings it something is given that', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const { put, engine, store } = await anEngine({ clock, targets: [ship] })
    store.latencyMs = 10
    const acknowledged = put(1)
    await clock.turn()

    void engine.inside.disconnect(key)
    engine.inside.connect(key, ship)
    await clock.move(1_000)
    await acknowledged
    store.latencyMs = 0

    assert.deepEqual(ship.orders, [1])
    assert.ok(await settles(engine, clock))
  })

  test('and comes again does not deliver what was read for it and abandoned meanwhile', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: fails })
    const { put, engine, store, counts } = await anEngine({ clock, targets: [ship] })
    await put(1)
    ship.answer = done
    store.latencyMs = 50
    await clock.move(1_010) // its row is on its way here

    await Promise.all([engine.inside.disconnect(key), clock.turn()])
    const abandoned = engine.inside.write(() => ({ abandoned: [key] }))
    await clock.turn()
    engine.inside.connect(key, ship)
    await clock.move(1_000)
    await abandoned
    store.latencyMs = 0

    assert.deepEqual(ship.orders, [1])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('is waited for by whoever closes the bus', async () => {
    const clock = handClock()
    const gate = Promise.withResolvers<undefined>()
    const ship = recordingTarget(clock, { answer: () => gate.promise })
    const { put, engine, store } = await anEngine({ clock, targets: [ship] })
    await put(1)
    void engine.inside.disconnect(key)
    let closed = false

    void engine.close(10_000).then(() => {
      closed = true
    })
    await clock.move(1_000)
    assert.equal(closed, false)
    gate.resolve(undefined)
    await clock.turn()

    assert.equal(closed, true)
    assert.deepEqual((await store.recover()).plans, [])
  })

  test('lets go whoever waited for it to be settled', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: fails })
    const { put, engine, store } = await anEngine({ clock, targets: [ship] })
    await put(1)
    store.unreadable = true
    await clock.move(1_500) // it cannot tell what is due
    let settled = false
    void engine.settled().then(() => {
      settled = true
    })
    await clock.turn()
    assert.equal(settled, false)

    void engine.inside.disconnect(key)
    await clock.turn()

    assert.equal(settled, true)
  })
})
