/** What a bus takes, and how a store with no room behaves. */
import type { PutEventsRequestEntry, Store } from '@busbar/event-bus'

/** As a bus takes them: one that is malformed stops what it was to be stored with. */
export function taken(
  announced: readonly PutEventsRequestEntry[],
): readonly PutEventsRequestEntry[] {
  for (const { Detail } of announced) JSON.parse(Detail)
  return announced
}

/** The store with a disk that is full while `full` is set: its transactions fail at their ends. */
export function fillable<Tx>(store: Store<Tx>): Store<Tx> & { full: boolean } {
  return {
    ...store,
    full: false,
    commit(works, rows) {
      return store.commit(works, () => {
        if (this.full) throw new Error('database or disk is full')
        return rows()
      })
    },
  }
}
