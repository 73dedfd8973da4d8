/**
 * One replay on its way: page by page from the log to the targets, each page and how far it has come
 * in one commit. It waits more than it works, so that what is put now is not held up by it.
 */
import type { StoredArchive } from '../archive.ts'
import type { Inside } from '../engine/inside.ts'
import type { EventRow } from '../ports.ts'
import { hasEnded, type ReplayState, replayKind, type StoredReplay } from '../replay.ts'
import type { Settings } from '../settings.ts'
import type { ArchiveContents } from './archive-contents.ts'
import { type ReplayPage, replayPage } from './replay-page.ts'

export interface ReplayRun {
  /** Looks at its state now. */
  wake(): void
  /** Does nothing more in this process. */
  close(): void
}

/** Pages that are begun in a second, at most. */
const pagesPerSecond = 50
/** Deliveries to each event on average; of more than that events come more slowly. */
const deliveriesPerEvent = 10
/** Events of the log that are looked at in a second, and at once. */
const rowsPerSecond = 50_000
const rowsAtOnce = 500
/** Characters that are read at once, by the size that the archive's events have on average. */
const charactersAtOnce = 4_194_304
/** How long a target is waited for before it is looked at again; twice that the next time, and so on. */
const firstPauseMs = 20
const longestPauseMs = 250
/** More must not wait for a target, of whatever origin: those of one that fails are tried for a day. */
const mostWaiting = 10_000
/** To count that takes time. */
const countEveryMs = 1_000
const afterFailureMs = 1_000
/** What another process replays is looked at again after so long: that one may end. */
const othersMs = 1_000
/** And the log, when others may still store an event among those that it is at. */
const completeMs = 100

export interface ReplayRunOptions {
  readonly inside: Pick<Inside, 'store' | 'clock' | 'routing' | 'subscribers' | 'owns'>
  readonly settings: Settings
  readonly contents: ArchiveContents
  readonly archiveOf: (replay: StoredReplay) => StoredArchive | undefined
  /** What this replay may take of it, as more and fewer run. */
  readonly eventsPerSecond: () => number
  /** How long it is STARTING and CANCELLING. */
  readonly pauseMs: number
  /** Called when it has ended. */
  readonly ended: () => void
  readonly failed: (error: unknown) => void
}

