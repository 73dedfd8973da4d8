/** Who watches what, looked up by what a change is for. */
import type { Change } from '../../change.ts'

export interface Audience<Watcher> {
  add(key: string, watcher: Watcher): void
  delete(key: string, watcher: Watcher): void
  /** Each watcher once, however many of the change's keys it watches. */
  of(change: Pick<Change, 'keys'>): Iterable<Watcher>
}

export function audience<Watcher>(): Audience<Watcher> {
  const watchers = new Map<string, Set<Watcher>>()
  return {
    add(key, watcher) {
      const those = watchers.get(key)
      if (those) those.add(watcher)
      else watchers.set(key, new Set([watcher]))
    },
    delete(key, watcher) {
      const those = watchers.get(key)
      those?.delete(watcher)
      if (those?.size === 0) watchers.delete(key)
    },
    of({ keys }) {
      const sets = keys.flatMap((key) => watchers.get(key) ?? [])
      // Where one of its keys is watched and no other, there is nothing to join and no copy to make.
      return sets.length === 1
        ? (sets[0] as Set<Watcher>)
        : new Set(sets.flatMap((set) => [...set]))
    },
  }
}
