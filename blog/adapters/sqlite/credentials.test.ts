import assert from 'node:assert/strict'
import { test } from 'node:test'
import { engine } from '@busbar/event-bus'
import { systemClock } from '@busbar/event-bus/adapters/node/clock'
import { migrate, openDatabase } from '@busbar/event-bus/adapters/sqlite/database'
import { type SqliteTx, sqliteStore } from '@busbar/event-bus/adapters/sqlite/store'
import { signInRequested } from '../../events.ts'
import { credentialsContract } from '../../ports.contract.ts'
import { aCredential, fillable } from '../../testing.ts'
import { sqliteCredentials } from './credentials.ts'
import { migrations } from './migrations.ts'

credentialsContract('credentials in SQLite', make)

test('stores neither credential nor event when the transaction fails at its end', async (t) => {
  const { credentials, announced, store, close } = await make()
  t.after(close)

  store.full = true
  await assert.rejects(credentials.keep(aCredential(), [signInRequested('1')]), {
    code: 'InternalException',
  })
  store.full = false

  assert.equal(await credentials.find('session', 'session-1', new Date()), null)
  assert.deepEqual(await announced(), [])
})

test('forgets what has expired, so that it does not pile up', async (t) => {
  const { credentials, db, close } = await make()
  t.after(close)
  const keep = (n: number, createdAt: string, expiresAt: string) =>
    credentials.keep(aCredential({ hash: `${n}`, createdAt, expiresAt }), [])
  for (let n = 0; n < 12; n++) await keep(n, '2026-01-01T12:00:00.000Z', '2026-01-01T12:15:00.000Z')

  for (let n = 12; n < 14; n++)
    await keep(n, '2026-01-01T12:15:00.000Z', '2026-01-01T12:30:00.000Z')

  const kept = db.prepare('select hash from credential order by hash').all()
  assert.deepEqual(
    kept.map(({ hash }) => hash),
    ['12', '13'],
  )
})

async function make() {
  const db = openDatabase(':memory:')
  const store = fillable(sqliteStore(db))
  const bus = await engine<SqliteTx>({ store, clock: systemClock, random: Math.random })
  migrate(db, 'blog', migrations)
  const stream = 'credentials.outbox'
  await bus.start({ rules: [], fanOutTargets: new Map(), pipes: new Map([[stream, stream]]) })
  return {
    credentials: sqliteCredentials(db, bus, 'credentials'),
    announced: async () =>
      (await bus.log(stream).tail(1_000, 1_000_000_000)).map(
        ({ detail }) => (detail as { readonly id: string }).id,
      ),
    db,
    store,
    close: () => bus.close(0),
  }
}
