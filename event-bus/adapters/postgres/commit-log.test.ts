/**
 * The order of a change stream, and that the log misses none who follows ids: many writers on three nodes whose clocks differ, transactions that take long
 * and such that are undone. `BUSBAR_STREAM_SECONDS` is for how long they write.
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Engine, engine } from '../../engine/engine.ts'
import type { Clock, EventLog } from '../../ports.ts'
import { anEntry } from '../../testing.ts'
import { systemClock } from '../node/clock.ts'
import { commitLog, placeEvents } from './commit-log.ts'
import { type Database, openDatabase } from './database.ts'
import { patiently } from './patience.ts'
import { type PostgresStore, type PostgresTx, postgresStore } from './store.ts'
import { packaged, type Server, startServer } from './testing.ts'

const seconds = Number(process.env.BUSBAR_STREAM_SECONDS ?? 4)
const keys = 8
const writersOfNode = 5
const plenty = 2 ** 30

interface Change {
  readonly key: number
  readonly version: number
}
interface Node {
  readonly engine: Engine<PostgresTx>
  readonly store: PostgresStore
}

describe('the log of commits', { skip: packaged().programs === null }, () => {
  const schema = 'stream'
  const nodes: Node[] = []
  let server: Server
  let database: Database
  before(async () => {
    server = await startServer(packaged())
    database = await openDatabase({ url: server.url(), schema })
    // Clocks that are a little apart, as clocks are.
    for (const ahead of [0, 150, -150]) {
      const store = await postgresStore({ url: server.url(), schema })
      const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + ahead) }
      const made = await engine({ store, clock, random: Math.random })
      nodes.push({ engine: made, store })
      const pipes = new Map(['ordered', 'plain', 'forgets'].map((bus) => [bus, bus]))
      await made.start({ rules: [], fanOutTargets: new Map(), pipes })
    }
    for (const bus of ['ordered', 'forgets'])
      await Promise.all(nodes.map(() => placeEvents(database, bus)))
    await database.pool.query(`
      create table item (stream text, key integer, version integer not null, primary key (stream, key));
      create table doomed (one integer unique deferrable initially deferred)`)
    for (const stream of ['ordered', 'plain'])
      for (let key = 0; key < keys; key++)
        await database.pool.query('insert into item values ($1, $2, 0)', [stream, key])
  })
  after(async () => {
    await Promise.all(nodes.map((node) => node.engine.close(1_000)))
    await database?.close()
    await server?.stop()
  })

  /** Writes the next version of an item and tells the stream; `end` is what the work does then. */
  async function write(node: Node, stream: string, key: number, end: (tx: PostgresTx) => unknown) {
    await patiently(() =>
      node.engine.transact(async (tx, append) => {
        const [row] = await tx.query<{ readonly version: number }>(
          'select version from item where stream = $1 and key = $2 for update nowait',
          [stream, key],
        )
        const change = { key, version: Number(row?.version) + 1 }
        const values = [change.version, stream, key]
        await tx.query('update item set version = $1 where stream = $2 and key = $3', values)
        append(stream, anEntry({ Detail: JSON.stringify(change) }))
        await end(tx)
      }),
    )
  }

  /** All that one reader was told, its cursors ascending; `read` reads on until nothing is left. */
  async function reader(log: Pick<EventLog, 'head' | 'after'>) {
    const told: Change[] = []
    const cursors: string[] = []
    let cursor = await log.head()
    return {
      told,
      cursors,
      async read() {
        for (;;) {
          const events = await log.after(cursor, 100)
          assert.ok(events, `${cursor} is known`)
          for (const { id, detail } of events) {
            told.push(detail as Change)
            cursors.push(id)
          }
          cursor = cursors.at(-1) ?? cursor
          if (events.length < 100) return
        }
      },
    }
  }
  /** What each of several readers was told while the writers wrote. */
  async function followed(
    stream: string,
    logs: readonly Pick<EventLog, 'head' | 'after'>[],
  ): Promise<readonly (readonly Change[])[]> {
    const readers = await Promise.all(logs.map(reader))
    const readAll = () => Promise.all(readers.map(({ read }) => read()))
    let writing = true
    const deadline = performance.now() + seconds * 1_000
    const writers = nodes.flatMap((node, at) =>
      Array.from({ length: writersOfNode }, async (_, writer) => {
        for (let n = 0; performance.now() < deadline; n++) {
          const key = (n * 7 + at * 3 + writer) % keys
          const chance = (n * 31 + at * 17 + writer * 7) % 20
          const ends: Record<number, (tx: PostgresTx) => unknown> = {
            0: () => Promise.reject(new Error('undone')),
            1: () => pause(30),
            // The whole commit fails at its end, with all that others wrote in it.
            2: (tx) => tx.query('insert into doomed values (1), (1)'),
          }
          await write(node, stream, key, ends[chance] ?? (() => {})).catch(() => {})
        }
      }),
    )
    const reading = (async () => {
      while (writing) {
        await readAll()
        await pause(2)
      }
    })()
    await Promise.all(writers)
    writing = false
    await reading
    await complete()
    await readAll()
    for (const { cursors } of readers)
      assert.deepEqual(cursors, cursors.toSorted(), 'cursors ascend')
    return readers.map(({ told }) => told)
  }
  /** Until the log is complete up to all that is there now. */
  async function complete(): Promise<void> {
    const [{ store }] = nodes as [Node]
    const { rows } = await database.pool.query('select max(id) as id from event')
    const deadline = performance.now() + 10_000
    while ((await store.completeUpTo()) < Number(rows[0].id)) {
      assert.ok(performance.now() < deadline, 'the log is complete within 10 s')
      await pause(10)
    }
  }

  /** As one reads who knows nothing of other nodes. */
  const byIdsAlone = (bus: string): Pick<EventLog, 'head' | 'after'> => ({
    head: async () => '0'.repeat(16),
    async after(cursor, limit) {
      const { rows } = await database.pool.query(
        'select id, text from event where bus = $1 and id > $2 order by id limit $3',
        [bus, Number(cursor), limit],
      )
      return rows.map(({ id, text }) => ({ ...JSON.parse(text), id: String(id).padStart(16, '0') }))
    },
  })

  /** What is wrong with it, by the rows as they are in the end. */
  async function faults(stream: string, told: readonly Change[]) {
    const { rows } = await database.pool.query('select key, version from item where stream = $1', [
      stream,
    ])
    let [missing, disorder, twice, written] = [0, 0, 0, 0]
    for (const { key, version } of rows as Change[]) {
      const versions = told.filter((change) => change.key === key).map((change) => change.version)
      const once = new Set(versions)
      written += version
      twice += versions.length - once.size
      missing += version - once.size
      disorder += versions.filter((each, at) => at > 0 && each < (versions[at - 1] ?? 0)).length
    }
    assert.ok(written > 100, `${written} were written`)
    return { missing, disorder, twice, written }
  }

  test('has each change once, and those of an item in their order', async (t) => {
    const [one] = nodes as [Node]
    const log = commitLog(database.pool, 'ordered', one.store.secret)

    const [told = []] = await followed('ordered', [log])
    const { written, ...found } = await faults('ordered', told)

    t.diagnostic(`${written} changes`)
    assert.deepEqual(found, { missing: 0, disorder: 0, twice: 0 })
  })

  test('is needed for their order: by ids each is told once, too, as far as the log is complete, and who follows ids alone misses some', async (t) => {
    const [one, two] = nodes as [Node, Node]
    const logs = [one.engine.log('plain'), two.engine.log('plain'), byIdsAlone('plain')]

    const told = await followed('plain', logs)

    const [atOne, atTwo, alone] = await Promise.all(told.map((each) => faults('plain', each)))
    t.diagnostic(JSON.stringify([atOne, atTwo, alone]))
    for (const { missing = 1, twice, disorder = 0 } of [{ ...atOne }, { ...atTwo }]) {
      assert.deepEqual({ missing, twice }, { missing: 0, twice: 0 })
      assert.ok(disorder > 0, 'ids are not the order in which an item was written')
    }
    assert.deepEqual(told[0], told[1], 'all nodes tell the same')
    assert.ok((alone?.missing ?? 0) > 0)
  })

  test('says so when what comes next is gone, or was never there', async () => {
    const [one] = nodes as [Node]
    const log = commitLog(database.pool, 'forgets', one.store.secret)
    const empty = await log.head()
    assert.deepEqual([await log.after(empty, 10), await log.tail(10, plenty)], [[], []])
    for (const order of [1, 2, 3, 4])
      await one.engine.putEvents('forgets', [anEntry({ Detail: JSON.stringify({ order }) })])
    const told = (await log.after(empty, 10)) ?? []
    assert.deepEqual(
      told.map(({ detail }) => detail),
      [1, 2, 3, 4].map((order) => ({ order })),
    )
    const cursors = told.map(({ id }) => id)
    assert.equal(await log.head(), cursors[3])
    assert.deepEqual(await log.tail(2, plenty), told.slice(2))
    assert.equal((await log.tail(4, 1)).length, 1)

    await database.pool.query(
      `delete from event where bus = 'forgets' and id < (select max(id) from event where bus = 'forgets')`,
    )

    assert.equal(await log.after(empty, 10), null)
    assert.equal(await log.after(cursors[1] as string, 10), null)
    assert.deepEqual(await log.after(cursors[2] as string, 10), told.slice(3))
    assert.deepEqual(await log.after(cursors[3] as string, 10), [])
    assert.deepEqual(await log.tail(10, plenty), told.slice(3))
    const later = cursors[3]?.replace('4-', '5-') as string
    const foreign = `${'4'.padStart(16, '0')}-0123456789abcdef`
    for (const cursor of [later, foreign, '', '0', 'nonsense'])
      assert.equal(await log.after(cursor, 10), null, cursor)
    await database.pool.query(`delete from event where bus = 'forgets'`)
    await one.engine.putEvents('forgets', [anEntry()])
    assert.equal(await log.head(), later, 'places are not given again')
  })
})
