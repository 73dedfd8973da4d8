/**
 * The browsers that listen, behind API Gateway's WebSocket API. Any number of functions push and
 * answer at the same time; each browser is sent each change once, in the log's order.
 */
import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Clock } from '@busbar/event-bus'
import {
  error,
  keyOf,
  parse,
  pong,
  type Request,
  resync,
  unwatched,
  watching,
} from '../../frames.ts'
import type { Connections } from '../../ports.ts'
import { gatewayBrowsers } from './browsers.ts'
import { missed, owed, type Part } from './catch-up.ts'
import { cursorOf, dynamoChangeLog, type Head, placeOf } from './change-log.ts'
import { connectionItems, type Lease, type Watch } from './connection-item.ts'
import { changesInOrder, type Patience } from './push.ts'
import { dynamoTable } from './table.ts'

export interface GatewayConnections extends Connections {
  /** `$connect`. Nothing can be sent to the browser before this is answered. */
  connect(connectionId: string): Promise<void>
  /** `$disconnect`, which API Gateway promises only to try to tell. */
  disconnect(connectionId: string): Promise<void>
  /** Any other route: what a browser sent. All that it is answered is sent to it as frames. */
  answer(connectionId: string, text: string, isBinary?: boolean): Promise<void>
}

export interface GatewayConnectionsOptions {
  readonly dynamoDb: DynamoDBClient
  /** Its endpoint is the stage's own: `https://<api>.execute-api.<region>.amazonaws.com/<stage>`. */
  readonly gateway: ApiGatewayManagementApiClient
  /** The table's name. */
  readonly table: string
  readonly clock: Pick<Clock, 'now'>
  readonly patience?: Patience
}

/** As docs/websocket.md says. */
const limits = { frame: 4_096, name: 100, watches: 100, faults: 20 }
/** Browsers that one push sends to at the same time. */
const atOnce = 25

type WatchRequest = Extract<Request, { action: 'watch' }>
type UnwatchRequest = Extract<Request, { action: 'unwatch' }>

export function gatewayConnections(options: GatewayConnectionsOptions): GatewayConnections {
  const { clock, gateway } = options
  const table = dynamoTable(options.dynamoDb, options.table)
  const log = dynamoChangeLog(table, clock)
  const items = connectionItems(table, clock)
  const browsers = gatewayBrowsers(gateway)

  /** Answers whether all were sent: not when the browser or the lease is gone. */
  async function send({ connection: { id }, renew }: Lease, frames: Part['frames']) {
    for (const frame of frames) {
      if (!(await renew())) return false
      if (await browsers.send(id, frame)) continue
      await items.forget(id)
      return false
    }
    return true
  }

  /** Brings a connection at least to `least`, and to `upTo` if it has to be told anything. */
  async function tell(id: string, keys: readonly string[], least: Head, upTo: Head) {
    const lease = await items.lease(id, least.at)
    if (lease === 'told') return
    // A watch may be left of a connection that went while it was made.
    if (lease === 'gone') return items.forget(id, keys)
    const { watches } = lease.connection
    let { position } = lease.connection
    try {
      for (const { at, frames } of await owed(log, upTo, { watches, position }, upTo.at)) {
        if (!(await send(lease, frames))) return
        position = at
      }
      position = upTo.at
    } finally {
      await lease.release({ watches, position })
    }
  }

  async function show(keys: readonly string[], head: Head): Promise<void> {
    const waiting = (await items.watching(keys)).values()
    // What others have added meanwhile goes along, and they find it done.
    const newest = await log.head()
    const failures: unknown[] = []
    const next = async () => {
      for (const id of waiting)
        await tell(id, keys, head, newest).catch((failure: unknown) => failures.push(failure))
    }
    await Promise.all(Array.from({ length: atOnce }, next))
    // All others have been told; those it failed for are behind, and are told when this is tried again.
    if (failures.length > 0) throw failures[0]
  }

  async function fault(id: string, message: string): Promise<void> {
    await browsers.send(id, error(message))
    if ((await items.fault(id)) < limits.faults) return
    await browsers.hangUp(id)
    await items.forget(id)
  }

  async function watch(lease: Lease, { subject, after }: WatchRequest): Promise<void> {
    const { connection } = lease
    const watches = new Map<string, Watch>(connection.watches)
    const { id } = connection
    let { position } = connection
    try {
      const key = keyOf(subject)
      const watched = watches.get(key)
      if (!watched && watches.size >= limits.watches)
        return await fault(
          id,
          `A connection watches at most ${limits.watches} topics and posts: unwatch one first`,
        )
      // The watch before the head: whoever adds a change after this head is read, sees the watch.
      await items.watch(id, key)
      const head = await log.head()
      const due = await owed(log, head, connection, head.at)
      const place = after === null ? head.at : placeOf(head, after)
      const late =
        after === null ? [] : await missed(log, head, connection, { key, subject, after: place })
      const isKnown = typeof late !== 'string'
      const from = isKnown && place !== null ? place : head.at
      const isSent = await send(lease, [
        ...due.flatMap(({ frames }) => frames),
        ...(isKnown ? [] : [resync(subject, cursorOf(head, head.at), late)]),
        watching(subject, isKnown && after !== null ? after : cursorOf(head, head.at)),
        ...(isKnown ? late : []),
      ])
      if (!isSent) return await items.unwatch(id, key)
      position = head.at
      watches.set(key, { subject, start: Math.min(from, watched?.start ?? from) })
    } finally {
      await lease.release({ position, watches })
    }
  }

  async function unwatch(lease: Lease, { subject }: UnwatchRequest): Promise<void> {
    const { id, position } = lease.connection
    const watches = new Map(lease.connection.watches)
    const key = keyOf(subject)
    watches.delete(key)
    try {
      await items.unwatch(id, key)
      await browsers.send(id, unwatched(subject))
    } finally {
      await lease.release({ position, watches })
    }
  }

  return {
    push: changesInOrder(log, show, options.patience),
    connect: items.open,
    disconnect: (id) => items.forget(id),
    async answer(id, text, isBinary = false) {
      if (isBinary) return fault(id, 'This is a binary frame. Expected is JSON in a text frame')
      if (Buffer.byteLength(text) > limits.frame)
        return fault(id, `A frame has at most ${limits.frame} bytes`)
      const request = parse(text, limits.name)
      if ('fault' in request) return fault(id, request.fault)
      if (request.action === 'ping') return void (await browsers.send(id, pong()))
      const lease = await items.lease(id)
      if (typeof lease === 'string') return // gone meanwhile
      await (request.action === 'watch' ? watch(lease, request) : unwatch(lease, request))
    },
  }
}
