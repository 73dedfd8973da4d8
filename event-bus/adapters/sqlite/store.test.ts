/** What a store of SQLite does beyond the contract: it has the file to itself, and a disk ends. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { engine } from '../../engine/engine.ts'
import { storeContract } from '../../ports.contract.ts'
import {
  aDeadLetter,
  anEntry,
  aRule,
  aWaitingDelivery,
  handClock,
  nothing,
  plenty,
  recordingTarget,
  someRows,
} from '../../testing.ts'
import { migrate, openDatabase } from './database.ts'
import { type SqliteTx, sqliteStore } from './store.ts'

const folders = new Set<string>()
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
function aFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'busbar-'))
  folders.add(folder)
  return join(folder, 'data', 'busbar.db')
}
const notesTable = 'create table if not exists note (text text not null) strict'

storeContract('sqliteStore', async () => {
  const file = aFile()
  let db = openDatabase(file)
  db.exec(notesTable)
  return {
    store: sqliteStore(db),
    write: (tx, note) => void tx.prepare('insert into note (text) values (?)').run(note),
    notes: () =>
      db
        .prepare('select text from note')
        .all()
        .map(({ text }) => String(text)),
    async reopened() {
      db.close()
      db = openDatabase(file)
      return sqliteStore(db)
    },
  }
})

const pragma = (db: SqliteTx, name: string) =>
  Object.values(db.prepare(`pragma ${name}`).get() ?? {})[0]

describe('a file', () => {
  test('is written through: WAL, synchronous=FULL, one process', () => {
    const db = openDatabase(aFile())

    assert.equal(pragma(db, 'journal_mode'), 'wal')
    assert.equal(pragma(db, 'synchronous'), 2)
    assert.equal(pragma(db, 'locking_mode'), 'exclusive')
    db.close()
  })

  test('has a secret of its own', () => {
    assert.notEqual(
      sqliteStore(openDatabase(aFile())).secret,
      sqliteStore(openDatabase(aFile())).secret,
    )
  })

  test('belongs to one process, which is told to the second, and is free when that one is killed', {
    timeout: 20_000,
  }, async (t: TestContext) => {
    const file = aFile()
    const module = JSON.stringify(new URL('./database.ts', import.meta.url).href)
    const program = `import { openDatabase } from ${module}
      openDatabase(process.argv[1])
      console.log('open')
      setInterval(() => {}, 1_000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => child.kill('SIGKILL'))
    await once(child.stdout, 'data')

    assert.throws(() => openDatabase(file), /is in use by another process.*DATA_DIR/s)

    child.kill('SIGKILL')
    await once(child, 'exit')
    openDatabase(file).close()
  })

  test('whose folder cannot be made is refused, and the message says what to do', () => {
    const inTheWay = join(aFile(), '../..', 'in-the-way')
    writeFileSync(inTheWay, '')

    for (const file of [join(inTheWay, 'busbar.db'), join(inTheWay, 'deeper', 'busbar.db')])
      assert.throws(() => openDatabase(file), /cannot be made \(.*\)\. Set DATA_DIR/)
  })

  test('that is no database is left alone, and the message says what to do', () => {
    const file = aFile()
    openDatabase(file).close()
    writeFileSync(file, 'This is a letter to my aunt. '.repeat(1_000))

    assert.throws(() => openDatabase(file), /not a database.*backup.*DATA_DIR/s)
  })

  test('of a newer program is refused, and nothing in it changed', () => {
    const file = aFile()
    const db = openDatabase(file)
    migrate(db, 'shop', [
      'create table a (x) strict'.replace('(x)', '(x text)'),
      'create table b (x text)',
    ])
    db.close()

    const again = openDatabase(file)
    assert.throws(
      () => migrate(again, 'shop', ['create table a (x text)']),
      /of shop are of version 2, this program knows 1\. Update the program/,
    )
    again.close()
  })
})

describe('a migration', () => {
  test('runs each step once, and each package counts its own', () => {
    const db = openDatabase(':memory:')
    const steps = ['create table a (x text)', 'alter table a add column y text']

    migrate(db, 'shop', steps.slice(0, 1))
    migrate(db, 'shop', steps)
    migrate(db, 'shop', steps)
    migrate(db, 'other', ['create table b (x text)'])

    const columns = db.prepare('select name from pragma_table_info(?)').all('a')
    assert.deepEqual(
      columns.map(({ name }) => name),
      ['x', 'y'],
    )
  })

  test('that fails leaves the step before whole, and tells why', () => {
    const db = openDatabase(':memory:')
    const good = 'create table a (x text)'

    assert.throws(() => migrate(db, 'shop', [good, 'create table b (x text); nonsense']), /syntax/)

    migrate(db, 'shop', [good, 'create table b (x text)'])
    assert.equal(db.isTransaction, false)
  })

  test('on a full disk says that it is full', () => {
    // With the first SQLite undoes the whole transaction by itself, with the second the statement.
    const steps = [
      'create table a (x text); insert into a values (hex(randomblob(100000)))',
      'create table a (x text); insert into a select hex(randomblob(100000))',
    ]
    for (const step of steps) {
      const db = openDatabase(aFile())
      db.exec('pragma max_page_count = 6')

      assert.throws(() => migrate(db, 'shop', [step]), /database or disk is full/)

      assert.equal(db.isTransaction, false)
      assert.deepEqual(db.prepare('select * from migration').all(), [])
      db.close()
    }
  })
})

describe('on a full disk', () => {
  /** An engine on a file that may grow by so many pages. */
  async function onSmallDisk(pages: number) {
    const db = openDatabase(aFile())
    db.exec(notesTable)
    const clock = handClock()
    const ship = recordingTarget(clock)
    const bus = await engine({ store: sqliteStore(db), clock, random: () => 1 })
    const pipes = new Map([['notes.outbox', 'orders']])
    await bus.start({ rules: [aRule({ targets: [ship] })], fanOutTargets: new Map(), pipes })
    await clock.turn()
    const limit = (count: number) => db.exec(`pragma max_page_count = ${count}`)
    limit(Number(pragma(db, 'page_count')) + pages)
    return { db, bus, clock, ship, free: () => limit(1_000_000) }
  }
  const big = (order: number) =>
    anEntry({ Detail: JSON.stringify({ order, text: 'x'.repeat(2_000) }) })

  test('puts are refused, saying why; what was acknowledged is kept; with room it goes on', async () => {
    const { db, bus, clock, ship, free } = await onSmallDisk(30)
    const acknowledged: number[] = []
    const refusals: unknown[] = []
    for (let order = 0; order < 100; order++)
      await bus.putEvents('orders', [big(order)]).then(
        () => acknowledged.push(order),
        (error: unknown) => refusals.push(error),
      )
    assert.ok(acknowledged.length > 10 && refusals.length > 10)
    for (const error of refusals) {
      assert.equal((error as { readonly code?: string }).code, 'InternalException')
      assert.match(String(error), /Nothing was stored \(database or disk is full\)/)
    }

    free()
    await bus.putEvents('orders', [big(100)])
    await clock.move(10_000)

    const kept = (await bus.log('orders').tail(1_000, 1_000_000_000)).map(
      ({ detail }) => (detail as { readonly order: number }).order,
    )
    assert.deepEqual(kept, [...acknowledged, 100])
    assert.deepEqual(ship.orders, kept)
    assert.equal(pragma(db, 'integrity_check'), 'ok')
    assert.deepEqual(db.prepare('select * from plan').all(), [])
    await bus.close(1_000)
  })

  test('a work that fills it takes its group with it, and none of their events is put later', async () => {
    const { db, bus, clock, ship, free } = await onSmallDisk(20)

    const calls = await Promise.allSettled([
      bus.transact((tx, append) => {
        tx.prepare('insert into note (text) values (?)').run('small')
        append('notes.outbox', anEntry({ Detail: '{"order":1}' }))
      }),
      bus.transact((tx, append) => {
        append('notes.outbox', anEntry({ Detail: '{"order":2}' }))
        tx.prepare('insert into note (text) values (?)').run('x'.repeat(1_000_000))
      }),
      bus.putEvents('orders', [anEntry({ Detail: '{"order":3}' })]),
    ])
    assert.deepEqual(
      calls.map(({ status }) => status),
      Array(3).fill('rejected'),
    )
    for (const call of calls)
      assert.match(String((call as PromiseRejectedResult).reason), /database or disk is full/)

    free()
    await bus.putEvents('orders', [anEntry({ Detail: '{"order":4}' })])
    await clock.move(10_000)

    assert.deepEqual(ship.orders, [4])
    assert.deepEqual(db.prepare('select * from note').all(), [])
    await bus.close(1_000)
  })
})

