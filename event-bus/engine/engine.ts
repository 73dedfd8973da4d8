/**
 * A retained log and, for each target of each rule, a subscriber with its deliveries. An event is
 * matched when it is put; one commit holds the event, what it owes to whom, and what earlier
 * deliveries have come to. So an event that was acknowledged is on disk with all it will cause.
 */

import { BusError, isOvertaken } from '../errors.ts'
import { type Place, type Prepared, type PutEventsRequestEntry, prepare } from '../event.ts'
import type { Append, Clock, EventLog, Store } from '../ports.ts'
import { type Rule, routing, targetKey } from '../rule.ts'
import type { Target } from '../target.ts'
import { type Alongside, type Contribution, commit, type Entry, type Passenger } from './commit.ts'
import { idAt, sequence, suffixOf, uuidOf } from './event-id.ts'
import { eventLog } from './event-log.ts'
import { groupCommit } from './group-commit.ts'
import type { Inside, Watcher } from './inside.ts'
import { followOthers } from './others.ts'
import type { Outcome } from './outcome.ts'
import { owe, settingsOf } from './recovered.ts'
import { forgottenIn, type Keeps, retention } from './retention.ts'
import { counted, type Status, status } from './status.ts'
import { type Subscriber, subscriber } from './subscriber.ts'

export interface Engine<Tx = unknown> {
  /**
   * Runs `work` in the next commit. Resolves with what it returned when that, the events that it
   * appended, and what these owe to targets are on disk; rejects with what it threw, and then
   * nothing of it is stored.
   */
  transact<T>(work: (tx: Tx, append: Append) => T | Promise<T>): Promise<T>
  /** Resolves with the ids of the events when they are on disk: all of them, or none. */
  putEvents(bus: string, entries: readonly PutEventsRequestEntry[]): Promise<readonly string[]>
  /** Takes up what the previous process left, and delivers from here on. */
  start(circuit: Circuit): Promise<void>
  /** The retained log of a bus. */
  log(bus: string): EventLog
  /** A new id, a UUID that sorts by time. */
  nextId(): string
  status(): Promise<Status>
  /** Resolves when nothing is under way and nothing is due. What waits for a retry waits on. */
  settled(): Promise<void>
  /**
   * Starts no more deliveries, lets those under way end and be written (at most `graceMs`), keeps
   * the rest. Whoever wants something written afterwards is refused.
   */
  close(graceMs: number): Promise<void>
  readonly inside: Inside
}

/** What is connected with what, as long as the process lives. It takes the place of what `connect` has under its keys. */
export interface Circuit {
  readonly rules: readonly Rule[]
  /** Whom fan-outs lead to, by key. */
  readonly fanOutTargets: ReadonlyMap<string, Target>
  /** Stream of a table → bus. */
  readonly pipes: ReadonlyMap<string, string>
}

export interface EngineOptions<Tx> {
  readonly store: Store<Tx>
  readonly clock: Clock
  /** 0 to 1, for jitter. */
  readonly random: () => number
  readonly place?: Place
  /** How long the log keeps an event. At least two days: longer than any event is retried. */
  readonly retentionDays?: number
  /** How large the store may grow before the log forgets earlier than that; no limit when absent. */
  readonly retentionBytes?: number
  /** Told what goes wrong and is tried again. */
  readonly failed?: (error: unknown) => void
  /** Told that others have taken this process for dead: it delivers and stores nothing any more, and is to end. */
  readonly ended?: (error: Error) => void
}

/** One whose clock is further ahead draws nobody after it. */
const farthestMs = 60_000

