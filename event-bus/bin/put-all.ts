/**
 * Puts a stream of entries in requests of ten, several at a time, and tells what became of each in the
 * order of the input. Never more is in memory than what is under way.
 */
import type { PutEventsResponse } from '../event-bridge/put-events.ts'
import type { Client } from './client.ts'
import { type Entry, fits, sizeOf } from './entry.ts'
import { Failure } from './failure.ts'

interface Place {
  readonly line: number
  /** For messages: `orders.ndjson:3`. */
  readonly place: string
}
interface Fault {
  readonly ErrorCode: string
  readonly ErrorMessage: string
}
/** An entry, or why there is none. */
export type NumberedEntry = Place & ({ readonly entry: Entry } | { readonly fault: Fault })
export type Outcome = Place & ({ readonly EventId: string } | Fault)

/** How long a request waits to be filled up when nothing comes. */
const lingerMs = 20

/**
 * Entries that the bus refuses are told as failed, and the others go on. Rejects when the bus cannot
 * be reached any more: what was under way has been told as unknown, and the message says where nothing
 * was sent from.
 */
export async function putAll(
  bus: Pick<Client, 'call'>,
  entries: AsyncIterable<NumberedEntry>,
  {
    inFlight,
    told,
    signal,
  }: {
    readonly inFlight: number
    /** The next request is not sent before it has resolved. */
    readonly told: (outcomes: readonly Outcome[]) => Promise<void>
    readonly signal: AbortSignal
  },
): Promise<void> {
  const underWay: Promise<readonly Outcome[]>[] = []
  let lost: Failure | null = null
  const send = async (batch: readonly NumberedEntry[]) =>
    put(bus, batch, signal, (failure) => {
      lost ??= failure
    })
  async function first(): Promise<void> {
    await told((await underWay.shift()) ?? [])
  }

  try {
    for await (const batch of batches(entries)) {
      if (lost !== null) throw nothingFrom(batch[0], lost)
      underWay.push(send(batch))
      if (underWay.length >= inFlight) await first()
    }
  } finally {
    while (underWay.length > 0) await first()
  }
  if (lost !== null) throw lost
}

const nothingFrom = (from: Place | undefined, { message }: Failure) =>
  new Failure('failed', `${message} Nothing was sent from ${from?.place ?? 'there'} on.`)

async function put(
  bus: Pick<Client, 'call'>,
  batch: readonly NumberedEntry[],
  signal: AbortSignal,
  lost: (failure: Failure) => void,
): Promise<readonly Outcome[]> {
  const good = batch.filter((each) => 'entry' in each)
  const outcomes = new Map<NumberedEntry, Outcome>()
  for (const each of batch)
    if ('fault' in each) outcomes.set(each, { ...placeOf(each), ...each.fault })

  async function ask(part: typeof good): Promise<void> {
    if (part.length === 0) return
    try {
      const answer = await bus.call<PutEventsResponse>(
        'PutEvents',
        { Entries: part.map(({ entry }) => entry) },
        { signal },
      )
      for (const [at, each] of part.entries())
        outcomes.set(each, { ...placeOf(each), ...(answer.Entries[at] as Fault) })
    } catch (error) {
      if (!(error instanceof Failure) || signal.aborted) throw error
      // One of them makes the whole request invalid, and nothing of it was put: which one?
      if (error.code === 'ValidationException' && part.length > 1) {
        for (const each of part) await ask([each])
        return
      }
      const isRefused = error.code?.endsWith('Exception') ?? false
      if (!isRefused) lost(error)
      const fault = isRefused
        ? { ErrorCode: String(error.code), ErrorMessage: error.message.replace(/ \(\w+\)$/, '') }
        : { ErrorCode: 'Unknown', ErrorMessage: 'It may have been put or not: no answer came.' }
      for (const each of part) outcomes.set(each, { ...placeOf(each), ...fault })
    }
  }
  await ask(good)
  return batch.flatMap((each) => outcomes.get(each) ?? [])
}

const placeOf = ({ line, place }: Place): Place => ({ line, place })

/** What fits into a request; or less, when nothing more comes for a moment. */
async function* batches(
  entries: AsyncIterable<NumberedEntry>,
): AsyncGenerator<readonly NumberedEntry[]> {
  const reading = entries[Symbol.asyncIterator]()
  let batch: NumberedEntry[] = []
  let bytes = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  for (let next = reading.next(); ; ) {
    next.catch(() => {}) // it is told below, when what came before has been sent
    const lingered =
      batch.length === 0
        ? []
        : [new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), lingerMs)))]
    const came = await Promise.race([next, ...lingered]).catch((error: unknown) => ({ error }))
    clearTimeout(timer)
    const item = came === null || 'error' in came || came.done ? undefined : came.value
    const size = item && 'entry' in item ? sizeOf(item.entry) : 0
    if (batch.length > 0 && (item === undefined || !fits(batch.length, bytes, size))) {
      yield batch
      batch = []
      bytes = 0
    }
    if (came === null) continue
    if ('error' in came) throw came.error
    if (item === undefined) return
    batch.push(item)
    bytes += size
    next = reading.next()
  }
}