test('rows that cannot be stored fail the commit as a whole', async () => {
  const db = openDatabase(':memory:')
  const store = sqliteStore(db)
  const event = { id: 1, bus: 'orders', text: '{}' }

  await assert.rejects(
    store.commit([], () => someRows({ events: [event, event] })),
    /UNIQUE/,
  )

  assert.deepEqual(await store.tail('orders', 10, 1_000_000_000), [])
  await store.commit([], () => someRows({ events: [event] }))
  assert.equal((await store.tail('orders', 10, 1_000_000_000)).length, 1)
})

test('a dead letter and a text of its own that are not as they were written are not delivered', async () => {
  const db = openDatabase(':memory:')
  const store = sqliteStore(db)
  const own = aWaitingDelivery({ ownText: '{"detail":{"price":100}}' })
  const deadLetters = [aDeadLetter({ text: own.ownText as string })]
  await store.commit([], () => someRows({ deliveries: [own], deadLetters }))

  for (const [table, column] of [
    ['delivery', 'own_text'],
    ['dead_letter', 'text'],
  ])
    db.exec(`update ${table} set ${column} = replace(${column}, '100', '900')`)

  assert.equal((await store.due(own.target, 9_000, 1, plenty, nothing))[0]?.text, null)
  assert.equal((await store.deadLetters({}, 'newest', 1, plenty))[0]?.text, '')
})

test('a setting that is not as it was written is told, and what it is', async () => {
  const db = openDatabase(':memory:')
  const store = sqliteStore(db)
  const row = { kind: 'rule', name: 'orders/placed', text: '{"EventPattern":"shop"}' }
  await store.commit([], () => someRows({ settings: [row] }))

  db.exec(`update setting set text = replace(text, 'shop', 'shot')`)

  await assert.rejects(store.recover(), /setting rule orders\/placed is damaged/)
})
