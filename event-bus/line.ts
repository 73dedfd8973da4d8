/**
 * In which order the deliveries in a target's memory are attempted: as they came, one at a time of
 * each lane, and where the target takes batches so many together.
 */
import type { Delivery } from './plan.ts'
import type { Batch } from './target.ts'

export interface Line {
  add(delivery: Delivery, now: number): void
  /** How long the next attempt has to wait, in ms; Infinity when there is none, undefined when it has not. */
  wait(now: number): number | undefined
  /** Those of the next attempt, which are now under way. */
  take(): readonly Delivery[]
  /**
   * The outcome of a delivery is on disk. Answers those that stood behind it in memory and now have to
   * wait on disk, because it is to be attempted again.
   */
  settled(delivery: Delivery, again: boolean): readonly Delivery[]
  /** What is not under way. */
  all(): readonly Delivery[]
}

/** `batchOf` tells how many are taken together now; one when it has no answer. */
export function line(batchOf: () => Batch | undefined): Line {
  let queue: (Delivery | undefined)[] = []
  /** Where the queue begins: to shift a long array is slow. What was taken is forgotten. */
  let head = 0
  /** Those that stand behind the one of their lane that is under way. */
  const lanes = new Map<string, { readonly first: Delivery; readonly behind: Delivery[] }>()
  let waitingSince = Number.POSITIVE_INFINITY

  function next(): Delivery | undefined {
    while (head < queue.length) {
      const delivery = queue[head] as Delivery
      queue[head++] = undefined
      if (head > 1_000) {
        queue = queue.slice(head)
        head = 0
      }
      const { lane } = delivery
      if (lane === undefined) return delivery
      const busy = lanes.get(lane)
      if (!busy) {
        lanes.set(lane, { first: delivery, behind: [] })
        return delivery
      }
      busy.behind.push(delivery)
    }
    queue = []
    head = 0
    return undefined
  }

  return {
    add(delivery, now) {
      if (head === queue.length) waitingSince = now
      queue.push(delivery)
    },
    wait(now) {
      const waiting = queue.length - head
      if (waiting === 0) return Number.POSITIVE_INFINITY
      const batch = batchOf()
      if (!batch || waiting >= batch.size) return undefined
      const left = Math.min(batch.windowMs, waitingSince + batch.windowMs - now)
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
      if (again) return behind
      queue = [...behind, ...queue.slice(head)]
      head = 0
      return []
    },
    all: () => [
      ...(queue.slice(head) as Delivery[]),
      ...[...lanes.values()].flatMap(({ behind }) => behind),
    ],
  }
}
