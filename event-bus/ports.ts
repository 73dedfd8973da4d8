/**
 * All that the bus asks of the outside, on one page. An adapter implements these,
 * passes `ports.contract.ts`, and is done.
 */
import type { EventPattern } from '@busbar/event-pattern'
import type { DeadLetter, DeadLetterFilter } from './dead-letter.ts'
import type { DeliveryKey, StoredDelivery, WaitingDelivery } from './delivery.ts'
import type { EventBridgeEvent, PutEventsRequestEntry } from './event.ts'
import type { Health } from './health.ts'
import type { Subscription } from './subscription.ts'

/** The only clock there is. Tests pass one that they move by hand. */
export interface Clock {
  now(): Date
  /** Calls back once, `ms` from now; the answer takes that back. */
  after(ms: number, callback: () => void): () => void
  /** Calls back in the next turn of the event loop, when this turn's requests have all come in. */
  soon(callback: () => void): void
}

/**
 * The file or database behind the bus. It knows rows, not rules: what is matched, when something
 * is due and when it is dead is decided above it.
 *
 * `Tx` is what the application's own tables write with, in the same transaction.
 */
export interface Store<Tx> {
  /**
   * Runs `works` in order, then asks `rows` what the bus has to write, writes it, and resolves
   * when all of it is on disk (fsync). One transaction: everything or nothing. A work that throws
   * is undone alone and told by its `failed`; the others go on. Rejects when the transaction
   * failed as a whole (disk full, lost connection); nothing of it is then stored. While that is not
   * known it does not settle, until it never will be (`mayBeStored`). Never called again before it has.
   *
   * Of a decision (`Rows.isDecision`) nothing is stored when settings have changed elsewhere that
   * were not told yet: those are told, and then it rejects with
   * `ConcurrentModificationException`.
   */
  commit(works: readonly Work<Tx>[], rows: () => Rows): Promise<void>

  /**
   * This process among those that write to the store: its number, below `of`. A store that a process has
   * to itself is 0 of 1. Ids are its own that leave its number when divided by `of`.
   */
  readonly node: { readonly number: number; readonly of: number }

  /** Tells from here on what others do to the store, and asks. One that a process has to itself does neither. */
  follow(others: Others): void

  /** What previous processes left: plans that are not finished, settings, and what new ids have to exceed. */
  recover(): Promise<{
    readonly lastEventId: number
    readonly plans: readonly PlanRow[]
    readonly settings: readonly SettingRow[]
  }>

  /**
   * The deliveries of a target that are due at `now` (ms), with their events: earliest first, those
   * of one moment by event and item, without those whose `keyOf` is in `except`. At most `limit`,
   * and no more when the texts of their events, each read and counted once, have come to `bytes`.
   * No other process is given them until they are written again, or this one has ended.
   */
  due(
    target: string,
    now: number,
    limit: number,
    bytes: number,
    except: { has(key: number | string): boolean },
  ): Promise<readonly StoredDelivery[]>

  /**
   * When the next delivery of a target falls due after `now`, in ms; null when none waits. Those that
   * wait for another of their lane have no time of their own.
   */
  nextDue(target: string, now: number): Promise<number | null>

  /** Whether anything waits for the target, due or not, or that much. It reads no more than it needs. */
  waits(target: string, atLeast?: number): Promise<boolean>

  /**
   * Up to which id the log is complete: no event with one up to that is stored any more that is not there
   * already. Of a store that a process has to itself all that is there is complete: Infinity.
   */
  completeUpTo(): Promise<number>

  /**
   * Events of a bus with an id above `after`, oldest first, at most `limit`, as far as the log is complete:
   * whoever reads on behind the last misses none.
   */
  events(bus: string, after: number, limit: number): Promise<readonly LogRow[]>

  /**
   * The newest events of a bus, oldest first, at most `limit`, and no more when their texts have
   * come to `bytes`.
   */
  tail(bus: string, limit: number, bytes: number): Promise<readonly LogRow[]>

  /** How many deliveries wait and how many are dead, for each target that has any, by its key. */
  counts(): Promise<ReadonlyMap<string, { readonly waiting: number; readonly dead: number }>>
  /** The deliveries of a target that have failed at least once and wait, the next due first. */
  failing(target: string, limit: number): Promise<readonly WaitingDelivery[]>
  /**
   * Those that pass the filter, the newest or the oldest first, at most `limit`, and no more when
   * their texts have come to `bytes`. When a target or the beginning of its key is said, the letters
   * of others are not read; nor are those of another code when that is. A part of an error is sought
   * in all of the rest: whoever asks for one bounds that by `before` and `after`.
   */
  deadLetters(
    filter: DeadLetterFilter,
    first: 'newest' | 'oldest',
    limit: number,
    bytes: number,
  ): Promise<readonly StoredDeadLetter[]>
  /** How many pass the filter; it reads what `deadLetters` would. */
  countDeadLetters(filter: DeadLetterFilter): Promise<number>

