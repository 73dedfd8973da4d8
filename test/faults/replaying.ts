/** The archive of the fault tests, the replays of it, and what each of them has to bring to whom. */
import assert from 'node:assert/strict'
import type { EventBridge } from '../../event-bus/event-bridge/event-bridge.ts'
import type { Kept } from './bus.ts'
import type { Ledger } from './ledger.ts'
import { type Order, order } from './orders.ts'

export interface KeptReplay {
  readonly name: string
  readonly state: string
  /** Of the events' times, in ms since 1970. */
  readonly from: number
  readonly to: number
  /** Events that it says it has replayed. */
  readonly events: number
}
export interface Replaying {
  /** Of what happened in the seconds before the process began, in ms since 1970: all of that is known. */
  replay(name: string, begunAt: number): Promise<boolean>
  isRunning(): boolean
  all(): readonly KeptReplay[]
}

const arn = 'arn:aws:events:us-east-1:000000000000:'
const archive = { ArchiveName: 'express', EventSourceArn: `${arn}event-bus/orders` }
const mostAtOnce = 2
/** Times of events are whole seconds. */
const second = 1_000
const seconds = 3

/** Whether the archive has the event of this number. */
export const isArchived = (n: number): boolean =>
  order(n).bus === 'orders' && order(n).kind === 'express'
/** The target that replays come to, and it alone. */
export const replayTarget = 'orders/again/collect'

/** Makes the archive if there is none: to be called before anything is put. */
export async function replaying(bridge: EventBridge): Promise<Replaying> {
  const EventPattern = '{"detail":{"kind":["express"]}}'
  const isThere = bridge.listArchives({}).Archives.length > 0
  if (!isThere) await bridge.createArchive({ ...archive, EventPattern })
  const listed = () => bridge.listReplays({ Limit: 100 }).Replays
  const running = () =>
    listed().filter(({ State }) => State === 'STARTING' || State === 'RUNNING').length
  return {
    async replay(name, begunAt) {
      if (running() >= mostAtOnce) return false
      const to = Math.floor(begunAt / second) * second
      await bridge.startReplay({
        ReplayName: name,
        EventSourceArn: `${arn}archive/${archive.ArchiveName}`,
        EventStartTime: new Date(to - seconds * second),
        EventEndTime: new Date(to),
        Destination: { Arn: archive.EventSourceArn, FilterArns: [`${arn}rule/orders/again`] },
      })
      return true
    },
    isRunning: () => running() > 0,
    all: () =>
      listed().map(({ ReplayName }) => {
        const found = bridge.describeReplay({ ReplayName })
        return {
          ...{ name: ReplayName, state: found.State },
          ...{ from: found.EventStartTime.getTime(), to: found.EventEndTime.getTime() },
          events: found.BusbarProgress.EventsReplayed,
        }
      }),
  }
}

/** Holds what replays have brought against what they had to, and answers how much that was. */
export function assertReplayed({ receipts, replays = [] }: Ledger, kept: Kept) {
  const names = new Set(kept.replays.map(({ name }) => name))
  const lost = replays.filter((name) => !names.has(name))
  assert.deepEqual(lost, [], 'each replay that was acknowledged is kept')

  const archived = kept.events
    .map((text) => JSON.parse(text) as { id: string; time: string; detail: Order })
    .filter(({ detail }) => isArchived(detail.n))
    .map(({ id, time }) => ({ id, time: Date.parse(time) }))
  const came = Map.groupBy(
    receipts.filter(({ what }) => what.startsWith(replayTarget)),
    ({ what }) => what,
  )
  let [events, overKills] = [0, 0]
  for (const { name, state, from, to, events: told } of kept.replays) {
    assert.equal(state, 'COMPLETED', name)
    const due = archived.filter(({ time }) => time >= from && time < to).map(({ id }) => id)
    const own = came.get(`${replayTarget} ${name}`) ?? []
    came.delete(`${replayTarget} ${name}`)
    assert.deepEqual(new Set(own.map(({ id }) => id)), new Set(due), `what ${name} has brought`)
    assert.equal(told, due.length, `what ${name} says it has brought`)
    events += told
    overKills += new Set(own.map(({ life }) => life)).size > 1 ? 1 : 0
  }
  assert.deepEqual([...came.keys()], [], 'nothing else comes as a replay')
  return { replays: kept.replays.length, replayed: events, replaysOverKills: overKills }
}
