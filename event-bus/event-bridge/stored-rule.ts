/**
 * EventBridge's rule and target as they are stored, in EventBridge's own shapes, and what archives and
 * schedules ask about them.
 */
import type { HttpParameters } from '../http-parameters.ts'
import type { InputTransformer } from '../input-transformer.ts'

export type RuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'

/** Plain JSON. A rule has a pattern, a schedule, or both. */
export interface StoredRule {
  readonly Name: string
  readonly EventBusName: string
  /** JSON text. */
  readonly EventPattern?: string
  /** On the bus `default` only. */
  readonly ScheduleExpression?: string
  /** A rule that is DISABLED matches nothing and is never due. */
  readonly State: RuleState
  readonly Description?: string
  readonly RoleArn?: string
  /** Who declared it: it is then not changed by requests. */
  readonly ManagedBy?: string
  /**
   * When it was created or, since a rate counts from here, was given another ScheduleExpression; ms
   * since 1970.
   */
  readonly CreatedAt: number
  /** In the order in which they were put. */
  readonly Targets: readonly StoredTarget[]
}

/** EventBridge's target, and below the line what only this bus has. */
export interface StoredTarget {
  readonly Id: string
  readonly Arn: string
  readonly RoleArn?: string
  /** At most one of these three. */
  readonly Input?: string
  readonly InputPath?: string
  readonly InputTransformer?: InputTransformer
  readonly HttpParameters?: HttpParameters
  readonly SqsParameters?: { readonly MessageGroupId?: string }
  readonly DeadLetterConfig?: { readonly Arn?: string }
  readonly RetryPolicy?: {
    readonly MaximumRetryAttempts?: number
    readonly MaximumEventAgeInSeconds?: number
  }
  /** Of services that this bus does not deliver to. */
  readonly [parameters: `${string}Parameters`]: unknown
  // ---
  readonly BusbarParameters?: BusbarParameters
}

/** How a target is delivered to, beyond what EventBridge lets one say. Not for event buses. */
export interface BusbarParameters {
  /**
   * A JSON path, say `$.detail.orderId`: events that have the same value there are delivered one
   * after the other. No order when absent.
   */
  readonly OrderBy?: string
  /** Attempts that begin in a second, at least 1. */
  readonly RatePerSecond?: number
  /** Attempts at the same time, 1 to 1,000; 10 when absent. */
  readonly Concurrency?: number
  /** Functions only: at most so many events in one attempt, 1 to 1,000. */
  readonly BatchSize?: number
  /** How long an attempt waits to be filled up, in seconds, 0 to 300; 0 when absent. */
  readonly MaximumBatchingWindowInSeconds?: number
}

/** A rule's place. */
export interface RuleName {
  readonly EventBusName: string
  readonly Name: string
}

/** The rules as they are now: those that were put, and those that the process declares. */
export interface Rules {
  ruleOf(bus: string, name: string): StoredRule | undefined
  /** The keys of its targets, for `Inside.putFor` and dead letters; none when there is no such rule. */
  keysOf(bus: string, name: string): readonly string[]
  /** The rules with a ScheduleExpression, whatever their state. */
  scheduled(): Iterable<StoredRule>
  /**
   * Calls back whenever a rule was put, deleted, enabled or disabled or has other targets: when that is
   * on disk and `ruleOf` answers it, before any other event is matched. It must not throw.
   */
  changed(listener: (rule: RuleName) => void): void
}
