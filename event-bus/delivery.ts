/** One event on its way to one target. */

/**
 * What names a delivery. `item` is empty, or the subscription that a topic's message is for; of a
 * replayed event it says of which replay, too, so that it is never taken for the event's own; of one
 * that tells of another's death, whose and which time.
 */
export interface DeliveryKey {
  /** `<bus>/<rule>/<target>`, or `<topic>/<protocol>`. */
  readonly target: string
  readonly event: number
  readonly item: string
}

/** A delivery as it waits on disk, for its first attempt or for the next. */
export interface WaitingDelivery extends DeliveryKey {
  /** Attempts that were made. */
  readonly attempts: number
  /** Ms since 1970; not before. */
  readonly due: number
  /** What the last attempt failed with. */
  readonly error?: string
  /** How far a fan-out has come; or what is told of another delivery, which is dead. */
  readonly progress?: string
  /** When it was attempted first, in ms since 1970. */
  readonly firstAt?: number
  /** Deliveries of one lane of a target are made one after the other, in the order of their events. */
  readonly lane?: string
  /** What is to be delivered instead of what the log has: a replayed event, or one that the log may have forgotten. */
  readonly ownText?: string
  /** Its age is counted from here and not from its event, in ms since 1970: it was replayed or redriven then. */
  readonly since?: number
}

/** The same with its event, ready to be attempted. */
export interface StoredDelivery extends WaitingDelivery {
  /** Its own, or the log's; null when the log does not keep the event any more. */
  readonly text: string | null
}

const replayMark = 'replay:'

/** The item of a replayed event's delivery; names of replays have no slash. */
export const replayItem = (replay: string, item = ''): string =>
  item === '' ? replayMark + replay : `${replayMark}${replay}/${item}`

export const isReplayItem = (item: string): boolean => item !== '' && item.startsWith(replayMark)

/** What the target is told: the item without the replay. */
export function ownItem(item: string): string {
  if (!isReplayItem(item)) return item
  const slash = item.indexOf('/')
  return slash < 0 ? '' : item.slice(slash + 1)
}

/** The item of an event that has come from another bus, to a target that is a third: it goes there never, also when it is redriven. */
export const hoppedItem = 'hopped'

/** What names a delivery within its target: for most the event alone does. */
export const keyOf = ({ event, item }: Omit<DeliveryKey, 'target'>): number | string =>
  item === '' ? event : `${event}/${item}`
