/**
 * The program that the cluster's fault tests kill and stop: a node that puts orders, and tells, a line each,
 * what was acknowledged and what its targets have received, before they return. Taken for dead it ends with 3.
 */
import { openSync, writeSync } from 'node:fs'
import process, { argv, hrtime } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '../../event-bus/adapters/node/clock.ts'
import { postgresStore } from '../../event-bus/adapters/postgres/store.ts'
import { engine } from '../../event-bus/engine/engine.ts'
import { circuit } from './circuit.ts'
import { entry, order } from './orders.ts'

export interface ClusterShopOptions {
  readonly url: string
  /** Appended to; the acknowledgements go to standard output. */
  readonly receipts: string
  /** Number of the first order, and how many are put; it goes on until it is told to end. */
  readonly from: number
  readonly orders: number
  readonly callers: number
  readonly mostEntries: number
  readonly beatMs: number
  readonly deadMs: number
  readonly answerMs?: number
}

const options: ClusterShopOptions = JSON.parse(argv[2] ?? '')
const receipts = openSync(options.receipts, 'a')
const now = () => Number(hrtime.bigint() / 1_000n)

const { rules, fanOutTargets } = circuit((what, n, id) => {
  writeSync(receipts, `received,${what},${n},${id},${now()}\n`)
})
const store = await postgresStore(options)
const bus = await engine({
  ...{ store, clock: systemClock, random: () => 0.02 * Math.random() },
  ended(error) {
    writeSync(2, `${error.message}\n`)
    process.exit(3)
  },
})
await bus.start({ rules, fanOutTargets, pipes: new Map() })
writeSync(1, 'ready\n')

let isEnding = false
process.on('SIGTERM', () => {
  isEnding = true
})
let next = options.from
const end = options.from + options.orders

async function call(): Promise<void> {
  while (next < end && !isEnding) {
    const most = 1 + Math.floor(Math.random() * options.mostEntries)
    const numbers: number[] = []
    while (numbers.length < most && next < end) numbers.push(next++)
    const putAt = now()
    await Promise.all(
      (['orders', 'stock'] as const).map(async (name) => {
        const put = numbers.filter((n) => order(n).bus === name)
        if (put.length === 0) return
        try {
          const ids = await bus.putEvents(name, put.map(entry))
          writeSync(1, put.map((n, at) => `put,${n},${ids[at]},${putAt}\n`).join(''))
        } catch {
          await pause(50) // it was told that nothing was stored
        }
      }),
    )
    await pause(Math.random() * 10)
  }
}
await Promise.all(Array.from({ length: options.callers }, call))
while (!isEnding) await pause(20)
await bus.close(2_000)
process.exit(0)
