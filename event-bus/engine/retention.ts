/**
 * Forgets events that have served their time, or that the file has no room for any more: in small
 * steps, each of which rides in a commit of its own, and never one that a delivery still waits for.
 */

import { isOvertaken } from '../errors.ts'
import type { Clock, EventRow, SettingRow, Store } from '../ports.ts'
import type { Contribution } from './commit.ts'
import { idAt } from './event-id.ts'

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
/** Events looked at in one step: few, and more the longer there is more to forget, lest as many come as go. */
const firstStep = 500
const longestStep = 4_000
/** And no more than so many characters of them. */
const stepBytes = 2_097_152
const restMs = 1_000
/** What was passed over, because it was owed or kept, is looked at again after so long. */
const roundMs = 60_000
/** Steps in vain that such a round makes before it rests: an archive may keep the log of years. */
const stepsInVain = 20
/** Too young to be taken for lack of room: what reads the log is at least given this long. */
const youngestMs = 1_000

/** The setting that tells the next process up to which id events are gone. */
const forgotten = { kind: 'log', name: 'forgotten' }

export function retention({
  store,
  clock,
  decide,
  heard,
  owns,
  oldestOwed,
  days,
  bytes,
  settings,
  keeps,
  failed,
}: {
  readonly store: Pick<Store<never>, 'oldest' | 'size'>
  readonly clock: Clock
  readonly decide: (contribute: () => Contribution) => Promise<void>
  readonly heard: (listener: (rows: readonly SettingRow[]) => void) => void
  /** One of all processes that write to the store forgets. */
  readonly owns: (name: string) => boolean
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
  let gone = forgottenIn(settings)
  /** Up to here everything was looked at once, if not by this process. */
  let ahead = gone
  /** How far the round has come; it ends at `ahead`. */
  let round = 0
  let roundAt = now()
  let step = firstStep
  let lookedAt = Number.NEGATIVE_INFINITY
  let working = false
  let closed = false

  /** One step behind `after`: up to where it looked, null when there was nothing, and what it did. */
  async function forget(after: number, end: number) {
    const isFull = (await store.size()) > bytes
    const below = Math.min(isFull ? idAt(now() - youngestMs) : aged(), oldestOwed(), end)
    const page = await store.oldest(after, below, step, stepBytes)
    const last = page.at(-1)?.id ?? null
    const expired = page.flatMap((event) => (event.owed || keeps(event) ? [] : event.id))
    if (expired.length > 0) {
      const upTo = Math.max(gone, expired.at(-1) ?? 0)
      gone = upTo // said before it is so: whoever reads meanwhile may miss something already
      await decide(() => ({
        expired: expired.filter((id) => id < oldestOwed()), // what came to be owed since is not
        settings: [{ ...forgotten, text: String(upTo) }],
      }))
    }
    const isAll = page.length < step && sizeOf(page) < stepBytes
    const inVain = expired.length === 0
    step = isAll || inVain ? firstStep : Math.min(longestStep, step * 2)
    return { last, isAll, inVain }
  }

  async function forgetAhead(): Promise<void> {
    for (let isAll = false; !isAll && !closed; ) {
      const looked = await forget(ahead, Number.POSITIVE_INFINITY)
      ahead = looked.last ?? ahead
      isAll = looked.isAll
    }
  }

  async function goRound(): Promise<void> {
    for (let inVain = 0; inVain < stepsInVain && round < ahead && !closed; ) {
      const looked = await forget(round, ahead + 1)
      round = looked.isAll ? ahead : (looked.last ?? ahead)
      if (looked.inVain) inVain++
    }
  }

  async function work(): Promise<void> {
    working = true
    try {
      await forgetAhead()
      await goRound()
    } catch (error) {
      if (!closed && !isOvertaken(error)) failed(error)
    }
    working = false
    lookedAt = now()
  }

  heard((rows) => {
    gone = Math.max(gone, forgottenIn(rows))
    ahead = Math.max(ahead, gone)
  })

  return {
    horizon: () => Math.max(aged(), gone + 1),
    look() {
      const at = now()
      if (working || closed || !owns(forgotten.kind) || (at - lookedAt < restMs && at >= lookedAt))
        return
      if (round >= ahead && (at - roundAt >= roundMs || at < roundAt)) {
        roundAt = at
        round = 0
      }
      void work()
    },
    lookAgain() {
      round = 0
    },
    close() {
      closed = true
    },
  }
}

/** Up to which id events are gone. */
export function forgottenIn(settings: readonly SettingRow[]): number {
  const row = settings.find(({ kind, name }) => kind === forgotten.kind && name === forgotten.name)
  return Number(row?.text ?? 0)
}

const sizeOf = (page: readonly EventRow[]): number =>
  page.reduce((sum, { text }) => sum + text.length, 0)
