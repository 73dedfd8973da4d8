/** A node of a cluster: the whole blog in this process, with a PostgreSQL that it shares with others like it. */
import process from 'node:process'
import { commitLog, placeEvents } from '@busbar/event-bus/adapters/postgres/commit-log'
import { migrate, openDatabase } from '@busbar/event-bus/adapters/postgres/database'
import { postgresStore } from '@busbar/event-bus/adapters/postgres/store'
import { postgresSubscriptions } from '@busbar/event-bus/adapters/postgres/subscriptions'
import { busOn } from '@busbar/event-bus/bin/bus'
import { log } from '@busbar/event-bus/bin/log'
import { clusterConnections } from '../adapters/postgres/connections.ts'
import { postgresCredentials } from '../adapters/postgres/credentials.ts'
import { postgresDrafts } from '../adapters/postgres/drafts.ts'
import { postgresMailer } from '../adapters/postgres/mailer.ts'
import { migrations } from '../adapters/postgres/migrations.ts'
import { findOldPosts } from '../adapters/postgres/post-search.ts'
import { postgresPosts } from '../adapters/postgres/posts.ts'
import { postgresProgress } from '../adapters/postgres/progress.ts'
import { run } from './serve.ts'

const beatsUntilDead = 10

await run(async ({ cluster, bus: chosen }) => {
  if (!cluster) throw new Error('DATABASE_URL is not set: postgres://user:password@host/database')
  const { databaseUrl: url, requireStandby, deadMs } = cluster
  const beatMs = deadMs / beatsUntilDead
  const store = await postgresStore({ url, requireStandby, deadMs, beatMs })
  const database = await openDatabase({ url })
  await migrate(database, 'blog', migrations)
  await placeEvents(database, 'websocket')
  // Whoever supervises it starts it again, as another node.
  const bus = await busOn(store, chosen, (error) => {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  })
  const { engine } = bus
  await findOldPosts(database, (work) => engine.transact((tx) => work(tx)))
  const changes = commitLog(database.pool, 'websocket', store.secret)
  const closing: (() => Promise<void>)[] = []
  const { host, pathname } = new URL(url)
  return {
    ...{ bus, changes },
    posts: postgresPosts(database, engine, 'posts'),
    drafts: postgresDrafts(database, engine),
    subscriptions: await postgresSubscriptions(database, engine, 'subscriptions'),
    credentials: postgresCredentials(database, engine, 'credentials'),
    progress: postgresProgress(database, engine),
    mailbox: (options) => postgresMailer(database, engine, options),
    connections(own) {
      const failed = (error: unknown) => log('error', 'websocket', error)
      const made = clusterConnections(own, { database, changes, failed })
      closing.push(made.close)
      return made
    },
    data: `node     ${store.node.number} of the cluster at ${host}${pathname}`,
    async close() {
      for (const close of closing) await close()
    },
    closed: () => database.close(),
  }
})
