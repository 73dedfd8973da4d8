import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import { DeliveryRefused } from '../errors.ts'
import { memoryBus } from '../testing/in-memory.ts'
import { anEntry, aRule, done, handClock, recordingTarget } from '../testing.ts'
import type { Watcher } from './inside.ts'

suite('whoever watches the engine', () => {
  async function aBus() {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const bus = await memoryBus({ clock, rules: [aRule({ targets: [ship] })] })
    const told: string[] = []
    const watcher: Watcher = {
      stored: (events) => told.push(...events.map(({ bus, id }) => `stored ${bus} ${id > 0}`)),
      ended: ({ kind, delivery }, startedAt) =>
        told.push(`${kind} ${delivery.target} ${startedAt === clock.now().getTime()}`),
      closed: () => told.push('closed'),
    }
    return { bus, clock, ship, told, watcher }
  }

  test('is told of an event when it is on disk and before its target is called', async () => {
    const { bus, clock, ship, told, watcher } = await aBus()
    bus.inside.watch(watcher)
    let toldBefore: readonly string[] = []
    ship.answer = async () => {
      toldBefore = [...told]
      return undefined
    }
    await bus.putEvents('orders', [anEntry()])
    await clock.turn()
    assert.deepEqual(toldBefore, ['stored orders true'])
    assert.deepEqual(told, ['stored orders true', 'finished orders/placed/ship true'])
    await bus.close(0)
  })

  test('is told of each attempt that fails, and of the last one, which is dead', async () => {
    const { bus, clock, ship, told, watcher } = await aBus()
    bus.inside.watch(watcher)
    let attempts = 0
    ship.answer = async () => {
      if (++attempts === 1) throw new Error('The lorry is broken')
      throw new DeliveryRefused('No such lorry')
    }
    await bus.putEvents('orders', [anEntry()])
    await clock.move(1_000)
    assert.deepEqual(told.slice(1), [
      'waits orders/placed/ship true',
      'dead orders/placed/ship true',
    ])
    await bus.close(0)
  })

  test('is told nothing of a commit that failed', async () => {
    const clock = handClock()
    const inner = memoryStore()
    let isFull = false
    const store = {
      ...inner,
      commit: (...all: Parameters<typeof inner.commit>) =>
        isFull ? Promise.reject(new Error('The disk is full')) : inner.commit(...all),
    }
    const bus = await memoryBus({ clock, store })
    const { told, watcher } = await aBus()
    bus.inside.watch(watcher)
    isFull = true
    await assert.rejects(bus.putEvents('orders', [anEntry()]))
    assert.deepEqual(told, [])
    isFull = false
    await bus.putEvents('orders', [anEntry()])
    assert.deepEqual(told, ['stored orders true'])
    await bus.close(0)
  })

  test('is told no attempt of a delivery that went with its target', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { concurrency: 1 })
    const bus = await memoryBus({ clock, rules: [aRule({ targets: [ship] })] })
    const attempted: boolean[] = []
    bus.inside.watch({
      stored() {},
      ended: (_outcome, startedAt) => attempted.push(startedAt !== undefined),
      closed() {},
    })
    let answer = () => {}
    ship.answer = () => new Promise((resolve) => (answer = () => resolve(undefined)))
    await bus.putEvents('orders', [anEntry(), anEntry()])
    await clock.turn()
    const gone = bus.inside.disconnect('orders/placed/ship')
    answer()
    await gone
    assert.deepEqual(attempted, [false, true])
    await bus.close(0)
  })

  test('is told nothing any more when it has stopped, and that the engine closes when not', async () => {
    const { bus, clock, told, watcher, ship } = await aBus()
    ship.answer = done
    const stop = bus.inside.watch(watcher)
    const others: string[] = []
    bus.inside.watch({ stored() {}, ended() {}, closed: () => others.push('closed') })
    stop()
    await bus.putEvents('orders', [anEntry()])
    await clock.turn()
    await bus.close(0)
    assert.deepEqual(told, [])
    assert.deepEqual(others, ['closed'])
  })
})
