/**
 * Takes changes as they are pushed, in any order and several at a time, has the log put them in order,
 * and then has them shown. Those that come together are one transaction.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { DeliveryFailed, DeliveryRefused } from '@busbar/event-bus'
import { isPostChange, keysOf } from '../../change.ts'
import type { PostChange } from '../../events.ts'
import type { Connections } from '../../ports.ts'
import { type ChangeLog, fitting, type Head, type VersionedChange } from './change-log.ts'

/** How often a change looks here for one before it, and how long between; then its queue brings it again. */
export interface Patience {
  readonly looks: number
  readonly pauseMs: number
}

interface Waiting {
  readonly change: VersionedChange
  readonly shown: () => void
  readonly failed: (error: unknown) => void
  looks: number
}

const againMs = 1_000

/** `show` brings everybody who watches one of the keys up to the head. */
export function changesInOrder(
  log: Pick<ChangeLog, 'append'>,
  show: (keys: readonly string[], head: Head) => Promise<void>,
  { looks, pauseMs }: Patience = { looks: 10, pauseMs: 100 },
): Connections['push'] {
  let waiting: Waiting[] = []
  let isRunning = false

  async function run(): Promise<void> {
    // What is pushed in the same turn goes together.
    await null
    while (waiting.length > 0) {
      const count = fitting(waiting.map(({ change }) => change))
      const those = waiting.slice(0, count)
      waiting = waiting.slice(count)
      try {
        if (!(await advance(those))) await wait(pauseMs)
      } catch (error) {
        for (const { failed } of those) failed(error)
      }
    }
    isRunning = false
  }

  /** False when none of them got further. */
  async function advance(those: readonly Waiting[]): Promise<boolean> {
    const { head, outcomes } = await log.append(those.map(({ change }) => change))
    const here = those.filter((_, n) => outcomes[n] === 'in the log')
    for (const each of those.filter((_, n) => outcomes[n] === 'early'))
      if (++each.looks < looks) waiting.push(each)
      else each.failed(early(each.change))
    if (here.length === 0) return false
    await show([...new Set(here.flatMap(({ change }) => keysOf(change)))], head).then(
      () => here.forEach(({ shown }) => shown()),
      (error: unknown) => here.forEach(({ failed }) => failed(error)),
    )
    return true
  }

  return async (_cursor, change) => {
    const checked = versioned(change)
    await new Promise<void>((shown, failed) => {
      waiting.push({ change: checked, shown, failed, looks: 0 })
      if (isRunning) return
      isRunning = true
      void run()
    })
  }
}

/** Anybody may put events on a bus. */
function versioned(change: PostChange): VersionedChange {
  const { version } = change
  if (isPostChange(change) && Number.isSafeInteger(version)) return change as VersionedChange
  throw new DeliveryRefused(
    'This is no change of a post that could be shown in its place: it has no version. The pipe from the table of posts puts one in.',
    { code: 'INVALID_PARAMETER' },
  )
}

const early = ({ keys, version }: VersionedChange) =>
  new DeliveryFailed(
    `Change ${version} of post ${keys.id} came before one that precedes it, and waits for that`,
    { retryAfterMs: againMs },
  )
