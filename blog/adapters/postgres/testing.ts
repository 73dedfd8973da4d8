/** A node on a server that a file's tests share: the real engine, with streams that lead to buses of their own. */
import { type Engine, type EventLog, engine as eventEngine } from '@busbar/event-bus'
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

export const told = async (log: EventLog) =>
  (await log.tail(1_000, 1_000_000_000)).map((event) => ({
    ...{ source: event.source, 'detail-type': event['detail-type'] },
    detail: event.detail,
  }))
