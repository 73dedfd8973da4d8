/** What this process takes of its machine. The event loop is watched from the first time on that somebody asks. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import process from 'node:process'
import type { ProcessNumbers } from '../../console/metrics.ts'

type Loop = ReturnType<typeof monitorEventLoopDelay>

const everyMs = 20
const quantiles = [0.5, 0.99, 1]

export function processNumbers(): () => ProcessNumbers {
  let loop: Loop | null = null
  return () => {
    const { rss, heapUsed, external } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    const startedAt = Date.now() / 1_000 - process.uptime()
    const loopDelay = loop?.count
      ? quantiles.map((quantile) => [quantile, delay(loop, quantile)] as const)
      : []
    if (loop) loop.reset()
    else {
      loop = monitorEventLoopDelay({ resolution: everyMs })
      loop.enable()
    }
    return { rss, heapUsed, external, cpuSeconds: (user + system) / 1e6, startedAt, loopDelay }
  }
}

/** In seconds, without the time that it was to take. */
function delay(loop: Loop | null, quantile: number): number {
  const ns = quantile === 1 ? loop?.max : loop?.percentile(quantile * 100)
  return Math.max(0, (ns ?? 0) / 1e9 - everyMs / 1_000)
}
