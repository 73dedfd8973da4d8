/**
 * What our own operations answer, as the command line and the console read it. Events are JSON text,
 * as they came; times are Dates, which the wire turns into seconds.
 */
import type { Explanation } from '@busbar/event-pattern'
import type { DeliveryErrorCode } from '../errors.ts'
import type { RuleState } from './stored-rule.ts'

/** Whose delivery it is: a rule's target, or of a topic the endpoints of a protocol. */
export interface TargetName {
  /** `<bus>/<rule>/<id>`, or `<topic>/<protocol>`. */
  readonly Target: string
  /** These three of a rule's target only. */
  readonly EventBusName?: string
  readonly Rule?: string
  readonly TargetId?: string
}

/** `Busbar.DescribeStatus` */
export interface DescribedStatus {
  readonly Version?: string
  /** Now, on the bus's clock. */
  readonly Time: Date
  readonly Account: string
  readonly Region: string
  /** Bytes of the store that are in use. */
  readonly StoreBytes: number
  /** What the store tells of itself beyond that, when it does. */
  readonly Store?: DescribedStore
  /** The processes that share the store, when they may be several. */
  readonly Cluster?: DescribedCluster
  readonly EventBuses: readonly {
    readonly Name: string
    /** Of the newest event in its log, if that has any. */
    readonly NewestEventId?: string
    readonly NewestEventTime?: Date
  }[]
  readonly Targets: readonly (TargetName & {
    /** False: there is no such target any more, its deliveries stay where they are. */
    readonly Known: boolean
    readonly Paused: boolean
    readonly Waiting: number
    readonly UnderWay: number
    readonly DeadLetters: number
  })[]
  /** Deliveries that have failed at least once and are tried again, for each target the next due first. */
  readonly Failing: readonly (TargetName & {
    readonly EventId: string
    readonly Attempts: number
    readonly Due: Date
    readonly FirstAttemptTime?: Date
    readonly ErrorMessage?: string
  })[]
}

export interface DescribedStore {
  /** Bytes are those on the disk. Dead rows are deleted ones that take room until they are cleaned away. */
  readonly Parts: readonly {
    readonly Name: string
    readonly Bytes: number
    readonly Rows?: number
    readonly DeadRows?: number
  }[]
  /** Of the oldest event that a delivery waits for. A replay's are old from the beginning. */
  readonly OldestWaitingEventTime?: Date
  /** Targets for which something waits that is due, the longest first, at most 100. */
  readonly Overdue: readonly (TargetName & { readonly Since: Date })[]
  /** Because of which dead rows are not cleaned away. */
  readonly OldestTransaction?: { readonly Name: string; readonly Seconds: number }
}
export interface DescribedCluster {
  /** On the clock of the store, when `Time` was on that of the node that answers. */
  readonly Time: Date
  /** A node that is silent for so long is taken for dead. */
  readonly DeadAfterSeconds: number
  readonly Nodes: readonly {
    readonly Number: number
    readonly Epoch: number
    readonly Address?: string
    /** For how long the node that answers has not heard it. */
    readonly SilentSeconds: number
    /** It is the one that answers. */
    readonly IsThis: boolean
  }[]
}

/** `Busbar.ListDeadLetters`, the newest first. */
export interface ListedDeadLetters {
  readonly DeadLetters: readonly ListedDeadLetter[]
  readonly NextToken?: string
}
export interface ListedDeadLetter extends TargetName {
  readonly DeadLetterId: string
  readonly EventId: string
  readonly ErrorCode: DeliveryErrorCode
  readonly ErrorMessage: string
  readonly Attempts: number
  readonly ExhaustedRetryCondition?: 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds'
  readonly FirstAttemptTime: Date
  /** When it died. */
  readonly Time: Date
  /** As it was to be delivered. */
  readonly Event: string
}

/** `Busbar.RedriveDeadLetters`: what has been done so far. */
export interface RedriveProgress {
  readonly Redriven: number
  /** Those that stay, because their target is gone. */
  readonly WithoutTarget: number
  /** With the last object, unless it was aborted. */
  readonly Done?: true
}
/** `Busbar.PurgeDeadLetters` */
export interface PurgeProgress {
  readonly Purged: number
  readonly Done?: true
}

/** `Busbar.ExplainEvent`: the rules that match, then the others, the nearest first. */
export interface ExplainedEvent {
  readonly Rules: readonly ExplainedRule[]
}
export interface ExplainedRule {
  readonly Name: string
  readonly EventBusName: string
  /** By its pattern, whatever its state. */
  readonly Matched: boolean
  readonly State: RuleState
  readonly Targets: number
  /** In one line. */
  readonly Why: string
  readonly Explanation: Explanation
}

/** `Busbar.Tail` */
export type TailLine = TailedEvent | TailedDelivery | Missed
export interface TailedEvent {
  readonly Type: 'Event'
  readonly EventBusName: string
  /** For `Since`: those after this one. */
  readonly Cursor: string
  readonly Event: string
  /** Names of the rules of this bus that have targets and match it as they are now. */
  readonly Rules: readonly string[]
}
export interface TailedDelivery extends TargetName {
  readonly Type: 'Delivery'
  readonly EventId: string
  /** `failed` is tried again; `dead` is not. */
  readonly Outcome: 'succeeded' | 'failed' | 'dead'
  /** With this one. */
  readonly Attempts: number
  readonly ErrorCode?: DeliveryErrorCode
  readonly ErrorMessage?: string
  readonly At: Date
  readonly DurationMs?: number
}
/** What whoever reads too slowly was not told. */
export interface Missed {
  readonly Type: 'Missed'
  /** Deliveries; absent when it is events that the log has forgotten before they were read. */
  readonly Count?: number
}
