/**
 * What one commit is about: from what has come in to the rows that make it durable, and from the
 * disk's yes to the subscribers that are then given what is theirs.
 */
import type { DeadLetter } from '../dead-letter.ts'
import { hoppedItem, isReplayItem, type WaitingDelivery } from '../delivery.ts'
import { type EventBridgeEvent, identified, type Prepared, textOf } from '../event.ts'
import type { EventRow, Rows, SettingRow } from '../ports.ts'
import type { Routing } from '../rule.ts'
import type { Target } from '../target.ts'
import type { Rider } from './group-commit.ts'
import type { Outcome } from './outcome.ts'
import { type Delivery, openPlans } from './plan.ts'
import type { Subscriber } from './subscriber.ts'

/** What the bus itself wants written beside events and outcomes. */
export type Contribution = Partial<
  Pick<
    Rows,
    'plans' | 'deliveries' | 'revived' | 'settings' | 'isDecision' | 'abandoned' | 'expired'
  >
> & {
  /** Events that a rule hands on to another bus, as they are there: that is their one hop. */
  readonly forwarded?: readonly { readonly bus: string; readonly text: string }[]
}

/**
 * Asked for each commit what else its events and its settings bring about. `applied` is called when
 * that is on disk, before all others are told. Neither may throw.
 */
export type Alongside = (
  events: readonly EventRow[],
  settings: readonly SettingRow[],
) => { readonly settings: readonly SettingRow[]; readonly applied: () => void } | null

export interface Passenger extends Rider {
  /** Called while the commit is made. When it throws, it is left out and told so, alone. */
  board(): Contribution | undefined
}

export interface Commit {
  /** Events for the next commit: all of them or, when this throws, none. Answers their ids. */
  accept(entries: readonly Entry[]): readonly string[]
  /** An event of another bus for the next commit, as it is. */
  forward(bus: string, text: string): void
  /** A delivery has ended. */
  ended(outcome: Outcome): void
  rows(passengers: readonly Passenger[]): Rows
  committed(): void
  /** Answers whether outcomes wait to be written. */
  failed(): boolean
  /** Outcomes that the commit had no room for. */
  readonly isMore: boolean
  /** The oldest event that a plan still owes; Infinity when there is none. */
  readonly oldestOwed: number
}

export interface Entry {
  readonly bus: string
  readonly prepared: Prepared
  /** Whom it is for, when no rule is asked. */
  readonly keys?: readonly string[]
}
/** An event that the next commit stores, and the targets that it is for. */
interface Accepted extends EventRow {
  readonly keys: readonly string[]
  /** Null for one that came from another bus: it is read from the text. */
  readonly envelope: EventBridgeEvent | null
}
/** What an event that is put brings with it. */
interface Taken {
  readonly accepted: Accepted[]
  readonly deadLetters: DeadLetter[]
}
interface Group extends Taken {
  readonly outcomes: readonly Outcome[]
  readonly inMemory: readonly Delivery[]
  /** Rows that are due now or later. */
  readonly onDisk: readonly Pick<WaitingDelivery, 'target' | 'due'>[]
  readonly applied: () => void
}
/** Rows for deliveries that have failed, in one commit: at 10 to 20 µs each a millisecond, for which puts may wait. */
const failureRows = 64

const nothing: Group = {
  ...{ accepted: [], deadLetters: [], outcomes: [], inMemory: [], onDisk: [] },
  applied: () => {},
}

