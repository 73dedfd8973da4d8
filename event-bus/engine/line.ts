/**
 * In which order the deliveries in a target's memory are attempted: as they came, those of replays
 * when there are no others, one at a time of each lane, and where the target takes batches so many
 * together.
 */
import { isReplayItem } from '../delivery.ts'
import type { Batch } from '../target.ts'
import type { Delivery } from './plan.ts'

export interface Line {
  add(delivery: Delivery, now: () => number): void
  /** How long the next attempt has to wait, in ms; Infinity when there is none, undefined when it has not. */
  wait(now: () => number): number | undefined
  /** Those of the next attempt, which are now under way. */
  take(): readonly Delivery[]
  /**
   * The outcome of a delivery is on disk. Answers those that stood behind it in memory and now have to
   * wait on disk, because it is to be attempted again.
   */
  settled(delivery: Delivery, again: boolean): readonly Delivery[]
  /** Gives up what is not under way, and answers it. */
  clear(): readonly Delivery[]
}

/** `batchOf` tells how many are taken together now; one when it has no answer. */
export function line(batchOf: () => Batch | undefined): Line {
  const live = queue()
  const replayed = queue()
  const queueOf = ({ item }: Delivery) => (isReplayItem(item) ? replayed : live)
  const count = () => live.length + replayed.length
  /** Those that stand behind the one of their lane that is under way. */
  const lanes = new Map<string, { readonly first: Delivery; readonly behind: Delivery[] }>()
  let waitingSince = Number.POSITIVE_INFINITY

  /** Whether the head of the queue can be taken: those that cannot go behind the first of their lane. */
  function isReady(from: typeof live): boolean {
    for (;;) {
      const { first } = from
      const busy = first?.lane === undefined ? undefined : lanes.get(first.lane)
      if (!first || !busy) return first !== undefined
      busy.behind.push(first)
      from.shift()
    }
  }

  function next(): Delivery | undefined {
    const delivery = isReady(live) ? live.shift() : isReady(replayed) ? replayed.shift() : undefined
    if (delivery?.lane !== undefined) lanes.set(delivery.lane, { first: delivery, behind: [] })
    return delivery
  }

  return {
    add(delivery, now) {
      // Only batches ask what time it is.
      if (batchOf() && count() === 0) waitingSince = now()
      queueOf(delivery).push(delivery)
    },
    wait(now) {
      if (!isReady(live) && !isReady(replayed)) return Number.POSITIVE_INFINITY
      const batch = batchOf()
      if (!batch || count() >= batch.size) return undefined
      const at = now()
      if (at < waitingSince) waitingSince = at // the clock was set back
      const left = waitingSince + batch.windowMs - at
      return left > 0 ? left : undefined
    },
    take() {
      const taken: Delivery[] = []
      const size = batchOf()?.size ?? 1
      while (taken.length < size) {
        const delivery = next()
        if (!delivery) break
        taken.push(delivery)
      }
      return taken
    },
    settled(delivery, again) {
      const { lane } = delivery
      const busy = lane === undefined ? undefined : lanes.get(lane)
      if (lane === undefined || busy?.first !== delivery) return []
      lanes.delete(lane)
      const { behind } = busy
      if (again) return [...behind, ...live.leave(lane), ...replayed.leave(lane)]
      queueOf(delivery).unshift(behind)
      return []
    },
    clear: () => [
      ...live.clear(),
      ...replayed.clear(),
      ...[...lanes.values()].flatMap(({ behind }) => behind.splice(0)),
    ],
  }
}

function queue() {
  let kept: (Delivery | undefined)[] = []
  /** Where it begins: to shift a long array is slow. What was taken is forgotten. */
  let head = 0
  return {
    get length() {
      return kept.length - head
    },
    get first() {
      return kept[head]
    },
    push(delivery: Delivery): void {
      kept.push(delivery)
    },
    unshift(deliveries: readonly Delivery[]): void {
      kept = [...deliveries, ...kept.slice(head)]
      head = 0
    },
    shift(): Delivery | undefined {
      if (head === kept.length) {
        kept = []
        head = 0
        return undefined
      }
      const delivery = kept[head]
      kept[head++] = undefined
      if (head > 1_000) {
        kept = kept.slice(head)
        head = 0
      }
      return delivery
    },
    /** Takes out those of a lane. */
    leave(lane: string): readonly Delivery[] {
      const all = kept.slice(head) as Delivery[]
      head = 0
      kept = all.filter((each) => each.lane !== lane)
      return all.filter((each) => each.lane === lane)
    },
    clear(): readonly Delivery[] {
      const all = kept.slice(head) as Delivery[]
      kept = []
      head = 0
      return all
    },
  }
}
