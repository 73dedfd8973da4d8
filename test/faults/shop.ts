/**
 * The program that the fault tests let die. It opens the bus, puts orders from a number on, and tells,
 * a line each, what was acknowledged and what its targets have received, before they return. By
 * `writeSync`: what has been told when the process is gone, has been told.
 */
import { openSync, writeSync } from 'node:fs'
import { argv, hrtime } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { openBus } from './bus.ts'
import { circuit } from './circuit.ts'
import { entry, order } from './orders.ts'

export interface ShopOptions {
  readonly file: string
  /** Appended to; the acknowledgements go to standard output. */
  readonly receipts: string
  /** Number of the first order. */
  readonly from: number
  /** How many orders are put; with 0 it waits until nothing waits any more. */
  readonly orders: number
  /** How many calls at the same time, each of up to so many entries. */
  readonly callers: number
  readonly mostEntries: number
  /** Has an archive and starts a replay of it; the log forgets what is above `retentionBytes`. */
  readonly archives?: boolean
  readonly retentionBytes?: number
  /** What is done to the file when it is open, such as weakening it. */
  readonly sql?: string
  /** Ends orderly when all is put and settled, and starts once more; otherwise it goes on until it is killed. */
  readonly lives?: number
}

const options: ShopOptions = JSON.parse(argv[2] ?? '')
const receipts = openSync(options.receipts, 'a')
const now = () => Number(hrtime.bigint() / 1_000n)
const tell = (line: string) => writeSync(1, `${line}\n`)

let next = options.from
for (let life = 0; life < (options.lives ?? 1); life++) await live(next + options.orders)

async function live(end: number): Promise<void> {
  const targets = circuit((what, n, id) => {
    const at = now()
    writeSync(receipts, `received,${what},${n},${id},${at}\n`)
  })
  const { sql = '', archives = false, retentionBytes } = options
  const begunAt = Date.now()
  const bus = await openBus(options.file, targets, {
    ...{ archives, prepare: (db) => db.exec(sql) },
    ...(retentionBytes !== undefined && { retentionBytes }),
  })
  tell('ready')

  async function call(): Promise<void> {
    while (next < end) {
      const most = 1 + Math.floor(Math.random() * options.mostEntries)
      const numbers: number[] = []
      while (numbers.length < most && next < end) numbers.push(next++)
      const putAt = now()
      await Promise.all(
        (['orders', 'stock'] as const).map(async (name) => {
          const put = numbers.filter((n) => order(n).bus === name)
          if (put.length === 0) return
          const ids = await bus.putEvents(name, put.map(entry))
          writeSync(1, put.map((n, at) => `put,${n},${ids[at]},${putAt}\n`).join(''))
        }),
      )
      if (Math.random() < 0.3) await pause(Math.random() * 6)
    }
  }
  async function replay(): Promise<void> {
    const name = `again-${next}`
    if (await bus.replay(name, begunAt)) tell(`replay,${name}`)
  }
  await Promise.all([
    ...(options.orders > 0 ? [replay()] : []),
    ...Array.from({ length: options.callers }, call),
  ])
  await bus.drained()
  await bus.close()
  tell('ended')
}
