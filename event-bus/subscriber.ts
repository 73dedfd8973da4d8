/**
 * One target of one rule, and what it still has to be given: its own concurrency, a bounded
 * number of deliveries in memory, the rest on disk. What it does is nobody else's delay.
 */
import { type DeadLetter, keyOf, type StoredDelivery, type WaitingDelivery } from './delivery.ts'
import type { EventBridgeEvent } from './event.ts'
import { timeOf } from './event-id.ts'
import type { Plan } from './plan.ts'
import type { Clock, Store } from './ports.ts'
import { exhausted, retryDelay } from './retry-policy.ts'
import type { FanOut, Target } from './target.ts'

/** A delivery in memory. With a plan it has no row of its own yet. */
export interface Delivery extends WaitingDelivery {
  /** Null: it is read from the text when its turn comes, so that what only waits is there once. */
  readonly envelope: EventBridgeEvent | null
  readonly text: string
  plan: Plan | null
}

/** How an attempt ended, for the next commit to keep. */
export type Outcome = { readonly delivery: Delivery } & (
  | { readonly kind: 'finished'; readonly fanOut: FanOut | undefined }
  | { readonly kind: 'waits'; readonly row: WaitingDelivery; readonly fanOut?: FanOut }
  | { readonly kind: 'dead'; readonly deadLetter: DeadLetter }
)

export interface Subscriber {
  readonly key: string
  /** Takes a place in memory for a delivery of the commit that is being made, if there is one. */
  reserve(bytes: number): boolean
  /** Gives it back, because the commit failed. */
  release(bytes: number): void
  /** Takes a delivery into its reserved place. */
  push(delivery: Delivery): void
  /** The outcome of this delivery is on disk. */
  settled(delivery: Delivery): void
  /** A row is on disk that falls due then. */
  wake(due: number): void
  /** Attempts under way. */
  readonly running: number
  /** Deliveries in memory that have no row of their own. */
  readonly planned: number
  /** Nothing is under way, and nothing is due. */
  readonly quiet: boolean
  /** Starts no more attempts. */
  close(): void
}

/** In memory for each target, waiting or under way. */
const capacity = 1_000
/** Characters of their events; the one that goes beyond is still taken. */
const capacityBytes = 8_388_608
/** Rows read at once. */
const batch = 200
/** Characters that are kept of an error, which may be a whole page. */
const errorLimit = 1_000

