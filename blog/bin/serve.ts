/** The blog put together in this process, on whatever it stands: its ports, its pages, its bus, and how it ends. */
import { randomBytes } from 'node:crypto'
import process from 'node:process'
import type { Clock, EventLog, Subscriptions } from '@busbar/event-bus'
import { systemClock as clock } from '@busbar/event-bus/adapters/node/clock'
import { type Bus, lazyHttp } from '@busbar/event-bus/bin/bus'
import { address, closed, listen } from '@busbar/event-bus/bin/listen'
import { log } from '@busbar/event-bus/bin/log'
import { embedded } from '@busbar/runtime/embedded'
import { getRequestListener } from '@hono/node-server'
import { compromiseEntityRecognizer } from '../adapters/entities/entity-recognizer.ts'
import { clientScript } from '../adapters/esbuild/client-script.ts'
import { httpApp } from '../adapters/http/http-app.ts'
import { hmacSeal } from '../adapters/node/seal.ts'
import {
  type WebsocketConnections,
  websocketConnections,
} from '../adapters/websocket/connections.ts'
import { blog } from '../flow.ts'
import { links } from '../links.ts'
import type {
  Connections,
  Credentials,
  Drafts,
  Mailbox,
  Mailer,
  Posts,
  Progress,
} from '../ports.ts'
import { renderer } from '../web/renderer.ts'
import { firstLink } from './first-link.ts'
import { malformed } from './malformed.ts'
import { hostsOf, type Settings, settings, usage } from './settings.ts'
import { welcome } from './welcome.ts'

/** What differs between one process with a file and a node of a cluster. */
export interface Ground {
  readonly bus: Pick<Bus<unknown>, 'engine' | 'secret' | 'start' | 'close'>
  readonly posts: Posts
  readonly drafts: Drafts
  readonly subscriptions: Subscriptions
  readonly credentials: Credentials
  readonly progress: Progress
  /** What browsers are told. */
  readonly changes: EventLog
  mailbox(options: { readonly clock: Clock; readonly from: string }): Mailer & Mailbox
  /** How a change reaches the browsers of this process, and of others. */
  connections(own: WebsocketConnections): Connections
  /** What is said of it in the welcome. */
  readonly data: string
  /** Before the bus ends. */
  close(): Promise<void>
  /** When the bus has ended. */
  closed(): Promise<void>
}

/**
 * How long the end waits for deliveries that are under way, a mail foremost: cut off between the
 * server's acceptance and our note of it, it would be sent again. Below what supervisors allow (30 s).
 */
const graceMs = 25_000

/** Runs it by what the environment and the flags say; when that cannot be, says why and ends. */
export async function run(open: (chosen: Settings) => Promise<Ground>): Promise<void> {
  await serve(read(), open).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exit(1)
  })
}

async function serve(chosen: Settings, open: (chosen: Settings) => Promise<Ground>): Promise<void> {
  const { host, smtpUrl, mailFrom, authorToken, authors } = chosen
  const web = await listen('PORT', host, chosen.port)
  const busWeb = await listen('BUSBAR_PORT', chosen.bus.host, chosen.bus.port)
  const publicUrl = chosen.publicUrl ?? address(host, web.port)

  const ground = await open(chosen)
  const { bus, changes, credentials } = ground
  const mailbox = smtpUrl ? null : ground.mailbox({ clock, from: mailFrom })
  const smtp = smtpUrl
    ? (await import('../adapters/smtp/mailer.ts')).smtpMailer({ url: smtpUrl, from: mailFrom })
    : null
  const recognizer = compromiseEntityRecognizer()
  const connections = await websocketConnections({
    ...{ changes, publicUrl, hosts: hostsOf(chosen, web.port) },
    log: (line) => log('info', 'websocket', line),
  })
  const http = lazyHttp(chosen.webhooks)
  const ids = { next: bus.engine.nextId, token: () => randomBytes(16).toString('base64url') }
  const seal = hmacSeal(() => bus.secret)
  const app = embedded(blog, {
    posts: ground.posts,
    drafts: ground.drafts,
    subscriptions: ground.subscriptions,
    credentials,
    progress: ground.progress,
    mailer: (smtp ?? mailbox) as NonNullable<typeof smtp | typeof mailbox>,
    http,
    recognizer,
    connections: ground.connections(connections),
    renderer: renderer(publicUrl),
    links: links(publicUrl),
    seal,
    ids,
    clock,
  })

  let ready = true
  const isReady = () => ready
  busWeb.requests = await bus.start(app, { port: busWeb.port, ready: isReady })
  const pages = httpApp({
    ...{ call: app.call, changes, mailbox, publicUrl, ready: isReady },
    ...{ authorToken, authors, credentials, clock, trustProxy: chosen.trustProxy },
    log: (line) => log('error', 'http', line),
    hosts: hostsOf(chosen, web.port),
    script: clientScript(),
    deadLetters: `${address(chosen.bus.host, busWeb.port)}/`,
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
    await ground.close()
    await bus.close(graceMs)
    await ground.closed()
    await recognizer.close()
    await http.close()
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
  const data = `${ground.data}   (process ${process.pid}: kill -9 it and start again, nothing is lost)`
  const link = await firstLink(chosen, { credentials, seal, links: links(publicUrl), ids, clock })
  process.stdout.write(welcome({ ...chosen, ...addresses, data, link }))
}

function read(): Settings {
  try {
    return settings(process.argv.slice(2), process.env)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}\n`)
    process.exit(2)
  }
}
