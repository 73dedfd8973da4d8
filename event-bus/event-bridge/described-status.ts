/** `Busbar.DescribeStatus`: what the engine and its store say of themselves, for `busbar doctor`. */
import type { Engine } from '../engine/engine.ts'
import { timeOf, uuidOf } from '../engine/event-id.ts'
import type { Health } from '../health.ts'
import { requested } from '../request.ts'
import type { DescribedCluster, DescribedStatus, DescribedStore } from './busbar-answers.ts'
import type { EventBridge } from './event-bridge.ts'
import type { Operation } from './operations.ts'
import { eventIdIn, targetName } from './target-name.ts'
import { eventBusNames } from './whole-lists.ts'

export function describeStatus({
  engine,
  bridge,
  version,
}: {
  readonly engine: Pick<Engine, 'inside' | 'status'>
  readonly bridge: Pick<EventBridge, 'listEventBuses'>
  readonly version?: string
}): Operation {
  const { store, clock, place, suffix } = engine.inside

  async function describedBus(Name: string): Promise<DescribedStatus['EventBuses'][number]> {
    const [newest] = await store.tail(Name, 1, 1)
    if (!newest) return { Name }
    const { id, text } = newest
    const NewestEventId = eventIdIn(text) ?? uuidOf(id, suffix)
    return { Name, NewestEventId, NewestEventTime: new Date(timeOf(id)) }
  }

  return async (request): Promise<DescribedStatus> => {
    requested(request).check()
    const { targets, waiting } = await engine.status()
    const now = clock.now()
    const health = await store.health?.(now.getTime())
    const EventBuses: DescribedStatus['EventBuses'][number][] = []
    for (const name of await eventBusNames(bridge)) EventBuses.push(await describedBus(name))
    return {
      ...(version !== undefined && { Version: version }),
      ...{ Time: now, Account: place.account, Region: place.region },
      StoreBytes: await store.size(),
      ...(health && { Store: describedStore(health) }),
      ...(health?.cluster && { Cluster: describedCluster(health.cluster) }),
      EventBuses,
      Targets: targets.map(({ key, known, paused, waiting, underWay, dead }) => ({
        ...targetName(key),
        ...{ Known: known, Paused: paused, Waiting: waiting, UnderWay: underWay },
        DeadLetters: dead,
      })),
      Failing: waiting.map(({ target, event, ownText, attempts, due, firstAt, error }) => ({
        ...targetName(target),
        EventId: eventIdIn(ownText ?? '') ?? uuidOf(event, suffix),
        ...{ Attempts: attempts, Due: new Date(due) },
        ...(firstAt !== undefined && { FirstAttemptTime: new Date(firstAt) }),
        ...(error !== undefined && { ErrorMessage: error }),
      })),
    }
  }
}

const mostOverdue = 100

function describedStore({
  parts,
  oldestEvent,
  overdue,
  oldestTransaction,
}: Health): DescribedStore {
  const longest = overdue.toSorted(([, a], [, b]) => a - b).slice(0, mostOverdue)
  return {
    Parts: parts.map(({ name, bytes, rows, deadRows }) => ({
      ...{ Name: name, Bytes: bytes },
      ...(rows !== undefined && { Rows: rows }),
      ...(deadRows !== undefined && { DeadRows: deadRows }),
    })),
    ...(oldestEvent !== null && { OldestWaitingEventTime: new Date(timeOf(oldestEvent)) }),
    Overdue: longest.map(([target, due]) => ({ ...targetName(target), Since: new Date(due) })),
    ...(oldestTransaction && {
      OldestTransaction: { Name: oldestTransaction.name, Seconds: oldestTransaction.ms / 1_000 },
    }),
  }
}

const describedCluster = ({
  now,
  deadMs,
  nodes,
}: NonNullable<Health['cluster']>): DescribedCluster => ({
  ...{ Time: new Date(now), DeadAfterSeconds: deadMs / 1_000 },
  Nodes: nodes.map(({ number, epoch, address, silentMs, isThis }) => ({
    ...{ Number: number, Epoch: epoch, ...(address !== '' && { Address: address }) },
    ...{ SilentSeconds: silentMs / 1_000, IsThis: isThis },
  })),
})
