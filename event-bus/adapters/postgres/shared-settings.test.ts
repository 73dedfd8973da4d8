/** What is configured at one node holds at all, what is to be done once is done by one, and each tells of all. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { engine } from '../../engine/engine.ts'
import type { TailLine } from '../../event-bridge/busbar-answers.ts'
import { busbarStreams } from '../../event-bridge/busbar-operations.ts'
import { eventBridge } from '../../event-bridge/event-bridge.ts'
import type { Clock } from '../../ports.ts'
import { settings } from '../../settings.ts'
import {
  functionArn,
  onPlaced,
  placed,
  plainSecrets,
  recordingFunction,
  shipping,
} from '../../testing/event-bridge.ts'
import { readStream } from '../../testing/streams.ts'
import { type HandClock, handClock } from '../../testing.ts'
import { systemClock } from '../node/clock.ts'
import { postgresStore } from './store.ts'
import { packaged, type Server, startServer } from './testing.ts'

const limitMs = 15_000
let server: Server
let schemas = 0
const open = new Set<() => Promise<void>>()
before(async () => {
  server = await startServer(packaged())
})
afterEach(async () => {
  await Promise.all([...open].map((close) => close()))
  open.clear()
})
after(() => server.stop())

async function until(done: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await done())) {
    assert.ok(performance.now() < deadline, `not within ${limitMs} ms: ${what}`)
    await pause(10)
  }
}

/** What needs the clock to go on. */
async function going<T>(clock: HandClock, work: Promise<T>): Promise<T> {
  let isOver = false
  const over = work.finally(() => {
    isOver = true
  })
  while (!isOver) {
    await clock.move(10)
    await pause(5)
  }
  return over
}

async function aNode(schema: string, clock: Clock = systemClock, deadMs = 1_000) {
  const store = await postgresStore({ url: server.url(), schema, beatMs: 50, deadMs })
  const failures: unknown[] = []
  const failed = (error: unknown) => failures.push(error)
  const ship = recordingFunction()
  const made = await engine({ store, clock, random: () => 0, failed })
  const bridge = eventBridge({
    ...{ engine: made, settings: settings(made.inside), topics: new Map(), failed },
    ...{ functions: new Map([['ship', ship]]), secrets: plainSecrets },
    http: { request: () => Promise.reject(new Error('Nothing is sent')) },
  })
  await made.start({ rules: [], fanOutTargets: new Map(), pipes: new Map() })
  bridge.start()
  const close = async () => {
    open.delete(close)
    bridge.close()
    await made.close(1_000)
  }
  open.add(close)
  return {
    ...{ schema, bridge, engine: made, store, ship, failures, close },
    put: (order: number) =>
      bridge.putEvents({
        Entries: [
          {
            ...{ Source: 'shop', DetailType: 'OrderPlaced', EventBusName: 'orders' },
            Detail: JSON.stringify({ order }),
          },
        ],
      }),
  }
}
async function twoNodes() {
  const schema = `settings_${++schemas}`
  return [await aNode(schema), await aNode(schema)] as const
}
type Node = Awaited<ReturnType<typeof aNode>>

async function inSchema({ schema }: Node, text: string) {
  const client = new Client({ connectionString: server.url() })
  await client.connect()
  await client.query(`set search_path = ${schema}`)
  const { rows } = await client.query(text)
  await client.end()
  return rows
}
async function aShop({ bridge }: Node): Promise<void> {
  await bridge.createEventBus({ Name: 'orders' })
  await bridge.putRule(placed)
  await bridge.putTargets(shipping)
}
const targetsAt = async ({ bridge }: Node): Promise<number> => {
  try {
    return (await bridge.listTargetsByRule(onPlaced)).Targets.length
  } catch {
    return 0
  }
}

