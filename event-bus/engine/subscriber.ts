/**
 * One target of one rule, and what it still has to be given: its own concurrency, a bounded
 * number of deliveries in memory, the rest on disk. What it does is nobody else's delay.
 */

import { keyOf, type StoredDelivery } from '../delivery.ts'
import { DeliveryFailed } from '../errors.ts'
import type { Clock, Store } from '../ports.ts'
import type { FanOut, Target } from '../target.ts'
import { type Attempt, attempts, Invoked } from './attempts.ts'
import { line } from './line.ts'
import { failure, lost, type Outcome, rowOf, success } from './outcome.ts'
import { pace } from './pace.ts'
import type { Delivery } from './plan.ts'

export interface Subscriber {
  readonly key: string
  readonly target: Target
  /** From the next attempt on it is this one. */
  update(target: Target): void
  /** Takes a place in memory for a delivery of the commit that is being made, if there is one. */
  reserve(bytes: number, lane: string | undefined): boolean
  /** Gives it back, because the commit failed. */
  release(bytes: number, lane: string | undefined): void
  /** Takes a delivery into its reserved place. */
  push(delivery: Delivery): void
  /** The outcome of this delivery is on disk. */
  settled(outcome: Outcome): void
  /** A row is on disk that falls due then. */
  wake(due: number): void
  /** Begins no more attempts, and keeps what comes, until it is resumed. */
  pause(paused: boolean): void
  readonly paused: boolean
  /** Deliveries that are being attempted. */
  readonly running: number
  /** Deliveries in memory that have no row of their own. */
  readonly planned: number
  /** Deliveries that wait for their turn in memory; Infinity while more may be due on disk. */
  readonly queued: number
  /** Nothing is under way, and nothing is due that may be attempted. */
  readonly quiet: boolean
  /** Starts no more attempts. */
  close(): void
  /**
   * The same because the target is no more: what is in memory and not under way is owed to nobody, nor
   * is what the commit brings that is being made. What is under way ends, and is not tried again.
   */
  leave(): void
  /** It is there again, as this target. */
  comeBack(target: Target): void
}

/** What one attempt is about. */
interface Work {
  readonly deliveries: readonly Delivery[]
  readonly startedAt: number
  readonly isBatch: boolean
}

/** In memory for each target, waiting or under way. */
const capacity = 1_000
/** Characters of their events; the one that goes beyond is still taken. */
const capacityBytes = 8_388_608
/** Of one lane: it leaves room for the others. What is read comes on top of that, one at a time. */
const laneCapacity = 100
/** Rows read at once. */
const pageSize = 200
/** The same of a target that fails again and again. */
const [slowCapacity, slowPageSize] = [40, 20]

export interface Surroundings {
  readonly store: Pick<Store<never>, 'due' | 'nextDue' | 'waits' | 'node'>
  readonly clock: Clock
  readonly random: () => number
  /** `startedAt` is that of an attempt which has ended so; absent when there was none. */
  readonly settle: (outcome: Outcome, startedAt?: number) => void
  readonly failed: (error: unknown) => void
  /** Called when `quiet` or `running` may have changed. */
  readonly quiet: () => void
}

