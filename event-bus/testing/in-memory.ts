/**
 * For tests of whoever uses the bus: `@busbar/event-bus/testing`. A clock that a test moves, and the
 * whole engine in memory on it, so that a day of retries takes milliseconds. See docs/testing.md.
 */
import { memoryStore } from '../adapters/memory/store.ts'
import { type Circuit, type Engine, type EngineOptions, engine } from '../engine/engine.ts'
import type { Clock } from '../ports.ts'

/** No time passes but what a test lets pass. */
export interface HandClock extends Clock {
  /** Goes on by so much, firing each timer at its own time and letting end what that set off. */
  move(ms: number): Promise<void>
  /** Lets end all that needs no time to pass. */
  turn(): Promise<void>
  /** As an administrator does: timers do not notice, since a machine's own do not either. */
  set(iso: string): void
  /** Timers that wait. */
  readonly timers: number
}

/** More turns than any test needs: something calls for the next for ever. */
const turnLimit = 100_000

/** Begins at `iso` and stands still. */
export function handClock(iso = '2026-01-01T12:00:00.000Z'): HandClock {
  let at = Date.parse(iso)
  /** When, on a clock that is never set. */
  let elapsed = 0
  let soon = 0
  const timers = new Set<{ readonly due: number; readonly callback: () => void }>()

  async function turn(): Promise<void> {
    for (let turns = 0; turns < turnLimit; turns++) {
      await new Promise(setImmediate)
      if (soon === 0) return
    }
    throw new Error(`Not at rest after ${turnLimit} turns`)
  }
  function goTo(due: number): void {
    at += due - elapsed
    elapsed = due
  }

  return {
    now: () => new Date(at),
    after(ms, callback) {
      const timer = { due: elapsed + Math.max(0, ms), callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    soon(callback) {
      soon++
      setImmediate(() => {
        soon--
        callback()
      })
    },
    async move(ms) {
      const end = elapsed + ms
      await turn()
      for (;;) {
        let next: { readonly due: number; readonly callback: () => void } | undefined
        for (const timer of timers) if (!next || timer.due < next.due) next = timer
        if (!next || next.due > end) break
        timers.delete(next)
        goTo(next.due)
        next.callback()
        await turn()
      }
      goTo(end)
    },
    turn,
    set(to) {
      at = Date.parse(to)
    },
    get timers() {
      return timers.size
    },
  }
}

export interface MemoryBus extends Engine<undefined> {
  readonly clock: HandClock
}

/**
 * The engine, started, with its rows in memory. Retries come without jitter, after 1, 2, 4 … 60
 * seconds. When it has been closed, another one in the same `store` is the next process.
 */
export async function memoryBus({
  clock = handClock(),
  store = memoryStore(),
  rules = [],
  fanOutTargets = new Map(),
  pipes = new Map(),
  ...options
}: Partial<Omit<EngineOptions<undefined>, 'clock'>> &
  Partial<Circuit> & { readonly clock?: HandClock } = {}): Promise<MemoryBus> {
  const bus = await engine({ random: () => 1, ...options, store, clock })
  await bus.start({ rules, fanOutTargets, pipes })
  return { ...bus, clock }
}
