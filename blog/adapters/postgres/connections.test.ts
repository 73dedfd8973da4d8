import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { commitLog, placeEvents } from '@busbar/event-bus/adapters/postgres/commit-log'
import { packaged, type Server, startServer } from '@busbar/event-bus/adapters/postgres/testing'
import { blogPostUpdated } from '../../events.ts'
import { aPost } from '../../testing.ts'
import { clusterConnections } from './connections.ts'
import { type TestNode, testNode } from './testing.ts'

const limitMs = 10_000
const never = 3_600_000

describe('the browsers of a cluster', { skip: packaged().programs === null }, () => {
  let server: Server
  const nodes: TestNode[] = []
  before(async () => {
    server = await startServer(packaged())
    for (let at = 0; at < 2; at++) nodes.push(await testNode(server.url(), 'browsers', []))
    await placeEvents((nodes[0] as TestNode).database, 'websocket')
  })
  after(async () => {
    await Promise.all(nodes.map((node) => node.close()))
    await server?.stop()
  })

  /** The connections of a node whose own browsers note how far they were told. */
  function connected({ database, store }: TestNode, pollMs: number) {
    const log = commitLog(database.pool, 'websocket', store.secret)
    const told: string[] = []
    const errors: unknown[] = []
    const own = { push: async (cursor: string) => void told.push(cursor) }
    const failed = (error: unknown) => errors.push(error)
    const made = clusterConnections(own, { database, changes: log, failed, pollMs })
    return { ...made, log, told, errors }
  }
  const put = async () => {
    const post = aPost()
    const [one] = nodes as [TestNode]
    await one.engine.putEvents('websocket', [blogPostUpdated(null, post)])
    return [await commitLog(one.database.pool, 'websocket', one.store.secret).head(), post] as const
  }
  async function until(done: () => boolean, what: string) {
    const deadline = performance.now() + limitMs
    while (!done()) {
      assert.ok(performance.now() < deadline, what)
      await pause(5)
    }
  }
  const change = (post: ReturnType<typeof aPost>) =>
    ({ eventName: 'INSERT', keys: { id: post.id }, newImage: post }) as const

  test('are told on all nodes what is pushed on one', async (t) => {
    const [one, two] = nodes.map((node) => connected(node, never)) as [
      ReturnType<typeof connected>,
      ReturnType<typeof connected>,
    ]
    t.after(() => Promise.all([one.close(), two.close()]))
    // Who listens has looked once.
    await until(() => one.told.length === 1 && two.told.length === 1, 'both listen')
    const [head, post] = await put()

    await one.push('any', change(post))

    assert.equal(one.told.at(-1), head, 'resolves when its own have been told')
    await until(() => two.told.at(-1) === head, 'the others are told')
  })

  test('are told soon also when no notice came', async (t) => {
    const one = connected(nodes[1] as TestNode, 20)
    t.after(() => one.close())

    const [head] = await put()

    await until(() => one.told.at(-1) === head, 'it looks by itself')
  })

  test('are told on after their connection to the database was cut', async (t) => {
    const [first] = nodes as [TestNode]
    const one = connected(first, never)
    t.after(() => one.close())
    await until(() => one.told.length === 1, 'it listens')
    await first.database.pool.query(`
      select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %'`)

    const [head] = await put()

    await until(() => one.told.at(-1) === head, 'it listens again, and looks')
  })

  test('that cannot be told now are told by a push that fails, and is tried again', async (t) => {
    const [first] = nodes as [TestNode]
    const told: string[] = []
    let isBroken = true
    const own = {
      async push(cursor: string) {
        if (isBroken) throw new Error('The log cannot be read')
        told.push(cursor)
      },
    }
    const log = commitLog(first.database.pool, 'websocket', first.store.secret)
    const { database } = first
    const made = clusterConnections(own, {
      ...{ database, changes: log, failed: () => {}, pollMs: never },
    })
    t.after(() => made.close())
    const [head, post] = await put()

    await assert.rejects(made.push('any', change(post)), /cannot be read/)
    isBroken = false
    await made.push('any', change(post))

    assert.deepEqual(told, [head])
  })
})
