/**
 * What the bus's own tests need often: builders with every field filled in, a target that keeps what
 * it was given, and a store in whose way a test can stand. What users need is in testing/in-memory.ts.
 */
import { memoryStore } from './adapters/memory/store.ts'
import type { DeadLetter } from './dead-letter.ts'
import type { WaitingDelivery } from './delivery.ts'
import { type Circuit, type Engine, type EngineOptions, engine } from './engine/engine.ts'
import type { PutEventsRequestEntry } from './event.ts'
import type { Clock, Rows, Store, Work } from './ports.ts'
import type { Rule } from './rule.ts'
import type { Subscription } from './subscription.ts'
import { type FanOut, type Invocation, type Target, targetDefaults } from './target.ts'
import { type HandClock, handClock } from './testing/in-memory.ts'

export { type HandClock, handClock }

/** More bytes than any test reads. */
export const plenty = 2 ** 30
/** Nothing is left out of what is due. */
export const nothing: ReadonlySet<string> = new Set()

export const anEntry = (fields: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  Source: 'shop',
  DetailType: 'OrderPlaced',
  Detail: '{"order":1}',
  ...fields,
})

/** Matches whatever `anEntry` builds, on the bus that `anEngine` puts it on. */
export const aRule = (fields: Partial<Rule> = {}): Rule => ({
  bus: 'orders',
  name: 'placed',
  eventPattern: { source: ['shop'] },
  targets: [],
  ...fields,
})

/** Confirmed, and for whatever `anEntry` builds. */
export const aSubscription = (fields: Partial<Subscription> = {}): Subscription => ({
  id: '01900000-0000-7000-8000-000000000001',
  topic: 'new-orders',
  protocol: 'email',
  endpoint: 'reader@example.org',
  filterPolicy: { source: ['shop'] },
  status: 'confirmed',
  requestedAt: '2026-01-01T12:00:00.000Z',
  confirmToken: 'confirm-1',
  unsubscribeToken: 'unsubscribe-1',
  ...fields,
})

export const aWaitingDelivery = (fields: Partial<WaitingDelivery> = {}): WaitingDelivery => ({
  target: 'orders/placed/ship',
  event: 1,
  item: '',
  attempts: 0,
  due: 1_000,
  ...fields,
})

export const aDeadLetter = (fields: Partial<DeadLetter> = {}): DeadLetter => ({
  target: 'orders/placed/ship',
  event: 1,
  item: '',
  text: '{}',
  attempts: 1,
  error: 'The lorry is broken',
  errorCode: 'ERROR_FROM_TARGET',
  firstAt: 500,
  diedAt: 1_000,
  ...fields,
})

/** None but those given. */
export const someRows = (rows: Partial<Rows> = {}): Rows => ({
  events: [],
  plans: [],
  deliveries: [],
  inHand: [],
  finished: [],
  now: 0,
  deadLetters: [],
  revived: [],
  settings: [],
  abandoned: [],
  expired: [],
  ...rows,
})

export interface RecordingTarget extends Target {
  readonly invocations: readonly (Invocation & { readonly at: number })[]
  /** `order` of the details of what it was given, in that order. */
  readonly orders: readonly number[]
  /** What it does from here on. */
  answer: (invocation: Invocation) => Promise<undefined | FanOut>
}

export function recordingTarget(
  clock: Clock,
  { answer = done, ...fields }: Partial<Target> & Partial<Pick<RecordingTarget, 'answer'>> = {},
): RecordingTarget {
  const invocations: (Invocation & { readonly at: number })[] = []
  return {
    id: 'ship',
    ...targetDefaults,
    ...fields,
    invocations,
    get orders() {
      return invocations.map(({ event }) => (event.detail as { readonly order: number }).order)
    },
    answer,
    invoke(invocation) {
      const { event, text, item, progress, signal } = invocation
      invocations.push({ event, text, item, progress, signal, at: clock.now().getTime() })
      return this.answer(invocation)
    },
  }
}

export const done = async (): Promise<undefined> => undefined
export const hangs = (): Promise<never> => new Promise(() => {})
export const fails = async (): Promise<never> => {
  throw new Error('The lorry is broken')
}

/** Where a commit fails: before its works, after them, or when the rows are known too. */
export type FailurePoint = 'begin' | 'works' | 'rows'

export interface SteeredStore extends Store<undefined> {
  /** What each commit wrote, the oldest first; those that failed are not among them. */
  readonly commits: readonly Rows[]
  /** While set, commits fail there. */
  failsAt: FailurePoint | null
  /** While set, nothing can be read. */
  unreadable: boolean
  /** How long an answer takes to come when the store has done its part, as over a network. */
  latencyMs: number
  /** The process is dead: it writes nothing any more, and no answer reaches it. */
  kill(): void
}

