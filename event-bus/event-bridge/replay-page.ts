/** A few events of a replay, and what each of them is owed to whom: all that one commit of it writes. */
import { ruleOf } from '../arn.ts'
import { replayItem, type WaitingDelivery } from '../delivery.ts'
import type { Inside } from '../engine/inside.ts'
import { replayed, timeIn } from '../event.ts'
import type { EventRow } from '../ports.ts'
import type { StoredReplay } from '../replay.ts'
import type { Target } from '../target.ts'

export interface ReplayPage {
  readonly deliveries: readonly WaitingDelivery[]
  /** For rules that lead to another bus: there the event is as all others that came from a bus. */
  readonly forwarded: readonly { readonly bus: string; readonly text: string }[]
  /** How many of the rows it has taken, events of the replay or not. */
  readonly rows: number
  readonly events: number
  /** When the last of its events happened, in ms since 1970. */
  readonly lastTime: number | undefined
}

/** A commit stays short, however many targets an event has and however large it is. */
const mostDeliveries = 200
const mostCharacters = 1_048_576

/**
 * Takes from the beginning of `rows` until there are `most` events, or so many deliveries or
 * characters that a commit would hold up others. `has` tells whether the archive has an event.
 */
export function replayPage(
  replay: StoredReplay,
  rows: readonly EventRow[],
  {
    most,
    now,
    has,
    routing,
    subscribers,
  }: Pick<Inside, 'routing' | 'subscribers'> & {
    readonly most: number
    readonly now: number
    readonly has: (event: EventRow) => boolean
  },
): ReplayPage {
  const only = replay.FilterArns && new Set(replay.FilterArns.map((arn) => ruleOf(arn)?.name ?? ''))
  const item = replayItem(replay.Name)
  const deliveries: WaitingDelivery[] = []
  const forwarded: { bus: string; text: string }[] = []
  let characters = 0
  let events = 0
  let taken = 0
  let lastTime: number | undefined

  for (const row of rows) {
    const isFull = deliveries.length + forwarded.length >= mostDeliveries
    if (events === most || isFull || characters >= mostCharacters) break
    taken++
    const time = timeIn(row.text)
    if (row.bus !== replay.EventBusName) continue
    if (!(time >= replay.EventStartTime && time < replay.EventEndTime) || !has(row)) continue
    events++
    lastTime = time
    const text = replayed(row.text, replay.Name)
    for (const key of routing.route(row.bus, text, null, only)) {
      characters += text.length
      const known = subscribers.get(key)
      const bus = known?.paused ? undefined : known?.target.forwardTo
      if (bus !== undefined) forwarded.push({ bus, text })
      else
        deliveries.push({
          ...{ target: key, event: row.id, item, attempts: 0, due: now, ownText: text, since: now },
          ...laneOf(known?.target, text, item),
        })
    }
  }
  return { deliveries, forwarded, rows: taken, events, lastTime }
}

/** A replay keeps the order of its own events, and does not stand in the way of those that come now. */
function laneOf(target: Target | undefined, text: string, item: string) {
  if (!target?.orderBy) return undefined
  try {
    return { lane: `${item}/${target.orderBy(JSON.parse(text))}` }
  } catch {
    return { lane: `${item}/` } // what has no key keeps its order, too
  }
}
