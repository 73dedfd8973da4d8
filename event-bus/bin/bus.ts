/**
 * The bus put together: its file, its engine, EventBridge's operations, and what its port answers.
 * `busbar serve` is this alone; an app that runs on it brings its rules, functions and topics.
 */
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { awsJson } from '../adapters/aws-json/aws-json.ts'
import { signatures, signer } from '../adapters/aws-json/signature.ts'
import { awsServices } from '../adapters/aws-services/aws-services.ts'
import { busRequests } from '../adapters/http/bus-server.ts'
import { systemClock as clock } from '../adapters/node/clock.ts'
import { logGroups } from '../adapters/node/log-groups.ts'
import { processNumbers } from '../adapters/node/process-numbers.ts'
import { fileSecrets } from '../adapters/node/secrets.ts'
import { openDatabase } from '../adapters/sqlite/database.ts'
import { sqliteStore } from '../adapters/sqlite/store.ts'
import { metrics } from '../console/metrics.ts'
import { deadLetterQueue } from '../dead-letter-queue.ts'
import { type Circuit, type Engine, engine as eventEngine } from '../engine/engine.ts'
import { busbarOperations, busbarStreams } from '../event-bridge/busbar-operations.ts'
import { type EventBridgeOptions, eventBridge } from '../event-bridge/event-bridge.ts'
import { operations } from '../event-bridge/operations.ts'
import type { Http, Store } from '../ports.ts'
import { settings as settingsOf } from '../settings.ts'
import { log } from './log.ts'
import { type BusSettings, hostsOf } from './settings.ts'
import { version } from './version.ts'

/** What runs on the bus. */
export interface App extends Pick<EventBridgeOptions, 'functions' | 'topics'> {
  readonly circuit: Circuit
}

export interface Bus<Tx> {
  readonly engine: Engine<Tx>
  /** The store's own, made with it and known to all that share it: 64 hex digits, the first 16 of which ids show. */
  readonly secret: string
  /** Takes up what the previous process left. Answers what its port answers. */
  start(
    app: App,
    at: { readonly port: number; readonly ready: () => boolean },
  ): Promise<RequestListener>
  close(graceMs: number): Promise<void>
}

export interface OpenBus extends Bus<DatabaseSync> {
  readonly db: DatabaseSync
}

/** Opens the file in the data directory. Throws, saying what to do, when that cannot be. */
export async function openBus(chosen: BusSettings): Promise<OpenBus> {
  const db = openDatabase(join(chosen.dataDir, 'busbar.db'))
  return { db, ...(await busOn(sqliteStore(db), chosen)) }
}

/** On a store that is open. `ended`: others have taken this process for dead, and it is to end. */
export async function busOn<Tx>(
  store: Store<Tx>,
  chosen: BusSettings,
  ended: (error: Error) => void = () => {},
): Promise<Bus<Tx>> {
  const { dataDir, place, accessKeys, endpoints, credentials, allowAddresses } = chosen
  const { retentionDays, retentionBytes } = chosen
  const failed = (error: unknown) => log('error', 'bus', error)
  const engine = await eventEngine({
    ...{ store, clock, random: Math.random, place, failed, ended },
    ...(retentionDays !== undefined && { retentionDays }),
    ...(retentionBytes !== undefined && { retentionBytes }),
  })
  // Rules name the addresses of API destinations; the operator those of services. Who signs in may be
  // somewhere else, and has no business with what only this machine reaches.
  const destinations = lazyHttp({ allow: allowAddresses, allowLoopback: accessKeys.size === 0 })
  const operators = lazyHttp({ allow: ['0.0.0.0/0', '::/0'], allowLoopback: true })
  const closing: (() => void | Promise<void>)[] = []

  return {
    engine,
    secret: store.secret,
    async start({ circuit, functions, topics }, { port, ready }) {
      const deadLetters = deadLetterQueue(engine.inside)
      const sign = (service: string, region: string) =>
        signer({ ...credentials, region, service, clock })
      const bridge = eventBridge({
        ...{ engine, settings: settingsOf(engine.inside), functions, topics, deadLetters, failed },
        http: destinations,
        secrets: fileSecrets(join(dataDir, 'secrets.key')),
        replayPauseMs: 1_000,
        services: new Map([
          ...awsServices({ http: operators, sign, endpoints }),
          ['logs', logGroups(join(dataDir, 'log-groups'))],
        ]),
      })
      await engine.start(circuit)
      bridge.start()
      closing.push(() => bridge.close())
      const own = { engine, bridge, version: await version() }
      const shared = { clock, log: (line: object) => log('error', 'http', line) }
      const verified =
        accessKeys.size > 0 ? signatures({ keys: accessKeys, clock, service: 'events' }) : null
      let refused = 0
      return busRequests({
        ...{ ...shared, engine, deadLetters, ready, signatures: verified },
        metrics: metrics({
          ...{ inside: engine.inside, process: processNumbers(), refused: () => refused },
        }),
        hosts: hostsOf(chosen.host, port, chosen.publicUrl),
        awsJson: awsJson({
          ...{ ...shared, signatures: verified },
          operations: new Map([...operations(bridge), ...busbarOperations(own)]),
          streams: busbarStreams(own),
          throttled: () => void refused++,
        }),
      })
    },
    async close(graceMs) {
      for (const close of closing) await close()
      await engine.close(graceMs)
      await Promise.all([destinations.close(), operators.close()])
    },
  }
}

/** Undici takes 0.2 s to load, and many a bus never calls anybody. */
export function lazyHttp(allowed: {
  readonly allow: readonly string[]
  readonly allowLoopback: boolean
}) {
  let made: Promise<Http & { close(): Promise<void> }> | null = null
  const http = () => {
    made ??= import('../adapters/undici/http.ts').then(({ undiciHttp }) => undiciHttp(allowed))
    return made
  }
  return {
    request: async (request: Parameters<Http['request']>[0]) => (await http()).request(request),
    close: async () => (await made)?.close(),
  }
}
