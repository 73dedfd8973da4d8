/**
 * The sequence of changes, taken from the log. Pushes come more than once and in any order, so a
 * push only says how far the log has to be read by now; what is told, and in which order, the log says.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { EventLog } from '@busbar/event-bus'
import { type Change, changeOf } from '../../change.ts'
import { type ChangeRing, changeRing } from './change-ring.ts'
import type { Limits } from './limits.ts'

export interface ChangeFeed {
  /** The cursor of what was told last. */
  readonly position: string
  /** Resolves when the change with that cursor has been told; rejects when the log cannot be read or lacks it. */
  tellUpTo(cursor: string): Promise<void>
  /**
   * Reads what is needed to tell what came after a cursor. The answer is to be called when it is
   * used, as more may be told until then: it gives the changes that were told after the cursor,
   * or null when one of them may be missing here, because the cursor is not of this log or is too old.
   */
  since(cursor: string): Promise<() => readonly Change[] | null>
}

/** Events read at once. Sockets are served between one read and the next. */
const page = 250

/**
 * `tell` is called for each change once, in the log's order. `restarted` when the log no longer
 * holds what comes next: what was told before and what is told from now on have a gap between.
 */
export async function changeFeed(
  log: EventLog,
  limits: Pick<Limits, 'changes' | 'bytes' | 'loaded' | 'name'>,
  { tell, restarted }: { tell: (change: Change) => void; restarted: () => void },
): Promise<ChangeFeed> {
  let { ring, position } = await load()
  let reading: Promise<void> | null = null

  async function load(): Promise<{ ring: ChangeRing; position: string }> {
    const ring = changeRing(limits)
    // The head first: an event that comes between the two calls is then in the tail.
    const head = await log.head()
    const changes = (await log.tail(limits.loaded.changes, limits.loaded.bytes)).map(changeOf)
    for (const change of changes) ring.add(change)
    return { ring, position: changes.at(-1)?.cursor ?? head }
  }

  async function readPage(): Promise<void> {
    const events = await log.after(position, page)
    if (!events) {
      ;({ ring, position } = await load())
      return restarted()
    }
    for (const event of events) {
      const change = changeOf(event)
      ring.add(change)
      position = change.cursor
      tell(change)
    }
    if (events.length === page) await nextTurn()
  }

  /** One read for all who ask in the meantime. */
  const read = (): Promise<void> => {
    reading ??= readPage().finally(() => {
      reading = null
    })
    return reading
  }

  /** False when the log ends before the cursor. */
  async function readUpTo(cursor: string): Promise<boolean> {
    // A read under way may have begun before this cursor was in the log, and proves nothing.
    if (cursor > position) await reading?.catch(() => {})
    while (cursor > position) {
      const before = position
      await read()
      if (position === before) return false
    }
    return true
  }

  /** Whether the changes from here on are in the ring, or will yet be told. */
  const isTold = (cursor: string): boolean =>
    cursor > position || (ring.oldest !== undefined && cursor >= ring.oldest.cursor)

  return {
    get position() {
      return position
    },
    async tellUpTo(cursor) {
      if (!(await readUpTo(cursor)))
        throw new Error(`The log of changes ends at ${position}, before the pushed ${cursor}`)
    },
    async since(cursor) {
      if (!ring.has(cursor)) {
        if (cursor.length > limits.name) return unknown
        await readUpTo(cursor)
        const next = await log.after(cursor, 1)
        if (!next || (next[0] && !isTold(next[0].id))) return unknown
      }
      const known = ring
      return () => (ring === known ? ring.after(cursor) : null)
    },
  }
}

const unknown = () => null
