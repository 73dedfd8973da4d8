/** The retained log of one bus, read by whoever was away for a while. */

import type { Clock, EventLog, Store } from '../ports.ts'
import { idAt, idOf, uuidOf } from './event-id.ts'

/** Events behind a cursor among which one is sought that has come from another bus. */
const sought = 1_000

export function eventLog(
  bus: string,
  {
    store,
    newest,
    clock,
    suffix,
    horizon,
  }: {
    readonly store: Pick<Store<never>, 'completeUpTo' | 'events' | 'tail'>
    /** The id of the bus's newest event, 0 if it never had one; or another behind which none comes that is not newer. */
    readonly newest: () => Promise<number>
    readonly clock: Clock
    readonly suffix: string
    /** Events below this id may be gone. */
    readonly horizon: () => number
  },
): EventLog {
  /**
   * Where the event of a cursor stands. One that was handed on by another bus has its id from there,
   * and stands a little further behind, since mostly both were stored in one commit.
   */
  async function placeOf(cursor: string, id: number): Promise<number> {
    const [own] = await store.events(bus, id - 1, 1)
    if (!own || own.id === id) return id
    const begin = `{"version":"0","id":"${cursor}"`
    const some = await store.events(bus, id, sought)
    return some.find(({ text }) => text.startsWith(begin))?.id ?? id
  }

  return {
    async head() {
      const id = await newest()
      // One that the log is about to forget is of no use as a cursor; that moment is, when nothing came since.
      const now = idAt(clock.now().getTime())
      return uuidOf(id > (now + horizon()) / 2 ? id : now - 1, suffix)
    },
    async after(cursor, limit) {
      const id = idOf(cursor, suffix)
      if (id === null || id < horizon()) return null
      const events = await store.events(bus, await placeOf(cursor, id), limit)
      if (id < horizon()) return null // it has moved on while the store was read
      return events.map(({ text }) => JSON.parse(text))
    },
    async tail(limit, bytes) {
      const end = await store.completeUpTo()
      const rows = await store.tail(bus, limit, bytes)
      return rows.flatMap(({ id, text }) => (id <= end ? JSON.parse(text) : []))
    },
  }
}