describe('settings of a cluster', () => {
  test('are known to all within a second: buses, rules, targets, and that they are gone', async () => {
    const [one, two] = await twoNodes()
    await aShop(one)
    const start = performance.now()
    await until(async () => (await targetsAt(two)) === 1, 'the target is known elsewhere')
    assert.ok(performance.now() - start < 5_000)

    await two.put(1)
    await until(() => one.ship.orders.length + two.ship.orders.length === 1, 'it is delivered')
    await one.bridge.removeTargets({ ...onPlaced, Ids: ['ship'] })
    await until(async () => (await targetsAt(two)) === 0, 'it is gone elsewhere')
    await two.put(2)
    await two.engine.settled()

    assert.deepEqual([...one.ship.orders, ...two.ship.orders], [1])
    assert.equal(two.engine.inside.subscribers.has('orders/placed/ship'), false)
  })

  test('are decided on one after the other: of two that create the same bus one is refused', async () => {
    const [one, two] = await twoNodes()

    const ends = await Promise.allSettled(
      [one, two].map(({ bridge }) => bridge.createEventBus({ Name: 'orders' })),
    )

    assert.deepEqual(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    const refused = ends.find(({ status }) => status === 'rejected') as PromiseRejectedResult
    assert.equal(refused.reason.code, 'ResourceAlreadyExistsException')
  })

  test('that many change at once are all kept', async () => {
    const [one, two] = await twoNodes()
    const names = Array.from({ length: 20 }, (_, at) => `bus-${at}`)

    await Promise.all(names.map((Name, at) => (at % 2 ? one : two).bridge.createEventBus({ Name })))

    const known = async ({ bridge }: Node) =>
      (await bridge.listEventBuses({ NamePrefix: 'bus-' })).EventBuses.length
    await until(async () => (await known(one)) === 20 && (await known(two)) === 20, 'all know all')
  })

  test('pause a target everywhere', async () => {
    const [one, two] = await twoNodes()
    await aShop(one)
    await one.bridge.pauseTarget({ ...onPlaced, TargetId: 'ship' })
    await until(
      () => two.engine.inside.subscribers.get('orders/placed/ship')?.paused === true,
      'it is paused elsewhere',
    )

    await two.put(1)
    await pause(100)
    assert.deepEqual([...one.ship.orders, ...two.ship.orders], [])
    await two.bridge.resumeTarget({ ...onPlaced, TargetId: 'ship' })

    await until(() => one.ship.orders.length + two.ship.orders.length === 1, 'it goes on')
  })
})

describe('what is to be done once', () => {
  test('a schedule fires one event at each due time, whichever nodes are there', async () => {
    const clock = handClock()
    const schema = `settings_${++schemas}`
    const [one, two] = [await aNode(schema, clock), await aNode(schema, clock)]
    const all = [one, two]
    await going(clock, one.bridge.putRule({ Name: 'often', ScheduleExpression: 'rate(1 minute)' }))
    const Targets = [{ Id: 'ship', Arn: functionArn('ship') }]
    await going(clock, one.bridge.putTargets({ Rule: 'often', Targets }))
    await until(() => two.engine.inside.subscribers.has('default/often/ship'), 'both know it')
    const received = () =>
      all.flatMap(({ ship }) => ship.inputs.map((input) => (input as { time: string }).time))

    for (let minute = 1; minute <= 6; minute++) {
      await clock.move(60_000 - (clock.now().getTime() % 60_000))
      await until(async () => {
        await clock.move(200)
        return received().length >= minute
      }, `minute ${minute} is fired`)
      if (minute === 3) {
        await going(clock, one.close())
        all.push(await aNode(schema, clock))
      }
    }
    for (let more = 0; more < 20; more++) await clock.move(200)

    assert.deepEqual(
      received().map((time) => time.slice(14, 16)),
      ['01', '02', '03', '04', '05', '06'],
    )
    assert.equal((await two.store.tail('default', 100, 1_000_000)).length, 6)
  })

  test('a replay is made by one node, of what was put at all', async () => {
    const [one, two] = await twoNodes()
    await aShop(one)
    await until(async () => (await targetsAt(two)) === 1, 'both know the rule')
    const { ArchiveArn } = await one.bridge.createArchive({
      ArchiveName: 'all',
      EventSourceArn: 'arn:aws:events:us-east-1:000000000000:event-bus/orders',
    })
    await until(() => two.bridge.listArchives({}).Archives.length === 1, 'both know the archive')
    for (let order = 0; order < 20; order++) await (order % 2 ? one : two).put(order)
    const received = () => [...one.ship.orders, ...two.ship.orders]
    await until(() => received().length === 20, 'all have come once')

    const hour = 3_600_000
    await two.bridge.startReplay({
      ReplayName: 'again',
      EventSourceArn: ArchiveArn,
      EventStartTime: new Date(Date.now() - hour),
      EventEndTime: new Date(Date.now() + 1_000),
      Destination: { Arn: 'arn:aws:events:us-east-1:000000000000:event-bus/orders' },
    })
    await until(() => received().length >= 40, 'all have come again')
    const completed = ({ bridge }: Node) =>
      bridge.listReplays({ State: 'COMPLETED' }).Replays.length
    await until(() => completed(one) + completed(two) === 2, 'it has ended, and both know')
    await pause(100)

    const twice = Array.from({ length: 20 }, (_, order) => [order, order]).flat()
    assert.deepEqual(
      received().toSorted((a, b) => a - b),
      twice,
    )
  })

  test('dead letters that two nodes redrive at the same time are each delivered once', async () => {
    const [one, two] = await twoNodes()
    await aShop(one)
    await until(async () => (await targetsAt(two)) === 1, 'both know the target')
    await inSchema(
      one,
      `insert into dead_letter (target, event, item, text, attempts, error, error_code, first_at, died_at)
        select 'orders/placed/ship', n, '', '{"source":"shop","detail":{"order":' || n || '}}', 1, '', 'TIMEOUT', 0, 0
          from generate_series(1, 300) n`,
    )

    await Promise.all([one, two].map(({ bridge }) => bridge.deadLetters.redrive({})))

    const received = () => [...one.ship.orders, ...two.ship.orders]
    await until(() => received().length >= 300, 'all are delivered')
    await Promise.all([one, two].map((node) => node.engine.settled()))
    assert.deepEqual(
      received().toSorted((a, b) => a - b),
      Array.from({ length: 300 }, (_, at) => at + 1),
    )
    assert.equal(await one.bridge.deadLetters.count({}), 0)
  })

  test('what waits for removed targets is deleted by one node, and by another when that one ends', async () => {
    // A minute, in which the last who are gone may bring something, passes in a second.
    const soon: Clock = {
      ...systemClock,
      after: (ms, call) => systemClock.after(Math.min(ms, 1_000), call),
    }
    const one = await aNode(`settings_${++schemas}`, soon, 300)
    await aShop(one)
    // A node that is not heard any more, and ten targets, some of which were its to look after.
    await inSchema(
      one,
      `insert into node select nextval('epoch'), 31, 7, 'gone';
      insert into fence select epoch, 0, 0 from node where number = 31`,
    )
    await until(() => one.store.nodes().length === 2, 'it is known')
    await inSchema(
      one,
      `insert into delivery (target, event, item, attempts, due)
        select 'orders/placed/' || target, event, '', 0, 0
          from generate_series(1, 10) target, generate_series(1, 600) event;
      update settings_version set version = version + 1;
      insert into setting select 'removed-target', 'orders/placed/' || target, '{}', version
        from settings_version, generate_series(1, 10) target`,
    )

    await until(async () => (await one.store.counts()).size === 0, 'nothing waits any more')
    const marks = `select from setting where kind = 'removed-target' and text is not null`
    await until(async () => (await inSchema(one, marks)).length === 0, 'and nobody looks any more')

    assert.deepEqual(one.failures, [])
  })
})

describe('a tail', () => {
  test('of any node shows the events of all, each once and by their ids, and the deliveries of its own', async () => {
    const [one, two] = await twoNodes()
    await aShop(one)
    await until(async () => (await targetsAt(two)) === 1, 'both know the target')
    const tails = [one, two].map(({ engine: made, bridge }, at) =>
      readStream<TailLine>(
        busbarStreams({ engine: made, bridge }).get('Busbar.Tail'),
        at === 0 ? { Deliveries: true } : { Deliveries: true, EventBusName: 'orders' },
      ),
    )
    const count = 40
    const lines: TailLine[][] = [[], []]
    const eventsOf = (at: number) =>
      (lines[at] ?? []).flatMap((line) => (line.Type === 'Event' ? line.Cursor : []))
    const deliveredAt = (at: number) =>
      (lines[at] ?? []).flatMap((line) => (line.Type === 'Delivery' ? line.EventId : []))
    const deliveries = () => [...deliveredAt(0), ...deliveredAt(1)]
    const reading = tails.map(async (tail, at) => {
      for (let isOver = false; !isOver; ) {
        const some = await tail.next(1)
        lines[at]?.push(...some)
        isOver = some.length === 0
      }
    })

    const puts = Array.from({ length: count }, async (_, order) => {
      await pause(order * 5)
      return (order % 2 ? one : two).put(order)
    })
    const ids = (await Promise.all(puts)).flatMap(({ Entries }) =>
      Entries.map((entry) => ('EventId' in entry ? entry.EventId : '')),
    )
    await until(() => eventsOf(0).length + eventsOf(1).length >= 2 * count, 'both have shown all')
    await until(() => deliveries().length >= count, 'all deliveries are shown')
    for (const tail of tails) tail.abort()
    await Promise.all(reading)

    for (const at of [0, 1]) assert.deepEqual(eventsOf(at), ids.toSorted())
    assert.deepEqual(deliveries().toSorted(), ids.toSorted())
    assert.equal(deliveredAt(0).length, one.ship.orders.length)
  })
})
