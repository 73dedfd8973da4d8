/**
 * A retained log and, for each target of each rule, a subscriber with its deliveries. An event is
 * matched when it is put; one commit holds the event, what it owes to whom, and what earlier
 * deliveries have come to. So an event that was acknowledged is on disk with all it will cause.
 */
import type { DeadLetter, DeliveryKey, WaitingDelivery } from './delivery.ts'
import { BusError } from './errors.ts'
import { type EventBridgeEvent, envelope, type Place, type PutEventsRequestEntry } from './event.ts'
import { idAt, sequence, suffixOf, uuidOf } from './event-id.ts'
import { eventLog } from './event-log.ts'
import { groupCommit } from './group-commit.ts'
import { deliveriesOf, openPlans, type Plan } from './plan.ts'
import type { Append, Clock, EventLog, PlanRow, Rows, Store } from './ports.ts'
import { type Routing, type Rule, routing, targetKey } from './rule.ts'
import { type Outcome, type Subscriber, subscriber } from './subscriber.ts'
import type { FanOut, Target } from './target.ts'

export interface Engine<Tx = unknown> {
  /**
   * Runs `work` in the next commit. Resolves with what it returned when that, the events that it
   * appended, and what these owe to targets are on disk; rejects with what it threw, and then
   * nothing of it is stored.
   */
  transact<T>(work: (tx: Tx, append: Append) => T): Promise<T>
  /** Resolves with the ids of the events when they are on disk. */
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
}

/** What is connected with what. */
export interface Circuit {
  readonly rules: readonly Rule[]
  /** Whom fan-outs lead to, by key. */
  readonly fanOutTargets: ReadonlyMap<string, Target>
  /** Stream of a table → bus. */
  readonly pipes: ReadonlyMap<string, string>
}

export interface Status {
  readonly targets: readonly {
    readonly key: string
    /** False: the flow has no such target any more, its deliveries stay where they are. */
    readonly known: boolean
    readonly waiting: number
    readonly underWay: number
    readonly dead: number
  }[]
  /** Failed at least once, for each target the next due first. */
  readonly waiting: readonly WaitingDelivery[]
  readonly deadLetters: readonly DeadLetter[]
}

export interface EngineOptions<Tx> {
  readonly store: Store<Tx>
  readonly clock: Clock
  /** 0 to 1, for jitter. */
  readonly random: () => number
  readonly place?: Place
  /** How long the log keeps an event. At least two days: longer than any event is retried. */
  readonly retentionDays?: number
  /** Told what goes wrong and is tried again. */
  readonly failed?: (error: unknown) => void
}

const day = 86_400_000

/** Entries of the lists on the status. */
const shown = 100

interface Accepted {
  readonly id: number
  readonly bus: string
  readonly text: string
  readonly envelope: EventBridgeEvent
  /** The targets that it is for. */
  readonly keys: readonly string[]
}

