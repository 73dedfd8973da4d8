/**
 * The changes that browsers are told, in one order, for all functions. Events come to them in any order
 * and more than once; here each gets its number when all of its post before it have theirs. Behind
 * a number that can be read there is no smaller one that cannot yet.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '@busbar/event-bus'
import { keysOf, shownChange } from '../../change.ts'
import type { PostChange } from '../../events.ts'
import { allKey } from '../../frames.ts'
import { type DynamoTable, type Item, isConditionFailed, type Key, type Write } from './table.ts'

/** Where the log ends. */
export interface Head {
  /** Names this log: its cursors mean nothing elsewhere. Empty before its first change. */
  readonly log: string
  readonly at: number
}
export interface Entry {
  readonly at: number
  readonly keys: readonly string[]
  /** Null: the post is too large for a frame of API Gateway. */
  readonly frame: string | null
}
export type VersionedChange = PostChange & Required<Pick<PostChange, 'version'>>
/** Early: one of the post's changes before it is not here yet. */
export type Outcome = 'in the log' | 'early'

export interface ChangeLog {
  head(): Promise<Head>
  /**
   * Gives the changes their numbers, those of a post by version, and answers by their places. One
   * that has its number already, or came so late that a later one went ahead, gets none.
   */
  append(
    changes: readonly VersionedChange[],
  ): Promise<{ readonly head: Head; readonly outcomes: readonly Outcome[] }>
  /** Those with that key after one number and up to another, at most `limit`. */
  entries(key: string, after: number, upTo: number, limit: number): Promise<readonly Entry[]>
  /** Whether all after that number is still there; the log is kept for 25 hours. */
  reaches(head: Head, after: number): Promise<boolean>
}

/** What one transaction takes: 100 items and 4 MB, with room for what is beside. */
export const most = { changes: 15, bytes: 3_000_000 }
/** API Gateway's for one message. */
const frameBytes = 128 * 1_024
const keptSeconds = 25 * 3_600
/** As long as an event may lie in a queue or a dead-letter queue, and come back. */
const removedSeconds = 15 * 86_400
/** How long a change waits for one before it. A dead letter must not hold up its post for ever. */
const patienceMs = 60_000
const attempts = 100
const pauseMs = 30
const longestPauseMs = 400

const headKey: Key = { pk: 'log', sk: 'head' }
const postKey = (id: string): Key => ({ pk: `post#${id}`, sk: 'post' })
const keyOf = (key: string, at: number): Key => ({ pk: `log#${key}`, sk: padded(at) })
const padded = (at: number) => String(at).padStart(12, '0')

/** Sorts in the order of changes, and behind all of an older log. */
export const cursorOf = ({ log }: Head, at: number): string => (log ? `${log}-${padded(at)}` : '-')
/** Null for what is no cursor of this log, or not yet. */
export function placeOf({ log, at }: Head, cursor: string): number | null {
  // A page made before the first change there ever was.
  if (cursor === '-') return 0
  const place = Number(/-(\d{12})$/.exec(cursor)?.[1] ?? Number.NaN)
  return place <= at && cursor === cursorOf({ log, at }, place) ? place : null
}

/** A cursor for what is read next: whatever is missing there comes after it. For pages and answers of the API. */
export const headCursor = async (log: Pick<ChangeLog, 'head'>): Promise<string> => {
  const head = await log.head()
  return cursorOf(head, head.at)
}

