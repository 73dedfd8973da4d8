/**
 * What EventBridge has no word for and the command line and the console ask: status, dead letters,
 * pausing, explanations, live events. Called and checked as EventBridge's operations are.
 */
import type { Engine } from '../engine/engine.ts'
import { listDeadLetters, purgeDeadLetters, redriveDeadLetters } from './dead-letters.ts'
import { describeStatus } from './described-status.ts'
import type { EventBridge } from './event-bridge.ts'
import { explainEvent } from './explained-event.ts'
import type { Operation, Stream } from './operations.ts'
import { tail } from './tail.ts'

export interface BusbarOptions {
  readonly engine: Pick<Engine, 'inside' | 'status'>
  readonly bridge: EventBridge
  /** Of this software, for whoever asks. */
  readonly version?: string
}

/**
 * What they answer stands in busbar-answers.ts.
 * - `Busbar.DescribeStatus` `{}`
 * - `Busbar.ListDeadLetters` `{ DeadLetterId?, Target?, EventBusName?, Rule?, ErrorCode?, Error?, Limit?, NextToken? }`:
 *   all that is given holds for those that are listed. A Rule without EventBusName is one of `default`.
 * - `Busbar.PauseTarget` and `Busbar.ResumeTarget` `{ EventBusName?, Rule, Id }`
 * - `Busbar.ExplainEvent` `{ EventBusName?, Event, Rule?, Limit? }`: rules of all buses when none is named.
 */
export function busbarOperations(options: BusbarOptions): ReadonlyMap<string, Operation> {
  const { bridge } = options
  return new Map<string, Operation>([
    ['Busbar.DescribeStatus', describeStatus(options)],
    ['Busbar.ListDeadLetters', listDeadLetters(options)],
    ['Busbar.PauseTarget', async (request) => bridge.pauseTarget(withTargetId(request))],
    ['Busbar.ResumeTarget', async (request) => bridge.resumeTarget(withTargetId(request))],
    ['Busbar.ExplainEvent', explainEvent(options)],
  ])
}

/**
 * - `Busbar.RedriveDeadLetters` and `Busbar.PurgeDeadLetters`: those that `Busbar.ListDeadLetters` lists
 *   by the same filter, or `{ All: true }`; with `DryRun: true` it is only told how many.
 * - `Busbar.Tail` `{ EventBusName?, EventPattern?, Since?, Deliveries? }`: events from now on or since a
 *   cursor, an ISO time or so many seconds ago, of all buses when none is named, and deliveries when
 *   they are asked for. Of several processes on one store, the events of all and the deliveries of this one.
 */
export function busbarStreams(options: BusbarOptions): ReadonlyMap<string, Stream> {
  return new Map([
    ['Busbar.RedriveDeadLetters', redriveDeadLetters(options)],
    ['Busbar.PurgeDeadLetters', purgeDeadLetters(options)],
    ['Busbar.Tail', tail(options)],
  ])
}

/** PutTargets calls it Id, and so do these. */
const withTargetId: (request: Parameters<Operation>[0]) => Parameters<Operation>[0] = (
  request,
) => ({
  ...request,
  TargetId: request.TargetId ?? request.Id,
})
