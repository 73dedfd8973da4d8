/** Several nodes on one database: what one of them leaves the others take up, and none does what another did. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { type Engine, engine } from '../../engine/engine.ts'
import {
  anEntry,
  aRule,
  aWaitingDelivery,
  nothing,
  plenty,
  recordingTarget,
  someRows,
} from '../../testing.ts'
import { systemClock } from '../node/clock.ts'
import { type PostgresStore, type PostgresTx, postgresStore } from './store.ts'
import { packaged, type Server, startServer } from './testing.ts'

const limitMs = 10_000
let server: Server
let schemas = 0
const engines = new Set<Engine<PostgresTx>>()
const stores = new Set<PostgresStore>()
before(async () => {
  server = await startServer(packaged())
})
afterEach(async () => {
  await Promise.all([...engines].map((each) => each.close(1_000)))
  await Promise.all([...stores].map((each) => each.close()))
  engines.clear()
  stores.clear()
})
after(() => server.stop())

async function until(done: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await done())) {
    assert.ok(performance.now() < deadline, `not within ${limitMs} ms: ${what}`)
    await pause(10)
  }
}
async function ask(text: string) {
  const client = new Client({ connectionString: server.url() })
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows
}
const quick = { beatMs: 50, deadMs: 400 }

async function aStore(schema: string, pace = quick): Promise<PostgresStore> {
  const store = await postgresStore({ url: server.url(), schema, ...pace })
  stores.add(store)
  return store
}

async function aNode(schema: string, fields: Parameters<typeof recordingTarget>[1] = {}) {
  const store = await aStore(schema)
  stores.delete(store)
  const ship = recordingTarget(systemClock, fields)
  const ended: Error[] = []
  const made = await engine({
    ...{ store, clock: systemClock, random: () => 0 },
    ended: (error) => ended.push(error),
  })
  engines.add(made)
  await made.start({
    rules: [aRule({ targets: [ship] })],
    fanOutTargets: new Map(),
    pipes: new Map(),
  })
  return {
    ...{ store, ship, ended, engine: made },
    put: (...orders: number[]) =>
      made.putEvents(
        'orders',
        orders.map((order) => anEntry({ Detail: JSON.stringify({ order }) })),
      ),
    close: async () => {
      engines.delete(made)
      await made.close(1_000)
    },
  }
}
const deaf = { settings() {}, plans() {}, due() {}, nodes() {}, ended() {}, mark: () => 0 }
const anEventRow = (id: number) => ({ id, bus: 'orders', text: '{}' })
const aSchema = () => `cluster_${++schemas}`
/** As a process that is stopped: its heart stands still, and it knows nothing of it. */
const forget = (schema: string, store: PostgresStore) =>
  ask(
    `set search_path = ${schema}; select depart_1(epoch, null) from node where number = ${store.node.number}`,
  )

