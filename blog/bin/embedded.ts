/** The whole blog in one process, with one file of SQLite. */
import { migrate } from '@busbar/event-bus/adapters/sqlite/database'
import { sqliteSubscriptions } from '@busbar/event-bus/adapters/sqlite/subscriptions'
import { openBus } from '@busbar/event-bus/bin/bus'
import { sqliteCredentials } from '../adapters/sqlite/credentials.ts'
import { sqliteDrafts } from '../adapters/sqlite/drafts.ts'
import { sqliteMailer } from '../adapters/sqlite/mailer.ts'
import { migrations } from '../adapters/sqlite/migrations.ts'
import { sqlitePosts } from '../adapters/sqlite/posts.ts'
import { sqliteProgress } from '../adapters/sqlite/progress.ts'
import { run } from './serve.ts'

await run(async ({ bus: chosen, dataDir }) => {
  const bus = await openBus(chosen)
  const { db, engine } = bus
  migrate(db, 'blog', migrations)
  return {
    bus,
    posts: sqlitePosts(db, engine, 'posts'),
    drafts: sqliteDrafts(db, engine),
    subscriptions: sqliteSubscriptions(db, engine, 'subscriptions'),
    credentials: sqliteCredentials(db, engine, 'credentials'),
    progress: sqliteProgress(db, engine),
    changes: engine.log('websocket'),
    mailbox: (options) => sqliteMailer(db, engine, options),
    connections: (own) => own,
    data: `data     ${dataDir}`,
    close: async () => {},
    closed: async () => {},
  }
})
