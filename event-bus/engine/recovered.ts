/** What previous processes have left in the store, for this one to go on with. */
import type { PlanRow, SettingRow, Store } from '../ports.ts'
import { deliveriesOf } from './plan.ts'

/** Of a kind, by name; of two of one name the later. */
export function settingsOf(
  settings: readonly SettingRow[],
  kind: string,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const row of settings)
    if (row.kind === kind)
      if (row.text === null) found.delete(row.name)
      else found.set(row.name, row.text)
  return found
}

/** Gives rows to the deliveries that were under way when the previous process ended. */
export async function owe<Tx>(
  store: Store<Tx>,
  left: readonly PlanRow[],
  now: number,
): Promise<void> {
  if (left.length === 0) return
  const taken = store.commit([], () => ({
    events: [],
    plans: left.map(({ first }) => ({ first, text: null })),
    deliveries: left.flatMap(({ text }) => (text ? deliveriesOf(text, now) : [])),
    inHand: [],
    finished: [],
    now,
    deadLetters: [],
    revived: [],
    settings: [],
    abandoned: [],
    expired: [],
  }))
  await taken.catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `What was under way when the bus ended cannot be taken up (${why}). Nothing is lost: make room on the disk of the data directory, and start again.`,
      { cause },
    )
  })
}
