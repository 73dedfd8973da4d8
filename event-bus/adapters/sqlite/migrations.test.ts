/** A file of each earlier version is brought up to date with all that is in it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { idAt } from '../../engine/event-id.ts'
import { encodePlan } from '../../engine/plan.ts'
import type { Store } from '../../ports.ts'
import {
  aDeadLetter,
  anEngine,
  anEntry,
  aWaitingDelivery,
  handClock,
  nothing,
  plenty,
  recordingTarget,
  someRows,
  steeredStore,
} from '../../testing.ts'
import { migrate, openDatabase } from './database.ts'
import { migrations } from './migrations.ts'
import { type SqliteTx, sqliteStore } from './store.ts'

const ship = 'orders/placed/ship'
/** An event's id, of a minute before the clock's. */
const id = (number: number) => idAt(Date.parse('2026-01-01T11:59:00.000Z')) + number
const always = Number.MAX_SAFE_INTEGER - 1
const textOf = (order: number) => `{"version":"0","id":"x","detail":{"order":${order}}}`

/** As the first version has left it: something waits, something failed, something died, a plan is open. */
function firstVersion(): SqliteTx {
  const db = openDatabase(':memory:')
  migrate(db, 'event-bus', migrations.slice(0, 1))
  const event = db.prepare('insert into event (id, bus, text) values (?, ?, ?)')
  for (const number of [1, 2, 3, 4]) event.run(id(number), 'orders', textOf(number))
  db.prepare('insert into plan (first, text) values (?, ?)').run(
    id(3),
    encodePlan([{ target: ship, event: id(3) }]),
  )
  const delivery = db.prepare(`
    insert into delivery (target, event, item, attempts, due, error, progress)
    values (?, ?, ?, ?, ?, ?, ?)`)
  delivery.run(ship, id(1), '', 0, 1_000, null, null)
  delivery.run(ship, id(2), 'reader', 3, 2_000, 'late', '["a",1]')
  const letter = db.prepare(`
    insert into dead_letter
      (id, target, event, item, text, attempts, error, exhausted_retry_condition, died_at)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  letter.run(7, ship, id(4), '', textOf(4), 186, 'broken', 'MaximumRetryAttempts', 9_000)
  letter.run(9, 'orders/placed/bill', id(4), 'x', textOf(4), 1, 'no', null, 9_500)
  return db
}

describe('a file of the first version', () => {
  test('keeps the deliveries that wait, with all that is known of them', async () => {
    const kept = sqliteStore(firstVersion())

    const due = await kept.due(ship, always, 10, plenty, nothing)

    assert.deepEqual(
      due.map((row) => ({ ...row })),
      [
        { ...aWaitingDelivery({ event: id(1), due: 1_000 }), text: textOf(1) },
        {
          ...aWaitingDelivery({ event: id(2), item: 'reader', attempts: 3, due: 2_000 }),
          ...{ error: 'late', progress: '["a",1]', text: textOf(2) },
        },
      ],
    )
  })

  test('keeps its dead letters and their ids, and gives none of these again', async () => {
    const kept = sqliteStore(firstVersion())

    const before = await kept.deadLetters({}, 'oldest', 10, plenty)
    await kept.commit([], () => someRows({ revived: [{ id: 9 }] }))
    await kept.commit([], () => someRows({ deadLetters: [aDeadLetter()] }))
    const after = await kept.deadLetters({}, 'oldest', 10, plenty)

    assert.deepEqual(
      before.map((letter) => ({ ...letter })),
      [
        {
          ...aDeadLetter({ event: id(4), text: textOf(4), attempts: 186, error: 'broken' }),
          ...{ id: 7, exhaustedRetryCondition: 'MaximumRetryAttempts' },
          ...{ firstAt: 9_000, diedAt: 9_000 },
        },
        {
          ...aDeadLetter({
            target: 'orders/placed/bill',
            event: id(4),
            item: 'x',
            text: textOf(4),
          }),
          ...{ id: 9, error: 'no', firstAt: 9_500, diedAt: 9_500 },
        },
      ],
    )
    assert.deepEqual(
      after.map(({ id }) => id),
      [7, 10],
    )
  })

  test('is taken up by an engine, which delivers what waits, what was under way, and what comes', async () => {
    const clock = handClock()
    const target = recordingTarget(clock)
    const store = sqliteStore(firstVersion()) as unknown as Store<undefined>

    const { engine, counts } = await anEngine({
      ...{ clock, store: steeredStore(clock, store), targets: [target] },
    })
    await engine.putEvents('orders', [anEntry({ Detail: '{"order":5}' })])
    await clock.move(1_000)

    assert.deepEqual(target.orders.toSorted(), [1, 2, 3, 5])
    assert.deepEqual(await counts(), { waiting: 0, dead: 2 })
  })

  test('has no settings, and keeps those that are made', async () => {
    const db = firstVersion()
    const kept = sqliteStore(db)
    assert.deepEqual((await kept.recover()).settings, [])
    const row = { kind: 'rule', name: 'placed', text: '1' }

    await kept.commit([], () => someRows({ settings: [row] }))

    assert.deepEqual(
      (await sqliteStore(db).recover()).settings.map((each) => ({ ...each })),
      [row],
    )
  })
})

describe('a file of any version', () => {
  test('ends up with the same tables and indexes as one that is new', () => {
    const schema = (db: SqliteTx) =>
      db
        .prepare('select type, name, tbl_name from sqlite_schema order by type, name')
        .all()
        .map((row) => ({ ...row }))
    const fresh = openDatabase(':memory:')
    sqliteStore(fresh)
    for (let version = 1; version < migrations.length; version++) {
      const db = openDatabase(':memory:')
      migrate(db, 'event-bus', migrations.slice(0, version))
      sqliteStore(db)

      assert.deepEqual(schema(db), schema(fresh), `from version ${version}`)
    }
  })

  test('above this program’s is refused, and the message says what to do', () => {
    const db = openDatabase(':memory:')
    migrate(db, 'event-bus', [...migrations, 'create table later (x) strict'].slice(0, -1))
    db.prepare('insert into migration (package, number) values (?, ?)').run(
      'event-bus',
      migrations.length + 1,
    )

    assert.throws(() => sqliteStore(db), {
      message: new RegExp(
        `of event-bus are of version ${migrations.length + 1}, this program knows ${migrations.length}. Update the program`,
      ),
    })
  })
})
