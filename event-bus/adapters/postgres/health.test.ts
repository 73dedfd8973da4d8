/** What a real server tells of itself and of the nodes on it. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import type { Health } from '../../health.ts'
import { aWaitingDelivery, someRows } from '../../testing.ts'
import { type PostgresStore, postgresStore } from './store.ts'
import { debian, packaged, type Server, startServer } from './testing.ts'

const limitMs = 10_000
const note = { kind: 'test', name: 'note', text: '1' }
const other = debian()
for (const [version, skip] of [
  [packaged(), false],
  [other, other.programs === null && other.missing],
] as const)
  describe(`${version.name} tells`, { skip, timeout: 60_000 }, () => {
    let server: Server
    let schemas = 0
    const open = new Set<{ close(): Promise<void> }>()
    before(async () => {
      server = await startServer(version)
    })
    afterEach(async () => {
      await Promise.all([...open].map((each) => each.close()))
      open.clear()
    })
    after(() => server?.stop())

    const aSchema = () => `health_${++schemas}`
    async function aNode(schema: string, address = ''): Promise<PostgresStore> {
      const url = server.url()
      const store = await postgresStore({ url, schema, address, beatMs: 50, deadMs: 5_000 })
      open.add(store)
      return store
    }
    async function aSession(): Promise<Client> {
      const client = new Client({ connectionString: server.url(), application_name: 'somebody' })
      await client.connect()
      open.add({ close: () => client.end() })
      return client
    }
    async function health(store: PostgresStore, now = 0): Promise<Health> {
      assert.ok(store.health)
      return store.health(now)
    }
    async function until(
      store: PostgresStore,
      done: (health: Health) => boolean,
      what: string,
    ): Promise<Health> {
      const deadline = performance.now() + limitMs
      for (;;) {
        const now = await health(store)
        if (done(now)) return now
        assert.ok(performance.now() < deadline, `not within ${limitMs} ms: ${what}`)
        await pause(20)
        // A connection tells its numbers at the end of a transaction, a second after the last time.
        await store.commit([], () => someRows({ settings: [note] }))
      }
    }

    test('which nodes there are, when they were heard, and its time', async () => {
      const schema = aSchema()
      const one = await aNode(schema, '10.0.0.1')
      await aNode(schema, '10.0.0.2')

      const { cluster } = await until(one, (h) => h.cluster?.nodes.length === 2, 'two nodes')

      assert.deepEqual(
        cluster?.nodes.map(({ number, address, isThis }) => [number, address, isThis]),
        [
          [0, '10.0.0.1', true],
          [1, '10.0.0.2', false],
        ],
      )
      assert.equal(cluster?.deadMs, 5_000)
      for (const { silentMs } of cluster?.nodes ?? []) assert.ok(silentMs >= 0 && silentMs < 5_000)
      assert.ok(Math.abs((cluster?.now ?? 0) - Date.now()) < limitMs)
    })

    test('what is overdue, for how long, and the oldest event that is waited for', async () => {
      const store = await aNode(aSchema())
      assert.deepEqual(
        [(await health(store)).oldestEvent, (await health(store)).overdue],
        [null, []],
      )
      const waits = (target: string, event: number, due: number) =>
        aWaitingDelivery({ target, event, due })
      const deliveries = [
        ...[waits('late', 7, 500), waits('late', 9, 400)],
        ...[waits('later', 8, 2_000), waits('odd \u0000', 10, 1_000)],
      ]
      await store.commit([], () => someRows({ deliveries }))

      const { oldestEvent, overdue } = await health(store, 1_000)

      assert.equal(oldestEvent, 7)
      assert.deepEqual(
        new Map(overdue),
        new Map([
          ['late', 400],
          ['odd \u0000', 1_000],
        ]),
      )
    })

    test('the oldest transaction that holds back cleaning, and whose it is', async () => {
      const store = await aNode(aSchema())
      const somebody = await aSession()
      await somebody.query('begin isolation level repeatable read')
      await somebody.query('select 1')
      const pid = (await somebody.query('select pg_backend_pid() as pid')).rows[0].pid

      const held = await until(store, (h) => (h.oldestTransaction?.ms ?? 0) > 50, 'a transaction')
      assert.equal(held.oldestTransaction?.name, `pid ${pid} (somebody)`)

      await somebody.query('rollback')
      await until(
        store,
        (h) => h.oldestTransaction?.name !== held.oldestTransaction?.name,
        'its end',
      )
    })

    test('how many rows are dead, and how large tables are', async () => {
      const schema = aSchema()
      const store = await aNode(schema)
      const deliveries = Array.from({ length: 200 }, (_, event) =>
        aWaitingDelivery({ target: 'ship', event: event + 1 }),
      )
      await store.commit([], () => someRows({ deliveries }))
      await store.commit([], () => someRows({ finished: deliveries }))

      const part = (h: Health) => h.parts.find(({ name }) => name === 'delivery')
      const found = await until(store, (h) => (part(h)?.deadRows ?? 0) >= 200, '200 dead rows')

      assert.ok((part(found)?.bytes ?? 0) > 0)
      assert.deepEqual(
        found.parts.map(({ name }) => name),
        ['dead_letter', 'delivery', 'event', 'fence', 'node', 'plan', 'setting'],
      )
    })
  })
