/** A browser's side of `/ws`, which keeps every frame that it was sent. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Post } from '../blog/post.ts'
import { type Collected, collected } from './collected.ts'
import { within } from './within.ts'

/** A frame of the public contract; which of the fields are there depends on its type. */
export interface Frame {
  readonly type: 'watching' | 'unwatched' | 'BlogPostUpdated' | 'resync' | 'error'
  readonly topic?: string
  readonly postId?: string
  readonly eventName?: 'INSERT' | 'MODIFY' | 'REMOVE'
  /** Of a removed post only `id` and `topic`. */
  readonly post?: Post
  readonly cursor?: string
  readonly message?: string
}
/** A frame that tells a change. */
export type Change = Frame & Required<Pick<Frame, 'eventName' | 'post' | 'cursor'>>

export type Watch = { readonly topic: string } | { readonly postId: string }

export interface Socket {
  readonly frames: Collected<Frame>
  /** The changes among the frames, in the order in which they came. */
  changes(): readonly Change[]
  wait(is: (frame: Frame) => boolean, what: string, ms?: number): Promise<Frame>
  /** A string or bytes are sent as they are, anything else as JSON. */
  send(frame: unknown): void
  /** The code with which the connection ended. */
  readonly ended: Promise<number>
  /** Cuts the connection, as a lost network does. */
  cut(): void
  close(): Promise<void>
}

export const isChange = (frame: Frame): frame is Change => frame.type === 'BlogPostUpdated'

/** Rejects when the server does not take the connection. `told` is given each frame as it comes. */
export async function openSocket(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  told?: (frame: Frame) => void,
): Promise<Socket> {
  const socket = new WebSocket(url, { headers, handshakeTimeout: 10_000 })
  const frames = collected<Frame>()
  const end = Promise.withResolvers<number>()
  socket.on('close', (code: number) => end.resolve(code))
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString('utf8')) as Frame
    told?.(frame)
    frames.add(frame)
  })
  await once(socket, 'open') // rejects by 'error'
  socket.on('error', () => {}) // 'close' tells the same
  return {
    frames,
    changes: () => frames.items.filter(isChange),
    wait: frames.wait,
    send: (frame) =>
      socket.send(
        typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame),
      ),
    ended: end.promise,
    cut: () => socket.terminate(),
    async close() {
      socket.close()
      await within(5_000, 'the WebSocket to close', end.promise).catch(() => socket.terminate())
    },
  }
}

/** Resolves when the server has said that it watches; `cursor` is where it begins. */
export async function openWatch(
  url: string,
  watch: Watch,
  after?: string,
  told?: (frame: Frame) => void,
): Promise<Socket & { readonly cursor: string }> {
  const socket = await openSocket(url, {}, told)
  try {
    socket.send({ action: 'watch', ...watch, ...(after !== undefined && { after }) })
    const { cursor } = await socket.wait(({ type }) => type === 'watching', 'a watching frame')
    return { ...socket, cursor: String(cursor) }
  } catch (error) {
    socket.cut()
    throw error
  }
}
