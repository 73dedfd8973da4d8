import { after, before, describe } from 'node:test'
import { packaged, type Server, startServer } from '@busbar/event-bus/adapters/postgres/testing'
import { progressContract } from '../../ports.contract.ts'
import { postgresProgress } from './progress.ts'
import { type TestNode, testNode } from './testing.ts'

describe('progress in PostgreSQL', { skip: packaged().programs === null }, () => {
  let node: TestNode
  let server: Server
  before(async () => {
    server = await startServer(packaged())
    node = await testNode(server.url(), 'progress', [])
  })
  after(async () => {
    await node?.close()
    await server?.stop()
  })

  progressContract('in PostgreSQL', async () => {
    await node.database.pool.query('truncate progress, announcement')
    return postgresProgress(node.database, node.engine)
  })
})
