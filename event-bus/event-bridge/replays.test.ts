/** What a replay brings to whom, how it is marked, and what it leaves alone. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openDatabase } from '../adapters/sqlite/database.ts'
import { sqliteStore } from '../adapters/sqlite/store.ts'
import type { Rows, Store } from '../ports.ts'
import { aBusWithReplays, aReplay, ruleArn } from '../testing/replays.ts'
import { aRule, done, fails, handClock, recordingTarget } from '../testing.ts'
import { topicTargets } from '../topic.ts'

const day = 86_400_000
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)

describe('a replay', () => {
  test('brings the events of its archive again, marked, and says how far it is', async () => {
    const { clock, start } = aBusWithReplays()
    const ship = recordingTarget(clock)
    const { createArchive, replays, put, numbers, state } = await start({ targets: [ship] })
    await put(0)
    await createArchive()
    const ids = await put(1, 2)
    await clock.move(5_000)

    const started = await replays.startReplay(aReplay({ Description: 'Once more' }))
    assert.deepEqual(started, {
      ReplayArn: 'arn:aws:events:us-east-1:000000000000:replay/again',
      State: 'STARTING',
      ReplayStartTime: new Date('2026-01-01T12:00:05.000Z'),
    })
    await clock.move(1_000)

    assert.deepEqual(ship.orders, [0, 1, 2, 1, 2])
    const [first, second] = ship.invocations.slice(3)
    assert.deepEqual([first?.event.id, second?.event.id], ids)
    assert.equal(first?.event['replay-name'], 'again')
    assert.equal(first?.text, `${ship.invocations[1]?.text.slice(0, -1)},"replay-name":"again"}`)
    assert.equal(first?.item, '')
    assert.deepEqual(numbers(), { archived: 2, replayed: 2 })
    const { ReplayEndTime, ...rest } = replays.describeReplay({ ReplayName: 'again' })
    assert.ok(ReplayEndTime && ReplayEndTime <= clock.now())
    const { Destination, ...listed } = aReplay()
    assert.deepEqual(rest, {
      ...started,
      ...listed,
      Description: 'Once more',
      Destination,
      State: 'COMPLETED',
      EventLastReplayedTime: new Date('2026-01-01T12:00:00.000Z'),
      BusbarProgress: { EventsReplayed: 2 },
    })
    assert.equal(state(), 'COMPLETED')
  })

  test('has what happened from its start to before its end, whenever that was stored', async () => {
    const { clock, start } = aBusWithReplays()
    const ship = recordingTarget(clock)
    const { createArchive, replays, put, putOf } = await start({ targets: [ship] })
    await createArchive()
    await put(1)
    await putOf('2025-06-01T09:59:59Z', 2)
    await putOf('2025-06-01T10:00:00Z', 3)
    await clock.move(3 * 3_600_000)
    await putOf('2025-06-01T10:59:59.999Z', 4)
    await putOf('2025-06-01T11:00:00Z', 5)
    await putOf('2027-06-01T11:00:00Z', 6)
    await put(7)

    const over = async (ReplayName: string, from: string, to: string) => {
      const before = ship.orders.length
      await replays.startReplay(
        aReplay({ ReplayName, EventStartTime: new Date(from), EventEndTime: new Date(to) }),
      )
      await clock.move(1_000)
      return ship.orders.slice(before)
    }

    assert.deepEqual(await over('hour', '2025-06-01T10:00:00Z', '2025-06-01T11:00:00Z'), [3, 4])
    assert.deepEqual(await over('second', '2025-06-01T10:59:59Z', '2025-06-01T11:00:00Z'), [4])
    assert.deepEqual(await over('later', '2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z'), [6])
    assert.deepEqual(await over('now', '2026-01-01T12:00:00Z', '2026-01-01T12:00:01Z'), [1])
    assert.deepEqual(await over('none', '2025-06-02T00:00:00Z', '2025-06-03T00:00:00Z'), [])
    assert.deepEqual(await over('all', '1970-01-01T00:00:00Z', '9999-01-01T00:00:00Z'), [
      ...[1, 2, 3, 4, 5, 6, 7],
    ])
  })

  test('is not archived, not in the log, and seen by rules that ask for its mark', async () => {
    const { clock, start } = aBusWithReplays()
    const live = recordingTarget(clock, { id: 'live' })
    const again = recordingTarget(clock, { id: 'again' })
    const { createArchive, replays, put, numbers, store } = await start({
      rules: [
        aRule({
          name: 'live',
          eventPattern: { source: ['shop'], 'replay-name': [{ exists: false }] },
          targets: [live],
        }),
        aRule({ name: 'again', eventPattern: { 'replay-name': ['again'] }, targets: [again] }),
      ],
    })
    await createArchive()
    await put(1, 2)
    await replays.startReplay(aReplay())
    await clock.move(1_000)

    assert.deepEqual(
      [live.orders, again.orders],
      [
        [1, 2],
        [1, 2],
      ],
    )
    assert.deepEqual(numbers(), { archived: 2, replayed: 2 })
    assert.equal((await store.tail('orders', 9, 1e9)).length, 2)
  })

  test('goes to the rules of its filter that match, as they are when its turn comes', async () => {
    const { clock, start } = aBusWithReplays()
    const [a, b, c] = ['a', 'b', 'c'].map((id) => recordingTarget(clock, { id }))
    assert.ok(a && b && c)
    const { createArchive, replays, put, engine } = await start({
      rules: [
        aRule({ name: 'a', targets: [a] }),
        aRule({ name: 'b', eventPattern: { detail: { order: [2] } }, targets: [b] }),
        aRule({ name: 'c', targets: [c] }),
      ],
      eventsPerSecond: 50, // one in a page
    })
    await createArchive()
    await put(1, 2, 3)
    await replays.startReplay(
      aReplay({
        Destination: { ...aReplay().Destination, FilterArns: [ruleArn('a'), ruleArn('b')] },
      }),
    )
    await clock.move(30)
    engine.inside.routing.delete('orders', 'a')
    await clock.move(1_000)

    assert.deepEqual(a.orders, [1, 2, 3, 1, 2])
    assert.deepEqual(b.orders, [2, 2])
    assert.deepEqual(c.orders, [1, 2, 3])
  })

  test('has what its archive took by an older pattern, and nothing that left it', async () => {
    const { clock, start } = aBusWithReplays()
    const ship = recordingTarget(clock)
    const { createArchive, archives, replays, put } = await start({
      targets: [ship],
      retentionDays: 30,
    })
    await createArchive({ EventPattern: '{"detail":{"order":[1,2]}}', RetentionDays: 2 })
    await put(1, 5)
    await clock.move(day)
    await put(2, 6)
    const EventPattern = '{"detail":{"order":[6]}}'
    await archives.updateArchive({ ArchiveName: 'all', EventPattern })
    await put(2, 6)
    await clock.move(day)
    const before = ship.orders.length

    await replays.startReplay(aReplay({ EventEndTime: new Date('2026-01-09') }))
    await clock.move(1_000)

    assert.deepEqual(ship.orders.slice(before), [2, 6])
  })

  test('has what only the archive has kept, the log’s own time being over', async () => {
    const { clock, start } = aBusWithReplays()
    const ship = recordingTarget(clock)
    const { createArchive, replays, put } = await start({ targets: [ship] })
    await createArchive({ EventPattern: '{"detail":{"order":[2]}}' })
    await put(1, 2, 3)
    await clock.move(30 * day)
    await put(4)
    await clock.move(5_000)

    await replays.startReplay(aReplay())
    await clock.move(1_000)

    assert.deepEqual(ship.orders, [1, 2, 3, 4, 2])
  })

  test('ends with what was there when it was started', async () => {
    const { clock, start } = aBusWithReplays()
    const ship = recordingTarget(clock)
    const { createArchive, replays, put, state } = await start({
      targets: [ship],
      eventsPerSecond: 50,
    })
    await createArchive()
    await put(1, 2, 3)
    await replays.startReplay(aReplay())
    await put(4)
    await clock.move(30)
    await put(5)
    await clock.move(1_000)

    assert.equal(state(), 'COMPLETED')
    assert.deepEqual(ship.orders, [1, 2, 3, 4, 1, 2, 5, 3])
  })
})

describe('what is replayed', () => {
  test('leaves the event’s own delivery alone, which waits for its next attempt', async () => {
    const { clock, start } = aBusWithReplays()
    const ship = recordingTarget(clock, { answer: fails })
    const { createArchive, replays, put, counts } = await start({ targets: [ship] })
    await createArchive()
    await put(1)
    await replays.startReplay(aReplay())
    await clock.move(500)
    assert.deepEqual(await counts(), { waiting: 2, dead: 0 })

    ship.answer = done
    await clock.move(10_000)
    const marks = ship.invocations.map(({ event }) => event['replay-name'])
    assert.deepEqual(marks, [undefined, 'again', undefined, 'again'])
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('is tried for as long as the retry policy says, counted from its replay', async () => {
    const { clock, start } = aBusWithReplays()
    const ship = recordingTarget(clock)
    const { createArchive, replays, put, engine } = await start({ targets: [ship] })
    await createArchive()
    await put(1)
    await clock.move(5 * day)
    ship.answer = fails

    await replays.startReplay(aReplay())
    await clock.move(day - 3_600_000)
    assert.ok(ship.orders.length > 180, `${ship.orders.length} attempts`)
    await clock.move(day)

    const [letter] = (await engine.status()).deadLetters
    assert.match(letter?.text ?? '', /"replay-name":"again"\}$/)
    assert.equal(letter?.item, 'replay:again')
  })

  test('comes to another bus once, in its log and not in its archives, and to no third', async () => {
    const clock = handClock()
    const bill = recordingTarget(clock, { id: 'bill' })
    const bus = (id: string, forwardTo: string) => recordingTarget(clock, { id, forwardTo })
    const { start } = aBusWithReplays({ clock })
    const { createArchive, archives, replays, put, engine, store } = await start({
      rules: [
        aRule({ targets: [bus('to-bills', 'bills')] }),
        aRule({ bus: 'bills', targets: [bill, bus('to-returns', 'returns')] }),
      ],
    })
    await createArchive()
    await createArchive({ ArchiveName: 'of-bills', EventSourceArn: busArnOf('bills') })
    const [id] = await put(1)
    await replays.startReplay(aReplay())
    await clock.move(1_000)

    assert.deepEqual(
      bill.invocations.map(({ event }) => [event.id, event['replay-name']]),
      [
        [id, undefined],
        [id, 'again'],
      ],
    )
    assert.equal((await store.tail('bills', 9, 1e9)).length, 2)
    assert.equal((await store.tail('returns', 9, 1e9)).length, 0)
    assert.equal(archives.describeArchive({ ArchiveName: 'of-bills' }).EventCount, 1)
    const { deadLetters } = await engine.status()
    assert.deepEqual(
      deadLetters.map(({ errorCode }) => errorCode),
      ['THIRD_ACCOUNT_HOP_DETECTED', 'THIRD_ACCOUNT_HOP_DETECTED'],
    )
  })

  test('waits for a bus whose target is paused, as for any other', async () => {
    const clock = handClock()
    const toBills = recordingTarget(clock, { id: 'to-bills', forwardTo: 'bills' })
    const { start } = aBusWithReplays({ clock })
    const { createArchive, replays, put, engine, store, counts } = await start({
      targets: [toBills],
    })
    await createArchive()
    await put(1)
    engine.inside.subscribers.get('orders/placed/to-bills')?.pause(true)
    await replays.startReplay(aReplay())
    await clock.move(1_000)

    assert.equal((await store.tail('bills', 9, 1e9)).length, 1)
    assert.deepEqual(await counts(), { waiting: 1, dead: 0 })
  })

  test('keeps its order where a target has one, and is not in the way of what comes now', async () => {
    const { clock, start } = aBusWithReplays()
    const gates: PromiseWithResolvers<undefined>[] = []
    const ship = recordingTarget(clock, {
      concurrency: 5,
      orderBy: ({ detail }) => String((detail as { order: number }).order % 2),
    })
    const { createArchive, replays, put } = await start({ targets: [ship] })
    await createArchive()
    await put(1, 2, 3, 4)
    ship.answer = () => {
      const gate = Promise.withResolvers<undefined>()
      gates.push(gate)
      return gate.promise
    }

    await replays.startReplay(aReplay())
    await clock.move(100)
    await put(5)
    await clock.move(10)
    assert.deepEqual(ship.orders.slice(4), [1, 2, 5])

    for (let turns = 0; turns < 5; turns++) {
      for (const gate of gates) gate.resolve(undefined)
      await clock.move(10)
    }
    assert.deepEqual(ship.orders.slice(4), [1, 2, 5, 3, 4])
  })
})

const busArnOf = (name: string) => `arn:aws:events:us-east-1:000000000000:event-bus/${name}`

test('a topic’s subscriptions are each given what is replayed, beside what they wait for', async () => {
  const clock = handClock()
  const mail = recordingTarget(clock, { answer: fails })
  const { target, fanOutTargets } = topicTargets({
    name: 'new-orders',
    subscriptions: {
      filterPolicies: async () => [{ source: ['shop'] }],
      withFilterPolicy: async () => ['s1', 's2'],
    } as never,
    protocols: { email: mail },
  })
  const { start } = aBusWithReplays({ clock })
  const { createArchive, replays, put, counts, engine } = await start({ targets: [target] })
  for (const [key, each] of fanOutTargets) engine.inside.connect(key, each)
  await createArchive()
  await put(1)
  await clock.move(100)
  await replays.startReplay(aReplay())
  await clock.move(100)
  mail.answer = done
  await clock.move(10_000)

  const told = mail.invocations.map(({ item, event }) => `${item} ${event['replay-name'] ?? ''}`)
  assert.deepEqual(told.sort(), [
    ...['s1 ', 's1 ', 's1 again', 's1 again', 's2 ', 's2 ', 's2 again', 's2 again'],
  ])
  assert.equal((await counts()).dead, 0)
})

test('a replay on SQLite goes on in the next process, and each event is owed once', async () => {
  const clock = handClock()
  const disk = sqliteStore(openDatabase(':memory:')) as unknown as Store<undefined>
  const { start } = aBusWithReplays({ clock, disk })
  let process = await start({ targets: [recordingTarget(clock)] })
  await process.createArchive()
  await process.put(...numbers(0, 100))
  await process.replays.startReplay(aReplay())
  const owed: number[] = []
  const targets = [recordingTarget(clock)]
  for (let crash = 0; crash < 10; crash++) {
    await clock.move(30)
    owed.push(...owedIn(process.store.commits))
    process = await start({ targets })
  }
  await clock.move(1_000)
  owed.push(...owedIn(process.store.commits))

  assert.equal(process.state(), 'COMPLETED')
  assert.equal(owed.length, 100)
  assert.equal(new Set(owed).size, 100)
  assert.deepEqual(process.numbers(), { archived: 100, replayed: 100 })
  assert.deepEqual(await process.counts(), { waiting: 0, dead: 0 })
})

const owedIn = (commits: readonly Rows[]) =>
  commits.flatMap(({ deliveries }) =>
    deliveries.filter(({ item }) => item === 'replay:again').map(({ event }) => event),
  )
