import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from './adapters/memory/store.ts'
import { openDatabase } from './adapters/sqlite/database.ts'
import { sqliteStore } from './adapters/sqlite/store.ts'
import type { DeadLetter } from './dead-letter.ts'
import { type DeadLetterQuery, deadLetterQueue } from './dead-letter-queue.ts'
import { DeliveryRefused } from './errors.ts'
import type { Store } from './ports.ts'
import type { Target } from './target.ts'
import {
  aDeadLetter,
  anEngine,
  aRule,
  done,
  fails,
  handClock,
  recordingTarget,
  someRows,
  steeredStore,
} from './testing.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at + 1)
const textOf = (order: number) => JSON.stringify({ detail: { order } })
const someLetters = (count: number, fields: Partial<DeadLetter> = {}) =>
  numbers(count).map((event) => aDeadLetter({ event, text: textOf(event), ...fields }))
const refuses = async (): Promise<never> => {
  throw new DeliveryRefused('Never')
}

/** A bus that has these dead letters; its queue, and which events are dead, oldest first. */
async function aQueue({
  letters = [],
  clock = handClock(),
  disk = memoryStore(),
  targets = [recordingTarget(clock)],
}: {
  readonly letters?: readonly DeadLetter[]
  readonly clock?: ReturnType<typeof handClock>
  readonly disk?: Store<undefined>
  readonly targets?: readonly Target[]
} = {}) {
  await disk.commit([], () => someRows({ deadLetters: letters }))
  const started = await anEngine({ clock, store: steeredStore(clock, disk), targets })
  const queue = deadLetterQueue(started.engine.inside)
  return {
    ...started,
    ...{ queue, disk },
    async dead(query: DeadLetterQuery = {}) {
      const { deadLetters } = await queue.list(query, { limit: 1_000_000 })
      assert.equal(await queue.count(query), deadLetters.length)
      return deadLetters.map(({ event }) => event).reverse()
    },
  }
}

describe('dead letters', () => {
  test('are listed the newest first, page by page', async () => {
    const { queue } = await aQueue({ letters: someLetters(7) })
    const pages: number[][] = []
    let before: number | null = null
    do {
      const page: Awaited<ReturnType<typeof queue.list>> = await queue.list(
        {},
        { limit: 3, ...(before !== null && { before }) },
      )
      pages.push(page.deadLetters.map(({ event }) => event))
      before = page.next
    } while (before !== null)

    assert.deepEqual(pages, [[7, 6, 5], [4, 3, 2], [1]])
    assert.equal((await queue.list({}, { limit: 7 })).next, null)
    assert.equal((await queue.list({})).deadLetters[0]?.text, textOf(7))
  })

  test('are listed in pages of some 8 MB, however many were asked for', async () => {
    const { queue } = await aQueue({ letters: someLetters(10, { text: 'x'.repeat(3_000_000) }) })

    const { deadLetters, next } = await queue.list({})

    assert.equal(deadLetters.length, 3)
    assert.equal((await queue.list({}, { before: next ?? 0 })).deadLetters[0]?.event, 7)
  })

  test('are found by target, rule, bus, code, and part of the error', async () => {
    const { dead } = await aQueue({
      letters: [
        aDeadLetter({ event: 1 }),
        aDeadLetter({ event: 2, target: 'orders/placed/bill', errorCode: 'TIMEOUT' }),
        aDeadLetter({ event: 3, target: 'orders/placed2/bill', error: 'It is gone' }),
        aDeadLetter({ event: 4, target: 'default/placed/bill', error: 'gone for good' }),
      ],
    })

    assert.deepEqual(await dead(), [1, 2, 3, 4])
    assert.deepEqual(await dead({ target: 'orders/placed/bill' }), [2])
    assert.deepEqual(await dead({ bus: 'orders' }), [1, 2, 3])
    assert.deepEqual(await dead({ bus: 'orders', rule: 'placed' }), [1, 2])
    assert.deepEqual(await dead({ rule: 'placed' }), [4])
    assert.deepEqual(await dead({ errorCode: 'TIMEOUT' }), [2])
    assert.deepEqual(await dead({ error: 'gone' }), [3, 4])
    assert.deepEqual(await dead({ bus: 'orders', error: 'gone' }), [3])
    assert.deepEqual(await dead({ bus: 'none' }), [])
  })

  test('are found by a part of the error among tens of thousands of others', async () => {
    const letters = someLetters(35_000).map((letter) =>
      letter.event % 17_000 === 1 ? { ...letter, error: 'The lorry is lost' } : letter,
    )
    const { dead, queue } = await aQueue({ letters })

    assert.deepEqual(await dead({ error: 'lost' }), [1, 17_001, 34_001])
    assert.deepEqual(await queue.redrive({ error: 'lost' }), { redriven: 3, withoutTarget: 0 })
    assert.deepEqual(await dead({ error: 'lost' }), [])
    assert.equal(await queue.count({}), 34_997)
  })
})