export function replayRun(name: string, options: ReplayRunOptions): ReplayRun {
  const { inside, settings, contents, archiveOf, eventsPerSecond, ended, failed } = options
  const { store, clock } = inside
  const now = () => clock.now().getTime()
  const all = settings.of<StoredReplay>(replayKind)
  /** What has been read and not been looked at; the first is behind `position`. */
  let rows: readonly EventRow[] = []
  let position = 0
  /** Where it stands when these rows have been looked at. */
  let behindRows = 0
  /** Targets that it has owed something. */
  const owed = new Set<string>()
  /** Whether too much waits for them, as it was counted at `countedAt` or later. */
  const isFull = new Map<string, boolean>()
  let countedAt = Number.NEGATIVE_INFINITY
  let pauseMs = firstPauseMs
  let cancelledAt: number | null = null
  let working = false
  let closed = false
  let cancel: (() => void) | null = null

  function change(fields: Partial<StoredReplay>, from: ReplayState) {
    return settings.change(() => {
      const replay = all.get(name)
      if (replay?.State !== from) return { write: [], answer: undefined }
      const { StateReason: _, ...rest } = replay
      const value = { ...rest, ...fields }
      return { write: [{ kind: replayKind, name, value }], answer: undefined }
    })
  }
  const end = (State: ReplayState, from: ReplayState, StateReason?: string) =>
    change({ State, EndedAt: now(), ...(StateReason !== undefined && { StateReason }) }, from)

  /** The target that has to do something first; null when the next page may come. */
  async function heldUpBy(most: number): Promise<{ key: string; isFull: boolean } | null> {
    if (now() - countedAt >= countEveryMs || now() < countedAt) {
      countedAt = now()
      isFull.clear()
    }
    for (const key of owed)
      if (!isFull.has(key)) isFull.set(key, await store.waits(key, mostWaiting))
    for (const key of owed) {
      const known = inside.subscribers.get(key)
      if (isFull.get(key)) return { key, isFull: true }
      // One that is paused keeps what comes, up to that.
      if (!known || known.paused) continue
      const enough = Math.max(most, known.target.batch?.size ?? 0)
      if (known.queued > enough) return { key, isFull: false }
    }
    return null
  }

  /** Answers whether there are any, or null when that is not known yet. */
  async function read(replay: StoredReplay, archive: StoredArchive): Promise<boolean | null> {
    const range = contents
      .ranges(archive, replay.EventStartTime, replay.EventEndTime)
      .find(({ below }) => below - 1 > position)
    if (!range || range.from >= replay.Below || position >= replay.Below - 1) return false
    const { EventCount, SizeBytes } = contents.numbers(archive)
    const limit = Math.max(
      1,
      Math.min(rowsAtOnce, Math.floor((charactersAtOnce * EventCount) / SizeBytes) || 1),
    )
    const complete = await store.completeUpTo()
    if (complete <= position) return null
    const below = Math.min(range.below, replay.Below, complete + 1)
    rows = await store.oldest(Math.max(position, range.from - 1), below, limit, charactersAtOnce)
    const isCut = rows.length === limit || sizeOf(rows) >= charactersAtOnce
    behindRows = isCut ? (rows.at(-1)?.id ?? below - 1) : below - 1
    if (rows.length === 0) position = behindRows
    return true
  }

  /** Does the next thing; answers how long to wait after it, in ms, or null when it was the last. */
  async function step(): Promise<number | null> {
    const replay = all.get(name)
    if (!replay || hasEnded(replay)) return null
    if (!inside.owns(`${replayKind}/${name}`)) return othersMs
    if (replay.State === 'CANCELLING') {
      cancelledAt ??= now()
      const left = cancelledAt + options.pauseMs - now()
      if (left > 0) return left
      await end('CANCELLED', 'CANCELLING')
      return 0
    }
    if (replay.State === 'STARTING') {
      const left = replay.StartedAt + options.pauseMs - now()
      if (left > 0) return Math.min(left, options.pauseMs)
      await change({ State: 'RUNNING' }, 'STARTING')
      return 0
    }
    const archive = archiveOf(replay)
    if (!archive) {
      await end('FAILED', 'RUNNING', 'Archive resource not found.')
      return 0
    }
    const perSecond = eventsPerSecond()
    const most = Math.max(1, Math.round(perSecond / pagesPerSecond))
    const held = await heldUpBy(most)
    if (held) {
      if (held.isFull && replay.StateReason === undefined)
        await change(
          {
            StateReason: `Waits for the target ${held.key}: ${mostWaiting} deliveries wait for it.`,
          },
          'RUNNING',
        )
      pauseMs = Math.min(longestPauseMs, pauseMs * 2)
      return pauseMs
    }
    pauseMs = firstPauseMs
    if (replay.Cursor > position) rows = [] // by another process, or the one before this
    position = Math.max(position, replay.Cursor)
    const isMore = rows.length > 0 || (await read(replay, archive))
    if (isMore === null) return completeMs
    if (!isMore) {
      await end('COMPLETED', 'RUNNING')
      return 0
    }
    return turn(archive, perSecond, most)
  }

  /** One page: what it owes is decided when no rule can change any more before that is on disk. */
  async function turn(archive: StoredArchive, perSecond: number, most: number): Promise<number> {
    const page = await settings.change<ReplayPage | null>(() => {
      const replay = all.get(name)
      if (replay?.State !== 'RUNNING' || replay.Cursor > position)
        return { write: [], answer: null }
      const made = replayPage(replay, rows, {
        ...inside,
        ...{ most, now: now(), has: (event) => contents.has(archive, event) },
      })
      if (made.events === 0) return { write: [], answer: made }
      const { StateReason: _, ...rest } = replay
      const value = {
        ...rest,
        Cursor: made.rows === rows.length ? behindRows : (rows[made.rows - 1]?.id ?? position),
        Replayed: replay.Replayed + made.events,
        LastTime: made.lastTime,
      }
      const { deliveries, forwarded } = made
      return {
        write: [{ kind: replayKind, name, value }],
        also: { deliveries, forwarded },
        answer: made,
      }
    })
    if (!page) return 0
    position = page.rows === rows.length ? behindRows : (rows[page.rows - 1]?.id ?? position)
    rows = rows.slice(page.rows)
    for (const { target } of page.deliveries) owed.add(target)
    const count = page.deliveries.length + page.forwarded.length
    const seconds = [
      page.events / perSecond,
      count / (perSecond * deliveriesPerEvent),
      page.rows / rowsPerSecond,
    ]
    return 1_000 * Math.max(...seconds)
  }

  async function work(): Promise<void> {
    cancel?.()
    cancel = null
    if (working || closed) return
    working = true
    let wait: number | null
    try {
      wait = await step()
    } catch (error) {
      wait = afterFailureMs // and then the same page once more
      if (!closed) failed(error)
    }
    working = false
    if (closed) return
    if (wait === null) ended()
    else cancel = clock.after(Math.ceil(wait), () => void work())
  }

  return {
    wake: () => void work(),
    close() {
      closed = true
      cancel?.()
    },
  }
}

const sizeOf = (rows: readonly { readonly text: string }[]): number =>
  rows.reduce((sum, { text }) => sum + text.length, 0)
