/**
 * A node of the cluster that is measured, in a process of its own, with the load that is put on it: does what
 * its parent sends, and sends back what came of it.
 */
import { argv, cpuUsage } from 'node:process'
import { type PostgresStore, postgresStore } from '@busbar/event-bus/adapters/postgres/store'
import { type Load, loadOn, openLoop, saturate } from './engine-load.ts'

/** Events to put, so many at a time; or at a rate, for so many seconds. */
export type Order =
  | { readonly put: number; readonly inFlight: number }
  | { readonly perSecond: number; readonly seconds: number }
  | 'close'
export type Told =
  | 'ready'
  | { readonly seconds: number; readonly cpuMicroseconds: number }
  | { readonly put: readonly number[]; readonly delivered: readonly number[] }

const store: PostgresStore = await postgresStore({ url: argv[2] ?? '' })
const load: Load = await loadOn(store)
const tell = (told: Told) => process.send?.(told)

process.on('message', async (order: Order) => {
  if (order === 'close') {
    await load.close()
    process.disconnect()
  } else if ('put' in order) {
    const [before, start] = [cpuUsage(), performance.now()]
    await saturate(load, order.put, order.inFlight)
    const { user, system } = cpuUsage(before)
    tell({ seconds: (performance.now() - start) / 1_000, cpuMicroseconds: user + system })
  } else tell(await openLoop(load, order.perSecond, order.seconds))
})
tell('ready')
