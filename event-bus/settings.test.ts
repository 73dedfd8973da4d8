/** Settings are in memory what they are on disk, and change one after the other. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from './adapters/memory/store.ts'
import { type Settings, settings } from './settings.ts'
import { anEngine, handClock, recordingTarget, steeredStore } from './testing.ts'

async function aProcess(disk = memoryStore(), clock = handClock()) {
  const bus = await anEngine({ clock, store: steeredStore(clock, disk) })
  return { ...bus, kept: settings(bus.engine.inside) }
}
const writing = (kept: Settings, name: string, value: unknown, kind = 'colour') =>
  kept.change(() => ({ write: [{ kind, name, value }], answer: value }))

describe('a change', () => {
  test('is seen when it is on disk, and answered then', async () => {
    const { kept, store, clock } = await aProcess()
    store.latencyMs = 10
    let answer: unknown

    void writing(kept, 'sky', 'blue').then((given) => {
      answer = given
    })
    await clock.move(9)
    assert.deepEqual([kept.of('colour').size, answer], [0, undefined])
    await clock.move(1)

    assert.deepEqual([kept.of('colour').get('sky'), answer], ['blue', 'blue'])
  })

  test('is decided on when those before it have ended, and sees what they made', async () => {
    const { kept } = await aProcess()
    const seen: unknown[] = []
    const next = () =>
      kept.change(() => {
        const count = (kept.of<number>('count').get('n') ?? 0) + 1
        seen.push(count)
        return { write: [{ kind: 'count', name: 'n', value: count }], answer: count }
      })

    assert.deepEqual(await Promise.all([next(), next(), next()]), [1, 2, 3])
    assert.deepEqual(seen, [1, 2, 3])
  })

  test('that is decided against changes nothing, and keeps no other from it', async () => {
    const { kept } = await aProcess()
    const fault = new Error('There is one already')

    const refused = kept.change(() => {
      throw fault
    })
    const made = writing(kept, 'sky', 'blue')

    await assert.rejects(refused, (error) => error === fault)
    assert.equal(await made, 'blue')
  })

  test('that the disk has no room for has not happened', async () => {
    const { kept, store } = await aProcess()
    let applied = false
    store.failsAt = 'rows'

    await assert.rejects(
      kept.change(() => ({
        write: [{ kind: 'colour', name: 'sky', value: 'blue' }],
        applied() {
          applied = true
        },
        answer: null,
      })),
      { code: 'InternalException' },
    )

    assert.deepEqual([kept.of('colour').size, applied], [0, false])
    store.failsAt = null
    await writing(kept, 'sky', 'grey')
    assert.equal(kept.of('colour').get('sky'), 'grey')
  })

  test('of several settings is one', async () => {
    const { kept, store } = await aProcess()
    await writing(kept, 'sea', 'green')
    const before = store.commits.length

    await kept.change(() => ({
      write: [
        { kind: 'colour', name: 'sky', value: 'blue' },
        { kind: 'colour', name: 'sea', value: null },
        { kind: 'taste', name: 'sea', value: 'salt' },
      ],
      answer: null,
    }))

    assert.equal(store.commits.length, before + 1)
    assert.deepEqual([...kept.of('colour')], [['sky', 'blue']])
    assert.deepEqual([...kept.of('taste')], [['sea', 'salt']])
  })

  test('is applied before another event is matched', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const { engine, put } = await anEngine({ clock, targets: [ship], rules: [] })
    const { routing, connect } = engine.inside
    const key = 'orders/placed/ship'
    const applied = () => {
      routing.set('orders', 'placed', { source: ['shop'] }, [key])
      connect(key, ship)
    }

    const change = settings(engine.inside).change(() => ({
      ...{ write: [{ kind: 'rule', name: 'placed', value: 1 }], applied, answer: null },
    }))
    await Promise.all([change, change.then(() => put(1))])

    assert.deepEqual(ship.orders, [1])
  })

  test('of no setting brings about what else it says', async () => {
    const { kept, store } = await aProcess()
    let applied = false

    await kept.change(() => ({
      write: [],
      also: { abandoned: ['orders/placed/fax'] },
      applied() {
        applied = true
      },
      answer: null,
    }))

    assert.deepEqual(store.commits.at(-1)?.abandoned, ['orders/placed/fax'])
    assert.equal(applied, true)
  })
})

describe('settings', () => {
  test('are what the process before has left', async () => {
    const disk = memoryStore()
    const before = await aProcess(disk)
    await writing(before.kept, 'sky', { at: ['noon', 'night'] })
    await writing(before.kept, 'sea', 'green')
    await writing(before.kept, 'sea', null)
    await before.engine.close(0)

    const { kept } = await aProcess(disk)

    assert.deepEqual([...kept.of('colour')], [['sky', { at: ['noon', 'night'] }]])
  })

  test('are seen to change by whoever has asked for them before', async () => {
    const { kept } = await aProcess()
    const colours = kept.of('colour')

    await writing(kept, 'sky', 'blue')

    assert.equal(colours.get('sky'), 'blue')
  })
})

describe('what is written beside events', () => {
  test('is left out when it throws, told so, and not applied; others are not concerned', async () => {
    const { engine, put, store } = await aProcess()
    const fault = new Error('It has gone')
    let applied = 0
    const row = { kind: 'colour', name: 'sky', text: '"blue"' }
    const before = store.commits.length

    const [refused, written, ids] = await Promise.allSettled([
      engine.inside.write(
        () => {
          throw fault
        },
        () => applied++,
      ),
      engine.inside.write(
        () => ({ settings: [row] }),
        () => applied++,
      ),
      put(1),
    ])

    assert.deepEqual(refused, { status: 'rejected', reason: fault })
    assert.deepEqual([written.status, ids.status], ['fulfilled', 'fulfilled'])
    assert.deepEqual([applied, store.commits.length], [1, before + 1])
    assert.deepEqual(store.commits.at(-1)?.settings, [row])
  })

  test('is asked for once, also when the commit fails', async () => {
    const { engine, store } = await aProcess()
    let asked = 0
    store.failsAt = 'rows'

    await assert.rejects(
      engine.inside.write(() => {
        asked++
        return {}
      }),
    )

    assert.equal(asked, 1)
  })
})
