import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { aWaitingDelivery, someRows } from '../../testing.ts'
import { openDatabase } from './database.ts'
import { sqliteStore } from './store.ts'

test('a file tells its bytes, those of its log, and what is overdue', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'busbar-'))
  const store = sqliteStore(openDatabase(join(folder, 'busbar.db')))
  t.after(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const waits = (target: string, event: number, due: number) =>
    aWaitingDelivery({ target, event, due })
  const deliveries = [waits('late', 7, 500), waits('late', 9, 400), waits('later', 8, 2_000)]
  assert.equal((await store.health?.(0))?.oldestEvent, null)
  await store.commit([], () => someRows({ deliveries }))

  const health = await store.health?.(1_000)

  assert.equal(health?.oldestEvent, 7)
  assert.deepEqual(health?.overdue, [['late', 400]])
  assert.deepEqual(
    health?.parts.map(({ name, bytes }) => [name, bytes > 0]),
    [
      ['file', true],
      ['write-ahead log', true],
    ],
  )
})

test('a database in memory has no log of its own', async () => {
  const store = sqliteStore(openDatabase(':memory:'))
  assert.deepEqual(
    (await store.health?.(0))?.parts.map(({ name }) => name),
    ['file'],
  )
  await store.close()
})