describe('a redrive', () => {
  test('delivers the event again as it was, with all attempts and an age counted from now', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: fails })
    const { queue, put, counts } = await aQueue({ clock, targets: [ship] })
    await put(1)
    await clock.move(86_400_000)
    assert.deepEqual([ship.orders.length, await counts()], [186, { waiting: 0, dead: 1 }])

    assert.deepEqual(await queue.redrive({}), { redriven: 1, withoutTarget: 0 })
    await clock.move(3_600_000)
    assert.ok(ship.orders.length > 186 + 50, 'it is tried again and again')
    ship.answer = done
    await clock.move(60_000)

    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
    assert.equal(new Set(ship.invocations.map(({ text }) => text)).size, 1)
  })

  test('takes one by its id', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const { queue, dead } = await aQueue({ clock, targets: [ship], letters: someLetters(3) })
    const second = (await queue.list({})).deadLetters[1]

    await queue.redrive({ id: second?.id ?? 0 })
    await clock.turn()

    assert.deepEqual([ship.orders, await dead()], [[2], [1, 3]])
    assert.deepEqual(await queue.redrive({ id: 999 }), { redriven: 0, withoutTarget: 0 })
  })

  test('that is dry says what it would do, and changes nothing', async () => {
    const letters = [
      ...someLetters(3),
      ...someLetters(2, { target: 'orders/placed/gone', errorCode: 'TIMEOUT' }),
      ...someLetters(4, { target: 'orders/removed/gone', error: 'Late' }),
    ]
    const queries: DeadLetterQuery[] = [
      ...[{}, { bus: 'orders' }, { bus: 'orders', rule: 'placed' }, { errorCode: 'TIMEOUT' }],
      ...[{ target: 'orders/placed/ship' }, { target: 'orders/placed/gone' }, { error: 'Late' }],
      { error: 'lorry' },
    ] as DeadLetterQuery[]
    for (const query of queries) {
      const { queue } = await aQueue({ letters })

      const told = await queue.redrive(query, { dryRun: true })

      assert.equal(await queue.count({}), 9)
      assert.deepEqual(await queue.redrive(query), told)
    }
  })

  test('takes those alone that were dead when it began: one that fails again stays', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { answer: refuses, concurrency: 1_000 })
    const { queue, dead } = await aQueue({ clock, targets: [ship], letters: someLetters(500) })

    const ended = queue.redrive({})
    await clock.move(60_000)

    assert.deepEqual(await ended, { redriven: 500, withoutTarget: 0 })
    assert.deepEqual(
      ship.orders.toSorted((a, b) => a - b),
      numbers(500),
    )
    assert.deepEqual(
      (await dead()).toSorted((a, b) => a - b),
      numbers(500),
    )
  })

  test('leaves those whose target is gone, also when it goes meanwhile, and counts them', async () => {
    const clock = handClock()
    const letters = someLetters(450)
    const { queue, engine, dead } = await aQueue({ clock, letters })

    const told = await queue.redrive(
      {},
      { progress: () => void engine.inside.disconnect('orders/placed/ship') },
    )

    assert.deepEqual(told, { redriven: 100, withoutTarget: 350 })
    assert.deepEqual(await dead(), numbers(450).slice(100))
  })

  test('asked for twice at once redrives each once', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const { queue } = await aQueue({ clock, targets: [ship], letters: someLetters(450) })

    const [one, other] = await Promise.all([queue.redrive({}), queue.redrive({})])
    await clock.move(1_000)

    assert.equal(one.redriven + other.redriven, 450)
    assert.equal(ship.orders.length, 450)
  })

  test('delivers in order what keeps an order', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock, { orderBy: () => 'all', concurrency: 100 })
    const letters = someLetters(450, { lane: 'all' })
    const { queue } = await aQueue({ clock, targets: [ship], letters })

    await queue.redrive({})
    await clock.move(60_000)

    assert.deepEqual(ship.orders, numbers(450))
  })

  test('goes on where a fan-out had come to when it died', async () => {
    const clock = handClock()
    let down = true
    const topic = recordingTarget(clock, {
      answer: async ({ progress }) => {
        if (progress === undefined) return { deliveries: [], progress: 'half' }
        if (down) throw new DeliveryRefused('The store is gone')
        return undefined
      },
    })
    const { queue, put, counts } = await aQueue({ clock, targets: [topic] })
    await put(1)
    down = false

    await queue.redrive({})
    await clock.move(1_000)

    assert.deepEqual(
      topic.invocations.map(({ progress }) => progress),
      [undefined, 'half', 'half'],
    )
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('tells how far it has come, and ends when its signal says so', async () => {
    const { queue, dead } = await aQueue({ letters: someLetters(1_000) })
    const stop = new AbortController()
    const told: number[] = []

    const ended = queue.redrive(
      {},
      {
        signal: stop.signal,
        progress({ redriven }) {
          told.push(redriven)
          if (redriven === 400) stop.abort(new Error('Enough'))
        },
      },
    )

    await assert.rejects(ended, /Enough/)
    assert.deepEqual(told, [100, 200, 300, 400])
    assert.deepEqual(await dead(), numbers(1_000).slice(400))
  })

  test('on a full disk stops, saying why, and ends when it is asked for again', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const { queue, store } = await aQueue({ clock, targets: [ship], letters: someLetters(450) })

    const fill = () => {
      store.failsAt = 'rows'
    }
    const refused = queue.redrive({}, { progress: fill })
    await assert.rejects(refused, /disk is full/)
    store.failsAt = null
    assert.deepEqual(await queue.redrive({}), { redriven: 350, withoutTarget: 0 })
    await clock.move(10_000)

    assert.deepEqual(
      ship.orders.toSorted((a, b) => a - b),
      numbers(450),
    )
  })

  test('through which the process is killed, at whatever step, loses and doubles none', async () => {
    for (const latency of [0, 5, 10, 12, 15, 20, 25, 30, 40]) {
      const clock = handClock()
      const before = await aQueue({ clock, letters: someLetters(450) })
      before.engine.inside.subscribers.get('orders/placed/ship')?.pause(true)
      before.store.latencyMs = 2
      const redrive = before.queue.redrive({})
      redrive.catch(() => {})
      await clock.move(latency)
      before.store.kill()

      const ship = recordingTarget(clock)
      const after = await aQueue({ clock, disk: before.disk, targets: [ship] })
      await clock.move(1_000)
      const events = [...ship.orders, ...(await after.dead())]

      assert.deepEqual(
        events.toSorted((a, b) => a - b),
        numbers(450),
        `killed after ${latency} ms`,
      )
    }
  })
})

