import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { packaged, type Server, startServer } from '@busbar/event-bus/adapters/postgres/testing'
import { saved } from '../../draft.ts'
import { draftsContract } from '../../ports.contract.ts'
import { aDraft, aSavedDraft } from '../../testing.ts'
import { postgresDrafts } from './drafts.ts'
import { type TestNode, testNode } from './testing.ts'

describe('drafts in PostgreSQL', { skip: packaged().programs === null }, () => {
  const nodes: TestNode[] = []
  let server: Server
  before(async () => {
    server = await startServer(packaged())
    for (let node = 0; node < 2; node++) nodes.push(await testNode(server.url(), 'drafts', []))
  })
  after(async () => {
    await Promise.all(nodes.map((node) => node.close()))
    await server?.stop()
  })

  async function all() {
    await nodes[0]?.database.pool.query('truncate draft')
    return nodes.map(({ database, engine }) => postgresDrafts(database, engine))
  }

  draftsContract('in PostgreSQL', async () => (await all())[0] as ReturnType<typeof postgresDrafts>)

  test('saved on two nodes at the same time have every save, each with its revision', async () => {
    const tables = await all()
    const draft = aSavedDraft()
    await tables[0]?.create(draft)

    const saves = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        tables[n % 2]?.change(draft.id, (found) =>
          saved(found, { draft: aDraft({ title: `${n}` }), publishAt: null }, 'any', found.savedAt),
        ),
      ),
    )

    const revisions = saves.map((each) => each?.revision ?? 0).toSorted((a, b) => a - b)
    assert.deepEqual(
      revisions,
      Array.from({ length: 12 }, (_, n) => n + 2),
    )
  })
})
