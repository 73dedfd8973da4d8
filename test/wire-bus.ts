/**
 * The bus in a process of its own, for the bench of the wire: a hundred rules with a function behind each,
 * as `busbar serve` composes it. Prints its address; `SIGTERM` ends it.
 */
import process from 'node:process'
import { targetDefaults } from '@busbar/event-bus'
import { openBus } from '@busbar/event-bus/bin/bus'
import { address, closed, listen } from '@busbar/event-bus/bin/listen'
import { busSettings } from '@busbar/event-bus/bin/settings'
import { ruleCount } from './engine-load.ts'

const chosen = busSettings({ port: '0' }, process.env)
const web = await listen('BUSBAR_PORT', chosen.host, chosen.port)
const bus = await openBus(chosen)
let done = 0
const invoke = async () => {
  done++
  return undefined
}
const rules = Array.from({ length: ruleCount }, (_, at) => ({
  bus: 'orders',
  name: `rule-${at}`,
  eventPattern: { source: [`com.acme.svc${at}`], 'detail-type': ['OrderPlaced'] },
  targets: [{ ...targetDefaults, id: 'count', invoke }],
}))
web.requests = await bus.start(
  {
    circuit: { rules, fanOutTargets: new Map(), pipes: new Map() },
    ...{ functions: new Map(), topics: new Map() },
  },
  { port: web.port, ready: () => true },
)
process.stdout.write(`${address(chosen.host, web.port)}\n`)
process.on('message', async () => {
  await bus.engine.settled()
  process.send?.({ done, cpu: process.cpuUsage(), rss: process.memoryUsage().rss })
})
process.on('SIGTERM', async () => {
  await bus.close(5_000)
  await closed(web.server, 100)
  process.exit(0)
})