/** `inner` is what outlives the process: hand it to the next one. */
export function steeredStore(clock: Clock, inner: Store<undefined> = memoryStore()): SteeredStore {
  const commits: Rows[] = []
  let dead = false

  async function answered<T>(ask: () => Promise<T>): Promise<T> {
    if (dead) return hangs()
    const answer = ask()
    answer.catch(() => {}) // told below, when it has come
    const { latencyMs } = store
    if (latencyMs > 0) await new Promise<void>((resolve) => clock.after(latencyMs, resolve))
    return dead ? hangs() : answer
  }
  const read = <T>(ask: () => Promise<T>) =>
    answered(async () => {
      if (store.unreadable) throw new Error('disk I/O error')
      return ask()
    })
  async function commit(works: readonly Work<undefined>[], rows: () => Rows): Promise<void> {
    if (store.failsAt === null)
      return inner.commit(works, () => {
        const written = rows()
        commits.push(written)
        return written
      })
    if (store.failsAt !== 'begin')
      for (const work of works)
        try {
          await work.run(undefined)
        } catch (error) {
          work.failed(error)
        }
    if (store.failsAt === 'rows') rows()
    throw new Error('database or disk is full')
  }

  const store: SteeredStore = {
    commits,
    failsAt: null,
    unreadable: false,
    latencyMs: 0,
    secret: inner.secret,
    node: inner.node,
    follow: (others) => inner.follow(others),
    kill() {
      dead = true
    },
    commit: (works, rows) => answered(() => commit(works, rows)),
    recover: () => answered(() => inner.recover()),
    due: (...asked) => read(() => inner.due(...asked)),
    nextDue: (...asked) => read(() => inner.nextDue(...asked)),
    waits: (...asked) => read(() => inner.waits(...asked)),
    oldest: (...asked) => read(() => inner.oldest(...asked)),
    size: () => read(() => inner.size()),
    completeUpTo: () => read(() => inner.completeUpTo()),
    events: (...asked) => read(() => inner.events(...asked)),
    tail: (...asked) => read(() => inner.tail(...asked)),
    counts: () => read(() => inner.counts()),
    failing: (...asked) => read(() => inner.failing(...asked)),
    deadLetters: (...asked) => read(() => inner.deadLetters(...asked)),
    countDeadLetters: (...asked) => read(() => inner.countDeadLetters(...asked)),
    close: () => answered(() => inner.close()),
  }
  return store
}

export interface StartedEngine {
  readonly engine: Engine<undefined>
  readonly clock: HandClock
  readonly store: SteeredStore
  /** What the engine told that goes wrong. */
  readonly failures: readonly unknown[]
  /** Puts an entry for each order on the bus, in one call, and lets its targets be called. */
  readonly put: (...orders: readonly number[]) => Promise<readonly string[]>
  /** How many deliveries wait on disk and how many are dead, of all targets. */
  readonly counts: () => Promise<{ readonly waiting: number; readonly dead: number }>
}

/** Started, in memory, without jitter. `targets` are those of `aRule`, unless `rules` says otherwise. */
export async function anEngine({
  clock = handClock(),
  store = steeredStore(clock),
  targets = [],
  rules = [aRule({ targets })],
  fanOutTargets = new Map(),
  pipes = new Map(),
  ...options
}: Partial<Omit<EngineOptions<undefined>, 'clock' | 'store' | 'failed'>> &
  Partial<Circuit> & {
    readonly clock?: HandClock
    readonly store?: SteeredStore
    readonly targets?: readonly Target[]
  } = {}): Promise<StartedEngine> {
  const failures: unknown[] = []
  const failed = (error: unknown) => failures.push(error)
  const made = await engine({ store, clock, random: () => 1, failed, ...options })
  await made.start({ rules, fanOutTargets, pipes })
  await clock.turn()
  return {
    engine: made,
    clock,
    store,
    failures,
    async put(...orders) {
      const entries = orders.map((order) => anEntry({ Detail: JSON.stringify({ order }) }))
      const ids = await made.putEvents('orders', entries)
      await clock.turn()
      return ids
    },
    async counts() {
      let waiting = 0
      let dead = 0
      for (const count of (await store.counts()).values()) {
        waiting += count.waiting
        dead += count.dead
      }
      return { waiting, dead }
    },
  }
}
