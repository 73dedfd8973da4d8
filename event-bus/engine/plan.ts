/**
 * What a commit's events still owe: one row for the whole group instead of one for each delivery.
 * Most deliveries succeed at once, and the row is gone with the next commit. What fails or waits
 * leaves the plan for a row of its own, and so does everything that a plan still owes after a
 * while, lest it be rewritten for each of its slow deliveries.
 */
import type { DeliveryKey, WaitingDelivery } from '../delivery.ts'
import type { EventBridgeEvent } from '../event.ts'
import type { PlanRow } from '../ports.ts'
import { timeOf } from './event-id.ts'

/** What a plan knows of a delivery. */
export type Owed = Pick<DeliveryKey, 'target' | 'event'> & { readonly lane?: string }

export interface Plan {
  /** The id of the first event that it speaks of, and its name. */
  readonly first: number
  /** Ms since 1970. */
  readonly madeAt: number
  readonly owed: Set<Owed>
  /** What it owed has rows of its own now. */
  spilled: boolean
}

/** A delivery in memory. With a plan it has no row of its own yet. */
export interface Delivery extends WaitingDelivery {
  /** Null: it is read from the text when its turn comes, so that what only waits is there once. */
  readonly envelope: EventBridgeEvent | null
  readonly text: string
  plan: Plan | null
}

/** How long a plan may owe something before that gets rows, when it would have to be rewritten. */
const spillAfterMs = 250
/** And when nothing of it has come to an end: the log keeps all that is newer than a plan. */
const staleAfterMs = 10_000

/**
 * The target keys once, the events as indexes into them: `[["blog/…"],[[1,[0]],…]]`. Behind them the
 * lanes, for each delivery that has one: `[[1,0,"lane"],…]`.
 */
export function encodePlan(owed: Iterable<Owed>): string {
  const targets = new Map<string, number>()
  const events: [number, number[]][] = []
  const lanes: [number, number, string][] = []
  let last: [number, number[]] = [-1, []]
  for (const { event, target, lane } of owed) {
    let index = targets.get(target)
    if (index === undefined) {
      index = targets.size
      targets.set(target, index)
    }
    if (last[0] === event) last[1].push(index)
    else {
      last = [event, [index]]
      events.push(last)
    }
    if (lane !== undefined) lanes.push([event, index, lane])
  }
  const names = [...targets.keys()]
  return JSON.stringify(lanes.length > 0 ? [names, events, lanes] : [names, events])
}

/** The deliveries that a stored plan owes, as rows. */
export function deliveriesOf(text: string, now: number): readonly WaitingDelivery[] {
  const [targets, events, lanes = []] = JSON.parse(text) as [
    string[],
    [number, number[]][],
    [number, number, string][]?,
  ]
  const laneOf = new Map(lanes.map(([event, key, lane]) => [`${event}/${key}`, lane]))
  return events.flatMap(([event, keys]) =>
    keys.map((key) => {
      const lane = laneOf.get(`${event}/${key}`)
      const owed = { target: targets[key] as string, event }
      return row(lane === undefined ? owed : { ...owed, lane }, now)
    }),
  )
}

/** Due since its event came, so that it stands in front of those that came later. */
const row = ({ target, event, lane }: Owed, now: number): WaitingDelivery => ({
  ...{ target, event, item: '', attempts: 0 },
  due: Math.min(now, timeOf(event)),
  ...(lane !== undefined && { lane }),
})

/** The plans of this process that still owe something. Changed only while a commit is made. */
export interface OpenPlans {
  /** Starts the plan of this commit; null when it owes nothing. */
  open(owed: Set<Owed>, now: number): Plan | null
  /** Takes a delivery off its plan; false when it has a row of its own. */
  strike(plan: Plan | null, delivery: Owed): boolean
  /** What has to be written about plans in this commit. */
  changes(now: number): {
    readonly plans: readonly PlanRow[]
    readonly deliveries: readonly WaitingDelivery[]
  }
  committed(): void
  failed(): void
  /** The first event of the oldest plan that still owes something; Infinity when there is none. */
  readonly oldest: number
}

export function openPlans(): OpenPlans {
  let fresh: Plan | null = null
  let spilling: Plan[] = []
  /** Struck from since they were last written. */
  const changed = new Set<Plan>()
  /** In the order in which they were made. */
  const open = new Set<Plan>()

  return {
    open(owed, now) {
      const [first] = owed
      fresh = first ? { first: first.event, madeAt: now, owed, spilled: false } : null
      return fresh
    },
    strike(plan, delivery) {
      if (!plan || plan.spilled) return false
      plan.owed.delete(delivery)
      changed.add(plan)
      return true
    },
    changes(now) {
      for (const plan of open) {
        if (now - plan.madeAt <= staleAfterMs) break
        changed.add(plan)
      }
      spilling = [...changed].filter(
        ({ madeAt, owed }) => owed.size > 0 && now - madeAt > spillAfterMs,
      )
      for (const plan of spilling) plan.spilled = true
      const plans = [...changed, ...(fresh ? [fresh] : [])].map(({ first, owed, spilled }) => ({
        first,
        text: owed.size === 0 || spilled ? null : encodePlan(owed),
      }))
      const deliveries = spilling.flatMap(({ owed }) => [...owed].map((each) => row(each, now)))
      return { plans, deliveries }
    },
    committed() {
      for (const plan of changed) if (plan.spilled || plan.owed.size === 0) open.delete(plan)
      changed.clear()
      spilling = []
      if (fresh) open.add(fresh)
      fresh = null
    },
    failed() {
      for (const plan of spilling) plan.spilled = false
      spilling = []
      fresh = null
    },
    get oldest() {
      const [plan] = open
      return plan?.first ?? Number.POSITIVE_INFINITY
    },
  }
}
