/** The only place where the fault tests open the engine and its file. What changes there is followed here. */
import { copyFileSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '../../event-bus/adapters/node/clock.ts'
import { openDatabase } from '../../event-bus/adapters/sqlite/database.ts'
import { unsealed } from '../../event-bus/adapters/sqlite/integrity.ts'
import { sqliteStore } from '../../event-bus/adapters/sqlite/store.ts'
import { type Engine, engine } from '../../event-bus/engine/engine.ts'
import type { PutEventsRequestEntry } from '../../event-bus/event.ts'
import { eventBridge } from '../../event-bus/event-bridge/event-bridge.ts'
import type { Clock } from '../../event-bus/ports.ts'
import { settings } from '../../event-bus/settings.ts'
import { plainSecrets } from '../../event-bus/testing/event-bridge.ts'
import type { Circuit } from './circuit.ts'
import { aFolder } from './folder.ts'
import { type KeptReplay, type Replaying, replaying } from './replaying.ts'

export interface OpenBus {
  /** Resolves with the ids when the events are on disk. */
  putEvents(bus: string, entries: readonly PutEventsRequestEntry[]): Promise<readonly string[]>
  /** Resolves when nothing is under way and nothing is due. What waits for a retry waits on. */
  settled(): Promise<void>
  /** Starts a replay, unless enough of them run. Answers whether it is on disk. */
  replay: Replaying['replay']
  /** Resolves when nothing waits any more, not even for a retry, and no replay runs. Needs a clock that goes by itself. */
  drained(): Promise<void>
  /** All that the file keeps. */
  kept(): Promise<Kept>
  close(): Promise<void>
}

export interface Kept {
  /** The texts of the events of both buses, in the order of the log. */
  readonly events: readonly string[]
  readonly deadLetters: readonly KeptDeadLetter[]
  /** Empty where nothing is archived. */
  readonly replays: readonly KeptReplay[]
  /** Deliveries that wait, in rows of their own or in plans. */
  readonly waiting: number
}
export interface KeptDeadLetter {
  /** Key of the target, and the item. */
  readonly what: string
  readonly text: string
  readonly attempts: number
  /** Null when the target refused. */
  readonly reason: unknown
  readonly error: string
}

export interface BusOptions {
  readonly clock?: Clock
  /** 0 to 1: how long retries wait, of what they wait at most. */
  readonly patience?: number
  readonly failed?: (error: unknown) => void
  /** Has EventBridge over the engine, with an archive of which there are replays. */
  readonly archives?: boolean
  readonly retentionBytes?: number
  /** Called with the open file, before anything is written to it. */
  readonly prepare?: (db: DatabaseSync) => void
}

export async function openBus(
  file: string,
  { rules, fanOutTargets }: Circuit,
  {
    clock = systemClock,
    patience = 0.02,
    archives = false,
    retentionBytes,
    failed,
    prepare = () => {},
  }: BusOptions = {},
): Promise<OpenBus> {
  const db = openDatabase(file)
  try {
    prepare(db)
    const store = sqliteStore(db)
    const random = () => patience * Math.random()
    const bus = await engine({
      ...{ store, clock, random, ...(failed && { failed }) },
      ...(retentionBytes !== undefined && { retentionBytes }),
    })
    const bridge = archives ? bridgeOver(bus) : null
    await bus.start({ rules, fanOutTargets, pipes: new Map() })
    bridge?.start()
    const again = bridge && (await replaying(bridge))
    const waiting = async () => {
      const { targets } = await bus.status()
      return targets.reduce((sum, target) => sum + target.waiting + target.underWay, 0)
    }
    return {
      putEvents: (...put) => bus.putEvents(...put),
      settled: () => bus.settled(),
      replay: async (...order) => (await again?.replay(...order)) ?? false,
      async drained() {
        do {
          await bus.settled()
          await pause(20)
        } while (again?.isRunning() || (await waiting()) > 0)
      },
      async kept() {
        const all = 2 ** 40
        const texts = await Promise.all(
          ['orders', 'stock'].map((name) => store.tail(name, 10_000_000, all)),
        )
        return {
          events: texts.flat().map(({ text }) => text),
          replays: again?.all() ?? [],
          waiting: await waiting(),
          deadLetters: db.prepare('select * from dead_letter').all().map(deadLetter),
        }
      },
      async close() {
        bridge?.close()
        await bus.close(2_000)
      },
    }
  } catch (error) {
    if (db.isOpen) db.close()
    throw error
  }
}

/** Replays last longer than a life. */
const replayedPerSecond = 1_000

const bridgeOver = (bus: Engine) =>
  eventBridge({
    ...{ engine: bus, settings: settings(bus.inside), replayedPerSecond },
    ...{ functions: new Map(), topics: new Map(), secrets: plainSecrets },
    http: { request: () => Promise.reject(new Error('Nothing is sent')) },
  })

const deadLetter = (row: Readonly<Record<string, unknown>>): KeptDeadLetter => ({
  what: row.item === '' ? String(row.target) : `${row.target} ${row.item}`,
  text: unsealed(String(row.text), 'A dead letter'),
  attempts: Number(row.attempts),
  reason: row.exhausted_retry_condition,
  error: String(row.error),
})

/** What SQLite itself says about the file, which must not be open: `ok`, or what is wrong. */
export function integrity(file: string): string {
  const db = openDatabase(file)
  try {
    const rows = db.prepare('pragma integrity_check').all()
    return rows.map((row) => String(Object.values(row)[0])).join('\n')
  } finally {
    db.close()
  }
}

/** The names of the tables of a file, which must not be open; read from a copy of it, since to look is to mend. */
export function tables(file: string): readonly string[] {
  const folder = aFolder()
  for (const name of readdirSync(dirname(file)))
    copyFileSync(join(dirname(file), name), join(folder.path, name))
  const db = new DatabaseSync(join(folder.path, basename(file)))
  try {
    return db
      .prepare('select name from sqlite_schema')
      .all()
      .map(({ name }) => String(name))
  } finally {
    db.close()
    folder.remove()
  }
}

/** Whether the engine keeps a checksum of each event. */
export function hasChecksums(): boolean {
  const db = openDatabase(':memory:')
  sqliteStore(db)
  const columns = db.prepare(`select 1 from pragma_table_info('event') where name = 'checksum'`)
  const has = columns.get() !== undefined
  db.close()
  return has
}