/** Opens the engine over a store. Throws what the store throws when it cannot be read. */
export async function engine<Tx>({
  store,
  clock,
  random,
  place = { account: '000000000000', region: 'us-east-1' },
  retentionDays = 7,
  failed = () => {},
}: EngineOptions<Tx>): Promise<Engine<Tx>> {
  const now = () => clock.now().getTime()
  const left = await store.recover()
  const nextNumber = sequence(now, left.lastEventId)
  const suffix = suffixOf(store.secret)
  const horizon = () => Math.max(0, idAt(now() - Math.max(2, retentionDays) * day))
  await owe(store, left.plans, now())

  const subscribers = new Map<string, Subscriber>()
  const plans = openPlans()
  const waiters: { readonly done: () => boolean; readonly resolve: () => void }[] = []
  let circuit: { readonly route: Routing; readonly pipes: Circuit['pipes'] } | null = null

  /** The newest event of each bus that was asked for or put to. */
  const heads = new Map<string, number>()
  async function newest(bus: string): Promise<number> {
    if (!heads.has(bus)) {
      const [found] = await store.tail(bus, 1, 1)
      if (!heads.has(bus)) heads.set(bus, found?.id ?? 0)
    }
    return heads.get(bus) ?? 0
  }

  /** Events for the next commit, and deliveries that have ended since the last. */
  let accepted: Accepted[] = []
  let outcomes: Outcome[] = []
  /** What the commit under way is about. */
  let group: Group = nothing

  const commits = groupCommit<Tx>(store, clock, { rows, committed, failed: commitFailed })

  function accept(bus: string, entry: PutEventsRequestEntry): Accepted {
    const { route } = connected()
    const id = nextNumber()
    const built = enveloped(uuidOf(id, suffix), entry)
    return { id, bus, ...built, keys: route(bus, built.envelope) }
  }
  function enveloped(id: string, entry: PutEventsRequestEntry) {
    try {
      return envelope(id, entry, place, clock.now())
    } catch (cause) {
      const part = cause instanceof SyntaxError ? 'Detail' : 'Time'
      throw new BusError('ValidationException', `${part} is malformed.`, { cause })
    }
  }
  function connected() {
    if (!circuit) throw new Error('The engine takes events when it has been started')
    return circuit
  }

  function rows(): Rows {
    const at = now()
    group = { accepted, outcomes, inMemory: [], onDisk: [] }
    accepted = []
    outcomes = []
    const deliveries: WaitingDelivery[] = []
    const finished: DeliveryKey[] = []
    for (const outcome of group.outcomes) {
      const { delivery } = outcome
      const hadRow = !plans.strike(delivery.plan, delivery)
      if (outcome.kind === 'waits') deliveries.push(outcome.row)
      else if (hadRow) finished.push(delivery)
      for (const { target, item } of fanOutOf(outcome))
        deliveries.push({ target, item, event: delivery.event, attempts: 0, due: at })
    }

    const owed: Plan['owed'] = new Map()
    for (const { id, keys, ...event } of group.accepted) {
      for (const target of keys) {
        const key = { target, event: id, item: '' }
        if (subscribers.get(target)?.reserve(event.text.length))
          group.inMemory.push({ ...key, ...event })
        else group.onDisk.push(key)
      }
    }
    for (const { event, target } of group.inMemory)
      owed.set(event, (owed.get(event) ?? new Set()).add(target))
    for (const key of group.onDisk) deliveries.push({ ...key, attempts: 0, due: at })
    plans.open(owed, at)
    const written = plans.changes(at)
    return {
      events: group.accepted,
      plans: written.plans,
      deliveries: [...deliveries, ...written.deliveries],
      finished,
      deadLetters: group.outcomes.flatMap((one) => (one.kind === 'dead' ? [one.deadLetter] : [])),
      expireBefore: horizon(),
    }
  }

  function committed(): void {
    const { inMemory, onDisk, outcomes: ended } = group
    for (const { bus, id } of group.accepted) heads.set(bus, id)
    group = nothing
    const plan = plans.committed()
    const given = new Set<number>()
    for (const { target, event, item, text, ...matched } of inMemory) {
      // A target may change what it is given. The first has the object that was matched.
      const envelope = given.has(event) ? null : matched.envelope
      given.add(event)
      const delivery = { target, event, item, attempts: 0, due: 0, text, envelope, plan }
      subscribers.get(target)?.push(delivery)
    }
    for (const outcome of ended) {
      subscribers.get(outcome.delivery.target)?.settled(outcome.delivery)
      if (outcome.kind === 'waits') subscribers.get(outcome.row.target)?.wake(outcome.row.due)
    }
    const waits = new Set([...onDisk, ...ended.flatMap(fanOutOf)].map(({ target }) => target))
    for (const target of waits) subscribers.get(target)?.wake(0)
    look()
  }

  function commitFailed(error: unknown): boolean {
    for (const { target, text } of group.inMemory) subscribers.get(target)?.release(text.length)
    outcomes = [...group.outcomes, ...outcomes]
    group = nothing
    accepted = [] // its works may have run without its rows ever being asked for
    plans.failed()
    failed(error)
    return outcomes.length > 0
  }

  function connect(key: string, target: Target): void {
    if (subscribers.has(key)) throw new Error(`Two targets are called ${key}. Rename one.`)
    const settle = (outcome: Outcome) => {
      outcomes.push(outcome)
      // What a plan owes rides along with the next puts; a row, say of a mail, is not done twice for that.
      const { kind, delivery } = outcome
      commits.remind(kind !== 'finished' || !delivery.plan || fanOutOf(outcome).length > 0)
    }
    const outside = { store, clock, random, settle, failed, quiet: look }
    subscribers.set(key, subscriber(key, target, outside))
  }

  /** Lets go those who waited for a state that has been reached. */
  function look(): void {
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
        const appended: Accepted[] = []
        let ended = false
        const result = work(tx, (stream, entry) => {
          if (ended) throw new Error(`The work has ended that tells ${stream} something`)
          const bus = connected().pipes.get(stream)
          if (bus !== undefined) appended.push(accept(bus, entry))
        })
        ended = true
        accepted.push(...appended)
        return result
      }),
    putEvents: (bus, entries) =>
      commits.transact(() => {
        const put = entries.map((entry) => accept(bus, entry))
        accepted.push(...put)
        return put.map(({ id }) => uuidOf(id, suffix))
      }),
    async start({ rules, fanOutTargets, pipes }) {
      if (circuit) throw new Error('The engine has been started already')
      for (const rule of rules)
        for (const target of rule.targets) connect(targetKey(rule, target), target)
      for (const [key, target] of fanOutTargets) connect(key, target)
      circuit = { route: routing(rules), pipes }
      for (const each of subscribers.values()) each.wake(0)
    },
    log: (bus) => eventLog(bus, { store, newest: () => newest(bus), clock, suffix, horizon }),
    nextId: () => uuidOf(nextNumber(), suffix),
    async status() {
      const counts = await store.counts()
      const keys = new Set([...subscribers.keys(), ...counts.keys()])
      return {
        targets: [...keys].map((key) => {
          const { running = 0, planned = 0 } = subscribers.get(key) ?? {}
          const { waiting = 0, dead = 0 } = counts.get(key) ?? {}
          const owed = waiting + planned
          return {
            key,
            known: subscribers.has(key),
            underWay: running,
            waiting: owed - running,
            dead,
          }
        }),
        waiting: (await Promise.all([...keys].map((key) => store.failing(key, shown)))).flat(),
        deadLetters: await store.deadLetters(shown),
      }
    },
    async settled() {
      const quiet = () => [...subscribers.values()].every((each) => each.quiet)
      do {
        await until(quiet)
        await commits.idle()
      } while (!quiet()) // what was being written has set something off
    },
    async close(graceMs) {
      for (const each of subscribers.values()) each.close()
      let late = false
      const cancel = clock.after(graceMs, () => {
        late = true
        look()
      })
      await until(() => late || [...subscribers.values()].every(({ running }) => running === 0))
      await Promise.race([commits.idle(), until(() => late)]) // a full disk may be full for ever
      cancel()
      commits.close()
      await store.close()
    },
  }
}

/** What a commit is about. */
interface Group {
  readonly accepted: readonly Accepted[]
  readonly outcomes: readonly Outcome[]
  readonly inMemory: (DeliveryKey & {
    readonly text: string
    readonly envelope: EventBridgeEvent
  })[]
  readonly onDisk: DeliveryKey[]
}
const nothing: Group = { accepted: [], outcomes: [], inMemory: [], onDisk: [] }

const fanOutOf = (outcome: Outcome): FanOut['deliveries'] =>
  (outcome.kind !== 'dead' && outcome.fanOut?.deliveries) || []

/** Gives rows to the deliveries that were under way when the previous process ended. */
async function owe<Tx>(store: Store<Tx>, left: readonly PlanRow[], now: number): Promise<void> {
  if (left.length === 0) return
  await store.commit([], () => ({
    events: [],
    plans: left.map(({ first }) => ({ first, text: null })),
    deliveries: left.flatMap(({ text }) => (text ? deliveriesOf(text, now) : [])),
    finished: [],
    deadLetters: [],
    expireBefore: 0,
  }))
}