describe('a purge', () => {
  test('deletes what passes the filter, in steps that are told, and nothing is delivered', async () => {
    const clock = handClock()
    const ship = recordingTarget(clock)
    const letters = [...someLetters(300), ...someLetters(2, { target: 'orders/placed/gone' })]
    const { queue } = await aQueue({ clock, targets: [ship], letters })
    const query = { target: 'orders/placed/ship' }
    const told: number[] = []

    assert.deepEqual(await queue.purge(query, { dryRun: true }), { purged: 300 })
    assert.equal(await queue.count({}), 302)
    const purged = await queue.purge(query, { progress: (so) => told.push(so.purged) })
    await clock.move(1_000)

    assert.deepEqual([purged, told], [{ purged: 300 }, [100, 200, 300]])
    assert.deepEqual([await queue.count({}), ship.orders], [2, []])
  })

  test('ends when its signal says so, at once if it has already', async () => {
    const { queue } = await aQueue({ letters: someLetters(300) })

    await assert.rejects(queue.purge({}, { signal: AbortSignal.abort() }), /abort/i)

    assert.equal(await queue.count({}), 300)
  })
})

test('on SQLite letters are redriven by rule, on through a new process, and delivered once', async () => {
  const clock = handClock()
  const db = openDatabase(':memory:')
  const letters = [
    ...someLetters(450, { lane: 'a' }),
    ...someLetters(30, { target: 'orders/other/x' }),
  ]
  const disk = sqliteStore(db)
  await disk.commit([], () => someRows({ deadLetters: letters }))
  const start = (targets: readonly Target[]) =>
    anEngine({
      clock,
      store: steeredStore(clock, disk as Store<never> as Store<undefined>),
      rules: [aRule({ targets })],
    })
  const first = await start([recordingTarget(clock)])
  first.engine.inside.subscribers.get('orders/placed/ship')?.pause(true)
  const stop = new AbortController()
  const asked = { bus: 'orders', rule: 'placed' }

  await assert.rejects(
    deadLetterQueue(first.engine.inside).redrive(asked, {
      signal: stop.signal,
      progress: () => stop.abort(),
    }),
  )
  first.store.kill()
  const ship = recordingTarget(clock, { orderBy: () => 'a' })
  const second = await start([ship])
  const queue = deadLetterQueue(second.engine.inside)
  assert.deepEqual(await queue.redrive(asked, { dryRun: true }), {
    redriven: 350,
    withoutTarget: 0,
  })
  await queue.redrive(asked)
  await clock.move(60_000)

  assert.deepEqual(ship.orders, numbers(450))
  assert.deepEqual(await second.counts(), { waiting: 0, dead: 30 })
})