export function commit({
  now,
  nextNumber,
  uuidOf,
  routing,
  subscribers,
  leaving,
  alongside,
  stored,
}: {
  readonly now: () => number
  readonly nextNumber: () => number
  readonly uuidOf: (id: number) => string
  readonly routing: Pick<Routing, 'route'>
  readonly subscribers: ReadonlyMap<string, Subscriber>
  /** Those of targets that are gone, and whose deliveries have not all ended. */
  readonly leaving: ReadonlyMap<string, Subscriber>
  readonly alongside: Alongside
  /** Told of what is on disk, before targets are. */
  readonly stored: (events: readonly EventRow[]) => void
}): Commit {
  const plans = openPlans()
  /** Events for the next commit, and deliveries that have ended since the last. */
  let taken: Taken = { accepted: [], deadLetters: [] }
  let outcomes: Outcome[] = []
  /** What the commit under way is about. */
  let group = nothing

  const concerned = (key: string) => subscribers.get(key) ?? leaving.get(key)

  const isBusTarget = (key: string) => subscribers.get(key)?.target.forwardTo !== undefined
  /** A target that is paused keeps its events as all others do. */
  const forwardsNow = (key: string) => isBusTarget(key) && !subscribers.get(key)?.paused

  /** Takes the event, and itself again on each bus to which a rule forwards it: one hop, and no further. */
  function take(
    row: Omit<Accepted, 'keys'>,
    into: Taken,
    isForwarded: boolean,
    keys = routing.route(row.bus, row.text, row.envelope),
  ): void {
    const { id, bus, text, envelope } = row
    const isForward = isForwarded ? isBusTarget : forwardsNow
    if (!keys.some(isForward)) {
      into.accepted.push({ id, bus, text, envelope, keys })
      return
    }
    const forwards = keys.filter(isForward)
    into.accepted.push({ ...row, keys: keys.filter((key) => !forwards.includes(key)) })
    for (const key of forwards) {
      const to = subscribers.get(key)?.target.forwardTo ?? ''
      if (isForwarded) into.deadLetters.push(thirdHop(key, row, now()))
      else take({ ...row, id: nextNumber(), bus: to, envelope: null }, into, true)
    }
  }

  /** The lane of a delivery to a target that keeps an order. */
  function laneOf(
    orderBy: Target['orderBy'],
    event: Accepted,
  ): { readonly lane: string } | undefined {
    if (!orderBy) return undefined
    try {
      return { lane: String(orderBy(event.envelope ?? JSON.parse(event.text))) }
    } catch {
      return { lane: '' } // what has no key keeps its order, too
    }
  }

  /** Deliveries of these events: those that have found a place in memory, and those that wait on disk. */
  function deliver(accepted: readonly Accepted[], at: number) {
    const inMemory: Delivery[] = []
    const onDisk: WaitingDelivery[] = []
    for (const event of accepted) {
      // A target may change what it is given. The first has the object that was parsed when it was put.
      let { envelope } = event
      for (const target of event.keys) {
        const { id, text } = event
        const to = subscribers.get(target)
        const lane = laneOf(to?.target.orderBy, event)
        if (to?.reserve(text.length, lane?.lane)) {
          const row = {
            target,
            event: id,
            item: '',
            attempts: 0,
            due: 0,
            text,
            envelope,
            plan: null,
          }
          inMemory.push(lane ? { ...row, ...lane } : row)
          envelope = null
        } else onDisk.push({ target, event: id, item: '', attempts: 0, due: at, ...lane })
      }
    }
    return { inMemory, onDisk }
  }

  /** To whom its target has it told. It has the event with it, which the log may forget. */
  function told(letter: DeadLetter, due: number): readonly WaitingDelivery[] {
    const { target, event, text } = letter
    const to = concerned(target)?.target.deadLetterTo
    if (!to) return []
    // Redriven it may die again, and is told of again.
    const item = `${target}#${nextNumber()}`
    const row = { target: to.key, event, item, attempts: 0, due, since: due }
    return [{ ...row, ownText: text, progress: to.tell(letter) }]
  }

  return {
    accept(entries) {
      const own: Taken = { accepted: [], deadLetters: [] }
      const ids = entries.map(({ bus, prepared, keys }) => {
        const id = nextNumber()
        const uuid = uuidOf(id)
        const envelope = identified(prepared, uuid)
        take({ id, bus, envelope, text: textOf(uuid, prepared) }, own, false, keys)
        return uuid
      })
      for (const event of own.accepted) taken.accepted.push(event)
      for (const letter of own.deadLetters) taken.deadLetters.push(letter)
      return ids
    },
    forward(bus, text) {
      take({ id: nextNumber(), bus, envelope: null, text }, taken, true)
    },
    ended(outcome) {
      outcomes.push(outcome)
    },
    rows(passengers) {
      const at = now()
      const contributions: Contribution[] = []
      for (const passenger of passengers) {
        const contribution = boarded(passenger)
        if (contribution) contributions.push(contribution)
      }
      for (const { forwarded = [] } of contributions)
        for (const event of forwarded)
          take({ ...event, id: nextNumber(), envelope: null }, taken, true)
      const settings = contributions.flatMap(({ settings = [] }) => settings)
      const beside = alongside(taken.accepted, settings)
      const finished: Delivery[] = []
      const waiting = contributions.flatMap(({ deliveries = [] }) => deliveries)
      const later = failuresBeyond(outcomes)
      const ending = later.size > 0 ? outcomes.filter((each) => !later.has(each)) : outcomes
      for (const outcome of ending) {
        const { delivery, kind } = outcome
        const hadRow = !plans.strike(delivery.plan, delivery)
        // What goes is owed nothing: neither what has failed since, nor what had and was not written yet.
        if (kind === 'waits' && !leaving.has(delivery.target)) waiting.push(outcome.row)
        else if (hadRow) finished.push(delivery)
        if (kind !== 'dead' && outcome.fanOut) waiting.push(...fannedOut(outcome, at))
      }
      const deadLetters = [
        ...taken.deadLetters,
        ...ending.flatMap((each) => (each.kind === 'dead' ? each.deadLetter : [])),
      ]
      for (const letter of deadLetters) waiting.push(...told(letter, at))
      const { inMemory, onDisk } = deliver(taken.accepted, at)
      const plan = plans.open(new Set(inMemory), at)
      for (const delivery of inMemory) delivery.plan = plan
      const written = plans.changes(at)
      const { applied } = beside ?? nothing
      const revived = contributions.flatMap((each) => each.revived ?? [])
      const again = revived.flatMap(({ delivery }) => delivery ?? [])
      const rows = [...waiting, ...again, ...onDisk]
      group = { ...taken, outcomes: ending, inMemory, onDisk: rows, applied }
      taken = { accepted: [], deadLetters: [] }
      outcomes = [...later]
      return {
        events: group.accepted,
        plans: [...written.plans, ...contributions.flatMap(({ plans = [] }) => plans)],
        deliveries: [...waiting, ...onDisk],
        inHand: written.deliveries,
        finished,
        now: at,
        deadLetters,
        revived,
        settings: beside ? [...settings, ...beside.settings] : settings,
        isDecision: contributions.some(({ isDecision }) => isDecision),
        abandoned: contributions.flatMap(({ abandoned = [] }) => abandoned),
        expired: contributions.flatMap(({ expired = [] }) => expired),
      }
    },
    committed() {
      const { accepted, inMemory, onDisk, outcomes: ended, applied } = group
      group = nothing
      applied()
      plans.committed()
      stored(accepted)
      for (const delivery of inMemory) concerned(delivery.target)?.push(delivery)
      for (const outcome of ended) concerned(outcome.delivery.target)?.settled(outcome)
      const earliest = new Map<string, number>()
      for (const { target, due } of onDisk)
        if (due < (earliest.get(target) ?? Number.POSITIVE_INFINITY)) earliest.set(target, due)
      for (const [target, due] of earliest) subscribers.get(target)?.wake(due)
    },
    failed() {
      for (const { target, text, lane } of group.inMemory)
        concerned(target)?.release(text.length, lane)
      outcomes = [...group.outcomes, ...outcomes]
      group = nothing
      taken = { accepted: [], deadLetters: [] } // works may have run without rows ever being asked for
      plans.failed()
      return outcomes.length > 0
    },
    get isMore() {
      return outcomes.length > 0
    },
    get oldestOwed() {
      return plans.oldest
    },
  }
}

