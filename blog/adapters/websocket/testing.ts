/** A log in memory, a server on a free port and browsers that connect to it: what tests here need. */
import { on, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { EventBridgeEvent, EventLog } from '@busbar/event-bus'
import { type ClientOptions, WebSocket } from 'ws'
import { blogPostUpdated } from '../../events.ts'
import type { Post } from '../../post.ts'
import { anEvent } from '../../testing.ts'
import { type Options, websocketConnections } from './connections.ts'

export interface MemoryLog extends EventLog {
  /** Adds the change from one image to the next, and answers its cursor. */
  change(before: Post | null, after: Post | null): string
  /** Adds any event, and answers its cursor. */
  append(detailType: string, detail: unknown): string
  /** A cursor of this log at which there is no event of it, as another bus's event has one. */
  elsewhere(): string
  /** What a retention does. */
  forgetAllBefore(cursor: string): void
  readonly events: readonly EventBridgeEvent[]
  /** Called when a read has looked and has not answered yet; may throw. */
  reading: () => void | Promise<void>
  readonly reads: number
  /** What the newest events were asked for with. */
  readonly tails: readonly { readonly limit: number; readonly bytes: number }[]
}

/** Behaves as the engine's: cursors sort by time, and the head of an empty log is now. */
export function memoryLog(): MemoryLog {
  let events: EventBridgeEvent[] = []
  let now = 0
  let horizon = ''
  let reads = 0
  const tails: { readonly limit: number; readonly bytes: number }[] = []
  const tick = () => `${String(++now).padStart(8, '0')}-of-this-log`
  const self: MemoryLog = {
    change: (before, after) =>
      self.append('BlogPostUpdated', JSON.parse(blogPostUpdated(before, after).Detail)),
    append(detailType, detail) {
      const id = tick()
      events.push(anEvent(detailType, detail, id))
      return id
    },
    elsewhere: tick,
    forgetAllBefore(cursor) {
      horizon = cursor
      events = events.filter(({ id }) => id >= cursor)
    },
    get events() {
      return events
    },
    get reads() {
      return reads
    },
    reading: () => {},
    async head() {
      return events.at(-1)?.id ?? tick()
    },
    async after(cursor, limit) {
      reads++
      const found = events.filter(({ id }) => id > cursor).slice(0, limit)
      const isKnown = /^\d{8}-of-this-log$/.test(cursor) && cursor >= horizon
      await self.reading()
      return isKnown ? found : null
    },
    tails,
    async tail(limit, bytes) {
      tails.push({ limit, bytes })
      let first = events.length
      let left = bytes
      while (first > 0 && events.length - first < limit) {
        left -= Buffer.byteLength(JSON.stringify(events[first - 1]))
        if (left < 0 && first < events.length) break
        first--
      }
      return events.slice(first)
    },
  }
  return self
}

/** Fails loudly instead of hanging. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within 5 s`)), 5_000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** Looks again each turn: for what tells nobody when it comes about. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within 5 s`)
    await nextTurn()
  }
}

export type Frame = Readonly<Record<string, unknown>> & {
  readonly type: string
  readonly cursor: string
}

export interface Browser {
  readonly socket: WebSocket
  /** Sends a text as it is, and anything else as JSON. */
  send(frame: unknown): void
  next(): Promise<Frame>
  /** Sends, and answers what comes next. */
  ask(frame: unknown): Promise<Frame>
  /** All that came until now and had not been asked for: an answer of the server is the fence. */
  rest(): Promise<readonly Frame[]>
  closed(): Promise<{ readonly code: number; readonly reason: string }>
}

export async function browser(url: string, options: ClientOptions = {}): Promise<Browser> {
  const socket = new WebSocket(url, options)
  const messages = on(socket, 'message', { close: ['close'] })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  await within(once(socket, 'open'), 'a connection')
  const self: Browser = {
    socket,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    async next() {
      const { value, done } = await within(messages.next(), 'a frame')
      if (done) throw new Error('The connection was closed instead of a frame')
      const [data, isBinary] = value
      if (isBinary) throw new Error('The server sent a binary frame')
      return JSON.parse(String(data))
    },
    ask(frame) {
      self.send(frame)
      return self.next()
    },
    async rest() {
      const fence = 'the end of the rest'
      self.send({ action: 'unwatch', topic: fence })
      const frames: Frame[] = []
      for (;;) {
        const frame = await self.next()
        if (frame.type === 'unwatched' && frame.topic === fence) return frames
        frames.push(frame)
      }
    },
    closed: () => within(closed, 'a close'),
  }
  socket.on('error', () => {})
  return self
}

/** Everything of it is closed with the test. */
export async function started(t: TestContext, options: Partial<Options> = {}) {
  const log = memoryLog()
  return { log, ...(await startedOn(t, log, options)) }
}

export async function startedOn(t: TestContext, log: MemoryLog, options: Partial<Options> = {}) {
  const connections = await websocketConnections({ changes: log, hosts: null, ...options })
  const server = createServer().on('upgrade', connections.upgrade)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const browsers: Browser[] = []
  t.after(async () => {
    for (const { socket } of browsers) socket.terminate()
    await connections.close()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    connections,
    server,
    port,
    open: async (options?: ClientOptions, path = '/ws'): Promise<Browser> => {
      const opened = await browser(`ws://127.0.0.1:${port}${path}`, options)
      browsers.push(opened)
      return opened
    },
    /** As the bus does it: the log has the change, then it is pushed. */
    tell: async (before: Post | null, after: Post | null): Promise<string> => {
      const cursor = log.change(before, after)
      await connections.push(cursor, JSON.parse(blogPostUpdated(before, after).Detail))
      return cursor
    },
  }
}