/** Opens the engine over a store. Throws what the store throws when it cannot be read. */
export async function engine<Tx>({
  store,
  clock,
  random,
  place = { account: '000000000000', region: 'us-east-1' },
  retentionDays = 7,
  retentionBytes = Number.POSITIVE_INFINITY,
  failed = () => {},
  ended = () => {},
}: EngineOptions<Tx>): Promise<Engine<Tx>> {
  const now = () => clock.now().getTime()
  const left = await store.recover()
  // What the log has forgotten may have been newer than all that it has.
  const last = Math.max(left.lastEventId, forgottenIn(left.settings))
  const nextNumber = sequence(now, last, store.node)
  const suffix = suffixOf(store.secret)
  await owe(store, left.plans, now())

  const subscribers = new Map<string, Subscriber>()
  /** Those of targets that are gone, until what is under way has ended: they may come back. */
  const leaving = new Map<string, Subscriber>()
  const everybody = () => [...subscribers.values(), ...leaving.values()]
  const routes = routing()
  const counts = counted(store, clock)
  const waiters: { readonly done: () => boolean; readonly resolve: () => void }[] = []
  let pipes: Circuit['pipes'] | null = null
  let closed = false
  let declared: readonly Rule[] = []
  let keeps: Keeps = () => false
  /** How many wait for the bus to be settled: for them no time need pass. */
  let settling = 0
  const watchers = new Set<Watcher>()
  let alongside: Alongside = () => null
  let pauses: (key: string) => boolean = () => false
  const isShared = store.node.of > 1

  /** The newest event of each bus that was asked for or put to. Others put to it, too, where there are any. */
  const heads = new Map<string, number>()
  async function newest(bus: string): Promise<number> {
    if (isShared) return store.completeUpTo()
    if (!heads.has(bus)) {
      const [found] = await store.tail(bus, 1, 1)
      if (!heads.has(bus)) heads.set(bus, found?.id ?? 0)
    }
    return heads.get(bus) ?? 0
  }

  const others = followOthers({
    ...{ store, clock, write, subscribers, failed, looked: () => kept.look() },
    mark: (known) => nextNumber(Math.min(known, idAt(now() + farthestMs))),
    ended(error) {
      for (const each of everybody()) each.close()
      failed(error)
      ended(error)
    },
  })
  const next = commit({
    ...{ now, nextNumber, subscribers, leaving, routing: routes },
    uuidOf: (id) => uuidOf(id, suffix),
    alongside: (events, settings) => alongside(events, settings),
    stored(events) {
      for (const { bus, id } of events) heads.set(bus, id)
      if (watchers.size > 0) for (const each of watchers) each.stored(events)
    },
  })
  const commits = groupCommit<Tx, Passenger>(store, clock, {
    rows: next.rows,
    committed() {
      next.committed()
      if (next.isMore) commits.remind(true)
      kept.look()
      look()
    },
    failed(error) {
      const again = next.failed()
      if (!isOvertaken(error)) failed(error)
      look()
      return again
    },
  })
  const kept = retention({
    ...{ store, clock, decide, failed, settings: left.settings },
    ...{ heard: others.heard, owns: others.owns },
    ...{ days: Math.max(2, retentionDays), bytes: retentionBytes },
    oldestOwed: () => next.oldestOwed,
    keeps: (event) => keeps(event),
  })

  function prepared(entry: PutEventsRequestEntry): Prepared {
    try {
      return prepare(entry, place, clock.now())
    } catch (cause) {
      const part = cause instanceof SyntaxError ? 'Detail' : 'Time'
      throw new BusError('ValidationException', `${part} is malformed.`, { cause })
    }
  }
  function connected() {
    if (!pipes) throw new Error('The engine takes events when it has been started')
    return pipes
  }

  /** Takes entries, and what else is to be written with them. Rejects with what is wrong with one. */
  function put(
    entries: () => readonly Entry[],
    more?: () => Contribution,
  ): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      connected()
      const ready = entries()
      let ids: readonly string[] = []
      commits.ride({
        size: sizeOf(ready),
        count: ready.length,
        alone: isShared && more !== undefined,
        isAsked: more === undefined,
        board() {
          const contribution = more && { ...more(), isDecision: true }
          ids = next.accept(ready)
          return contribution
        },
        stored: () => resolve(ids),
        failed: reject,
      })
    })
  }

  function write(contribute: () => Contribution, applied = () => {}, isDecision = false) {
    return new Promise<void>((resolve, reject) => {
      let stored = () => {} // what throws is not
      const board = () => {
        const contribution = isDecision ? { ...contribute(), isDecision } : contribute()
        stored = () => {
          applied()
          resolve()
        }
        return contribution
      }
      const alone = isShared && isDecision
      commits.ride({ size: 0, count: 1, alone, board, stored: () => stored(), failed: reject })
    })
  }
  function decide(contribute: () => Contribution, applied?: () => void): Promise<void> {
    return write(contribute, applied, true)
  }

  function settle(outcome: Outcome, startedAt?: number): void {
    next.ended(outcome)
    if (watchers.size > 0) for (const each of watchers) each.ended(outcome, startedAt)
    // What a plan owed, and what has failed, rides along with the next puts: neither is worth a commit of
    // its own. A row that is done, say of a mail, is not done twice for that, and where order is kept
    // the next one waits for it.
    const { kind, delivery } = outcome
    const isDone = kind === 'dead' || (kind === 'finished' && !delivery.plan)
    const hasFannedOut = kind !== 'dead' && outcome.fanOut !== undefined
    const isUrgent = isDone || hasFannedOut || delivery.lane !== undefined
    commits.remind(isUrgent || settling > 0)
  }

  function connect(key: string, target: Target): void {
    const known = subscribers.get(key)
    if (known) {
      known.update(target)
      return
    }
    const outside = { store, clock, random, settle, failed, quiet: look }
    const back = leaving.get(key)
    const made = back ?? subscriber(key, target, outside)
    leaving.delete(key)
    subscribers.set(key, made)
    back?.comeBack(target)
    if (pauses(key)) made.pause(true)
    if (pipes) made.wake(0)
  }

  /** Lets go those who waited for a state that has been reached. */
  function look(): void {
    for (const [key, each] of leaving) if (each.quiet) leaving.delete(key)
    if (waiters.length === 0) return
    for (const waiter of waiters.filter(({ done }) => done())) {
      waiters.splice(waiters.indexOf(waiter), 1)
      waiter.resolve()
    }
  }
  const until = (done: () => boolean) =>
    new Promise<void>((resolve) => {
      waiters.push({ done, resolve })
      look()
    })

  return {
    transact: (work) =>
      commits.transact((tx) => {
        const appended: Entry[] = []
        let isOver = false
        const over = <T>(result: T): T => {
          isOver = true
          next.accept(appended)
          return result
        }
        const result = work(tx, (stream, entry) => {
          if (isOver) throw new Error(`The work has ended that tells ${stream} something`)
          const bus = connected().get(stream)
          if (bus !== undefined) appended.push({ bus, prepared: prepared(entry) })
        })
        return result instanceof Promise ? result.then(over) : over(result)
      }),
    putEvents: (bus, entries) =>
      put(() => entries.map((entry) => ({ bus, prepared: prepared(entry) }))),
    async start(circuit) {
      if (pipes) throw new Error('The engine has been started already')
      const own = new Set<string>()
      const connectNew = (key: string, target: Target) => {
        if (own.has(key)) throw new Error(`Two targets are called ${key}. Rename one.`)
        own.add(key)
        connect(key, target)
      }
      for (const rule of circuit.rules) {
        for (const target of rule.targets) connectNew(targetKey(rule, target), target)
        const keys = rule.targets.map((target) => targetKey(rule, target))
        routes.set(rule.bus, rule.name, rule.eventPattern, keys)
      }
      for (const [key, target] of circuit.fanOutTargets) connectNew(key, target)
      declared = circuit.rules
      pipes = circuit.pipes
      for (const each of subscribers.values()) each.wake(0)
    },
    log: (bus) =>
      eventLog(bus, { store, newest: () => newest(bus), clock, suffix, horizon: kept.horizon }),
    nextId: () => uuidOf(nextNumber(), suffix),
    status: () => status(store, counts, subscribers),
    async settled() {
      const quiet = () => everybody().every((each) => each.quiet)
      settling++
      do {
        await commits.idle()
        await until(() => closed || quiet())
        await commits.idle()
      } while (!closed && !quiet()) // what was being written has set something off
      settling--
    },
    async close(graceMs) {
      kept.close()
      others.close()
      for (const each of watchers) each.closed()
      for (const each of everybody()) each.close()
      let late = false
      const cancel = clock.after(graceMs, () => {
        late = true
        look()
      })
      await until(() => late || everybody().every(({ running }) => running === 0))
      await Promise.race([commits.idle(), until(() => late)]) // a full disk may be full for ever
      cancel()
      commits.close()
      closed = true
      look()
      await store.close()
    },
    inside: {
      ...{ store, clock, place, write, decide, suffix, routing: routes, subscribers, connect },
      counts,
      turnedAway: () => commits.turnedAway,
      ...{ heard: others.heard, owns: others.owns },
      nextNumber,
      settings: (kind) => settingsOf([...left.settings, ...others.settings], kind),
      async putFor(keys, bus, entry, contribute) {
        await put(() => [{ bus, prepared: prepared(entry), keys }], contribute)
      },
      declared: () => declared,
      piped: () => pipes?.values() ?? [],
      disconnect(key) {
        const gone = subscribers.get(key) ?? leaving.get(key)
        if (!gone) return Promise.resolve()
        subscribers.delete(key)
        leaving.set(key, gone)
        gone.leave()
        return until(() => gone.running === 0 || subscribers.get(key) === gone)
      },
      pauses(which) {
        pauses = which
        for (const each of subscribers.values())
          if (each.paused !== which(each.key)) each.pause(which(each.key))
      },
      put: (entries) => put(() => entries),
      forward: (bus, text) =>
        new Promise((resolve, reject) => {
          const board = () => {
            next.forward(bus, text)
            return {}
          }
          commits.ride({ size: text.length, count: 1, board, stored: resolve, failed: reject })
        }),
      alongside(asked) {
        alongside = asked
      },
      watch(watcher) {
        watchers.add(watcher)
        return () => watchers.delete(watcher)
      },
      horizon: kept.horizon,
      keep(which) {
        keeps = which
        kept.lookAgain()
      },
    },
  }
}

function sizeOf(entries: readonly Entry[]): number {
  let size = 0
  for (const { prepared } of entries) size += prepared.rest.length
  return size
}
