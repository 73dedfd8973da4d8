import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Engine, engine } from '../../engine/engine.ts'
import { subscriptionsContract } from '../../ports.contract.ts'
import type { Subscriptions } from '../../ports.ts'
import { anEntry, aSubscription } from '../../testing.ts'
import { systemClock } from '../node/clock.ts'
import { type Database, openDatabase } from './database.ts'
import { type PostgresTx, postgresStore } from './store.ts'
import { postgresSubscriptions } from './subscriptions.ts'
import { packaged, type Server, startServer } from './testing.ts'

describe('subscriptions in PostgreSQL', { skip: packaged().programs === null }, () => {
  const schema = 'subscriptions'
  const streams = Array.from({ length: 60 }, (_, at) => `readers-${at}`)
  let server: Server
  const engines: Engine<PostgresTx>[] = []
  let database: Database
  let emptied = 0
  before(async () => {
    server = await startServer(packaged())
    database = await openDatabase({ url: server.url(), schema })
    for (let node = 0; node < 3; node++) {
      const store = await postgresStore({ url: server.url(), schema })
      const made = await engine({ store, clock: systemClock, random: Math.random })
      engines.push(made)
      const pipes = new Map(streams.map((stream) => [`${stream}.outbox`, stream]))
      await made.start({ rules: [], fanOutTargets: new Map(), pipes })
    }
  })
  after(async () => {
    await Promise.all(engines.map((each) => each.close(1_000)))
    await database?.close()
    await server?.stop()
  })

  /** The same table on three nodes, emptied, with a stream that nothing was told to yet. */
  async function nodes() {
    const name = streams[emptied++] as string
    const made = []
    for (const each of engines) made.push(await postgresSubscriptions(database, each, name))
    await database.pool.query('truncate subscription, suppressed_endpoint')
    return {
      subscriptions: made[0] as Subscriptions,
      all: made,
      // Not by the log, which tells an event when no node can store one before it any more.
      async announced() {
        const asked = 'select text from event where bus = $1 order by id'
        const { rows } = await database.pool.query<{ text: string }>(asked, [name])
        return rows.map(({ text }) => (JSON.parse(text) as { detail: { id?: string } }).detail.id)
      },
    }
  }

  subscriptionsContract('postgresSubscriptions', nodes)

  test('that are asked for on several nodes at the same time are one', async () => {
    const { all, announced } = await nodes()
    const announce = (id: string) => [anEntry({ Detail: JSON.stringify({ id }) })]
    const wishes = Array.from({ length: 12 }, (_, n) => {
      const own = { id: `${n}`, confirmToken: `c${n}`, unsubscribeToken: `u${n}` }
      return aSubscription({ ...own, status: 'pending' })
    })

    await Promise.all(wishes.map((wish, n) => all[n % 3]?.subscribe(wish, announce)))

    assert.equal((await announced()).length, 1)
    const found = await Promise.all(wishes.map(({ id }) => all[0]?.find(id)))
    assert.equal(found.filter(Boolean).length, 1)
  })

  test('take a policy that is longer than what an index takes', async () => {
    const { subscriptions } = await nodes()
    const long = Array.from({ length: 900 }, (_, n) => Math.sin(n).toString(36))
    const wish = aSubscription({ filterPolicy: { detail: { topic: long } } })
    const { topic, protocol, filterPolicy, confirmToken, requestedAt } = wish

    await subscriptions.subscribe(wish, () => [])
    await subscriptions.confirm(confirmToken, new Date(requestedAt))

    assert.deepEqual(await subscriptions.filterPolicies(topic, protocol), [filterPolicy])
    const ids = await subscriptions.withFilterPolicy(topic, protocol, filterPolicy, '', 10)
    assert.deepEqual(ids, [wish.id])
  })
})
