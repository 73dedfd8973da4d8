/**
 * What becomes of a commit whose answer does not come: through a proxy that is made to swallow what the server
 * says, or what is said to it, without closing anything, as a network does that is cut.
 */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { Client } from 'pg'
import type { Others, PlanRow } from '../../ports.ts'
import { aWaitingDelivery, someRows } from '../../testing.ts'
import { type HalfOpen, halfOpen } from './half-open.ts'
import { type PostgresStore, postgresStore } from './store.ts'
import { packaged, type Server, startServer } from './testing.ts'

let server: Server
let proxy: HalfOpen
let store: PostgresStore | null = null
before(async () => {
  server = await startServer(packaged())
  proxy = await halfOpen(Number(new URL(server.url()).port))
})
afterEach(async () => {
  proxy.heal()
  proxy.overhear(() => {})
  await store?.close()
  store = null
})
after(async () => {
  proxy.close()
  await server.stop()
})

async function aStore(schema: string): Promise<PostgresStore> {
  const url = proxy.of(server.url())
  store = await postgresStore({ url, schema, answerMs: 500, beatMs: 100, deadMs: 60_000 })
  return store
}
const limitMs = 10_000
async function within<T>(promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`It takes ${limitMs} ms`)), limitMs)
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer))
}
const nobody: Others = {
  settings() {},
  plans() {},
  due() {},
  nodes() {},
  ended() {},
  mark: () => 0,
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
  await assert.rejects(commit, /No answer from PostgreSQL within 500 ms/)
  await cut.commit([], () => anEvent(3))

  assert.deepEqual(await ids('requests'), [1, 3])
})

test('a commit of a life that has ended meanwhile is told not to be known', async () => {
  const cut = await aStore('ended')
  await cut.commit([], () => anEvent(1))

  const commit = cut.commit([], () => {
    proxy.swallow('answers')
    return anEvent(2)
  })
  const client = new Client({ connectionString: server.url() })
  await client.connect()
  await client.query('set search_path = ended; select depart_1(epoch, null) from node')
  await client.end()

  await within(assert.rejects(commit, { code: 'InternalException', mayBeStored: true }))
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

test('a work that finds no connection is not at fault, and is told so in one answer’s time', async () => {
  const cut = await aStore('faultless')
  await cut.commit([], () => anEvent(1))
  proxy.swallow('all')
  const failed: unknown[] = []
  const work = {
    run: async (tx: Parameters<Parameters<typeof cut.commit>[0][number]['run']>[0]) =>
      void (await tx.query('select 1')),
    failed: (error: unknown) => failed.push(error),
  }

  await assert.rejects(
    cut.commit([work], () => anEvent(2)),
    /No answer from PostgreSQL within 500 ms/,
  )
  await cut.commit([work], () => anEvent(3))

  assert.deepEqual(failed, [])
  assert.deepEqual(await ids('faultless'), [1, 3])
})

describe('what another has left', () => {
  for (const [at, statement] of ['take_up_1', 'commit'].entries())
    test(`comes, though the answer to ${statement} is lost`, async () => {
      const schema = `left_${at}`
      const url = server.url()
      const gone = await postgresStore({ url, schema })
      await gone.commit([], () => someRows({ plans: [{ first: 7, text: '{}' }] }))
      const cut = await aStore(schema)
      await cut.recover()
      const come = Promise.withResolvers<readonly PlanRow[]>()
      let [isAsked, isLost] = [false, false]
      proxy.overhear((request, loseAnswers) => {
        isAsked ||= request.includes('take_up_1')
        if (isLost || !isAsked || !request.includes(statement)) return
        isLost = true
        loseAnswers()
      })
      cut.follow({ ...nobody, plans: come.resolve })

      await gone.close()

      assert.deepEqual(await within(come.promise), [{ first: 7, text: '{}' }])
      assert.ok(isLost)
    })
})

test('deliveries that were asked for, and come to the server later than that was given up, are not forgotten', async () => {
  const cut = await aStore('late')
  await cut.commit([], () => someRows({ deliveries: [aWaitingDelivery({ due: 1 })] }))
  const { target } = aWaitingDelivery()
  await cut.nextDue(target, 0) // over a connection that is kept
  proxy.hold('requests')
  await assert.rejects(cut.due(target, 10, 10, 1_000, new Set()))
  const come = Promise.withResolvers<string>()
  cut.follow({ ...nobody, due: ([first]) => first?.[1] === 0 && come.resolve(first[0]) })

  proxy.heal()

  assert.equal(await within(come.promise), target)
  assert.equal((await cut.due(target, 10, 10, 1_000, new Set())).length, 1)
})

describe('a node that is cut off from everything', () => {
  test('is told so within the time that an answer may take, and ends without waiting for more', async () => {
    const cut = await aStore('cut_off')
    await cut.commit([], () => anEvent(1))
    await cut.tail('orders', 10, 1_000)
    proxy.swallow('all', true)

    await assert.rejects(cut.tail('orders', 10, 1_000))
    cut.commit([], () => anEvent(2)).catch(() => {})
    await within(cut.close())

    assert.deepEqual(await ids('cut_off'), [1])
    store = null
  })

  test('goes on with what it was doing when the network is whole again', async () => {
    const cut = await aStore('mended')
    await cut.commit([], () => anEvent(1))

    const commit = cut.commit([], () => {
      proxy.hold('all')
      return anEvent(2)
    })
    await within(assert.rejects(cut.tail('orders', 10, 1_000)))
    proxy.heal()
    const isStored = await within(
      commit.then(
        () => true,
        () => false,
      ),
    )
    await cut.commit([], () => anEvent(3))

    assert.deepEqual(await ids('mended'), isStored ? [1, 2, 3] : [1, 3])
  })
})
