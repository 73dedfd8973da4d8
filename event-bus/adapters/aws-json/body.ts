/**
 * Reads the bodies of requests with bounds: on one, on all that are in memory at once over all
 * connections, and on how long one may take to come.
 */
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../ports.ts'
import { WireError } from './wire-error.ts'

/**
 * PutEvents takes 1 MB of texts. JSON escapes a byte by six at most, and the rest of a request fits
 * into what is left.
 */
export const largestBody = 8 * 1024 * 1024
/** Of all bodies together, from their first byte to their answer. */
export const mostBytes = 64 * 1024 * 1024
/** For all of a body to come: a connection that trickles would hold the others' memory. */
export const bodyMs = 20_000

const tooLarge = () =>
  new WireError(
    'RequestEntityTooLargeException',
    `The body is larger than ${largestBody} bytes. Send fewer or smaller entries at once.`,
  )

function unreadable({ headers }: IncomingMessage): WireError | null {
  if (Number(headers['content-length'] ?? 0) > largestBody) return tooLarge()
  const encoding = headers['content-encoding']
  if (encoding === undefined || encoding === 'identity') return null
  return new WireError(
    'UnsupportedMediaTypeException',
    'The body has a Content-Encoding. Send it as it is.',
  )
}

const empty = Buffer.alloc(0)

/**
 * What is there and the chunk behind it, with room for as much again: kept one by one, chunks of a
 * byte would take a hundred times their size.
 */
function joined(there: Buffer, size: number, chunk: Buffer): Buffer {
  const needed = size + chunk.length
  const room = needed <= there.length ? there : Buffer.allocUnsafeSlow(needed * 2)
  if (room !== there) there.copy(room, 0, 0, size)
  chunk.copy(room, size)
  return room
}

export function bodies({ clock }: { readonly clock: Pick<Clock, 'after'> }) {
  let held = 0
  /** How to give up those of which a part has come, the oldest first. */
  const coming = new Set<() => void>()

  /** The slowest give way: who holds a body back does not keep the others out. */
  function makeRoom(): void {
    for (const giveUp of coming) {
      if (held <= mostBytes) return
      giveUp()
    }
  }

  return {
    /**
     * Calls back once: with the body, and with `release`, to be called when it was answered; or with
     * the error to answer, and the rest of the body is not read then. Never calls back when the
     * connection ends before the body does.
     */
    read(
      request: IncomingMessage,
      done: (body: Buffer, release: () => void) => void,
      refused: (error: WireError) => void,
    ): void {
      const unread = unreadable(request)
      if (unread) {
        refused(unread)
        return
      }
      let body: Buffer = empty
      let size = 0
      let released = false
      const release = () => {
        if (released) return
        released = true
        held -= size
      }
      const stop = () => {
        cancel()
        coming.delete(full)
        request.off('data', data).off('end', end).off('close', gone)
      }
      const refuse = (error: WireError) => {
        stop()
        release()
        body = empty
        refused(error)
      }
      const full = () =>
        refuse(
          new WireError(
            'ThrottlingException',
            `Bodies of ${mostBytes} bytes are in memory already. Try again in a second.`,
          ),
        )
      const data = (chunk: Buffer) => {
        const before = size
        size += chunk.length
        held += chunk.length
        if (size > largestBody) return refuse(tooLarge())
        body = before === 0 ? chunk : joined(body, before, chunk)
        coming.add(full)
        makeRoom()
      }
      const end = () => {
        stop()
        done(body.subarray(0, size), release)
      }
      const gone = () => {
        stop()
        release()
      }
      const cancel = clock.after(bodyMs, () =>
        refuse(
          new WireError(
            'RequestTimeoutException',
            `The body did not come within ${bodyMs / 1_000} seconds.`,
          ),
        ),
      )
      request.on('data', data).on('end', end).on('close', gone)
    },
  }
}
