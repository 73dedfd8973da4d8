/**
 * A node that does all at once that a cluster promises something about: it puts orders for the circuit, events
 * that keep an order, changes of items, and events for rules that are put meanwhile; and it fires schedules.
 * It tells, a line each, what was acknowledged or refused, and what its targets have received, before they
 * return. Taken for dead it ends with 3.
 */
import { openSync, writeSync } from 'node:fs'
import process, { argv, hrtime } from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '../../event-bus/adapters/node/clock.ts'
import { placeEvents } from '../../event-bus/adapters/postgres/commit-log.ts'
import { openDatabase } from '../../event-bus/adapters/postgres/database.ts'
import { patiently } from '../../event-bus/adapters/postgres/patience.ts'
import { postgresStore } from '../../event-bus/adapters/postgres/store.ts'
import { engine } from '../../event-bus/engine/engine.ts'
import { eventBridge } from '../../event-bus/event-bridge/event-bridge.ts'
import type { Clock } from '../../event-bus/ports.ts'
import type { Rule } from '../../event-bus/rule.ts'
import { settings } from '../../event-bus/settings.ts'
import { targetDefaults } from '../../event-bus/target.ts'
import { functionArn, plainSecrets } from '../../event-bus/testing/event-bridge.ts'
import { circuit } from './circuit.ts'
import type { ClusterShopOptions } from './cluster-shop.ts'
import { entry, order } from './orders.ts'

export interface ChaosNodeOptions extends ClusterShopOptions {
  readonly answerMs: number
  /** Since when (ms since 1970) the minutes of schedules pass so many times as fast. */
  readonly hasteSince: number
  readonly haste: number
  /** Rows of the table `item`. */
  readonly items: number
}

/** A rule is put, with a target, by its name, or removed; or nothing is put any more. */
export type Command =
  | { readonly put: string; readonly schedule?: true }
  | { readonly remove: string }
  | { readonly rest: true }

const options: ChaosNodeOptions = JSON.parse(argv[2] ?? '')
const receipts = openSync(options.receipts, 'a')
const now = () => Number(hrtime.bigint() / 1_000n)
const received = (...parts: readonly (string | number)[]) =>
  writeSync(receipts, `${[...parts, now()].join()}\n`)
const tell = (...parts: readonly (string | number)[]) => writeSync(1, `${parts.join()}\n`)

const { rules, fanOutTargets } = circuit((what, n, id) => received('received', what, n, id))
const lanes: Rule = {
  ...{ bus: 'lanes', name: 'all', eventPattern: { source: ['shop'] } },
  targets: [
    {
      ...targetDefaults,
      ...{ id: 'follow', concurrency: 50 },
      orderBy: ({ detail }) => (detail as { readonly key: string }).key,
      async invoke({ event: { id, detail } }) {
        const { key, seq } = detail as { readonly key: string; readonly seq: number }
        if (Math.random() < 0.1) await pause(Math.random() * 30)
        if (Math.random() < 0.1) throw new Error('The way is blocked')
        received('followed', key, seq, id)
        return undefined
      },
    },
  ],
}
const { url, answerMs } = options
const store = await postgresStore(options)
const database = await openDatabase({ url, answerMs })
const bus = await engine({
  ...{ store, clock: systemClock, random: () => 0.02 * Math.random() },
  ended(error) {
    writeSync(2, `${error.message}\n`)
    process.exit(3)
  },
})
await placeEvents(database, 'websocket')

const { haste, hasteSince } = options
const hasty: Clock = {
  ...systemClock,
  now: () => new Date(hasteSince + (Date.now() - hasteSince) * haste),
  after: (ms, callback) => systemClock.after(ms / haste, callback),
}
const receive = {
  async invoke(input: unknown) {
    const { rule, what, id } = input as { readonly [name: string]: string }
    received('ruled', rule ?? '', what ?? '', id ?? '')
  },
}
const bridge = eventBridge({
  ...{
    engine: { ...bus, inside: { ...bus.inside, clock: hasty } },
    settings: settings(bus.inside),
  },
  ...{ topics: new Map(), secrets: plainSecrets, functions: new Map([['receive', receive]]) },
  http: { request: () => Promise.reject(new Error('Nothing is sent')) },
})
await bus.start({
  ...{ rules: [...rules, lanes], fanOutTargets },
  pipes: new Map([['changes', 'websocket']]),
})
bridge.start()

