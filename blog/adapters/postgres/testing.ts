/** A node on a server that a file's tests share: the real engine, with streams that lead to buses of their own. */
import { type Engine, type EventBridgeEvent, engine as eventEngine } from '@busbar/event-bus'
import { systemClock } from '@busbar/event-bus/adapters/node/clock'
import { type Database, migrate, openDatabase } from '@busbar/event-bus/adapters/postgres/database'
import {
  type PostgresStore,
  type PostgresTx,
  postgresStore,
} from '@busbar/event-bus/adapters/postgres/store'
import { migrations } from './migrations.ts'

export interface TestNode {
  readonly engine: Engine<PostgresTx>
  readonly store: PostgresStore
  readonly database: Database
  close(): Promise<void>
}

export async function testNode(
  url: string,
  schema: string,
  streams: readonly string[],
): Promise<TestNode> {
  const store = await postgresStore({ url, schema })
  const engine = await eventEngine({ store, clock: systemClock, random: Math.random })
  const database = await openDatabase({ url, schema })
  await migrate(database, 'blog', migrations)
  const pipes = new Map(streams.map((stream) => [stream, stream]))
  await engine.start({ rules: [], fanOutTargets: new Map(), pipes })
  return {
    ...{ engine, store, database },
    async close() {
      await engine.close(1_000)
      await database.close()
    },
  }
}

/** What a bus was told, by whichever node. Of its log the newest would be missing while other nodes may put some before. */
export async function told({ database }: TestNode, bus: string) {
  const { rows } = await database.pool.query('select text from event where bus = $1 order by id', [
    bus,
  ])
  return rows
    .map(({ text }) => JSON.parse(text) as EventBridgeEvent)
    .map(({ source, detail, ...event }) => ({
      ...{ source, 'detail-type': event['detail-type'], detail },
    }))
}