  /**
   * The oldest events of all buses with an id above `after` and below `below`, at most `limit` and no
   * more when their texts have come to `bytes`, and whether a delivery that waits still needs one.
   */
  oldest(
    after: number,
    below: number,
    limit: number,
    bytes: number,
  ): Promise<readonly (EventRow & { readonly owed: boolean })[]>

  /** Bytes that are in use, without those that are free for what comes. */
  size(): Promise<number>
  /** What it can tell of itself at `now` (ms); it reads little for that. */
  health?(now: number): Promise<Health>

  /** 64 hex digits, made once for each file; from it the names of this file's events and tokens come. */
  readonly secret: string

  close(): Promise<void>
}

/** What the processes beside this one do to a store. Told within a second or two. */
export interface Others {
  /** They have decided on these, or noted them; or this process has, when that is not known. */
  settings(rows: readonly SettingRow[]): void
  /** They have ended and left these, which are this process's from here on. */
  plans(rows: readonly PlanRow[]): void
  /** When the next delivery of a target is due that nobody attempts, of each that has one. */
  due(next: readonly (readonly [target: string, due: number])[]): void
  /** There are others now than before, or fewer: which names are this process's to look after, each being one's. */
  nodes(owns: (name: string) => boolean): void
  /** They took this one for dead and have taken up what it had. It can write nothing any more. */
  ended(error: Error): void
  /**
   * An id that all exceed which this process gives from here on, and that is not far behind `known`, one of
   * theirs. It gives ids to events within `commit` alone.
   */
  mark(known: number): number
}

/** Something an application wants written in the next commit. */
export interface Work<Tx> {
  /**
   * Throws or rejects to be undone. Whether it may take its time is the store's to say: with one that
   * is a file in this process it ends before it returns.
   */
  run(tx: Tx): void | Promise<void>
  failed(error: unknown): void
}

/** What a table of the application calls, inside its work, to tell its streams. */
export type Append = (stream: string, entry: PutEventsRequestEntry) => void

export interface LogRow {
  readonly id: number
  readonly text: string
}
export interface EventRow extends LogRow {
  readonly bus: string
}
export interface StoredDeadLetter extends DeadLetter {
  /** Ascending in the order in which they died. */
  readonly id: number
}
/** Something small that outlives the process, by its kind and name. Null: it is gone. */
export interface SettingRow {
  readonly kind: string
  readonly name: string
  readonly text: string | null
}
/** A plan as text; null when nothing is owed any more. */
export interface PlanRow {
  readonly first: number
  readonly text: string | null
}

/** A dead letter, by id, and the delivery that it becomes, unless another process has had it first. */
export interface Revived {
  readonly id: number
  readonly delivery?: WaitingDelivery
}

/** What one commit makes durable, in this order. */
export interface Rows {
  /** By their ids, which exceed those of all commits before. */
  readonly events: readonly EventRow[]
  /** New plans, and old ones with what is left of them. */
  readonly plans: readonly PlanRow[]
  /**
   * Deliveries that wait; one with the same key is replaced. In a lane the one with the lowest event
   * is due at its time, and the others are not due at all.
   */
  readonly deliveries: readonly WaitingDelivery[]
  /** The same of deliveries that this process has in memory: no other is given them. */
  readonly inHand: readonly WaitingDelivery[]
  /** Deliveries that are done and no longer wait. The next of its lane, if it has one, is due `now`. */
  readonly finished: readonly (DeliveryKey & Pick<WaitingDelivery, 'lane'>)[]
  readonly now: number
  readonly deadLetters: readonly DeadLetter[]
  /** Dead letters that were redriven or purged. */
  readonly revived: readonly Revived[]
  readonly settings: readonly SettingRow[]
  /**
   * They were decided on by what the settings are: nothing is stored when others have decided otherwise
   * since. What is no decision is a note of this process's own, which no other writes.
   */
  readonly isDecision?: boolean
  /** Targets that were removed: some of what waits for them is deleted with each commit, never much. */
  readonly abandoned: readonly string[]
  /**
   * Events, by id, that have served their time. One that a delivery still waits for stays, and where several
   * processes write to the store one that a plan may owe.
   */
  readonly expired: readonly number[]
}

/** The subscriptions of topics: SNS's Subscribe, ConfirmSubscription and Unsubscribe. */
export interface Subscriptions {
  /**
   * Stores a pending subscription and the events that it announces, together. When topic, protocol,
   * endpoint and filter policy are those of one that exists: a confirmed one is left as it is; a
   * pending one gets the new `confirmToken` and `requestedAt` and is announced again, unless it
   * was asked for less than a minute ago. While five wait to be confirmed for an endpoint of a
   * protocol, upper and lower case of ASCII being one, a further one is neither stored nor
   * announced: anybody may name an endpoint, and it is not theirs to flood; nor is one for an
   * endpoint that is suppressed. The answer never tells which of these happened. Pending ones that
   * were not confirmed within 48 hours are forgotten. Throws `InvalidEventPattern` for a filter
   * policy that is none.
   */
  subscribe(
    subscription: Subscription,
    announce: (id: Subscription['id']) => readonly PutEventsRequestEntry[],
  ): Promise<void>

