/** `npm start`: the whole blog in one process, with one file of SQLite. */
import { randomBytes } from 'node:crypto'
import { systemClock as clock } from '@busbar/event-bus/adapters/node/clock'
import { migrate } from '@busbar/event-bus/adapters/sqlite/database'
import { sqliteSubscriptions } from '@busbar/event-bus/adapters/sqlite/subscriptions'
import { openBus } from '@busbar/event-bus/bin/bus'
import { address, closed, listen } from '@busbar/event-bus/bin/listen'
import { log } from '@busbar/event-bus/bin/log'
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
import { malformed } from './malformed.ts'
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
  const { host, smtpUrl, mailFrom, authorToken } = chosen
  const web = await listen('PORT', host, chosen.port)
  const busWeb = await listen('BUSBAR_PORT', chosen.bus.host, chosen.bus.port)
  const publicUrl = chosen.publicUrl ?? address(host, web.port)

  const bus = await openBus(chosen.bus)
  const { db, engine } = bus
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
  const app = embedded(blog, {
    posts: sqlitePosts(db, engine, 'posts'),
    subscriptions: sqliteSubscriptions(db, engine, 'subscriptions'),
    mailer: (smtp ?? mailbox) as NonNullable<typeof smtp | typeof mailbox>,
    recognizer,
    connections,
    links: links(publicUrl),
    ids: { next: engine.nextId, token: () => randomBytes(16).toString('base64url') },
    clock,
  })

  let ready = true
  const isReady = () => ready
  busWeb.requests = await bus.start(app, { port: busWeb.port, ready: isReady })
  const pages = httpApp({
    ...{ call: app.call, changes, mailbox, authorToken, publicUrl, ready: isReady },
    log: (line) => log('error', 'http', line),
    hosts: hostsOf(chosen, web.port),
  })
  web.requests = getRequestListener(pages.fetch, { errorHandler: malformed })
  web.server.on('upgrade', connections.upgrade)
  void recognizer.warm().catch((error: unknown) => ready && log('error', 'recognizer', error))
  const stop = async () => {
    if (!ready) return
    ready = false
    const requests = closed(web.server, 5_000)
    await connections.close()
    await requests
    await bus.close(graceMs)
    await recognizer.close()
    smtp?.close()
    await closed(busWeb.server, 1_000)
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  // Whoever presses Ctrl-C twice does not want to wait. Nothing is lost by that either.
  process.on('SIGINT', () => (ready ? void stop() : process.exit(130)))

  const addresses = {
    blog: address(host, web.port),
    busUrl: address(chosen.bus.host, busWeb.port),
  }
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
