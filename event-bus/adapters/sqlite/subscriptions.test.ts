import { engine } from '../../engine/engine.ts'
import { subscriptionsContract } from '../../ports.contract.ts'
import { handClock } from '../../testing.ts'
import { openDatabase } from './database.ts'
import { sqliteStore } from './store.ts'
import { sqliteSubscriptions } from './subscriptions.ts'

subscriptionsContract('sqliteSubscriptions', async () => {
  const db = openDatabase(':memory:')
  const clock = handClock()
  const bus = await engine({ store: sqliteStore(db), clock, random: () => 1 })
  const pipes = new Map([['readers.outbox', 'readers']])
  await bus.start({ rules: [], fanOutTargets: new Map(), pipes })
  const log = bus.log('readers')
  return {
    subscriptions: sqliteSubscriptions(db, bus, 'readers'),
    announced: async () =>
      (await log.tail(100, 1_000_000_000)).map(
        ({ detail }) => (detail as { readonly id?: string }).id,
      ),
  }
})