export function subscriber(
  key: string,
  target: Target,
  {
    store,
    clock,
    random,
    settle,
    failed,
    quiet,
  }: {
    readonly store: Pick<Store<never>, 'due' | 'nextDue'>
    readonly clock: Clock
    readonly random: () => number
    readonly settle: (outcome: Outcome) => void
    readonly failed: (error: unknown) => void
    /** Called when `quiet` or `running` may have changed. */
    readonly quiet: () => void
  },
): Subscriber {
  /** Until their outcome is on disk, so that a row is not read again while it is dealt with. */
  const inMemory = new Map<string, Pick<Delivery, 'plan' | 'text'>>()
  /** Those whose outcome came to the disk while it was read: what was read of them is too old. */
  const outdated = new Set<string>()
  const queue: Delivery[] = []
  let reserved = 0
  /** Characters of what is in memory or reserved, counted for each delivery. */
  let bytes = 0
  let running = 0
  /** Rows may be due that are not in memory. While there are, new deliveries line up behind them. */
  let backlog = true
  let reading = false
  /** The last read has failed; what is due is not known. */
  let unread = false
  let closed = false
  let pumping = false
  let timer: { readonly due: number; readonly cancel: () => void } | null = null

  const now = () => clock.now().getTime()
  const held = () => inMemory.size + reserved

  function take(delivery: Delivery): void {
    inMemory.set(keyOf(delivery), delivery)
    bytes += delivery.text.length
    queue.push(delivery)
  }

  function pump(): void {
    while (!closed && running < target.concurrency) {
      const delivery = queue.shift()
      if (!delivery) break
      running++
      void attempt(delivery).then((outcome) => {
        running--
        settle(outcome)
        pump()
        quiet()
      })
    }
    if (backlog && held() <= capacity - batch && bytes <= capacityBytes / 2) void read()
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

  async function attempt(delivery: Delivery): Promise<Outcome> {
    const { event, item, progress, text } = delivery
    const aborted = new AbortController()
    let cancel = () => {}
    try {
      const fanOut = await new Promise<FanOut | undefined>((resolve, reject) => {
        cancel = clock.after(target.timeoutMs, () => {
          const late = new Error(`No answer from ${key} within ${target.timeoutMs} ms`)
          aborted.abort(late)
          reject(late)
        })
        const { signal } = aborted
        target
          .invoke({ event: delivery.envelope ?? JSON.parse(text), item, progress, signal })
          .then(resolve, reject)
      })
      if (fanOut?.progress === undefined) return { kind: 'finished', delivery, fanOut }
      const row = { target: key, event, item, attempts: 0, due: now(), progress: fanOut.progress }
      return { kind: 'waits', delivery, row, fanOut }
    } catch (thrown) {
      return failure(delivery, thrown)
    } finally {
      cancel()
    }
  }

  function failure(delivery: Delivery, thrown: unknown): Outcome {
    const { event, item, text, progress } = delivery
    const { refused, error } = told(thrown)
    const attempts = delivery.attempts + 1
    const due = now() + retryDelay(attempts, random)
    const limit = refused ? null : exhausted(target.retryPolicy, attempts, due - timeOf(event))
    if (!refused && !limit) {
      const row = { target: key, event, item, attempts, due, error, ...(progress && { progress }) }
      return { kind: 'waits', delivery, row }
    }
    const deadLetter = {
      ...{ target: key, event, item, text, attempts, error, diedAt: now() },
      ...(limit && { exhaustedRetryCondition: limit }),
    }
    return { kind: 'dead', delivery, deadLetter }
  }

  /** Its event has left the log, which only happens to a target that was away for longer than that. */
  function lost(row: WaitingDelivery): Outcome {
    const delivery = { ...row, text: '', envelope: null, plan: null }
    inMemory.set(keyOf(row), delivery)
    const error = 'The log does not keep the event any more'
    return { kind: 'dead', delivery, deadLetter: { ...row, text: '{}', error, diedAt: now() } }
  }

  /** Reads what is due and not in memory yet. */
  async function read(): Promise<void> {
    if (reading || closed) return
    reading = true
    try {
      const at = now()
      backlog = false // before the first await: what is stored from here on says so by `wake`
      outdated.clear()
      const rows = await store.due(key, at, batch, capacityBytes / 2, inMemory)
      backlog ||= rows.length === batch || texts(rows) >= capacityBytes / 2
      for (const { text, ...row } of rows) {
        if (inMemory.has(keyOf(row)) || outdated.has(keyOf(row))) continue
        if (held() >= capacity || bytes >= capacityBytes) {
          backlog = true
          break
        }
        if (text !== null) take({ ...row, text, envelope: null, plan: null })
        else settle(lost(row))
      }
      const next = await store.nextDue(key, at)
      if (next !== null) wake(next)
      unread = false
      reading = false
      pump()
      quiet()
    } catch (error) {
      reading = false
      unread = true
      failed(error)
      wake(now() + 1_000)
    }
  }

  function wake(due: number): void {
    if (due <= now()) {
      backlog = true
      pump()
    } else if (!closed && (!timer || due < timer.due)) {
      timer?.cancel()
      const cancel = clock.after(due - now(), () => {
        timer = null
        backlog = true
        pump()
      })
      timer = { due, cancel }
    }
  }

  return {
    key,
    reserve(more) {
      if (closed || backlog || held() >= capacity || bytes >= capacityBytes) return false
      reserved++
      bytes += more
      return true
    },
    release(less) {
      reserved--
      bytes -= less
      pump()
    },
    push(delivery) {
      reserved--
      bytes -= delivery.text.length
      take(delivery)
      pumpSoon()
    },
    settled(delivery) {
      if (inMemory.delete(keyOf(delivery))) bytes -= delivery.text.length
      if (reading) outdated.add(keyOf(delivery))
      pump()
    },
    wake,
    get running() {
      return running
    },
    get planned() {
      return [...inMemory.values()].filter(({ plan }) => plan && !plan.spilled).length
    },
    get quiet() {
      return held() === 0 && !backlog && !reading && !unread
    },
    close() {
      closed = true
      timer?.cancel()
    },
  }
}

/** Characters of the events, each counted once. */
const texts = (rows: readonly StoredDelivery[]): number =>
  [...new Map(rows.map(({ event, text }) => [event, text?.length ?? 0])).values()].reduce(
    (sum, length) => sum + length,
    0,
  )

/** A target may throw anything, also what cannot be made a text. */
function told(thrown: unknown): { readonly refused: boolean; readonly error: string } {
  try {
    const { name, message } = thrown instanceof Error ? thrown : { name: '', message: thrown }
    const error = String(message).slice(0, errorLimit)
    return { refused: name === 'DeliveryRefused', error }
  } catch {
    return { refused: false, error: 'The target threw something that cannot be read' }
  }
}
