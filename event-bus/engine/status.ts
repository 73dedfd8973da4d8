/** What the engine says of itself. */
import type { WaitingDelivery } from '../delivery.ts'
import type { Clock, Store, StoredDeadLetter } from '../ports.ts'
import type { Subscriber } from './subscriber.ts'

export interface Status {
  readonly targets: readonly {
    readonly key: string
    /** False: there is no such target any more, its deliveries stay where they are. */
    readonly known: boolean
    readonly paused: boolean
    readonly waiting: number
    readonly underWay: number
    readonly dead: number
  }[]
  /** Failed at least once, for each target the next due first. */
  readonly waiting: readonly WaitingDelivery[]
  readonly deadLetters: readonly StoredDeadLetter[]
}

/** Entries of the lists. */
const shown = 100
/** Characters of the dead letters' events. */
const shownBytes = 2_097_152
/** Counting may take a fiftieth of the time: where a million wait, it stops everybody for a tenth of a second. */
const countShare = 50

/** Tells how many wait and are dead, and is asked as often as one likes. */
export function counted(
  store: Pick<Store<never>, 'counts'>,
  clock: Pick<Clock, 'now'>,
): () => ReturnType<Store<never>['counts']> {
  const now = () => clock.now().getTime()
  let known: ReturnType<Store<never>['counts']> | null = null
  let from = 0
  let until = 0
  return async () => {
    const start = now()
    if (known && start >= from && start < until) return known
    known = store.counts()
    await known
    from = start
    until = start + (now() - start) * countShare
    return known
  }
}

export async function status(
  store: Pick<Store<never>, 'failing' | 'deadLetters'>,
  countsNow: () => ReturnType<Store<never>['counts']>,
  subscribers: ReadonlyMap<string, Subscriber>,
): Promise<Status> {
  const counts = await countsNow()
  const keys = new Set([...subscribers.keys(), ...counts.keys()])
  return {
    targets: [...keys].map((key) => {
      const { running = 0, planned = 0, paused = false } = subscribers.get(key) ?? {}
      const { waiting = 0, dead = 0 } = counts.get(key) ?? {}
      const owed = waiting + planned
      const known = subscribers.has(key)
      return { key, known, paused, underWay: running, waiting: owed - running, dead }
    }),
    waiting: (await Promise.all([...keys].map((key) => store.failing(key, shown)))).flat(),
    deadLetters: await store.deadLetters({}, 'newest', shown, shownBytes),
  }
}
