/**
 * What a commit's events still owe: one row for the whole group instead of one for each delivery.
 * Most deliveries succeed at once, and the row is gone with the next commit. What fails or waits
 * leaves the plan for a row of its own, and so does everything that a plan still owes after a
 * while, lest it be rewritten for each of its slow deliveries.
 */
import type { DeliveryKey, WaitingDelivery } from './delivery.ts'
import { timeOf } from './event-id.ts'
import type { PlanRow } from './ports.ts'

export interface Plan {
  /** The id of the first event that it speaks of, and its name. */
  readonly first: number
  /** Ms since 1970. */
  readonly madeAt: number
  /** Event id → keys of the targets that it still owes. */
  readonly owed: Map<number, Set<string>>
  /** What it owed has rows of its own now. */
  spilled: boolean
}

/** How long a plan may owe something before that gets rows. */
const spillAfterMs = 250

/** The target keys once, the events as indexes into them: `[["blog/…"],[[1,[0]],…]]`. */
export function encodePlan(owed: Plan['owed']): string {
  const targets = new Map<string, number>()
  const index = (target: string) => {
    const known = targets.get(target) ?? targets.size
    targets.set(target, known)
    return known
  }
  const events = [...owed].map(([event, keys]) => [event, [...keys].map(index)])
  return JSON.stringify([[...targets.keys()], events])
}

/** The deliveries that a stored plan owes, as rows. */
export function deliveriesOf(text: string, now: number): readonly WaitingDelivery[] {
  const [targets, events] = JSON.parse(text) as [string[], [number, number[]][]]
  return events.flatMap(([event, keys]) =>
    keys.map((key) => row(targets[key] as string, event, now)),
  )
}

/** Due since its event came, so that it stands in front of those that came later. */
const row = (target: string, event: number, now: number): WaitingDelivery => ({
  ...{ target, event, item: '', attempts: 0 },
  due: Math.min(now, timeOf(event)),
})

/** The plans of this process that still owe something. Changed only while a commit is made. */
export interface OpenPlans {
  /** Starts the plan of this commit. */
  open(owed: Plan['owed'], now: number): void
  /** Takes a delivery off its plan; false when it has a row of its own. */
  strike(plan: Plan | null, delivery: DeliveryKey): boolean
  /** What has to be written about plans in this commit. */
  changes(now: number): {
    readonly plans: readonly PlanRow[]
    readonly deliveries: readonly WaitingDelivery[]
  }
  /** Answers the plan that the commit started. */
  committed(): Plan | null
  failed(): void
}

export function openPlans(): OpenPlans {
  let fresh: Plan | null = null
  let spilling: Plan[] = []
  /** Struck from since they were last written. */
  const changed = new Set<Plan>()

  return {
    open(owed, now) {
      const [first] = owed.keys()
      fresh = first === undefined ? null : { first, madeAt: now, owed, spilled: false }
    },
    strike(plan, { event, target }) {
      if (!plan || plan.spilled) return false
      const keys = plan.owed.get(event)
      keys?.delete(target)
      if (keys?.size === 0) plan.owed.delete(event)
      changed.add(plan)
      return true
    },
    changes(now) {
      spilling = [...changed].filter(
        ({ madeAt, owed }) => owed.size > 0 && now - madeAt > spillAfterMs,
      )
      for (const plan of spilling) plan.spilled = true
      const plans = [...changed, ...(fresh ? [fresh] : [])].map(({ first, owed, spilled }) => ({
        first,
        text: owed.size === 0 || spilled ? null : encodePlan(owed),
      }))
      const deliveries = spilling.flatMap(({ owed }) =>
        [...owed].flatMap(([event, keys]) => [...keys].map((target) => row(target, event, now))),
      )
      return { plans, deliveries }
    },
    committed() {
      changed.clear()
      spilling = []
      return fresh
    },
    failed() {
      for (const plan of spilling) plan.spilled = false
      spilling = []
      fresh = null
    },
  }
}
