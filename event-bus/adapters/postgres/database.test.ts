/** What a server and its tables have to be before a node trusts them, and what it says when they are not. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Client } from 'pg'
import { someRows } from '../../testing.ts'
import { migrate, openDatabase } from './database.ts'
import { postgresStore } from './store.ts'
import { packaged, type Server, startServer } from './testing.ts'

let server: Server
before(async () => {
  server = await startServer(packaged())
})
after(() => server.stop())

async function ask(text: string) {
  const client = new Client({ connectionString: server.url() })
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows
}

describe('a server is refused', () => {
  test('that is not there, and the message says what to do and no password', async () => {
    const url = 'postgres://busbar:secret@127.0.0.1:1/busbar'
    await assert.rejects(openDatabase({ url }), ({ message }: Error) => {
      assert.match(message, /127\.0\.0\.1:1\/busbar cannot be used.*ECONNREFUSED.*DATABASE_URL/)
      assert.doesNotMatch(message, /secret/)
      return true
    })
  })

  test('that acknowledges what a crash loses', async () => {
    await ask('create database careless; ').then(() =>
      ask('alter database careless set synchronous_commit = off'),
    )
    await assert.rejects(
      openDatabase({ url: server.url('careless') }),
      /synchronous_commit = off.*Set synchronous_commit = on/,
    )
  })

  test('without a synchronous standby, when one is required', async () => {
    await assert.rejects(
      openDatabase({ url: server.url(), requireStandby: true }),
      /a synchronous standby is required.*synchronous_standby_names = ''.*ANY 1/,
    )
    const trusted = await openDatabase({ url: server.url() })
    await trusted.close()
  })

  test('whose database is not UTF-8', async () => {
    await ask(`create database latin encoding 'LATIN1' locale 'C' template template0`)
    await assert.rejects(openDatabase({ url: server.url('latin') }), /LATIN1.*ENCODING 'UTF8'/)
  })

  test('that does not sync', async () => {
    const careless = await startServer(packaged(), { fsync: 'off' })
    try {
      await assert.rejects(
        openDatabase({ url: careless.url() }),
        /fsync = off.*power cut.*Set fsync = on/,
      )
    } finally {
      await careless.stop()
    }
  })
})

describe('tables', () => {
  test('are brought up to date once, by one of many that start at the same time', async () => {
    const database = await openDatabase({ url: server.url(), schema: 'many' })
    const steps = ['create table a (x text)', 'alter table a add column y text']

    await Promise.all(Array.from({ length: 5 }, () => migrate(database, 'shop', steps)))

    const rows = await ask('select package, number from many.migration order by number')
    assert.deepEqual(rows, [
      { package: 'shop', number: 1 },
      { package: 'shop', number: 2 },
    ])
    await database.close()
  })

  test('of a newer program are refused, and the message says what to do', async () => {
    const database = await openDatabase({ url: server.url(), schema: 'future' })
    await migrate(database, 'shop', ['create table a (x text)', 'create table b (x text)'])

    await assert.rejects(
      migrate(database, 'shop', ['create table a (x text)']),
      /of shop are of version 2, this program knows 1\. Update the program/,
    )
    await database.close()
  })

  test('whose step fails are left as they were before it', async () => {
    const database = await openDatabase({ url: server.url(), schema: 'faulty' })
    const good = 'create table a (x text)'

    await assert.rejects(
      migrate(database, 'shop', [good, 'create table b (x text); nonsense']),
      /syntax/,
    )

    const names =
      await ask(`select relname from pg_class c join pg_namespace n on n.oid = relnamespace
      where nspname = 'faulty' and relkind = 'r' order by relname`)
    assert.deepEqual(
      names.map(({ relname }) => relname),
      ['a', 'migration'],
    )
    await database.close()
  })

  test('of days are there before their time, and dropped when they are over and empty', async (t) => {
    const schema = 'days'
    const store = await postgresStore({ url: server.url(), schema })
    t.after(() => store.close())
    const perDay = 86_400_000 * 4_096
    const today = Math.floor((Date.now() - 1_577_836_800_000) / 86_400_000)
    const old = today - 10
    await ask(`set search_path = ${schema};
      create table event_${old} partition of event for values from (${old * perDay}) to (${(old + 1) * perDay});
      create table event_${old + 1} partition of event
        for values from (${(old + 1) * perDay}) to (${(old + 2) * perDay})`)
    const events = [old * perDay + 5, today * perDay + 5].map((id) => ({
      ...{ id, bus: 'orders', text: '{}' },
    }))
    await store.commit([], () => someRows({ events }))
    await ask(`set search_path = ${schema}; select days_1()`)

    const tables = (
      await ask(`select relname from pg_class c join pg_namespace n on n.oid = relnamespace
        where nspname = '${schema}' and relname ~ '^event_[0-9]+$' order by relname`)
    ).map(({ relname }) => relname)
    assert.deepEqual(
      tables,
      [old, today, today + 1, today + 2].map((day) => `event_${day}`),
    )
    assert.equal((await store.tail('orders', 10, 1_000)).length, 2)
    assert.deepEqual(await ask(`select * from ${schema}.event_other`), [])
  })
})