export function subscriber(
  key: string,
  first: Target,
  { store, clock, random, settle, failed, quiet }: Surroundings,
): Subscriber {
  let target = first
  const isShared = store.node.of > 1 // others may have what stands before it in its lane
  /** Until their outcome is on disk, so that a row is not read again while it is dealt with. */
  const inMemory = new Map<number | string, Pick<Delivery, 'plan' | 'text'>>()
  /** Those whose outcome came to the disk while it was read: what was read of them is too old. */
  const outdated = new Set<number | string>()
  /** Those of a lane whose first was to be tried again while they were read: they wait for it. */
  const outdatedLanes = new Set<string | undefined>()
  const queue = line(() => target.batch)
  const speed = pace(target)
  let reserved = 0
  /** Characters of what is in memory or reserved, counted for each delivery. */
  let bytes = 0
  /** How many of each lane that is. */
  const crowds = new Map<string, number>()
  let running = 0
  /** Rows may be due that are not in memory. While there are, new deliveries line up behind them. */
  let backlog = true
  /** Rows may be there that are not in memory. Where order is kept, nothing new may pass them. */
  let rowsElsewhere = true
  let reading = false
  /** The last read has failed; what is due is not known. */
  let unread = false
  let paused = false
  let closed = false
  /** Closed for good, unless it comes back. */
  let left = false
  /** How often it has left: what was read before is not delivered after. */
  let visits = 0
  let pumping = false
  let timer: { readonly due: number; readonly cancel: () => void } | null = null
  /** Set while a batch is being filled or the rate is used up. */
  let later: (() => void) | null = null

  const now = () => clock.now().getTime()
  const held = () => inMemory.size + reserved
  const under = attempts<Work>(clock, {
    timeoutMs: () => target.timeoutMs,
    late: (ms) => new DeliveryFailed(`No answer from ${key} within ${ms} ms`, { code: 'TIMEOUT' }),
    answered({ deliveries, startedAt, isBatch }, answer) {
      const failures = isBatch ? (answer as ReadonlyMap<number, unknown> | undefined) : undefined
      const fanOut = isBatch ? undefined : (answer as FanOut | undefined)
      ended(
        startedAt,
        deliveries.map((delivery, at) =>
          failures?.has(at)
            ? failedAs(delivery, failures.get(at), startedAt)
            : success(delivery, fanOut, now),
        ),
      )
    },
    failed({ deliveries, startedAt }, thrown) {
      const all = deliveries.map((each) => failedAs(each, thrown, startedAt))
      ended(startedAt, all)
    },
  })
  const failedAs = (delivery: Delivery, thrown: unknown, startedAt: number) =>
    failure(delivery, thrown, { key, target, random, startedAt, now: now() })

  function enter(lane: string | undefined): void {
    if (lane !== undefined) crowds.set(lane, (crowds.get(lane) ?? 0) + 1)
  }
  function exit(lane: string | undefined): void {
    if (lane === undefined) return
    const others = (crowds.get(lane) ?? 1) - 1
    if (others > 0) crowds.set(lane, others)
    else crowds.delete(lane)
  }

  function take(delivery: Delivery): void {
    inMemory.set(keyOf(delivery), delivery)
    bytes += delivery.text.length
    queue.add(delivery, now)
  }

  function pump(): void {
    while (!closed && !paused && under.underWay < target.concurrency) {
      const wait = queue.wait(now) ?? speed.take(now())
      if (wait === Number.POSITIVE_INFINITY) break
      if (wait > 0) {
        later ??= clock.after(wait, () => {
          later = null
          pump()
        })
        break
      }
      begin(queue.take())
    }
    if (paused || closed) return
    // What a commit is bringing here stands before what it brings to the disk.
    if (target.orderBy && reserved > 0) return
    const room = speed.isSlow ? slowCapacity - slowPageSize : capacity - pageSize
    if (backlog && held() <= room && bytes <= capacityBytes / 2) void read()
  }

  /** In the next turn: those who put are answered first, and do not wait for what targets do at once. */
  function pumpSoon(): void {
    if (pumping) return
    pumping = true
    clock.soon(() => {
      pumping = false
      pump()
    })
  }

  function begin(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return // others of their lanes are under way
    running += deliveries.length
    const startedAt = now()
    const isBatch = target.batch !== undefined
    under.begin(startedAt, { deliveries, startedAt, isBatch }, isBatch ? invokeBatch : invokeOne)
  }
  function invokeOne(attempt: Attempt<Work>) {
    return target.invoke(new Invoked(attempt.work.deliveries[0] as Delivery, attempt))
  }
  async function invokeBatch(attempt: Attempt<Work>) {
    const all = attempt.work.deliveries.map((each) => new Invoked(each, attempt))
    const failures: unknown = await target.batch?.invoke(all)
    if (failures === undefined || failures instanceof Map) return failures
    throw new Error('The target answered a batch with something that is no Map of its failures')
  }
  function ended(startedAt: number, outcomes: readonly Outcome[]): void {
    running -= outcomes.length
    for (const outcome of outcomes) {
      if (outcome.kind === 'waits') rowsElsewhere = true
      speed.ended(outcome)
      settle(outcome, startedAt)
    }
    pump()
    quiet()
  }

  /** Reads what is due and not in memory yet. */
  async function read(): Promise<void> {
    if (reading || closed) return
    reading = true
    const visit = visits
    try {
      const at = now()
      backlog = false // before the first await: what is stored from here on says so by `wake`
      rowsElsewhere = false
      outdated.clear()
      outdatedLanes.clear()
      const page = speed.isSlow ? slowPageSize : pageSize
      const rows = await store.due(key, at, page, capacityBytes / 2, inMemory)
      if (visit !== visits) {
        reading = false
        pump()
        return quiet()
      }
      backlog ||= rows.length === page || texts(rows) >= capacityBytes / 2
      for (const { text, ...row } of rows) {
        if (inMemory.has(keyOf(row)) || outdated.has(keyOf(row))) continue
        if (outdatedLanes.has(row.lane) || held() >= capacity || bytes >= capacityBytes) {
          backlog = true
          break
        }
        enter(row.lane)
        if (text === null) {
          inMemory.set(keyOf(row), { plan: null, text: '' })
          settle(lost(row, at))
        } else take({ ...row, text, envelope: null, plan: null })
      }
      const next = await store.nextDue(key, at)
      if (next !== null) wake(next)
      // Those that wait for another of their lane have no time, and are there all the same.
      rowsElsewhere ||= backlog || next !== null || (await store.waits(key))
      unread = false
      reading = false
      pump()
      quiet()
    } catch (error) {
      reading = false
      unread = !closed
      failed(error)
      wake(now() + 1_000)
    }
  }

  function wake(due: number): void {
    if (closed) return
    rowsElsewhere = true
    if (due <= now()) {
      backlog = true
      pump()
    } else if (!timer || due < timer.due) {
      timer?.cancel()
      const cancel = clock.after(due - now(), () => {
        timer = null
        backlog = true
        pump()
      })
      timer = { due, cancel }
    }
  }

  function update(next: Target): void {
    target = next
    speed.update(next)
    later?.() // the next may have to wait less
    later = null
    pump()
  }

  function close(): void {
    closed = true
    timer?.cancel()
    later?.()
    timer = null
    later = null
  }

  const drop = (delivery: Delivery) => settle({ kind: 'finished', delivery, fanOut: undefined })

  return {
    key,
    get target() {
      return target
    },
    update,
    reserve(more, lane) {
      if (closed || paused || backlog || held() >= capacity || bytes >= capacityBytes) return false
      if (target.orderBy && (isShared || rowsElsewhere || reading)) return false
      if (lane !== undefined && (crowds.get(lane) ?? 0) >= laneCapacity) return false
      enter(lane)
      reserved++
      bytes += more
      return true
    },
    release(less, lane) {
      exit(lane)
      reserved--
      bytes -= less
      pump()
    },
    push(delivery) {
      reserved--
      bytes -= delivery.text.length
      if (left) {
        exit(delivery.lane)
        return drop(delivery)
      }
      take(delivery)
      pumpSoon()
    },
    settled(outcome) {
      const { delivery } = outcome
      if (inMemory.delete(keyOf(delivery))) {
        exit(delivery.lane)
        bytes -= delivery.text.length
      }
      if (reading) outdated.add(keyOf(delivery))
      if (reading && delivery.lane !== undefined && outcome.kind === 'waits')
        outdatedLanes.add(delivery.lane)
      for (const follower of queue.settled(delivery, outcome.kind === 'waits'))
        settle({ kind: 'waits', delivery: follower, row: rowOf(follower, now()) })
      // The next of its lane may be due.
      if (delivery.lane !== undefined && (rowsElsewhere || reading) && !closed) backlog = true
      pump()
    },
    wake,
    pause(next) {
      paused = next
      if (paused) return quiet()
      backlog = true
      pump()
    },
    get paused() {
      return paused
    },
    get running() {
      return running
    },
    get planned() {
      return [...inMemory.values()].filter(({ plan }) => plan && !plan.spilled).length
    },
    get queued() {
      return backlog || unread ? Number.POSITIVE_INFINITY : held() - running
    },
    get quiet() {
      if (paused) return running === 0 && reserved === 0
      return held() === 0 && !backlog && !reading && !unread
    },
    close,
    leave() {
      close()
      left = true
      visits++
      paused = false
      backlog = false
      unread = false
      for (const delivery of queue.clear()) drop(delivery)
      quiet()
    },
    comeBack(next) {
      closed = false
      left = false
      wake(now())
      update(next)
    },
  }
}

/** Characters that were read: an event's once, and each text that is a delivery's own. */
function texts(rows: readonly StoredDelivery[]): number {
  const events = new Set<number>()
  let sum = 0
  for (const { event, ownText, text } of rows) {
    if (ownText === undefined && events.has(event)) continue
    if (ownText === undefined) events.add(event)
    sum += text?.length ?? 0
  }
  return sum
}