export function dynamoChangeLog(table: DynamoTable, clock: Pick<Clock, 'now'>): ChangeLog {
  const head = async (): Promise<Head> => {
    const item = await table.get(headKey)
    return { log: String(item?.log ?? ''), at: Number(item?.at ?? 0) }
  }
  const now = () => clock.now().getTime()
  const seconds = (from: number) => Math.floor(now() / 1_000) + from

  async function statesOf(changes: readonly VersionedChange[]) {
    const ids = [...new Set(changes.map(({ keys }) => keys.id))]
    return new Map(
      await Promise.all(ids.map(async (id) => [id, await table.get(postKey(id))] as const)),
    )
  }

  /** Notes since when one is waited for, unless the post has gone on meanwhile. */
  async function waitsSince([id, version]: readonly [string, number]): Promise<void> {
    const isUnknown = version === 0
    try {
      await table.write([
        {
          update: postKey(id),
          set: `SET waitingSince = :now${isUnknown ? ', expiresAt = :until' : ''}`,
          when: isUnknown ? 'attribute_not_exists(version)' : 'version = :version',
          values: { now: now(), version, until: seconds(removedSeconds) },
        },
      ])
    } catch (error) {
      if (!isConditionFailed(error)) throw error
    }
  }

  function itemsOf(change: VersionedChange, { log }: Head, at: number): readonly Write[] {
    const { keys, frame, cursor } = shownChange(cursorOf({ log, at }, at), change)
    const fits = frame.length <= frameBytes
    const item = {
      at,
      cursor,
      keys,
      expiresAt: seconds(keptSeconds),
      ...(fits && { frame: frame.toString() }),
    }
    return keys.map((key) => ({ put: { ...keyOf(key, at), ...item } }))
  }

  /** What `changes` add to the log as it is; nothing is written yet. */
  async function plan(changes: readonly VersionedChange[], was: Head) {
    const states = await statesOf(changes)
    const known = new Map([...states].map(([id, state]) => [id, Number(state?.version ?? 0)]))
    const log = was.log || newName(now())
    const outcomes = new Map<VersionedChange, Outcome>()
    const added: Write[] = []
    const posts = new Map<string, Write>()
    const awaited = new Map<string, number>()
    let { at } = was
    for (const change of changes.toSorted((a, b) => a.version - b.version)) {
      const { id } = change.keys
      const version = known.get(id) ?? 0
      const isNext = change.version === version + 1 || hasWaited(states.get(id) ?? null, now())
      const isEarly = change.version > version && !isNext
      outcomes.set(change, isEarly ? 'early' : 'in the log')
      if (isEarly && states.get(id)?.waitingSince === undefined) awaited.set(id, version)
      if (change.version <= version || isEarly) continue
      known.set(id, change.version)
      added.push(...itemsOf(change, { log, at }, ++at))
      const isGone = change.eventName === 'REMOVE'
      const state = { ...postKey(id), version: change.version }
      posts.set(id, { put: { ...state, ...(isGone && { expiresAt: seconds(removedSeconds) }) } })
      states.set(id, state)
    }
    return { head: { log, at }, outcomes, awaited, writes: [...added, ...posts.values()] }
  }

  return {
    head,

    async append(changes) {
      for (let attempt = 1; ; attempt++) {
        const was = await head()
        const next = await plan(changes, was)
        const outcomes = changes.map((change) => next.outcomes.get(change) as Outcome)
        if (next.head.at === was.at) {
          await Promise.all([...next.awaited].map(waitsSince))
          return { head: was, outcomes }
        }
        try {
          // All that is written here is written by whoever moves the head, so nothing else is checked.
          await table.write([
            {
              put: { ...headKey, ...next.head },
              ...(was.log
                ? { when: '#at = :at', values: { at: was.at } }
                : { when: 'attribute_not_exists(pk)' }),
            },
            ...next.writes,
          ])
          return { head: next.head, outcomes }
        } catch (error) {
          if (!isConditionFailed(error) || attempt === attempts) throw error
          // Somebody else was first, and among many somebody always is: they stand in one line by chance.
          await wait(Math.random() * Math.min(longestPauseMs, pauseMs * attempt))
        }
      }
    },

    async entries(key, after, upTo, limit) {
      const items = await table.query({
        ...{ pk: `log#${key}`, after: padded(after), before: padded(upTo + 1), limit },
      })
      return items.map(({ at, keys, frame }) => ({
        at: Number(at),
        keys: keys as string[],
        frame: typeof frame === 'string' ? frame : null,
      }))
    },

    async reaches({ at }, after) {
      if (after === at) return true
      // What comes behind it expires later, and DynamoDB deletes nothing that has not expired.
      const next = await table.get(keyOf(allKey, after + 1))
      return next !== null && Number(next.expiresAt) > seconds(0)
    },
  }
}

/** Behind those of all older logs. */
const newName = (now: number) =>
  `${now.toString(16).padStart(12, '0')}${randomBytes(4).toString('hex')}`

const hasWaited = (state: Item | null, now: number): boolean =>
  typeof state?.waitingSince === 'number' && now - state.waitingSince >= patienceMs

/** How many of these one `append` takes. */
export function fitting(changes: readonly PostChange[]): number {
  let bytes = 0
  const over = changes.findIndex((change, n) => {
    // At most what its frame and its copies have; the old image is in none of them.
    const { newImage } = change
    bytes +=
      keysOf(change).length *
      Math.min(frameBytes, Buffer.byteLength(JSON.stringify(newImage ?? '')))
    return n > 0 && (n >= most.changes || bytes > most.bytes)
  })
  return over === -1 ? changes.length : over
}
