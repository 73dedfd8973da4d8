/**
 * `Busbar.Tail`: what happens on the bus, as it happens. Events are read from the log by cursor, so one
 * who reads slowly falls behind, holds up nobody and misses nothing; deliveries are told by the engine
 * and kept for a while. While nobody tails, the engine does nothing for it.
 *
 * Where several processes share a log, it shows the events of all, by their ids, and the deliveries
 * that this process has made: those of others stand nowhere where it could read them.
 */
import { compile, type Match } from '@busbar/event-pattern'
import { busNameOf } from '../arn.ts'
import { eventBusNameOrArn } from '../constraints.ts'
import { idAt, idOf, uuidOf } from '../engine/event-id.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import type { EventRow } from '../ports.ts'
import { type Request, requested } from '../request.ts'
import type { TailLine } from './busbar-answers.ts'
import type { EventBridge } from './event-bridge.ts'
import type { Stream } from './operations.ts'
import { patternLimits } from './rules.ts'
import { tailedDeliveries } from './tailed-deliveries.ts'

/** At once: each reads the log for itself. */
const mostTails = 100
/** Events that are read at once, and characters of their texts where the store counts them. */
const pageSize = 50
const pageBytes = 1_048_576
/** How long a tail that is up to date lets events gather, so that it reads fifty times a second at most. */
const restMs = 20
/** How often it looks for events of which nobody here is told. */
const othersMs = 200

interface Asked {
  readonly bus: string | undefined
  readonly matches: Match | undefined
  readonly deliveries: boolean
  /** Events behind this id. */
  readonly after: number
  /** From now on: not even what is stored and not complete yet is missed. */
  readonly isOpen: boolean
  /** Whether it is the last that was seen: what is gone behind it was missed. */
  readonly isCursor: boolean
}

export function tail({
  engine: { inside },
  bridge,
}: {
  readonly engine: { readonly inside: Inside }
  readonly bridge: Pick<EventBridge, 'describeEventBus'>
}): Stream {
  let open = 0
  return (request, signal) => {
    const asked = askedOf(request, inside)
    if (open >= mostTails)
      throw new BusError(
        'LimitExceededException',
        `${mostTails} tails are open, and there may be no more at once. Close one of them.`,
      )
    open++
    return lines(asked, { inside, bridge, signal, ended: () => open-- })
  }
}