describe('nodes of a cluster', () => {
  test('have numbers of their own, and ids that never meet', async () => {
    const schema = aSchema()
    const [one, two] = [await aNode(schema), await aNode(schema)]

    const ids = (await Promise.all([one, two, one, two].map((node) => node.put(1, 2, 3)))).flat()

    assert.notEqual(one.store.node.number, two.store.node.number)
    assert.equal(new Set(ids).size, 12)
    await until(() => one.ship.orders.length + two.ship.orders.length === 12, 'all is delivered')
    const rows = await ask(`select id from ${schema}.event`)
    assert.deepEqual(
      new Set(rows.map(({ id }) => Number(id) % 32)),
      new Set([one.store.node.number, two.store.node.number]),
    )
  })

  test('take up what one has left that was not heard any more, and it can write nothing', async () => {
    const schema = aSchema()
    const gone = await aNode(schema, { answer: () => new Promise(() => {}) })
    await gone.put(1, 2, 3)
    await until(() => gone.ship.orders.length === 3, 'they are under way')
    const other = await aNode(schema)

    await forget(schema, gone.store)

    await until(() => other.ship.orders.length === 3, 'the other has delivered them')
    assert.deepEqual(other.ship.orders.toSorted(), [1, 2, 3])
    await assert.rejects(gone.put(4), /life in the cluster .* has ended.*start it again/)
    await until(() => gone.ended.length === 1, 'it is told')
    assert.equal((await ask(`select count(*)::int as n from ${schema}.event`))[0].n, 3)
  })

  test('notice by themselves that one is not heard', async () => {
    const schema = aSchema()
    const other = await aNode(schema)
    await ask(`set search_path = ${schema}; insert into node select nextval('epoch'), 31, 7, 'gone';
      insert into fence select epoch, 0, 10 from node where number = 31;
      insert into plan select 1, epoch, '[["orders/placed/ship"],[[1,[0]]]]' from node where number = 31;
      insert into event values (1, 'orders', '{"source":"shop","detail":{"order":9}}')`)

    await until(() => other.ship.orders.length === 1, 'its plan is taken up')

    assert.deepEqual(other.ship.orders, [9])
    assert.equal((await ask(`select count(*)::int as n from ${schema}.node`))[0].n, 1)
    assert.deepEqual(await ask(`select * from ${schema}.departed`), [])
  })

  test('deliver what failed at one that left, each once', async () => {
    const schema = aSchema()
    const fails = async () => {
      throw new Error('The lorry is broken')
    }
    const one = await aNode(schema, { answer: fails })
    await one.put(1, 2)
    await until(
      async () => ((await one.store.counts()).get('orders/placed/ship')?.waiting ?? 0) === 2,
      'both wait',
    )
    await one.close()
    const [two, three] = [await aNode(schema), await aNode(schema)]

    await until(() => two.ship.orders.length + three.ship.orders.length === 2, 'they come')
    await pause(200)

    assert.deepEqual([...two.ship.orders, ...three.ship.orders].toSorted(), [1, 2])
  })

  test('keep the order of a lane, whoever put what is in it', async () => {
    const schema = aSchema()
    const seen: number[] = []
    const fields = {
      orderBy: () => 'one',
      answer: async ({ event }: { readonly event: { readonly detail: unknown } }) => {
        seen.push((event.detail as { readonly order: number }).order)
        await pause(1)
        return undefined
      },
    }
    const nodes = [await aNode(schema, fields), await aNode(schema, fields)]
    const orders = Array.from({ length: 20 }, (_, at) => at)

    for (const order of orders) await nodes[order % 2]?.put(order)

    await until(() => seen.length === 20, 'all have come')
    assert.deepEqual(seen, orders)
  })
})

describe('the log', () => {
  test('is complete as far as no node that lives may still store an event, be it slow or new', async () => {
    const schema = aSchema()
    const [one, two] = [await aStore(schema), await aStore(schema)]
    const marks = { one: 100, two: 50 }
    one.follow({ ...deaf, mark: () => marks.one })
    two.follow({ ...deaf, mark: () => marks.two })
    const complete = (id: number) =>
      until(async () => (await one.completeUpTo()) === id, `it is complete up to ${id}`)
    const beatOf = ({ node }: PostgresStore) =>
      one.nodes().find(({ number }) => number === node.number)?.beat ?? 0
    await complete(50)
    const slow = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const run = () => {
      begun.resolve()
      return slow.promise
    }
    const failed = () => {}

    const commit = two.commit([{ run, failed }], () => someRows({ events: [anEventRow(70)] }))
    await begun.promise
    marks.two = 1_000
    await one.commit([], () => someRows({ events: [anEventRow(90)] }))
    const before = beatOf(two)
    await until(() => beatOf(two) > before + 2, 'its heart has beaten meanwhile')

    assert.equal(await one.completeUpTo(), 50)
    assert.deepEqual(await one.events('orders', 0, 10), [])
    slow.resolve()
    await commit
    await complete(100)
    assert.deepEqual(
      (await one.events('orders', 0, 10)).map(({ id }) => id),
      [70, 90],
    )
    await aStore(schema)
    marks.one = 2_000
    await until(async () => (await two.recover()).lastEventId === 2_000, 'it is beyond that')
    assert.equal(await one.completeUpTo(), 100, 'who is new begins where all are')
    await two.close()
    stores.delete(two)
    assert.equal((await one.recover()).lastEventId, 2_000)
  })
})

