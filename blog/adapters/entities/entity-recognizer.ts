/**
 * The embedded recogniser, in a thread of its own: 100,000 characters take it a second, in which
 * the web server would answer nobody.
 */
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import type { Entity, EntityRecognizer } from '../../ports.ts'

export interface CompromiseEntityRecognizer extends EntityRecognizer {
  /** Starts the worker and reads a sentence, so that the first post does not wait for either. */
  warm(): Promise<void>
  /** Ends the worker. Texts that are being read or wait are rejected, and so is every later one. */
  close(): Promise<void>
}
export interface Limits {
  /** Texts at a time: the one that is being read, and those that wait for it. */
  readonly texts: number
  /** For one text, from when its turn has come. The first one's includes the worker's start. */
  readonly timeMs: number
}
const limits: Limits = { texts: 100, timeMs: 20_000 }
/** In UTF-16 units; the port's. */
const longestText = 100_000

/**
 * `recognize` rejects with a `RangeError` when the text is too long, and with an `Error` that says
 * why when too many wait, when a text took too long or when the worker died; whatever happened, the
 * next text is read by a worker that is well.
 */
export function compromiseEntityRecognizer(
  chosen: Partial<Limits> & { readonly worker?: URL } = {},
): CompromiseEntityRecognizer {
  const { texts, timeMs } = { ...limits, ...chosen }
  const worker = chosen.worker ?? new URL('./worker.ts', import.meta.url)
  let pool: Piscina<string, readonly Entity[]> | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let closed = false

  return { recognize, warm, close }

  async function recognize(text: string): Promise<readonly Entity[]> {
    if (text.length > longestText)
      throw new RangeError(
        `The text has ${text.length} characters; at most ${longestText} are read`,
      )
    if (waiting >= texts)
      throw new Error(`${waiting} texts wait for the recogniser already; try again later`)
    waiting++
    // Piscina's own queue would do neither: a task with a signal is not counted against maxQueue,
    // and its time would run while it waits for others.
    const entities = turn.then(() => read(text)).finally(() => waiting--)
    turn = entities.catch(() => undefined)
    return entities
  }

  async function read(text: string): Promise<readonly Entity[]> {
    if (closed) throw new Error('The recogniser is closed')
    pool ??= start()
    const time = new AbortController()
    const timer = setTimeout(() => time.abort(), timeMs)
    try {
      return await pool.run(text, { signal: time.signal })
    } catch (cause) {
      if (closed) throw new Error('The recogniser was closed', { cause })
      const what = time.signal.aborted ? `took longer than ${timeMs} ms` : 'failed'
      throw new Error(`Recognising a text of ${text.length} characters ${what}`, { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  function start(): Piscina<string, readonly Entity[]> {
    const made = new Piscina<string, readonly Entity[]>({
      filename: fileURLToPath(worker),
      name: 'read',
      minThreads: 1,
      maxThreads: 1,
      // No resourceLimits: a worker that meets its memory limit sometimes takes the process with
      // it (three runs of six). What bounds the memory is the length of a text.
    })
    // A worker that dies between two texts is nobody's error: the next text gets another one.
    made.on('error', () => undefined)
    return made
  }

  async function warm(): Promise<void> {
    await recognize('Joe is going to Spain')
  }

  async function close(): Promise<void> {
    closed = true
    await pool?.destroy()
  }
}
