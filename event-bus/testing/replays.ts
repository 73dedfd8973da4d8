/** What archives and replays are tested on: processes, one after the other, on one store. */
import { memoryStore } from '../adapters/memory/store.ts'
import type { Circuit } from '../engine/engine.ts'
import { BusError } from '../errors.ts'
import { archives } from '../event-bridge/archives.ts'
import { replays } from '../event-bridge/replays.ts'
import type { StoredRule } from '../event-bridge/stored-rule.ts'
import type { Store } from '../ports.ts'
import { type Settings, settings } from '../settings.ts'
import type { Target } from '../target.ts'
import { anEngine, anEntry, aRule, type HandClock, handClock, steeredStore } from '../testing.ts'

const arn = 'arn:aws:events:us-east-1:000000000000:'
export const busArn = `${arn}event-bus/orders`
export const archiveArn = `${arn}archive/all`
export const ruleArn = (name: string) => `${arn}rule/orders/${name}`

/** Of the archive `all`, the whole day of `handClock`, to all rules. */
export const aReplay = (fields: object = {}) => ({
  ReplayName: 'again',
  EventSourceArn: archiveArn,
  EventStartTime: new Date('2026-01-01T00:00:00Z'),
  EventEndTime: new Date('2026-01-02T00:00:00Z'),
  Destination: { Arn: busArn },
  ...fields,
})

export function aBusWithReplays({
  clock = handClock(),
  disk = memoryStore(),
}: {
  readonly clock?: HandClock
  readonly disk?: Store<undefined>
} = {}) {
  let running = steeredStore(clock, disk)
  return {
    clock,
    disk,
    /** The process before is dead from here on. */
    async start({
      targets = [],
      rules = [aRule({ targets })],
      eventsPerSecond,
      pauseMs,
      retentionDays = 2,
    }: Partial<Pick<Circuit, 'rules'>> & {
      readonly targets?: readonly Target[]
      readonly eventsPerSecond?: number
      readonly pauseMs?: number
      readonly retentionDays?: number
    } = {}) {
      running.kill()
      running = steeredStore(clock, disk)
      const started = await anEngine({ clock, store: running, rules, retentionDays })
      const { inside } = started.engine
      const kept: Settings = settings(inside)
      const options = { inside, settings: kept, eventBus }
      const archive = archives(options)
      const failures: unknown[] = []
      const replay = replays({
        ...options,
        archives: archive,
        rules: {
          ruleOf: (bus, name) =>
            rules.some((each) => each.bus === bus && each.name === name)
              ? ({} as StoredRule)
              : undefined,
        },
        ...(eventsPerSecond !== undefined && { eventsPerSecond }),
        ...(pauseMs !== undefined && { pauseMs }),
        failed: (error) => failures.push(error),
      })
      replay.start()
      await clock.turn()
      return {
        ...started,
        archives: archive,
        replays: replay,
        settings: kept,
        replayFailures: failures,
        createArchive: (fields: object = {}) =>
          archive.createArchive({ ArchiveName: 'all', EventSourceArn: busArn, ...fields }),
        /** Puts one for each order that happened then, whenever it is put. */
        async putOf(time: string, ...orders: readonly number[]) {
          const entries = orders.map((order) =>
            anEntry({ Detail: JSON.stringify({ order }), Time: new Date(time) }),
          )
          await started.engine.putEvents('orders', entries)
          await clock.turn()
        },
        state: (ReplayName = 'again') => replay.describeReplay({ ReplayName }).State,
        numbers: () => {
          const { EventCount } = archive.describeArchive({ ArchiveName: 'all' })
          const { BusbarProgress } = replay.describeReplay({ ReplayName: 'again' })
          return { archived: EventCount, replayed: BusbarProgress.EventsReplayed }
        },
      }
    },
  }
}

function eventBus(name: string): void {
  if (name !== 'orders' && name !== 'bills')
    throw new BusError('ResourceNotFoundException', `Event bus ${name} does not exist.`)
}
