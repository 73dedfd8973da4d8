/**
 * A reader whose connection is cut again and again: it comes back with the cursor of the last frame
 * it saw, and keeps a ledger of all it was shown, over all its connections.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { type Collected, collected } from './collected.ts'
import { type Change, type Frame, isChange, openSocket, type Socket, type Watch } from './socket.ts'

export interface Follower {
  readonly changes: Collected<Change>
  /** How often the server could not say what was missed. */
  resyncs(): number
  connections(): number
  /** Cuts the connection. */
  cut(): void
  /** Rejects when it had given up coming back. */
  close(): Promise<void>
}

const comeBackWithinMs = 30_000

/** Resolves when the first connection watches. */
export async function follow(url: string, watch: Watch): Promise<Follower> {
  const changes = collected<Change>()
  const watching = Promise.withResolvers<void>()
  let cursor: string | undefined
  let socket: Socket | null = null
  let resyncs = 0
  let connections = 0
  let closing = false

  function told(frame: Frame): void {
    if (frame.type === 'resync') {
      resyncs++
      cursor = frame.cursor
    } else if (frame.type === 'watching') {
      cursor ??= frame.cursor
      watching.resolve()
    } else if (isChange(frame)) {
      cursor = frame.cursor
      changes.add(frame)
    }
  }

  async function connect(): Promise<Socket | null> {
    const deadline = performance.now() + comeBackWithinMs
    while (!closing) {
      try {
        return await openSocket(url, {}, told)
      } catch (error) {
        if (performance.now() > deadline) throw error
        await pause(20)
      }
    }
    return null
  }

  async function run(): Promise<void> {
    while (!closing) {
      socket = await connect()
      if (!socket) return
      connections++
      socket.send({ action: 'watch', ...watch, ...(cursor !== undefined && { after: cursor }) })
      if (closing) socket.cut()
      await socket.ended
    }
  }

  const over = run()
  over.catch(watching.reject)
  await watching.promise
  return {
    changes,
    resyncs: () => resyncs,
    connections: () => connections,
    cut: () => socket?.cut(),
    async close() {
      closing = true
      socket?.cut()
      await over
    },
  }
}
