/** What tests of streams need: to read one line after the other, and to end it when the test has. */
import type { Stream } from '../event-bridge/operations.ts'
import type { Request } from '../request.ts'

export interface ReadStream<Line> {
  /** The lines from here on, as many as that. Waits for them. */
  next(count: number): Promise<readonly Line[]>
  /** All of them, when the stream has ended. */
  rest(): Promise<readonly Line[]>
  abort(): void
}

export function readStream<Line extends object>(
  stream: Stream | undefined,
  request: Request = {},
): ReadStream<Line> {
  if (!stream) throw new Error('There is no such stream')
  const stopped = new AbortController()
  const lines = stream(request, stopped.signal)[Symbol.asyncIterator]()
  async function read(count: number): Promise<readonly Line[]> {
    const found: Line[] = []
    while (found.length < count) {
      const { done, value } = await lines.next()
      if (done) break
      found.push(value as Line)
    }
    return found
  }
  return {
    next: read,
    rest: () => read(Number.POSITIVE_INFINITY),
    abort: () => stopped.abort(),
  }
}
