/**
 * What waits for a target that was removed is deleted: some with each commit, so that nobody has to
 * wait for a million rows. A setting remembers that it goes on, also in the next process. Where several
 * share a store one of them does it, and another when that one ends.
 */

import type { Inside } from '../engine/inside.ts'
import type { Clock, Store } from '../ports.ts'
import type { Decision, Settings } from '../settings.ts'

export interface RemovedTargets {
  /** To be written with the change that removes the target. */
  noted(key: string): Decision<unknown>['write'][number]
  /** To be written with the change that puts a target of that key again: it takes over what is left. */
  revived(key: string): Decision<unknown>['write']
  /** Called when the target is removed, on disk and from its rule. */
  begin(key: string): void
  close(): void
}

const kind = 'removed-target'
const againMs = 1_000
/** What another process deletes is looked at again after so long: that one may end. */
const othersMs = 1_000
/** How long others may bring more: they have not heard of it yet, or have died and what they owed is taken up. */
const lateMs = 60_000

export function removedTargets({
  inside: { store, clock, write, disconnect, subscribers, owns },
  settings,
  failed,
}: {
  readonly inside: {
    readonly store: Pick<Store<never>, 'waits' | 'node'>
    readonly clock: Pick<Clock, 'after' | 'soon'>
  } & Pick<Inside, 'write' | 'disconnect' | 'subscribers' | 'owns'>
  readonly settings: Settings
  readonly failed: (error: unknown) => void
}): RemovedTargets {
  const removed = settings.of<object>(kind)
  const retries = new Set<() => void>()
  let closed = false

  /** `isHeard`: all others know that it is removed, and no more comes to wait for it. */
  async function empty(
    key: string,
    ended: Promise<void>,
    isHeard = store.node.of === 1,
  ): Promise<void> {
    function again(ms: number, isHeardThen = isHeard): void {
      const cancel = clock.after(ms, () => {
        retries.delete(cancel)
        void empty(key, ended, isHeardThen)
      })
      retries.add(cancel)
    }
    const isOwn = () => owns(`${kind}/${key}`)
    /** One of its own for each removal: the target may be put and removed again meanwhile. */
    const mark = removed.get(key)
    const isMarked = () => !closed && mark !== undefined && removed.get(key) === mark
    // The flow of the next process may declare one of that key: what is left is for that.
    const isLeft = () => isMarked() && !subscribers.has(key)
    const step = () => write(() => (isLeft() ? { abandoned: [key] } : {}))
    const emptyNow = async () => {
      while (isLeft() && isOwn() && (await store.waits(key))) await step()
    }
    try {
      await emptyNow()
      await ended
      if (isMarked() && !isOwn()) return again(othersMs)
      // An attempt that was under way may have failed: that it waits again is in the next commit.
      if (isLeft()) await step()
      await emptyNow()
      if (isMarked() && !(isHeard && isOwn())) return again(isHeard ? othersMs : lateMs, true)
      await settings.change(() => ({
        write: isMarked() ? [{ kind, name: key, value: null }] : [],
        answer: undefined,
      }))
    } catch (error) {
      if (closed) return
      failed(error)
      again(againMs)
    }
  }

  for (const key of removed.keys()) void empty(key, Promise.resolve())
  settings.changedElsewhere((changed, key) => {
    if (changed !== kind || !removed.has(key)) return
    // When the rule has been heard of that had the target.
    clock.soon(() => {
      if (!subscribers.has(key)) void empty(key, disconnect(key))
    })
  })

  return {
    noted: (key) => ({ kind, name: key, value: {} }),
    revived: (key) => (removed.has(key) ? [{ kind, name: key, value: null }] : []),
    begin: (key) => void empty(key, disconnect(key)),
    close() {
      closed = true
      for (const cancel of retries) cancel()
    },
  }
}
