/**
 * An engine on a file of its own, and the load that bench and soak put on it: 500-byte events of a
 * hundred sources, a hundred rules, a function behind each.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { PutEventsRequestEntry, Store, Target } from '@busbar/event-bus'
import { type Engine, engine, targetDefaults } from '@busbar/event-bus'
import { systemClock } from '@busbar/event-bus/adapters/node/clock'
import { openDatabase } from '@busbar/event-bus/adapters/sqlite/database'
import { sqliteStore } from '@busbar/event-bus/adapters/sqlite/store'
import { moment } from './bench-lines.ts'

export const ruleCount = 100
/** An envelope is about 210 bytes around its detail. */
const detailBytes = 290

export interface Load {
  readonly engine: Engine
  /** Deliveries that have been made, by the functions behind the hundred rules. */
  readonly done: () => number
  /** Of one that was put as the `number`th. */
  onDelivery: (number: number) => void
  close(): Promise<void>
}

/** Made beforehand: to make them is not what is measured. */
const pool = Array.from({ length: 10_000 }, (_, number) => anEvent(number))

/** One for the hundred rules, in turn. Its detail tells its number. */
export function anEvent(number: number): PutEventsRequestEntry {
  const detail = `{"number":${number},"amount":12.5,"state":"pending","items":[{"sku":"SKU-1451","qty":3}],"pad":"`
  return {
    Source: `com.acme.svc${number % ruleCount}`,
    DetailType: 'OrderPlaced',
    Detail: `${detail}${'x'.repeat(detailBytes - detail.length - 2)}"}`,
  }
}

/** `more` are targets that every event goes to as well, whatever they do with it. */
export async function openLoad(
  more: readonly Target[] = [],
  options: { readonly retentionBytes?: number } = {},
): Promise<Load> {
  const directory = await mkdtemp(join(tmpdir(), 'busbar-engine-'))
  const store = sqliteStore(openDatabase(join(directory, 'busbar.db')))
  const load = await loadOn(store, more, options)
  const close = load.close
  return Object.assign(load, {
    async close() {
      await close()
      await rm(directory, { recursive: true, force: true })
    },
  })
}

/** The same on any store; `more` are for events of these types. */
export async function loadOn<Tx>(
  store: Store<Tx>,
  more: readonly Target[] = [],
  options: { readonly retentionBytes?: number } = {},
  types: readonly string[] = ['OrderPlaced'],
): Promise<Load> {
  const failed = (error: unknown) => {
    throw error
  }
  const bus = await engine({ store, clock: systemClock, random: Math.random, failed, ...options })
  let done = 0
  const load: Load = {
    engine: bus,
    done: () => done,
    onDelivery: () => {},
    async close() {
      await bus.close(5_000)
    },
  }
  const invoke: Target['invoke'] = async ({ event }) => {
    done++
    load.onDelivery((event.detail as { readonly number: number }).number)
    return undefined
  }
  const rules = Array.from({ length: ruleCount }, (_, at) => ({
    bus: 'orders',
    name: `rule-${at}`,
    eventPattern: { source: [`com.acme.svc${at}`], 'detail-type': ['OrderPlaced'] },
    targets: [{ id: 'count', ...targetDefaults, invoke }],
  }))
  const everything = { 'detail-type': types }
  const all = more.map((target) => ({
    ...{ bus: 'orders', name: target.id, eventPattern: everything, targets: [target] },
  }))
  await bus.start({ rules: [...rules, ...all], fanOutTargets: new Map(), pipes: new Map() })
  return load
}

/**
 * Puts so many events, `inFlight` of them at a time, each in a call of its own, and waits until all
 * have been delivered and the last commit has noted it.
 */
export async function saturate(load: Load, count: number, inFlight: number): Promise<void> {
  const before = load.done()
  let next = 0
  async function keepPutting(): Promise<void> {
    while (next < count)
      await load.engine.putEvents('orders', [pool[next++ % pool.length] as PutEventsRequestEntry])
  }
  await Promise.all(Array.from({ length: inFlight }, keepPutting))
  while (load.done() - before < count) await pause(1)
  await load.engine.putEvents('elsewhere', [anEvent(0)]) // what was done before is noted with it
}

/**
 * Events at a fixed rate, however long they take. Each time counts from when its event was
 * due. Those of the first second are left out.
 */
export async function openLoop(load: Load, perSecond: number, seconds: number) {
  const count = perSecond * seconds
  const start = performance.now() + 50
  const dueAt = (number: number) => start + (number * 1_000) / perSecond
  const put: number[] = []
  const delivered: number[] = []
  load.onDelivery = (number) => {
    delivered[number] ??= performance.now() - dueAt(number)
  }
  const answers: Promise<void>[] = []
  for (let number = 0; number < count; number++) {
    await moment(dueAt(number))
    const answer = load.engine.putEvents('orders', [anEvent(number)])
    answers.push(
      answer.then(() => {
        put[number] = performance.now() - dueAt(number)
      }),
    )
  }
  await Promise.all(answers)
  for (let wait = 0; delivered.filter(() => true).length < count && wait < 3_000; wait++)
    await pause(10)
  load.onDelivery = () => {}
  return { put: put.slice(perSecond), delivered: delivered.slice(perSecond) }
}
