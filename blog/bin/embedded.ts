/** `npm start`: the whole blog in one process, with one file of SQLite. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { engine as eventEngine } from '@busbar/event-bus'
import { busRequests } from '@busbar/event-bus/adapters/http/bus-server'
import { systemClock as clock } from '@busbar/event-bus/adapters/node/clock'
import { migrate, openDatabase } from '@busbar/event-bus/adapters/sqlite/database'
import { sqliteStore } from '@busbar/event-bus/adapters/sqlite/store'
import { sqliteSubscriptions } from '@busbar/event-bus/adapters/sqlite/subscriptions'
import { deadLetterQueue } from '@busbar/event-bus/dead-letter-queue'
import { embedded } from '@busbar/runtime/embedded'
import { getRequestListener } from '@hono/node-server'
import { compromiseEntityRecognizer } from '../adapters/entities/entity-recognizer.ts'
import { httpApp } from '../adapters/http/http-app.ts'
import { sqliteMailer } from '../adapters/sqlite/mailer.ts'
import { migrations } from '../adapters/sqlite/migrations.ts'
import { sqlitePosts } from '../adapters/sqlite/posts.ts'
import { websocketConnections } from '../adapters/websocket/connections.ts'
import { blog } from '../flow.ts'
import { links } from '../links.ts'
import { address, closed, listen, malformed } from './listen.ts'
import { log } from './log.ts'
import { hostsOf, type Settings, settings, usage } from './settings.ts'
import { welcome } from './welcome.ts'

/**
 * How long the end waits for deliveries that are under way, a mail foremost: cut off between the
 * server's acceptance and our note of it, it would be sent again. Below what supervisors allow (30 s).
 */
const graceMs = 25_000

await start(read()).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
})

async function start(chosen: Settings): Promise<void> {
  const { host, busHost, dataDir, smtpUrl, mailFrom, authorToken } = chosen
  const web = await listen('PORT', host, chosen.port)
  const bus = await listen('BUSBAR_PORT', busHost, chosen.busPort)
  const publicUrl = chosen.publicUrl ?? address(host, web.port)

  const db = openDatabase(join(dataDir, 'busbar.db'))
  const failed = (error: unknown) => log('error', 'store', error)
  const engine = await eventEngine({ store: sqliteStore(db), clock, random: Math.random, failed })
  migrate(db, 'blog', migrations)

  const mailbox = smtpUrl ? null : sqliteMailer(db, engine, { clock, from: mailFrom })
  const smtp = smtpUrl
    ? (await import('../adapters/smtp/mailer.ts')).smtpMailer({ url: smtpUrl, from: mailFrom })
    : null
  const recognizer = compromiseEntityRecognizer()
  const changes = engine.log('websocket')
  const connections = await websocketConnections({
    ...{ changes, publicUrl, hosts: hostsOf(chosen, web.port) },
    log: (line) => log('info', 'websocket', line),
  })
  const call = await embedded(
    blog,
    {
      posts: sqlitePosts(db, engine, 'posts'),
      subscriptions: sqliteSubscriptions(db, engine, 'subscriptions'),
      mailer: (smtp ?? mailbox) as NonNullable<typeof smtp | typeof mailbox>,
      recognizer,
      connections,
      links: links(publicUrl),
      ids: { next: engine.nextId, token: () => randomBytes(16).toString('base64url') },
      clock,
    },
    engine,
  )

  let ready = true
  const shared = { ready: () => ready, log: (line: object) => log('error', 'http', line) }
  const app = httpApp({
    ...{ call, changes, mailbox, authorToken, publicUrl, ...shared },
    hosts: hostsOf(chosen, web.port),
  })
  web.requests = getRequestListener(app.fetch, { errorHandler: malformed })
  web.server.on('upgrade', connections.upgrade)
  bus.requests = busRequests({
    engine,
    deadLetters: deadLetterQueue(engine.inside),
    clock,
    hosts: hostsOf({ host: busHost, publicUrl: null }, bus.port),
    ...shared,
  })
  void recognizer.warm().catch((error: unknown) => ready && log('error', 'recognizer', error))
  const stop = async () => {
    if (!ready) return
    ready = false
    const requests = closed(web.server, 5_000)
    await connections.close()
    await requests
    await engine.close(graceMs)
    await recognizer.close()
    smtp?.close()
    await closed(bus.server, 1_000)
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  // Whoever presses Ctrl-C twice does not want to wait. Nothing is lost by that either.
  process.on('SIGINT', () => (ready ? void stop() : process.exit(130)))

  const addresses = { blog: address(host, web.port), bus: address(busHost, bus.port) }
  process.stdout.write(welcome({ ...chosen, ...addresses, pid: process.pid }))
}

function read(): Settings {
  try {
    return settings(process.argv.slice(2), process.env)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}\n`)
    process.exit(2)
  }
}
