/** The machine's clock and Node's timers. */
import type { Clock } from '../../ports.ts'

/** Longer waits overflow Node's timers, which then fire at once. */
const longestTimer = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => new Date(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, longestTimer))
    return () => clearTimeout(timer)
  },
  soon(callback) {
    setImmediate(callback)
  },
}
