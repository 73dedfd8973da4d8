import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { someRows } from '../../testing.ts'
import { openDatabase } from './database.ts'
import { sqliteStore } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'busbar-checkpoints-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const anEvent = (id: number) => ({ id, bus: 'orders', text: 'x'.repeat(100_000) })

test('after 4 MB of events the log begins anew, however much is written', async () => {
  const path = join(folder, 'busbar.db')
  const store = sqliteStore(openDatabase(path))
  const log = () => statSync(`${path}-wal`).size
  let largest = 0
  for (let id = 1; id <= 200; id++) {
    await store.commit([], () => someRows({ events: [anEvent(id)] }))
    largest = Math.max(largest, log())
    await turn()
  }

  assert.ok(largest > 4_194_304, 'there was something to be carried over')
  assert.ok(largest < 6_000_000, `20 MB of events left a log of ${largest} bytes`)
  assert.equal((await store.events('orders', 0, 500)).length, 200)
  await store.close()
})

test('a store that is closed meanwhile is left alone', async () => {
  const store = sqliteStore(openDatabase(join(folder, 'closed.db')))
  const events = Array.from({ length: 50 }, (_, at) => anEvent(at + 1))
  await store.commit([], () => someRows({ events }))
  await store.close()

  await turn()
  await turn()
})
