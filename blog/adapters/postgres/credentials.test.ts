import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { packaged, type Server, startServer } from '@busbar/event-bus/adapters/postgres/testing'
import { credentialsContract } from '../../ports.contract.ts'
import { aCredential } from '../../testing.ts'
import { postgresCredentials } from './credentials.ts'
import { type TestNode, testNode, told } from './testing.ts'

describe('credentials in PostgreSQL', { skip: packaged().programs === null }, () => {
  const names = Array.from({ length: 20 }, (_, at) => `credentials-${at}`)
  const streams = names.map((name) => `${name}.outbox`)
  const nodes: TestNode[] = []
  let server: Server
  let emptied = 0
  before(async () => {
    server = await startServer(packaged())
    for (let node = 0; node < 2; node++)
      nodes.push(await testNode(server.url(), 'credentials', streams))
  })
  after(async () => {
    await Promise.all(nodes.map((node) => node.close()))
    await server?.stop()
  })

  async function make() {
    const name = names[emptied++] as string
    const [one] = nodes as [TestNode]
    await one.database.pool.query('truncate credential')
    const all = nodes.map(({ database, engine }) => postgresCredentials(database, engine, name))
    const [credentials, other] = all as [(typeof all)[number], (typeof all)[number]]
    return {
      ...{ credentials, other },
      announced: async () =>
        (await told(one, `${name}.outbox`)).map(
          ({ detail }) => (detail as { readonly id: string }).id,
        ),
      close: async () => {},
    }
  }

  credentialsContract('postgresCredentials', make)

  test('a link that is opened on two nodes at the same time lets one in', async () => {
    const { credentials, other } = await make()
    await credentials.keep(aCredential({ kind: 'link', hash: 'link' }), [])

    const now = new Date()
    const taken = await Promise.all(
      [credentials, other].map((each) => each.take('link', 'link', now)),
    )

    assert.equal(taken.filter((one) => one !== null).length, 1)
  })
})
