/**
 * What other processes do to the same store, and what that means to this one: plans that somebody has left
 * become deliveries, what nobody attempts is looked for, and settings go on to whoever reads them.
 */
import type { Clock, Others, PlanRow, SettingRow, Store } from '../ports.ts'
import type { Contribution } from './commit.ts'
import { deliveriesOf } from './plan.ts'
import type { Subscriber } from './subscriber.ts'

export interface Followed {
  heard(listener: (rows: readonly SettingRow[]) => void): void
  /** All that was heard, the latest last. */
  readonly settings: readonly SettingRow[]
  owns(name: string): boolean
  close(): void
}

const againMs = 1_000

export function followOthers({
  store,
  clock,
  write,
  subscribers,
  failed,
  looked,
  mark,
  ended,
}: {
  readonly store: Pick<Store<never>, 'follow'>
  readonly clock: Clock
  readonly write: (contribute: () => Contribution) => Promise<void>
  readonly subscribers: ReadonlyMap<string, Subscriber>
  readonly failed: (error: unknown) => void
  /** Called after each look at what others do, also where nothing is put. */
  readonly looked: () => void
  readonly mark: Others['mark']
  readonly ended: (error: Error) => void
}): Followed {
  const listeners: ((rows: readonly SettingRow[]) => void)[] = []
  const settings = new Map<string, SettingRow>()
  const retries = new Set<() => void>()
  let owns: (name: string) => boolean = () => true
  let closed = false

  /** They stand in the store as this process's until this is done: should it end, too, others will do it. */
  async function takeUp(plans: readonly PlanRow[]): Promise<void> {
    try {
      await write(() => ({
        plans: plans.map(({ first }) => ({ first, text: null })),
        deliveries: plans.flatMap(({ text }) =>
          text === null ? [] : deliveriesOf(text, clock.now().getTime()),
        ),
      }))
    } catch (error) {
      if (closed) return
      failed(error)
      const cancel = clock.after(againMs, () => {
        retries.delete(cancel)
        void takeUp(plans)
      })
      retries.add(cancel)
    }
  }

  const others: Others = {
    settings(rows) {
      if (closed) return
      for (const row of rows) {
        const key = JSON.stringify([row.kind, row.name])
        settings.delete(key)
        settings.set(key, row)
      }
      for (const listener of listeners) listener(rows)
    },
    plans: (rows) => void takeUp(rows),
    due(next) {
      if (closed) return
      for (const [target, due] of next) subscribers.get(target)?.wake(due)
      looked()
    },
    nodes(now) {
      owns = now
    },
    ended(error) {
      if (!closed) ended(error)
    },
    mark,
  }
  store.follow(others)

  return {
    heard: (listener) => void listeners.push(listener),
    get settings() {
      return [...settings.values()]
    },
    owns: (name) => owns(name),
    close() {
      closed = true
      for (const cancel of retries) cancel()
    },
  }
}
