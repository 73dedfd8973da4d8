/**
 * The browsers that are listening, on the `ws` library. Each is sent every change that it watches
 * once and in order; one that comes back with its cursor is sent what it missed, or told to fetch anew.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { EventLog } from '@busbar/event-bus'
import { WebSocketServer } from 'ws'
import type { PostChange } from '../../events.ts'
import type { Connections } from '../../ports.ts'
import { type Client, client } from './client.ts'
import { hub } from './hub.ts'
import { defaults, type Limits } from './limits.ts'
import { type Refusal, refusal, refuse, type Site } from './upgrade.ts'

export type { Limits } from './limits.ts'

export interface WebsocketConnections extends Connections {
  /** The log says what the change is. */
  push(cursor: string, change?: PostChange): Promise<void>
  /** For `server.on('upgrade', …)`. Answers every request, also those it refuses. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Tells every browser that the server goes, waits a moment, hangs up on the rest. */
  close(): Promise<void>
  readonly size: number
}

export interface Options extends Site {
  /** The log of the bus whose changes are pushed. */
  readonly changes: EventLog
  /** Told what a keeper of the server may want to know; never a topic, an address or a text. */
  readonly log?: (line: { readonly message: string }) => void
  readonly limits?: Partial<Limits>
}

export async function websocketConnections({
  changes,
  log = () => {},
  limits: given = {},
  ...site
}: Options): Promise<WebsocketConnections> {
  const limits = { ...defaults, ...given }
  const { push, answer, left } = await hub(changes, limits, (message) => log({ message }))
  const clients = new Set<Client>()
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.frame,
    perMessageDeflate: false,
  })
  const heartbeat = setInterval(() => {
    for (const each of clients) each.beat()
  }, limits.heartbeatMs).unref()
  let closed: Promise<void> | null = null

  async function closeAll(): Promise<void> {
    clearInterval(heartbeat)
    for (const each of clients) each.close(1001, 'the server goes, come back with your cursor')
    await Promise.all([...clients].map(({ gone }) => gone))
  }

  return {
    push,
    upgrade(request, socket, head) {
      socket.on('error', () => {})
      const isFull = closed !== null || clients.size >= limits.connections
      const refused = refusal(request, site) ?? (isFull ? busy : null)
      if (refused) return refuse(socket, refused)
      server.handleUpgrade(request, socket, head, (websocket) => {
        const joined = client(websocket, limits, {
          answer,
          left(one, why) {
            left(one)
            if (why && !closed) log({ message: `A browser was hung up on: ${why}` })
          },
        })
        clients.add(joined)
        joined.gone.then(() => clients.delete(joined))
      })
    },
    close() {
      closed ??= closeAll()
      return closed
    },
    get size() {
      return clients.size
    },
  }
}

const busy: Refusal = {
  status: 503,
  title: 'Service Unavailable',
  detail: 'There is no room for another connection. Try again in a moment.',
}
