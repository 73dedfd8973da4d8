/**
 * The operations by EventBridge's own names: what a wire may call, and nothing besides. Those that
 * EventBridge does not have are called `Busbar.…`.
 */
import type { Request } from '../request.ts'
import type { EventBridge } from './event-bridge.ts'

/** Rejects with an error whose `code` is EventBridge's exception name. Times are Dates, both ways. */
export type Operation = (request: Request) => Promise<object>

/**
 * Answers with one object after the other, as long as the signal is not aborted. Throws at once what
 * is wrong with the request; the first object may be long in coming. Whoever calls it iterates to the
 * end or aborts.
 */
export type Stream = (request: Request, signal: AbortSignal) => AsyncIterable<object>

const names = [
  ...['CreateEventBus', 'DeleteEventBus', 'DescribeEventBus', 'ListEventBuses', 'UpdateEventBus'],
  ...['PutPermission', 'RemovePermission'],
  ...['PutRule', 'DeleteRule', 'DescribeRule', 'ListRules', 'EnableRule', 'DisableRule'],
  ...['PutTargets', 'RemoveTargets', 'ListTargetsByRule', 'ListRuleNamesByTarget'],
  ...['PutEvents', 'TestEventPattern'],
  ...['CreateArchive', 'DeleteArchive', 'DescribeArchive', 'ListArchives', 'UpdateArchive'],
  ...['StartReplay', 'DescribeReplay', 'ListReplays', 'CancelReplay'],
  ...['CreateConnection', 'DeleteConnection', 'DescribeConnection', 'ListConnections'],
  ...['UpdateConnection', 'DeauthorizeConnection'],
  ...['CreateApiDestination', 'DeleteApiDestination', 'DescribeApiDestination'],
  ...['ListApiDestinations', 'UpdateApiDestination'],
  ...['TagResource', 'UntagResource', 'ListTagsForResource'],
] as const

export function operations(bridge: EventBridge): ReadonlyMap<string, Operation> {
  const byName = bridge as unknown as Readonly<Record<string, (request: Request) => object>>
  return new Map(
    names.map((name) => [
      `AWSEvents.${name}`,
      async (request) =>
        byName[`${name.charAt(0).toLowerCase()}${name.slice(1)}`]?.(request) as object,
    ]),
  )
}
