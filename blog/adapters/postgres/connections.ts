/**
 * Browsers on all nodes are told a change that a delivery on one of them pushes: each node reads the log by
 * itself, and is woken when there is more. What wakes them is one notice for many changes, and no part of
 * the commit that writes them: there it would take a lock that all writers want. A notice that is lost
 * costs a fraction of a second: every node looks by itself, too.
 */
import type { EventLog } from '@busbar/event-bus'
import type { Database } from '@busbar/event-bus/adapters/postgres/database'
import type { Connections } from '../../ports.ts'

export interface ClusterConnections extends Connections {
  close(): Promise<void>
}

export interface ClusterConnectionsOptions {
  readonly database: Pick<Database, 'pool' | 'connect'>
  /** The same log on all nodes. */
  readonly changes: Pick<EventLog, 'head'>
  /** Told what goes wrong; it goes on. */
  readonly failed: (error: unknown) => void
  /** How often it looks by itself. */
  readonly pollMs?: number
}

type Client = Awaited<ReturnType<Database['connect']>>
const channel = `'busbar changes ' || current_schema()`
const noticeMs = 10
const reconnectMs = 1_000

/** `own` are the browsers of this node. */
export function clusterConnections(
  own: { push(cursor: string): Promise<void> },
  { database, changes, failed, pollMs = 200 }: ClusterConnectionsOptions,
): ClusterConnections {
  let closed = false
  let told = ''
  let listener: Client | null = null
  let connecting: Promise<void> | null = null
  let retry: NodeJS.Timeout | null = null
  let notice: NodeJS.Timeout | null = null

  async function tell(): Promise<void> {
    const head = await changes.head()
    if (head === told) return
    await own.push(head)
    told = head
  }

  let reading: Promise<void> | null = null
  let next: Promise<void> | null = null
  /** Resolves when all that was in the log when it was called has been told here. */
  function look(): Promise<void> {
    if (next) return next
    if (!reading) {
      reading = tell().finally(() => {
        reading = null
      })
      return reading
    }
    // What is read now was perhaps asked for before this change was there.
    next = reading
      .catch(() => {})
      .then(() => {
        next = null
        return look()
      })
    return next
  }
  const lookAlone = () => look().catch((error) => closed || failed(error))

  async function listen(): Promise<void> {
    const client = await database.connect()
    if (closed) return client.end()
    listener = client
    client.on('notification', lookAlone)
    client.once('end', () => {
      if (listener === client) listener = null
      again()
    })
    const { rows } = await client.query(`select ${channel} as name`)
    await client.query(`listen ${client.escapeIdentifier(String(rows[0].name))}`)
    lookAlone()
  }
  function again(): void {
    if (closed || retry) return
    retry = setTimeout(() => {
      retry = null
      start()
    }, reconnectMs)
  }
  function start(): void {
    connecting = listen().catch((error) => {
      if (closed) return
      failed(error)
      void listener?.end().catch(() => {})
      listener = null
      again()
    })
  }

  /** The others. Called again before it was sent, it is the same notice. */
  function notify(): void {
    if (closed) return
    notice ??= setTimeout(() => {
      notice = null
      database.pool
        .query(`select pg_notify(${channel}, '')`)
        .catch((error) => closed || failed(error))
    }, noticeMs)
  }

  start()
  const poll = setInterval(lookAlone, pollMs)
  return {
    async push() {
      notify()
      await look()
    },
    async close() {
      closed = true
      clearInterval(poll)
      if (retry) clearTimeout(retry)
      if (notice) clearTimeout(notice)
      await connecting
      await listener?.end().catch(() => {})
      await Promise.allSettled([reading, next])
    },
  }
}
