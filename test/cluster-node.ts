/**
 * A node of the cluster that is measured, in a process of its own, with the load that is put on it: does what
 * its parent sends, and sends back what came of it. With `hangs` there is a dead target, too.
 */
import { argv, cpuUsage } from 'node:process'
import { type Target, targetDefaults } from '@busbar/event-bus'
import { type PostgresStore, postgresStore } from '@busbar/event-bus/adapters/postgres/store'
import { anEvent, type Load, loadOn, openLoop, saturate } from './engine-load.ts'

/** Events to put, so many at a time; or at a rate, for so many seconds; or such as the dead target is owed. */
export type Order =
  | { readonly put: number; readonly inFlight: number }
  | { readonly perSecond: number; readonly seconds: number }
  | { readonly owed: number }
  | 'close'
export type Told =
  | 'ready'
  | { readonly seconds: number; readonly cpuMicroseconds: number }
  | { readonly put: readonly number[]; readonly delivered: readonly number[] }

const store: PostgresStore = await postgresStore({ url: argv[2] ?? '' })
const perCall = 100
const callers = 10
/** The type of what it is owed, and nobody else is. */
const owed = 'OrderLost'
const hangs: Target = { ...targetDefaults, id: 'hangs', invoke: () => new Promise(() => {}) }
const load: Load = await loadOn(store, argv[3] === 'hangs' ? [hangs] : [], {}, [owed])
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
  } else if ('owed' in order) {
    await owe(order.owed)
    tell({ put: [], delivered: [] })
  } else tell(await openLoop(load, order.perSecond, order.seconds))
})
async function owe(count: number): Promise<void> {
  let left = count
  async function keepPutting(): Promise<void> {
    while (left > 0) {
      const entries = Array.from({ length: Math.min(left, perCall) }, (_, at) => anEvent(at))
      left -= entries.length
      await load.engine.putEvents(
        'orders',
        entries.map((each) => ({ ...each, DetailType: owed })),
      )
    }
  }
  await Promise.all(Array.from({ length: callers }, keepPutting))
}
tell('ready')
