/**
 * The attempts of one target that are under way, and when their time is up. One timer for all of
 * them, because most have the same time: one for each cost as much as the rest of a delivery.
 */
import { ownItem } from '../delivery.ts'
import type { EventBridgeEvent } from '../event.ts'
import type { Clock } from '../ports.ts'
import type { Invocation } from '../target.ts'

export interface Attempts<Work> {
  /** Calls, and then tells once how that ended: with the answer, or with what was thrown. */
  begin(now: number, work: Work, call: (attempt: Attempt<Work>) => Promise<unknown>): void
  readonly underWay: number
}

/** What the attempts of a target have in common. */
export interface Attempted<Work> {
  /** Asked when one begins. */
  timeoutMs(): number
  /** Asked when its time is up. */
  late(ms: number): Error
  answered(work: Work, answer: unknown): void
  failed(work: Work, thrown: unknown): void
}

export function attempts<Work>(
  clock: Clock,
  { timeoutMs, late, answered, failed }: Attempted<Work>,
): Attempts<Work> {
  const running = new Set<Attempt<Work>>()
  /** For the first whose time is up. */
  let timer: { readonly deadline: number; readonly cancel: () => void } | null = null
  const now = () => clock.now().getTime()

  function watch(deadline: number): void {
    if (timer && timer.deadline <= deadline) return
    timer?.cancel()
    timer = { deadline, cancel: clock.after(Math.max(0, deadline - now()), look) }
  }

  function look(): void {
    timer = null
    const at = now()
    for (const attempt of [...running]) {
      const { ms } = attempt
      // The clock may have been set back: none has more than its time left.
      attempt.deadline = Math.min(attempt.deadline, at + ms)
      if (attempt.deadline > at) watch(attempt.deadline)
      else expire(attempt)
    }
  }

  function expire(attempt: Attempt<Work>): void {
    const error = late(attempt.ms)
    attempt.abort(error)
    if (isOver(attempt)) failed(attempt.work, error)
  }

  /** Whether it is this that ends it. */
  function isOver(attempt: Attempt<Work>): boolean {
    const isIt = running.delete(attempt)
    if (running.size === 0) {
      timer?.cancel()
      timer = null
    }
    return isIt
  }

  return {
    begin(at, work, call) {
      const ms = timeoutMs()
      const attempt = new Attempt(work, at + ms, ms)
      running.add(attempt)
      watch(attempt.deadline)
      called(call, attempt).then(
        (answer) => {
          if (isOver(attempt)) answered(work, answer)
        },
        (thrown) => {
          if (isOver(attempt)) failed(work, thrown)
        },
      )
    },
    get underWay() {
      return running.size
    },
  }
}

/**
 * What is no promise is an answer, too, and what is thrown at once is thrown a moment later, lest a
 * thousand attempts begin one inside the other: functions come from outside.
 */
function called<Work>(
  call: (attempt: Attempt<Work>) => Promise<unknown>,
  attempt: Attempt<Work>,
): Promise<unknown> {
  try {
    return Promise.resolve(call(attempt))
  } catch (thrown) {
    return Promise.reject(thrown)
  }
}

export class Attempt<Work> {
  readonly work: Work
  deadline: number
  readonly ms: number
  #controller: AbortController | null = null
  #reason: Error | null = null
  constructor(work: Work, deadline: number, ms: number) {
    this.work = work
    this.deadline = deadline
    this.ms = ms
  }
  /** Made when somebody asks for it; most do not. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason && !this.#controller.signal.aborted) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }
  abort(reason: Error): void {
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}

/** What a target sees of a delivery. */
export class Invoked implements Invocation {
  readonly #delivery: Invocable
  readonly #attempt: Signalled
  #event: EventBridgeEvent | null
  constructor(delivery: Invocable, attempt: Signalled) {
    this.#delivery = delivery
    this.#attempt = attempt
    this.#event = delivery.envelope
  }
  get event(): EventBridgeEvent {
    this.#event ??= JSON.parse(this.#delivery.text) as EventBridgeEvent
    return this.#event
  }
  get text(): string {
    return this.#delivery.text
  }
  get item(): string {
    return ownItem(this.#delivery.item)
  }
  get progress(): string | undefined {
    return this.#delivery.progress
  }
  get signal(): AbortSignal {
    return this.#attempt.signal
  }
}
type Signalled = Pick<Attempt<unknown>, 'signal'>
interface Invocable {
  /** Null: it is read from the text. */
  readonly envelope: EventBridgeEvent | null
  readonly text: string
  readonly item: string
  readonly progress?: string
}