let isResting = options.callers === 0
async function obey(command: Command): Promise<void> {
  if ('rest' in command) isResting = true
  else if ('put' in command) {
    const { put: Rule, schedule } = command
    await bridge.putRule({
      Name: Rule,
      ...(schedule
        ? { ScheduleExpression: 'rate(1 minute)' }
        : { EventPattern: '{"source":["ruled"]}' }),
    })
    const InputPathsMap = { id: '$.id', what: schedule ? '$.time' : '$.detail.n' }
    const InputTemplate = `{"rule":"${Rule}","id":"<id>","what":"<what>"}`
    const target = {
      ...{ Id: 'receive', Arn: functionArn('receive') },
      InputTransformer: { InputPathsMap, InputTemplate },
    }
    const { FailedEntryCount } = await bridge.putTargets({ Rule, Targets: [target] })
    if (FailedEntryCount > 0) throw new Error(`The target of ${Rule} was not put`)
  } else {
    await bridge.removeTargets({ Rule: command.remove, Ids: ['receive'] })
    await bridge.deleteRule({ Name: command.remove })
  }
}
createInterface(process.stdin).on('line', async (line) => {
  try {
    await obey(JSON.parse(line))
    writeSync(1, `obeyed,${line}\n`)
  } catch (error) {
    writeSync(1, `disobeyed,${line},${error}\n`)
  }
})

let isEnding = false
process.on('SIGTERM', () => {
  isEnding = true
})
let next = options.from
const isOver = () => isEnding || isResting

/** What was told to have failed and may be stored all the same, is told nowhere. */
async function attempt(run: () => Promise<void>, refused: () => void): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error as { readonly mayBeStored?: true }).mayBeStored) refused()
    await pause(50)
  }
}
const numbers = () =>
  Array.from({ length: 1 + Math.floor(Math.random() * options.mostEntries) }, () => next++)

function putOrders(): Promise<unknown> {
  const [all, putAt] = [numbers(), now()]
  return Promise.all(
    (['orders', 'stock'] as const).map(async (name) => {
      const put = all.filter((n) => order(n).bus === name)
      if (put.length === 0) return
      await attempt(
        async () => {
          const ids = await bus.putEvents(name, put.map(entry))
          writeSync(1, put.map((n, at) => `put,${n},${ids[at]},${putAt}\n`).join(''))
        },
        () => writeSync(1, put.map((n) => `refused,${n}\n`).join('')),
      )
    }),
  )
}
const putInLane = (key: string, seq: number): Promise<void> =>
  attempt(
    async () => {
      const entry = { Source: 'shop', DetailType: 'Step', Detail: JSON.stringify({ key, seq }) }
      const [id] = await bus.putEvents('lanes', [entry])
      tell('step', key, seq, id ?? '')
    },
    () => tell('no-step', key, seq),
  )
function change(key: number): Promise<void> {
  let version = 0
  return attempt(
    () =>
      patiently(async () => {
        await bus.transact(async (tx, append) => {
          const text = 'select version from item where key = $1 for update nowait'
          const [row] = await tx.query<{ readonly version: number }>(text, [key])
          version = Number(row?.version) + 1
          await tx.query('update item set version = $1 where key = $2', [version, key])
          append('changes', {
            ...{ Source: 'shop', DetailType: 'ItemChanged' },
            Detail: JSON.stringify({ key, version }),
          })
        })
        tell('changed', key, version)
      }),
    () => {},
  )
}
async function putForRules(): Promise<void> {
  const [n, putAt] = [next++, now()]
  const answer = await bridge.putEvents({
    Entries: [{ Source: 'ruled', DetailType: 'OrderPlaced', Detail: JSON.stringify({ n }) }],
  })
  const [found] = answer.Entries
  if (found && 'EventId' in found) tell('ruled-put', n, found.EventId, putAt, now())
}

async function call(caller: number): Promise<void> {
  const key = `${options.from}-${caller}`
  for (let at = 0; !isOver(); at++) {
    if (at % 4 === 0) await putOrders()
    else if (at % 4 === 1) await putInLane(key, at)
    else if (at % 4 === 2) await change((at + caller) % options.items)
    else await putForRules().catch(() => pause(50))
    await pause(Math.random() * 20)
  }
}
writeSync(1, 'ready\n')
await Promise.all(Array.from({ length: options.callers }, (_, caller) => call(caller)))
while (!isEnding) await pause(20)
bridge.close()
await bus.close(2_000)
await database.close()
process.exit(0)
