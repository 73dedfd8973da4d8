/**
 * Forgets events that have served their time, or that the file has no room for any more: in small
 * steps, each of which rides in a commit of its own, and never one that a delivery still waits for.
 */
import type { Contribution } from './commit.ts'
import { idAt } from './event-id.ts'
import type { Clock, EventRow, SettingRow, Store } from './ports.ts'

export interface Retention {
  /** Events below this id may be gone. */
  readonly horizon: () => number
  /** Called after each commit: nothing ages on a bus that is at rest, and no timer is needed. */
  look(): void
  /** Looks once more at all that is kept beyond its time: an archive was changed. */
  lookAgain(): void
  close(): void
}

/** Which events of the log stay longer, and until when. */
export type Keeps = (event: EventRow) => boolean

const day = 86_400_000
/** Events looked at in one step. */
const step = 500
const restMs = 1_000
/** What was passed over, because it was owed, is looked at again after so long. */
const roundMs = 60_000
/** Too young to be taken for lack of room: what reads the log is at least given this long. */
const youngestMs = 1_000

/** The setting that tells the next process up to which id events are gone. */
const forgotten = { kind: 'log', name: 'forgotten' }

export function retention({
  store,
  clock,
  write,
  oldestOwed,
  days,
  bytes,
  settings,
  keeps,
  failed,
}: {
  readonly store: Pick<Store<never>, 'oldest' | 'size'>
  readonly clock: Clock
  readonly write: (contribute: () => Contribution) => Promise<void>
  /** What plans owe is not seen by the store. */
  readonly oldestOwed: () => number
  readonly days: number
  /** Of the whole file. */
  readonly bytes: number
  readonly settings: readonly SettingRow[]
  readonly keeps: Keeps
  readonly failed: (error: unknown) => void
}): Retention {
  const now = () => clock.now().getTime()
  const aged = () => Math.max(0, idAt(now() - days * day))
  const before = settings.find(
    ({ kind, name }) => kind === forgotten.kind && name === forgotten.name,
  )
  let gone = Number(before?.text ?? 0)
  let cursor = 0
  let roundAt = now()
  let lookedAt = Number.NEGATIVE_INFINITY
  let working = false
  let closed = false

  /** One step; answers whether there may be more to do at once. */
  async function forget(): Promise<boolean> {
    const isFull = (await store.size()) > bytes
    const below = Math.min(isFull ? idAt(now() - youngestMs) : aged(), oldestOwed())
    const page = await store.oldest(cursor, below, step)
    const last = page.at(-1)?.id
    if (last === undefined) return false
    const expired = page.flatMap((event) => (event.owed || keeps(event) ? [] : event.id))
    if (expired.length > 0) {
      const upTo = Math.max(gone, expired.at(-1) ?? 0)
      await write(() => ({ expired, settings: [{ ...forgotten, text: String(upTo) }] }))
      gone = upTo
    }
    cursor = last
    return page.length === step
  }

  async function work(): Promise<void> {
    working = true
    try {
      while (!closed && (await forget()));
    } catch (error) {
      if (!closed) failed(error)
    }
    working = false
    lookedAt = now()
  }

  return {
    horizon: () => Math.max(aged(), gone + 1),
    look() {
      const at = now()
      if (working || closed || (at - lookedAt < restMs && at >= lookedAt)) return
      if (at - roundAt >= roundMs || at < roundAt) {
        roundAt = at
        cursor = 0
      }
      void work()
    },
    lookAgain() {
      cursor = 0
    },
    close() {
      closed = true
    },
  }
}