  /**
   * Confirms by token; null when there is none, or it is pending for more than 48 hours. One that was
   * confirmed before stays as it is.
   */
  confirm(token: string, now: Date): Promise<Confirmed | null>

  /** Ends it by token, once and for all; null when there is none with that token any more. */
  unsubscribe(token: string): Promise<Subscription | null>

  find(id: Subscription['id']): Promise<Subscription | null>
  findByUnsubscribeToken(token: string): Promise<Subscription | null>

  /** All of an endpoint (`oneEndpoint`), those that wait to be confirmed too, by their ids. */
  ofEndpoint(protocol: Subscription['protocol'], endpoint: string): Promise<readonly Subscription[]>

  /**
   * Stores what `changed` makes of it and the events that are announced, together; nothing when that is
   * null. May ask `changed` again when others write meanwhile. Answers what is stored now.
   */
  change(
    id: Subscription['id'],
    changed: (subscription: Subscription) => Pick<Subscription, 'key' | 'remindedAt'> | null,
    announce: readonly PutEventsRequestEntry[],
  ): Promise<Subscription | null>

  /** Ends all of an endpoint, and takes none for it any more, however its ASCII is spelled. */
  suppress(protocol: Subscription['protocol'], endpoint: string): Promise<void>
  isSuppressed(protocol: Subscription['protocol'], endpoint: string): Promise<boolean>
  /** Ends all of an endpoint and forgets that it was suppressed: nothing is kept of it. */
  erase(protocol: Subscription['protocol'], endpoint: string): Promise<void>

  /** The distinct filter policies of a topic's confirmed subscriptions of a protocol. */
  filterPolicies(topic: string, protocol: string): Promise<readonly EventPattern[]>

  /** Ids of the confirmed subscriptions with that policy, ascending, those above `after`. */
  withFilterPolicy(
    topic: string,
    protocol: string,
    policy: EventPattern,
    after: Subscription['id'],
    limit: number,
  ): Promise<readonly Subscription['id'][]>

  /** How many confirmed subscriptions have that policy. */
  count(topic: string, protocol: string, policy: EventPattern): Promise<number>
}

export interface Confirmed {
  readonly subscription: Subscription
  /** Whether it was pending until now. */
  readonly isNew: boolean
}

/** A bus's log, as a reader sees it who was away. Cursors are event ids. */
export interface EventLog {
  /** The cursor of what is newest now. */
  head(): Promise<string>
  /**
   * Events after a cursor, oldest first, at most `limit`; null when the cursor is not of this log
   * or so old that something after it may be gone.
   */
  after(cursor: string, limit: number): Promise<readonly EventBridgeEvent[] | null>
  /**
   * The newest events, oldest first, at most `limit`, and no more when their texts have come to
   * `bytes`.
   */
  tail(limit: number, bytes: number): Promise<readonly EventBridgeEvent[]>
}

/** Requests to servers that somebody else may have named. */
export interface Http {
  /**
   * Sends one request and reads its answer, whatever its status; no redirect is followed. The
   * server may see the request and this still reject: it is repeated then, or not.
   *
   * Rejects with `DeliveryFailed`: TIMEOUT when the answer is not there, with its body, `timeoutMs`
   * after the call; CONNECTION_FAILURE when none was opened or it ended early. With
   * `DeliveryRefused`: SDK_CLIENT_ERROR for a name that does not exist and for an address that may
   * not be called; INVALID_PARAMETER for what is no request. With the signal's reason when it
   * aborts. No message has more of the request than scheme, host and port.
   */
  request(request: HttpRequest): Promise<HttpResponse>
}

export interface HttpRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** Null: none, nor a Content-Length. */
  readonly body: string | null
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

export interface HttpResponse {
  readonly status: number
  /** By their names in lower case; several of one name are joined by commas. */
  readonly headers: Readonly<Record<string, string>>
  /** The first 64 KB as they came, read as UTF-8. */
  readonly body: string
}

/** A service of AWS that targets name by its ARNs. */
export interface ServiceTarget {
  /**
   * Resolves when the service has taken the message. Rejects with `DeliveryFailed` to be tried again
   * and with `DeliveryRefused` not to be: NO_RESOURCE when it does not have what the ARN names,
   * NO_PERMISSIONS when we may not.
   */
  send(message: ServiceMessage): Promise<void>
}

export interface ServiceMessage {
  readonly arn: string
  /** What the target's input made of the event; or the event that a dead letter is about. */
  readonly text: string
  /** The same each time that it is sent; empty for a dead letter whose event the log has lost. */
  readonly eventId: string
  /** The target's `SqsParameters`; empty for all others. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Why it comes here, by EventBridge's names, when it is a dead letter. */
  readonly attributes?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Keeps what may not lie open in the store. */
export interface Secrets {
  /** The same text is sealed differently each time. */
  seal(plain: string): string
  /** Throws, saying what to do, when it was sealed with another key or changed since. */
  open(sealed: string): string
}
