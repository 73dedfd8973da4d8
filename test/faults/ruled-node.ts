/**
 * A node whose rules are put while it runs: it reads a command a line, and tells, a line each, when that
 * was done, what was put, and by which rule an event came. Without a command it puts orders.
 */
import { openSync, writeSync } from 'node:fs'
import process, { argv, hrtime } from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '../../event-bus/adapters/node/clock.ts'
import { postgresStore } from '../../event-bus/adapters/postgres/store.ts'
import { engine } from '../../event-bus/engine/engine.ts'
import { eventBridge } from '../../event-bus/event-bridge/event-bridge.ts'
import { settings } from '../../event-bus/settings.ts'
import { functionArn, plainSecrets } from '../../event-bus/testing/event-bridge.ts'
import type { ClusterShopOptions } from './cluster-shop.ts'

/** The rule of this name is put, with a target, or deleted. */
export type Command = { readonly put: string } | { readonly remove: string }

const options: ClusterShopOptions = JSON.parse(argv[2] ?? '')
const receipts = openSync(options.receipts, 'a')
const now = () => Number(hrtime.bigint() / 1_000n)
const entry = (n: number) => ({
  ...{ Source: 'shop', DetailType: 'OrderPlaced', EventBusName: 'default' },
  Detail: JSON.stringify({ n }),
})

const store = await postgresStore(options)
const bus = await engine({
  ...{ store, clock: systemClock, random: () => 0.02 * Math.random() },
  ended(error) {
    writeSync(2, `${error.message}\n`)
    process.exit(3)
  },
})
const receive = {
  async invoke(input: unknown) {
    const { rule, id, n } = input as { readonly rule: string; readonly id: string; n: number }
    writeSync(receipts, `received,${rule},${n},${id},${now()}\n`)
  },
}
const bridge = eventBridge({
  ...{ engine: bus, settings: settings(bus.inside), topics: new Map(), secrets: plainSecrets },
  functions: new Map([['receive', receive]]),
  http: { request: () => Promise.reject(new Error('Nothing is sent')) },
})
await bus.start({ rules: [], fanOutTargets: new Map(), pipes: new Map() })
bridge.start()

async function obey(command: Command): Promise<void> {
  if ('put' in command) {
    const Rule = command.put
    await bridge.putRule({ Name: Rule, EventPattern: '{"source":["shop"]}' })
    const { FailedEntryCount } = await bridge.putTargets({
      Rule,
      Targets: [
        {
          ...{ Id: 'receive', Arn: functionArn('receive') },
          InputTransformer: {
            InputPathsMap: { id: '$.id', n: '$.detail.n' },
            InputTemplate: `{"rule":"${Rule}","id":"<id>","n":<n>}`,
          },
        },
      ],
    })
    if (FailedEntryCount > 0) throw new Error(`The target of ${Rule} was not put`)
  } else {
    const Rule = command.remove
    await bridge.removeTargets({ Rule, Ids: ['receive'] })
    await bridge.deleteRule({ Name: Rule })
  }
}
createInterface(process.stdin).on('line', async (line) => {
  const command = JSON.parse(line) as Command
  try {
    await obey(command)
    writeSync(1, `obeyed,${line}\n`)
  } catch (error) {
    writeSync(1, `refused,${line},${error}\n`)
  }
})
writeSync(1, 'ready\n')

let isEnding = false
process.on('SIGTERM', () => {
  isEnding = true
})
let next = options.from
const end = options.from + options.orders
async function call(): Promise<void> {
  while (next < end && !isEnding) {
    const numbers = Array.from({ length: 1 + (next % options.mostEntries) }, () => next++)
    const putAt = now()
    const put = await bridge.putEvents({ Entries: numbers.map(entry) }).catch(() => null)
    const lines = numbers.map((n, at) => {
      const answer = put?.Entries[at]
      return answer && 'EventId' in answer ? `put,${n},${answer.EventId},${putAt},${now()}\n` : ''
    })
    writeSync(1, lines.join(''))
    await pause(Math.random() * 10)
  }
}
await Promise.all(Array.from({ length: options.callers }, call))
while (!isEnding) await pause(20)
bridge.close()
await bus.close(2_000)
process.exit(0)
