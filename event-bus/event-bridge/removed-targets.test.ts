import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aShop, onPlaced, placed, shipping } from '../testing/event-bridge.ts'
import { aRule, fails, hangs, recordingTarget } from '../testing.ts'

const remove = { ...onPlaced, Ids: ['ship'] }
const many = Array.from({ length: 10 }, (_each, order) => order)

/** With so many events that wait for the target `ship`, which is paused. */
async function withBacklog(events: number) {
  const started = await aShop()
  await started.bridge.pauseTarget({ ...onPlaced, TargetId: 'ship' })
  for (let sent = 0; sent < events; sent += many.length) await started.put(...many)
  assert.equal(await started.waiting(), events)
  return started
}

describe('what waits for a target that is removed', () => {
  test('is deleted, in steps', async () => {
    const { bridge, store, clock, waiting } = await withBacklog(1_200)
    const before = store.commits.length

    await bridge.removeTargets(remove)
    await clock.turn()

    assert.equal(await waiting(), 0)
    const steps = store.commits.slice(before).filter(({ abandoned }) => abandoned.length > 0)
    assert.ok(steps.length >= 3)
    assert.deepEqual(
      [...(await store.recover()).settings].filter(({ kind }) => /target/.test(kind)),
      [],
    )
  })

  test('is deleted by the next process, if this one does not come to it', async () => {
    const { bridge, store, waiting, restarted } = await withBacklog(1_200)

    await bridge.removeTargets(remove)
    assert.ok((await waiting()) > 0)
    store.kill()
    const next = await restarted()

    assert.equal(await next.waiting(), 0)
    assert.deepEqual(
      (await next.store.recover()).settings.filter(({ kind }) => kind === 'removed-target'),
      [],
    )
  })

  test('is deleted though the disk was full in between', async () => {
    const { bridge, store, clock, waiting, failures } = await withBacklog(1_200)

    await bridge.removeTargets(remove)
    store.failsAt = 'begin'
    await clock.turn()
    assert.ok((await waiting()) > 0)
    store.failsAt = null
    await clock.move(1_000)

    assert.equal(await waiting(), 0)
    assert.ok(failures.length > 0)
  })

  test('is deleted, too, when an attempt fails that was under way', async () => {
    const { bridge, clock, ship, put, waiting } = await aShop()
    let fail = (_error: Error) => {}
    ship.answer = () => new Promise((_resolve, reject) => (fail = reject))

    await put(1)
    await bridge.removeTargets(remove)
    await clock.turn()
    fail(new Error('out of petrol'))
    await clock.turn()
    await clock.move(1_000)

    assert.equal(await waiting(), 0)
    assert.deepEqual(ship.orders, [1])
  })

  test('is not attempted by the next process when it was under way in this one', async () => {
    const { bridge, clock, ship, put, restarted } = await aShop()
    ship.answer = hangs
    await put(1)
    await bridge.removeTargets(remove)
    await clock.turn()

    const next = await restarted()
    await next.bridge.putTargets(shipping)
    await next.clock.turn()

    assert.equal(await next.waiting(), 0)
    assert.deepEqual(next.ship.orders, [])
  })

  test('is taken over by a target of the same id that is put before it is deleted', async () => {
    const { bridge, clock, ship, waiting } = await withBacklog(1_200)

    await bridge.removeTargets(remove)
    await bridge.putTargets(shipping)
    const left = await waiting()
    await clock.move(1_000)

    assert.ok(left > 0 && left <= 1_200)
    assert.equal(ship.orders.length, left)
    assert.equal(await waiting(), 0)
  })

  test('is for a target of that key, if the next process declares one', async () => {
    const { bridge, store, clock, restarted } = await withBacklog(1_200)
    const target = recordingTarget(clock)

    await bridge.removeTargets(remove)
    store.kill()
    const next = await restarted({ rules: [aRule({ targets: [target] })] })
    await clock.move(1_000)

    const steps = next.store.commits.filter(({ abandoned }) => abandoned.length > 0).length
    assert.ok(target.orders.length >= 700, `${target.orders.length} after ${steps} steps`)
    assert.equal(await next.waiting(), 0)
    assert.deepEqual(
      (await next.store.recover()).settings.filter(({ kind }) => kind === 'removed-target'),
      [],
    )
  })

  test('is deleted when the target was put and removed once more meanwhile', async () => {
    const { bridge, clock, ship, waiting, store } = await withBacklog(1_200)
    ship.answer = fails

    await bridge.removeTargets(remove)
    await bridge.putTargets(shipping)
    await bridge.removeTargets(remove)
    await clock.move(60_000)

    assert.equal(await waiting(), 0)
    assert.deepEqual(
      (await store.recover()).settings.filter(({ kind }) => kind === 'removed-target'),
      [],
    )
  })
})

describe('a rule without targets', () => {
  test('is deleted, and what waited for them with it', async () => {
    const { bridge, clock, waiting, put, ship } = await withBacklog(10)

    await bridge.removeTargets(remove)
    await bridge.deleteRule(placed)
    await clock.turn()
    await put(1)

    assert.equal(await waiting(), 0)
    assert.deepEqual(ship.orders, [])
  })
})
