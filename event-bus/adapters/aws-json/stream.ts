/**
 * Answers that go on: one JSON object a line, an empty line when nothing came for a while, and an
 * error as the last line when there is one.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Stream } from '../../event-bridge/operations.ts'
import type { Clock } from '../../ports.ts'
import type { Request } from '../../request.ts'
import { answerText } from './times.ts'
import { WireError } from './wire-error.ts'

const beatMs = 10_000
/** Whoever asked is answered within this, though nothing has happened yet. */
const firstBeatMs = 250
/** At once. Each holds a connection and what it reads from. */
const mostStreams = 100

export function streaming({
  clock,
  failed,
}: {
  readonly clock: Pick<Clock, 'after'>
  /** Answers what the world is told. */
  readonly failed: (error: unknown) => object
}) {
  let open = 0

  /** `refused` is told of an error before the head was sent. */
  return async (
    stream: Stream,
    request: Request,
    response: ServerResponse,
    refused: (error: unknown) => void,
  ): Promise<void> => {
    if (open >= mostStreams)
      return refused(
        new WireError(
          'ThrottlingException',
          `${mostStreams} streams are open already. End one of them.`,
        ),
      )
    open++
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const head = () => {
      if (!response.headersSent)
        response.writeHead(200, {
          'x-amzn-RequestId': randomUUID(),
          'content-type': 'application/x-ndjson',
          'cache-control': 'no-store',
        })
    }
    let cancel = () => {}
    const beat = (ms: number) => {
      cancel()
      cancel = clock.after(ms, () => {
        head()
        if (!response.writableNeedDrain) response.write('\n')
        beat(beatMs)
      })
    }
    beat(firstBeatMs)
    try {
      for await (const line of stream(request, gone.signal)) {
        if (gone.signal.aborted) break
        head()
        if (!response.write(`${answerText(line)}\n`))
          await once(response, 'drain', { signal: gone.signal })
        beat(beatMs)
      }
      head()
      response.end()
    } catch (error) {
      if (gone.signal.aborted) return
      if (response.headersSent) response.end(`${JSON.stringify(failed(error))}\n`)
      else refused(error)
    } finally {
      cancel()
      open--
    }
  }
}
