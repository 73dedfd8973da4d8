/**
 * What EventBridge has no word for and the command line and the console ask: status, dead letters,
 * pausing, explanations, live events. Called and checked as EventBridge's operations are.
 */

import type { Engine } from '../engine/engine.ts'
import { BusError } from '../errors.ts'
import type { EventBridge } from './event-bridge.ts'
import type { Operation, Stream } from './operations.ts'

export interface BusbarOptions {
  readonly engine: Pick<Engine, 'inside' | 'status'>
  readonly bridge: EventBridge
  /** Of this software, for whoever asks. */
  readonly version?: string
}

/**
 * - `Busbar.DescribeStatus` `{}`
 * - `Busbar.ListDeadLetters` `{ DeadLetterId?, Target?, EventBusName?, Rule?, ErrorCode?, Error?, Limit?, NextToken? }`:
 *   all that is given holds for those that are listed. A Rule without EventBusName is one of `default`.
 * - `Busbar.PauseTarget` and `Busbar.ResumeTarget` `{ EventBusName?, Rule, Id }`
 * - `Busbar.ExplainEvent` `{ EventBusName?, Event, Rule?, Limit? }`: of all buses when none is named.
 */
export function busbarOperations(_options: BusbarOptions): ReadonlyMap<string, Operation> {
  const soon: Operation = async () => {
    throw new BusError('InternalException', 'Not here yet.')
  }
  return new Map(
    ['DescribeStatus', 'ListDeadLetters', 'PauseTarget', 'ResumeTarget', 'ExplainEvent'].map(
      (name) => [`Busbar.${name}`, soon],
    ),
  )
}

/**
 * - `Busbar.RedriveDeadLetters` and `Busbar.PurgeDeadLetters`: those that `Busbar.ListDeadLetters` lists,
 *   or `{ All: true }`; with `DryRun: true` it is only told how many.
 * - `Busbar.Tail` `{ EventBusName?, EventPattern?, Since?, Deliveries? }`: events from now on or since a
 *   cursor, an ISO time or so many seconds ago, and deliveries when asked for.
 */
export function busbarStreams(_options: BusbarOptions): ReadonlyMap<string, Stream> {
  const soon: Stream = () => {
    throw new BusError('InternalException', 'Not here yet.')
  }
  return new Map(
    ['RedriveDeadLetters', 'PurgeDeadLetters', 'Tail'].map((name) => [`Busbar.${name}`, soon]),
  )
}
