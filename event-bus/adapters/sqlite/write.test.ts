/** What a commit costs does not depend on how much waits. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from './database.ts'
import { sqliteStore } from './store.ts'
import { laneStatements } from './write.ts'

for (const [name, sql] of Object.entries(laneStatements))
  test(`${name} reads one row by an index, or those of a lane in their order`, () => {
    const db = openDatabase(':memory:')
    sqliteStore(db)

    const plan = db
      .prepare(`explain query plan ${sql}`)
      .all()
      .map(({ detail }) => String(detail))
    const reads = plan.filter((step) => /^(SCAN|SEARCH)/.test(step))

    assert.ok(reads.length > 0, 'the plan was understood')
    // A lane's rows in their order, or one row.
    for (const step of reads) assert.match(step, /^SEARCH .*(\(target=\? AND lane=\?|event=\?\))/)
  })