/** Failures that the next commit has no room for: what is done is noted at once, lest it be done twice. */
function failuresBeyond(outcomes: readonly Outcome[]): ReadonlySet<Outcome> {
  const beyond = new Set<Outcome>()
  let failures = 0
  for (const outcome of outcomes)
    if (outcome.kind === 'waits' && !outcome.fanOut && ++failures > failureRows) beyond.add(outcome)
  return beyond
}

function boarded(passenger: Passenger): Contribution | undefined {
  try {
    return passenger.board()
  } catch (error) {
    passenger.failed(error)
    return undefined
  }
}

/** Further deliveries of the same event. One that was replayed or redriven stays so. */
function fannedOut(outcome: Outcome, due: number): readonly WaitingDelivery[] {
  if (outcome.kind === 'dead' || !outcome.fanOut) return []
  const { deliveries, text } = outcome.fanOut
  const { event, item: from, since } = outcome.delivery
  const ownText = text ?? outcome.delivery.ownText
  const own = { ...(ownText !== undefined && { ownText }), ...(since !== undefined && { since }) }
  const itemOf = isReplayItem(from) ? (item: string) => `${from}/${item}` : (item: string) => item
  return deliveries.map(({ target, item }) => ({
    ...{ target, item: itemOf(item), event, attempts: 0, due },
    ...own,
  }))
}

/** EventBridge hands an event on from bus to bus once. */
const thirdHop = (target: string, { id, text }: EventRow, now: number): DeadLetter => ({
  ...{ target, event: id, item: hoppedItem, text, attempts: 0, firstAt: now, diedAt: now },
  error: 'The event has come from another bus and is not handed on to a third',
  errorCode: 'THIRD_ACCOUNT_HOP_DETECTED',
})
