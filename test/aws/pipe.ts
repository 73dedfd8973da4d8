/**
 * An EventBridge pipe from a table's stream to a bus: filters, enriches in batches, fills in the target's
 * parameters, and puts. In order: a batch that fails is tried again before anything behind it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { EventBridge, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { jsonCutter, jsonPath } from '@busbar/event-bus/json-path'
import { compile } from '@busbar/event-pattern'
import type { LambdaFunction } from './function.ts'
import type { StreamReader } from './stream.ts'
import { list, type Members, members } from './template.ts'
import type { Writes } from './writes.ts'

export interface PipeOptions {
  readonly name: string
  /** The properties of the pipe, resolved. */
  readonly properties: Members
  readonly reader: StreamReader
  /** By the functions. Others' are found by looking every now and then. */
  readonly writes: Writes
  readonly enrichment: LambdaFunction | null
  readonly bus: EventBridge
  /** Tells the dead-letter queue of the source. */
  readonly bury: (message: string) => Promise<void>
  readonly log: (line: string) => void
}

export interface Pipe {
  /** Resolves when it has done what it was at; what it could not do waits for the next one. */
  stop(): Promise<void>
  /** Records that were read and are not done yet: for the next one. */
  readonly pending: readonly object[]
}

/**
 * A pipe polls a few times a second, for which no test wants to wait. Here it is told of writes, and looks so
 * often for what they tell, should the stream be behind them; of other writes it does not know, and looks for
 * them less and less often as long as there are none.
 */
const looksMs = [15, 150]
const unaskedMs = { first: 500, last: 2_000 }
const firstDelayMs = 50
const longestDelayMs = 2_000
/** What Pipes takes of a function, and EventBridge of an entry. */
const mostEntryBytes = 1_048_576

export function pipe(options: PipeOptions, left: readonly object[] = []): Pipe {
  const { name, properties, reader, writes, enrichment, bus, log } = options
  const source = members(members(properties.SourceParameters).DynamoDBStreamParameters)
  const filters = list(members(members(properties.SourceParameters).FilterCriteria).Filters)
  const patterns = filters.map(({ Pattern }) => compile(String(Pattern)))
  const batchSize = Number(source.BatchSize ?? 100)
  const attempts = Number(source.MaximumRetryAttempts ?? -1)
  const bisects = source.OnPartialBatchItemFailure === 'AUTOMATIC_BISECT'
  const pending: object[] = [...left]
  const end = new AbortController()
  /** `arn:aws:dynamodb:ddblocal:000000000000:table/posts/stream/…` */
  const table = String(properties.Source).split('/')[1] ?? ''

  const passes = (record: object) =>
    patterns.length === 0 || patterns.some((matches) => matches(record))

  async function enriched(records: readonly object[]): Promise<readonly unknown[]> {
    if (!enrichment) return records
    const answer = await enrichment.invoke(records)
    if (!Array.isArray(answer)) return [answer]
    return answer
  }

  async function put(entries: readonly PutEventsRequestEntry[]): Promise<void> {
    for (let at = 0; at < entries.length; at += 10) {
      const Entries = entries.slice(at, at + 10)
      const { FailedEntryCount, Entries: answers = [] } = await bus.putEvents({ Entries })
      const failed = answers.find(({ ErrorCode }) => ErrorCode !== undefined)
      if (FailedEntryCount) throw new Error(`${failed?.ErrorCode}: ${failed?.ErrorMessage}`)
    }
  }

  /** Rejects when it was ended before it came to an end. */
  async function bring(records: readonly object[]): Promise<void> {
    for (let attempt = 0; ; attempt++)
      try {
        const events = await enriched(records)
        return await put(events.map((event) => entryOf(properties, event)))
      } catch (error) {
        end.signal.throwIfAborted()
        log(`pipe ${name}: ${(error as Error).message}`)
        if (attempts >= 0 && attempt >= attempts) {
          await options.bury(
            JSON.stringify({ pipe: name, error: (error as Error).message, records }),
          )
          return
        }
        if (bisects && attempt > 0 && records.length > 1) {
          const half = Math.ceil(records.length / 2)
          await bring(records.slice(0, half))
          return bring(records.slice(half))
        }
        const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** attempt)
        await pause(delay, undefined, { signal: end.signal })
      }
  }

  let looks = 0
  let unasked = unaskedMs.first
  async function readOn(): Promise<void> {
    const count = writes.count(table)
    const read = await reader.read()
    pending.push(...read.filter(passes))
    const delay = looksMs[looks]
    if (read.length > 0) {
      looks = 0
      unasked = unaskedMs.first
    } else if (delay !== undefined) {
      looks++
      await writes.above(table, count, delay, end.signal)
    } else {
      await writes.above(table, count, unasked, end.signal)
      unasked = Math.min(unaskedMs.last, 2 * unasked)
      if (writes.count(table) > count) looks = 0
    }
  }

  async function run(): Promise<void> {
    while (!end.signal.aborted)
      try {
        if (pending.length === 0) await readOn()
        const batch = pending.slice(0, batchSize)
        if (batch.length === 0) continue
        await bring(batch)
        pending.splice(0, batch.length)
      } catch (error) {
        if (end.signal.aborted) return
        log(`pipe ${name}: ${(error as Error).message}`)
        await pause(longestDelayMs, undefined, { signal: end.signal }).catch(() => {})
      }
  }

  const running = run()
  return {
    pending,
    async stop() {
      end.abort()
      await running
    },
  }
}

/** Fills in dynamic paths and the template of the input, as the "Pipes input transformation" page has it. */
export function entryOf(pipe: Members, event: unknown): PutEventsRequestEntry {
  const { InputTemplate, EventBridgeEventBusParameters } = members(pipe.TargetParameters)
  const text = JSON.stringify(event)
  const cut = jsonCutter(text)
  const cutAt = (path: string): string => {
    const parsed = jsonPath(path)
    const found = parsed && cut(parsed)
    if (found === undefined) throw new Error(`There is no ${path} in ${text.slice(0, 200)}`)
    return found
  }
  const filled = (value: unknown): unknown => {
    if (typeof value !== 'string' || !value.startsWith('$')) return value
    const found = JSON.parse(cutAt(value))
    return typeof found === 'string' ? found : JSON.stringify(found)
  }
  const parameters = Object.fromEntries(
    Object.entries(members(EventBridgeEventBusParameters)).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(filled) : filled(value),
    ]),
  )
  const detail =
    InputTemplate === undefined
      ? text
      : String(InputTemplate).replaceAll(/<(\$[^>]*)>/g, (_, path: string) => cutAt(path))
  if (Buffer.byteLength(detail) > mostEntryBytes) throw new Error('An entry is larger than 1 MB')
  return {
    EventBusName: String(pipe.Target),
    ...parameters,
    Detail: detail,
  } as PutEventsRequestEntry
}
