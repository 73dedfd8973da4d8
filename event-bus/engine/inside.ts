/** The engine as those see it that are built on it: rules that change, archives, schedules, dead letters. */

import type { Place, PutEventsRequestEntry } from '../event.ts'
import type { Clock, EventRow, SettingRow, Store } from '../ports.ts'
import type { Routing, Rule } from '../rule.ts'
import type { Target } from '../target.ts'
import type { Alongside, Contribution, Entry } from './commit.ts'
import type { Outcome } from './outcome.ts'
import type { Keeps } from './retention.ts'
import type { Subscriber } from './subscriber.ts'

export interface Inside {
  readonly store: Store<never>
  readonly clock: Clock
  readonly place: Place
  /** What the previous process has left under this kind, by name. */
  settings(kind: string): ReadonlyMap<string, string>
  /**
   * Has something written in the next commit. `contribute` is called while that is made. Resolves
   * when it is on disk; `applied` has then been called, before anything else was matched or written.
   */
  write(contribute: () => Contribution, applied?: () => void): Promise<void>
  /**
   * The same for what was decided on by what the settings are. Where several processes write to the store
   * it rejects with `ConcurrentModificationException` when another has decided otherwise since; `heard`
   * has then been told.
   */
  decide(contribute: () => Contribution, applied?: () => void): Promise<void>
  /** Tells settings that other processes have decided on. */
  heard(listener: (rows: readonly SettingRow[]) => void): void
  /**
   * Whether a thing that one process of all is to look after is this one's. It may be for a moment that two
   * think so, or none: whoever must not do it twice makes it a decision.
   */
  owns(name: string): boolean
  /** Puts an event for these targets alone, whatever rules say, in one commit with a decision. */
  putFor(
    keys: readonly string[],
    bus: string,
    entry: PutEventsRequestEntry,
    contribute: () => Contribution,
  ): Promise<void>
  readonly routing: Routing
  /** The deliveries of a key go to this target from now on. */
  connect(key: string, target: Target): void
  /**
   * Nothing is delivered under this key any more. What waits for it stays on disk. Resolves when the
   * attempts under way have ended, after which nothing more comes to wait for it.
   */
  disconnect(key: string): Promise<void>
  /** Which keys begin no attempt and keep what comes. Called again when the answer has changed. */
  pauses(which: (key: string) => boolean): void
  /** Puts events on several buses, in one commit. Resolves with their ids. */
  put(entries: readonly Entry[]): Promise<readonly string[]>
  /** Puts an event on another bus, as it is and as one that has come from a bus. */
  forward(bus: string, text: string): Promise<void>
  /** How many deliveries wait and are dead, counted as often as that costs little. */
  counts(): ReturnType<Store<never>['counts']>
  /** How many writes were turned away since the process began: too many waited, or a commit did not end. */
  turnedAway(): number
  readonly subscribers: ReadonlyMap<string, Subscriber>
  /** The rules that the process was started with. */
  declared(): readonly Rule[]
  /** The buses that its pipes lead to. */
  piped(): Iterable<string>
  /** Events that are kept in the log beyond its time. Called again when the answer has changed. */
  keep(keeps: Keeps): void
  /** Asked for each commit what else is written with it; it takes the place of the one before. */
  alongside(asked: Alongside): void
  /** Tells what happens, until what is answered is called. What is told costs no more than this does. */
  watch(watcher: Watcher): () => void
  /** Events with an id below this one may be gone from the log. */
  horizon(): number
  /** An id above all that were given, below all that will be. */
  nextNumber(): number
  /** The id of an event in the log by its UUID, and back. */
  readonly suffix: string
}

/** Looks on while the bus works, and holds it up for as long as it takes: it must not throw. */
export interface Watcher {
  /** These are on disk. None of their deliveries has begun. */
  stored(events: readonly EventRow[]): void
  /**
   * What has become of a delivery, for the next commit to keep. Without `startedAt`, in ms since 1970, no
   * attempt was made: the target was removed, it goes back to its row, or its event is lost.
   */
  ended(outcome: Outcome, startedAt: number | undefined): void
  /** The engine closes. It may be told of deliveries that end after that. */
  closed(): void
}