function lines(
  { bus, matches, deliveries: isTold, after, isOpen, isCursor }: Asked,
  {
    inside: { store, clock, suffix, routing, horizon, watch },
    bridge,
    signal,
    ended,
  }: {
    readonly inside: Inside
    readonly bridge: Pick<EventBridge, 'describeEventBus'>
    readonly signal: AbortSignal
    readonly ended: () => void
  },
): AsyncIterable<TailLine> {
  const isShared = store.node.of > 1
  const begin = isShared && isOpen ? store.completeUpTo() : null
  begin?.catch(() => {}) // awaited when the first line is asked for
  let position = after
  /** Of the events up to this id none was missed. */
  let complete = isCursor ? after : Math.max(after, horizon())
  let isOver = false
  /** Something has happened since the last read began. */
  let isWoken = false
  /** An event has been stored since then. */
  let isStored = false
  /** All that is stored has been read: what the log forgets from here on was not missed. */
  let isUpToDate = false
  let wake = () => {}
  let release = () => {}
  const deliveries = isTold ? tailedDeliveries({ clock, suffix, bus, matches }) : null

  const unwatch = watch({
    stored(events) {
      if (bus !== undefined && !events.some((event) => event.bus === bus)) return
      if (isUpToDate) complete = Math.max(complete, horizon())
      isUpToDate = false
      isStored = true
      told()
    },
    ended(outcome, startedAt) {
      if (deliveries?.add(outcome, startedAt)) told()
    },
    closed: end,
  })
  signal.addEventListener('abort', end)
  if (signal.aborted) end()

  function told(): void {
    isWoken = true
    wake()
  }
  function end(): void {
    if (isOver) return
    isOver = true
    unwatch()
    signal.removeEventListener('abort', end)
    ended()
    release()
  }
  /** Until `arm` says so or it is over. */
  const until = (arm: (go: () => void) => void) =>
    new Promise<void>((resolve) => {
      release = resolve
      if (isOver) resolve()
      else arm(resolve)
    })

  const read = async (end: number): Promise<readonly EventRow[]> =>
    bus === undefined
      ? store.oldest(position, end + 1, pageSize, pageBytes)
      : (await store.events(bus, position, pageSize)).map((row) => ({ ...row, bus }))

  const lineOf = ({ id, bus: on, text }: EventRow): TailLine => ({
    ...{ Type: 'Event', EventBusName: on, Cursor: uuidOf(id, suffix), Event: text },
    Rules: [
      ...new Set(
        routing.route(on, text).map((key) => key.slice(on.length + 1, key.lastIndexOf('/'))),
      ),
    ],
  })

  /** What comes next, in the order in which it is told: no delivery before its event. */
  async function* next(): AsyncGenerator<TailLine, void> {
    isWoken = false
    isStored = false
    const toldBefore = deliveries?.count ?? 0
    const end = await store.completeUpTo()
    const rows = await read(end)
    if (horizon() > Math.max(complete, position)) {
      complete = horizon()
      yield { Type: 'Missed' }
    }
    for (const row of rows) {
      position = row.id
      if (matches && !matches(row.text)) continue
      deliveries?.shown(row.id)
      yield lineOf(row)
    }
    const isEnd = rows.length === 0
    isUpToDate = isEnd && !isStored && !isShared
    if (isEnd && isShared) complete = Math.max(complete, end)
    // What was told before the log was read to its end is about events that have been shown, or complete.
    if (deliveries && isShared)
      yield* deliveries.take(isEnd ? Math.max(position, end) : position, 0)
    else if (deliveries) yield* deliveries.take(position, isEnd ? toldBefore : 0)
    if (!isEnd) return until((go) => clock.soon(go))
    let cancel = () => {}
    await until((go) => {
      cancel = clock.after(restMs, go)
    })
    cancel()
    await until((go) => {
      if (isWoken) return go()
      wake = go
      if (isShared) cancel = clock.after(othersMs - restMs, go)
    })
    cancel()
  }

  async function* all(): AsyncGenerator<TailLine, void> {
    try {
      if (bus !== undefined) await bridge.describeEventBus({ Name: bus })
      if (begin) position = complete = Math.min(after, await begin)
      while (!isOver)
        for await (const line of next()) {
          if (isOver) return
          yield line
        }
    } catch (error) {
      if (!isOver) throw error // the store may have been closed while it was read
    } finally {
      end()
    }
  }
  return all()
}

function askedOf(request: Request, { clock, suffix, nextNumber }: Inside): Asked {
  const { given, noted, text, check } = requested(request)
  const bus = text('EventBusName', eventBusNameOrArn)
  const pattern = text('EventPattern', {})
  const deliveries = noted.flag(given.Deliveries, 'deliveries') ?? false
  check()
  const cursor = typeof given.Since === 'string' ? idOf(given.Since, suffix) : null
  const isOpen = given.Since === undefined || given.Since === null
  return {
    bus: bus === undefined ? undefined : busNameOf(bus),
    matches: pattern === undefined ? undefined : compile(pattern, patternLimits),
    deliveries,
    ...{ isOpen, isCursor: cursor !== null },
    after: cursor ?? (isOpen ? nextNumber() : idAt(timeOf(given.Since, clock.now())) - 1),
  }
}

const isoTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/

/** A moment that `Since` names, in ms since 1970. */
function timeOf(since: unknown, now: Date): number {
  const time =
    since instanceof Date
      ? since.getTime()
      : typeof since === 'number' && since >= 0
        ? now.getTime() - since * 1_000
        : typeof since === 'string' && isoTime.test(since)
          ? Date.parse(since)
          : Number.NaN
  if (!Number.isNaN(time)) return Math.max(0, Math.ceil(time))
  throw new BusError(
    'ValidationException',
    'Parameter Since is not valid. Reason: it is neither a cursor of this log, nor an ISO 8601 time, nor a number of seconds.',
  )
}