describe('a delivery that waits', () => {
  test('is given to one node: not while it is in hand, and again when it is written or its node is gone', async () => {
    const schema = aSchema()
    const [one, two] = [await aStore(schema), await aStore(schema)]
    const { target } = aWaitingDelivery()
    const free = aWaitingDelivery({ event: 1 })
    await one.commit([], () =>
      someRows({ deliveries: [free], inHand: [aWaitingDelivery({ event: 2 })] }),
    )
    const due = async (store: PostgresStore) =>
      (await store.due(target, 9_000, 10, plenty, nothing)).map(({ event }) => event)

    assert.deepEqual(await due(two), [1])
    assert.deepEqual(await due(one), [2])
    assert.deepEqual(await due(two), [1], 'whoever has it is given it again')
    await two.commit([], () => someRows({ deliveries: [free] }))
    assert.deepEqual(await due(one), [1, 2])
    assert.equal(await two.nextDue(target, 0), null)

    await one.close()
    stores.delete(one)
    await two.recover()
    assert.deepEqual(await due(two), [1, 2])
  })
})

describe('a commit', () => {
  test('of a decision is refused when another has decided since, which is told first', async () => {
    const schema = aSchema()
    // No beat comes between: who hears of a decision by one may decide after it.
    const slow = { beatMs: 60_000, deadMs: 600_000 }
    const [one, two] = [await aStore(schema, slow), await aStore(schema, slow)]
    const heard: unknown[] = []
    await one.recover()
    await two.recover()
    two.follow({ ...deaf, settings: (rows) => heard.push(...rows) })
    const row = (text: string) => ({ kind: 'rule', name: 'a', text })
    const decide = (store: PostgresStore, text: string) =>
      store.commit([], () => someRows({ settings: [row(text)], isDecision: true }))

    await decide(one, '1')
    await decide(one, '2')
    const late = decide(two, '3')
    await assert.rejects(late, { code: 'ConcurrentModificationException' })
    assert.deepEqual(heard.at(-1), row('2'))
    await decide(two, '3')

    assert.deepEqual((await one.recover()).settings, [row('3')])
  })

  test('whose connection is cut is stored once, or not at all and told so', async () => {
    const schema = aSchema()
    const store = await aStore(schema)
    const cut = () =>
      ask(`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name like 'busbar %' and query like '%commit_1%'`)
    const stored: number[] = []
    for (let id = 1; id <= 60; id++) {
      const commit = store.commit([], () =>
        someRows({ events: [{ id, bus: 'orders', text: 'x'.repeat(1_000) }] }),
      )
      if (id % 3 === 0) await cut()
      await commit.then(
        () => stored.push(id),
        () => {},
      )
    }

    const found = (await store.events('orders', 0, 100)).map(({ id }) => id)
    assert.deepEqual(found, stored)
    assert.ok(stored.length >= 40, `${stored.length} of 60`)
  })

  test('outlives a restart of the server', async () => {
    const schema = aSchema()
    const node = await aNode(schema)
    await node.put(1)
    await server.kill()
    const put = node.put(2).catch((error: unknown) => error)
    await server.restart()
    await put

    await until(
      () =>
        node.put(3).then(
          () => true,
          () => false,
        ),
      'puts are taken again',
    )
    await until(() => node.ship.orders.includes(3), 'and delivered')
    assert.deepEqual(node.ended, [])
  })
})
