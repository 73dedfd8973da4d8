/** The store on real servers: PostgreSQL 18 as the package has it, and 15 or newer where the system has one. */
import { after, afterEach, before, describe } from 'node:test'
import { Client } from 'pg'
import { storeContract } from '../../ports.contract.ts'
import { type PostgresStore, type PostgresTx, postgresStore } from './store.ts'
import { debian, packaged, type Server, startServer } from './testing.ts'

const other = debian()
for (const [version, skip] of [
  [packaged(), false],
  [other, other.programs === null && other.missing],
] as const) {
  describe(`on ${version.name}`, { skip }, () => {
    let server: Server
    const open = new Set<PostgresStore>()
    let schemas = 0
    before(async () => {
      server = await startServer(version)
    })
    afterEach(async () => {
      await Promise.all([...open].map((each) => each.close()))
      open.clear()
    })
    after(() => server?.stop())

    async function opened(schema: string): Promise<PostgresStore> {
      const store = await postgresStore({ url: server.url(), schema })
      open.add(store)
      return store
    }
    async function ask(text: string) {
      const client = new Client({ connectionString: server.url() })
      await client.connect()
      const { rows } = await client.query(text)
      await client.end()
      return rows
    }

    storeContract<PostgresTx>('postgresStore', async () => {
      const schema = `contract_${++schemas}`
      const store = await opened(schema)
      await ask(`create table ${schema}.note (number serial, text text not null)`)
      return {
        store,
        write: async (tx, note) =>
          void (await tx.query('insert into note (text) values ($1)', [note])),
        notes: async () =>
          (await ask(`select text from ${schema}.note order by number`)).map(({ text }) => text),
        async reopened() {
          await store.close()
          open.delete(store)
          return opened(schema)
        },
      }
    })
  })
}
