/** The retained log of one bus, read by whoever was away for a while. */
import { idAt, idOf, uuidOf } from './event-id.ts'
import type { Clock, EventLog, Store } from './ports.ts'

export function eventLog(
  bus: string,
  {
    store,
    clock,
    suffix,
    horizon,
  }: {
    readonly store: Pick<Store<never>, 'events' | 'tail'>
    readonly clock: Clock
    readonly suffix: string
    /** Events below this id may be gone. */
    readonly horizon: () => number
  },
): EventLog {
  return {
    async head() {
      const [newest] = await store.tail(bus, 1)
      return uuidOf(newest?.id ?? idAt(clock.now().getTime()) - 1, suffix)
    },
    async after(cursor, limit) {
      const id = idOf(cursor, suffix)
      if (id === null || id < horizon()) return null
      return (await store.events(bus, id, limit)).map(({ text }) => JSON.parse(text))
    },
    async tail(limit) {
      return (await store.tail(bus, limit)).map(({ text }) => JSON.parse(text))
    },
  }
}
