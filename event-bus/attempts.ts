/**
 * The attempts of one target that are under way, and when their time is up. One timer for all of
 * them, because most have the same time: one for each cost as much as the rest of a delivery.
 */
import { ownItem } from './delivery.ts'
import type { EventBridgeEvent } from './event.ts'
import type { Clock } from './ports.ts'
import type { Invocation } from './target.ts'

export interface Attempts {
  /** Calls, and then tells once how that ended: with the answer, or with what was thrown. */
  begin<T>(now: number, call: (attempt: Attempt) => Promise<T>, ended: Ended<T>): void
  readonly underWay: number
}
export interface Ended<T> {
  answered(answer: T): void
  failed(thrown: unknown): void
}

/** `timeoutMs` is asked when one begins, `late` when its time is up. */
export function attempts(
  clock: Clock,
  timeoutMs: () => number,
  late: (ms: number) => Error,
): Attempts {
  const running = new Set<Attempt>()
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
      else attempt.expire(late(ms))
    }
  }

  return {
    begin(at, call, { answered, failed }) {
      const ms = timeoutMs()
      const attempt = new Attempt(at + ms, ms)
      running.add(attempt)
      watch(attempt.deadline)
      const end = (tell: () => void) => {
        if (!running.delete(attempt)) return
        if (running.size === 0) {
          timer?.cancel()
          timer = null
        }
        tell()
      }
      attempt.expired = (error) => end(() => failed(error))
      called(call, attempt).then(
        (answer) => end(() => answered(answer)),
        (thrown) => end(() => failed(thrown)),
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
function called<T>(call: (attempt: Attempt) => Promise<T>, attempt: Attempt): Promise<T> {
  try {
    return Promise.resolve(call(attempt))
  } catch (thrown) {
    return Promise.reject(thrown)
  }
}

export class Attempt {
  deadline: number
  readonly ms: number
  expired: (error: Error) => void = () => {}
  #controller: AbortController | null = null
  #reason: Error | null = null
  constructor(deadline: number, ms: number) {
    this.deadline = deadline
    this.ms = ms
  }
  /** Made when somebody asks for it; most do not. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason && !this.#controller.signal.aborted) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }
  expire(error: Error): void {
    this.#reason = error
    this.#controller?.abort(error)
    this.expired(error)
  }
}

/** What a target sees of a delivery. */
export class Invoked implements Invocation {
  readonly #delivery: Invocable
  readonly #attempt: Attempt
  #event: EventBridgeEvent | null
  constructor(delivery: Invocable, attempt: Attempt) {
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
interface Invocable {
  /** Null: it is read from the text. */
  readonly envelope: EventBridgeEvent | null
  readonly text: string
  readonly item: string
  readonly progress?: string
}
