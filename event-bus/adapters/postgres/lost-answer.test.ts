/**
 * What becomes of a commit whose answer does not come: through a proxy that is made to swallow what the server
 * says, or what is said to it, without closing anything, as a network does that is cut.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import { Client } from 'pg'
import { someRows } from '../../testing.ts'
import { type PostgresStore, postgresStore } from './store.ts'
import { packaged, type Server, startServer } from './testing.ts'

let server: Server
let proxy: Awaited<ReturnType<typeof startProxy>>
let store: PostgresStore | null = null
before(async () => {
  server = await startServer(packaged())
  proxy = await startProxy(Number(new URL(server.url()).port))
})
afterEach(async () => {
  await store?.close()
  store = null
})
after(async () => {
  proxy.close()
  await server.stop()
})

/** In front of the server. Connections that are swallowing go on to be open; new ones are whole. */
async function startProxy(to: number) {
  const pairs = new Set<{ client: Socket; upstream: Socket; swallows: 'answers' | 'all' | null }>()
  const listener = createServer((client) => {
    const upstream = connect(to, '127.0.0.1')
    const pair = { client, upstream, swallows: null as 'answers' | 'all' | null }
    pairs.add(pair)
    client.on('data', (bytes) => pair.swallows === 'all' || upstream.write(bytes))
    upstream.on('data', (bytes) => pair.swallows === null && client.write(bytes))
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one
        .on('error', () => {})
        .on('close', () => {
          pairs.delete(pair)
          if (pair.swallows === null || one === client) other.destroy()
        })
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as { readonly port: number }
  return {
    port,
    swallow(what: 'answers' | 'all') {
      for (const pair of pairs) pair.swallows = what
    },
    close() {
      listener.close()
      for (const { client, upstream } of pairs) {
        client.destroy()
        upstream.destroy()
      }
    },
  }
}

async function aStore(schema: string): Promise<PostgresStore> {
  const url = new URL(server.url())
  url.port = String(proxy.port)
  store = await postgresStore({ url: url.href, schema, answerMs: 300, beatMs: 100, deadMs: 60_000 })
  return store
}
const anEvent = (id: number) => someRows({ events: [{ id, bus: 'orders', text: '{}' }] })
/** Asked of the server itself: what the store reads with is swallowed, too. */
async function ids(schema: string): Promise<readonly number[]> {
  const client = new Client({ connectionString: server.url() })
  await client.connect()
  const { rows } = await client.query(`select id from ${schema}.event order by id`)
  await client.end()
  return rows.map(({ id }) => Number(id))
}

test('a commit that was stored, and whose answer is lost, is told to be stored', async () => {
  const cut = await aStore('answers')
  await cut.commit([], () => anEvent(1))

  const commit = cut.commit([], () => {
    proxy.swallow('answers')
    return anEvent(2)
  })
  await commit
  await cut.commit([], () => anEvent(3))

  assert.deepEqual(await ids('answers'), [1, 2, 3])
})

test('a commit that never reached the server is told so, and does not come later', async () => {
  const cut = await aStore('requests')
  await cut.commit([], () => anEvent(1))

  const commit = cut.commit([], () => {
    proxy.swallow('all')
    return anEvent(2)
  })
  await assert.rejects(commit, /No answer from PostgreSQL within 300 ms/)
  await cut.commit([], () => anEvent(3))

  assert.deepEqual(await ids('requests'), [1, 3])
})

test('a work beside it is stored with it or not at all', async () => {
  const cut = await aStore('works')
  await cut.commit(
    [{ run: async (tx) => void (await tx.query('create table note (text text)')), failed() {} }],
    () => someRows(),
  )
  const write = (text: string) => ({
    run: async (tx: Parameters<Parameters<typeof cut.commit>[0][number]['run']>[0]) =>
      void (await tx.query('insert into note values ($1)', [text])),
    failed() {},
  })

  await cut
    .commit([write('a')], () => {
      proxy.swallow('answers')
      return anEvent(1)
    })
    .catch(() => {})
  await cut.commit([write('b')], () => anEvent(2))

  let notes: readonly Record<string, unknown>[] = []
  await cut.commit(
    [
      {
        run: async (tx) => {
          notes = await tx.query('select text from note order by text')
        },
        failed() {},
      },
    ],
    () => someRows(),
  )
  const stored = await ids('works')
  assert.ok(stored.includes(2))
  assert.deepEqual(
    notes.map(({ text }) => text),
    stored.map((id) => (id === 1 ? 'a' : 'b')),
  )
})
