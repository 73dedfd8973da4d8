/**
 * `npm run bench -- lambda`: how long functions on AWS take to start, as JSON lines: from the import of the
 * bundle to the handler that is made, in a process of its own each time, without the network.
 */
import { availableParallelism, loadavg } from 'node:os'
import { version } from 'node:process'
import { percentiles, print, rounded } from './bench-lines.ts'
import { environment, lambdaBundle } from './lambda-bundle.ts'

const starts = 15
const mostMs = 150

const bundle = lambdaBundle()
try {
  print('bundle', 'size', bundle.bytes / 1_000, 'kB', {
    ...{ cores: availableParallelism(), node: version, under_1_mb: bundle.bytes < 1_000_000 },
  })
  for (const TARGET of [
    ...['create-post', 'list-posts', 'pages', 'recognize-entities', 'email-subscriber'],
    ...['push-to-browsers', 'topic:new-posts', 'websocket', 'pipe:post-changes', 'authorizer'],
  ]) {
    const times: number[] = []
    const cpu: number[] = []
    for (let n = 0; n < starts; n++) {
      const { ms, cpuMs } = await bundle.start({ ...environment, TARGET })
      times.push(ms)
      cpu.push(cpuMs)
    }
    const { p50, p99 } = percentiles(times)
    print('start', TARGET, p50, 'ms', {
      ...{ samples: starts, fastest: rounded(Math.min(...times)), p99: rounded(p99) },
      cpu_ms: rounded(percentiles(cpu).p50),
      ...{ load: rounded(loadavg()[0] as number), under_150_ms: p50 < mostMs },
    })
  }
} finally {
  bundle.remove()
}
