/**
 * One browser. What goes to it waits in one bounded queue, in order; what a socket cannot take yet
 * is kept here as references to frames that all share, and not as bytes in the socket's own buffer.
 */
import type { RawData, WebSocket } from 'ws'
import { error, type Subject } from '../../frames.ts'
import type { Limits } from './limits.ts'

export interface Client {
  /** What it watches, by key, and after which cursor it has been sent everything. */
  readonly watches: Map<string, { readonly subject: Subject; readonly start: string }>
  send(frame: Buffer): void
  /** Frames that it has asked for: whoever sends them bounds them, and they do not make it too slow. */
  sendMissed(frames: readonly Buffer[]): void
  /** Tells what was wrong with a frame; one fault too many ends the connection. */
  fault(message: string): void
  /** Pings; hangs up when nothing has been heard since the last time. */
  beat(): void
  close(code: number, reason: string): void
  terminate(): void
  readonly isOpen: boolean
  /** Frames in the queue. */
  readonly waiting: number
  /** Bytes of those among them that it had missed. */
  readonly missedBytes: number
  /** Resolves when the connection is no more: after `close` in a bounded time. */
  readonly gone: Promise<void>
}

/** Bytes given to the socket before its queue has to be flushed. */
const ahead = 65_536

type Kind = 'live' | 'missed'

/** Answers one frame; the next is not read before it has. Never rejects. */
type Answer = (client: Client, data: RawData, isBinary: boolean) => Promise<void>

export function client(
  socket: WebSocket,
  limits: Pick<Limits, 'inbox' | 'outbox' | 'faults' | 'closeMs'>,
  { answer, left }: { answer: Answer; left: (client: Client, why: string | null) => void },
): Client {
  const outbox: { readonly frame: Buffer; readonly kind: Kind }[] = []
  const bytes = { live: 0, missed: 0 }
  let faults = 0
  let isHeard = true
  let isOpen = true
  let inbox = 0
  let answered = Promise.resolve()
  const gone = new Promise<void>((resolve) => {
    socket.on('close', () => {
      leave(null)
      resolve()
    })
  })

  function leave(why: string | null): void {
    if (!isOpen) return
    isOpen = false
    outbox.length = 0
    left(self, why)
  }

  function enqueue(frame: Buffer, kind: Kind): void {
    if (!isOpen) return
    outbox.push({ frame, kind })
    bytes[kind] += frame.length
    pump()
  }

  function pump(): void {
    while (isOpen && outbox.length > 0 && socket.bufferedAmount < ahead) {
      const next = outbox.shift()
      if (!next) return
      bytes[next.kind] -= next.frame.length
      socket.send(next.frame, { binary: false }, pump)
    }
  }

  const self: Client = {
    watches: new Map(),
    send(frame) {
      enqueue(frame, 'live')
      if (bytes.live > limits.outbox) self.close(1013, 'too slow, come back with your cursor')
    },
    sendMissed(frames) {
      for (const frame of frames) enqueue(frame, 'missed')
    },
    fault(message) {
      self.send(error(message))
      if (++faults >= limits.faults) self.close(1008, 'too many frames with faults')
    },
    beat() {
      if (!isHeard) return self.terminate()
      isHeard = false
      socket.ping()
    },
    close(code, reason) {
      if (!isOpen) return
      // What is queued already goes before it, as far as the socket has it.
      socket.close(code, reason)
      setTimeout(() => socket.terminate(), limits.closeMs).unref()
      leave(reason)
    },
    terminate() {
      socket.terminate()
    },
    get isOpen() {
      return isOpen
    },
    get waiting() {
      return outbox.length
    },
    get missedBytes() {
      return bytes.missed
    },
    gone,
  }

  socket.on('pong', () => {
    isHeard = true
  })
  socket.on('message', (data, isBinary) => {
    isHeard = true
    if (++inbox > limits.inbox) return self.close(1008, 'too many frames at once')
    answered = answered.then(async () => {
      if (isOpen) await answer(self, data, isBinary)
      inbox--
    })
  })
  // A frame that breaks the protocol, or a network that does; 'close' follows.
  socket.on('error', () => {})
  return self
}
