/** How much one browser, and all of them together, may ask of this process. */

export interface Limits {
  /** Bytes of a frame that comes in. */
  readonly frame: number
  /** Frames of one connection that wait for their answer. */
  readonly inbox: number
  /** Characters of a topic, of an id and of a cursor. */
  readonly name: number
  readonly connections: number
  /** Topics and posts of one connection. */
  readonly watches: number
  /** Frames with a fault after which a connection is closed. */
  readonly faults: number
  /** Changes kept for those who come back, and their bytes. */
  readonly changes: number
  readonly bytes: number
  /** Of these, what is read at a start and after a gap, in one go: bytes are of the log's texts. */
  readonly loaded: { readonly changes: number; readonly bytes: number }
  /** Missed changes that are sent one by one; beyond, fetching anew is less work for both. */
  readonly catchUp: number
  /** Bytes of what is live that wait for one browser, and as many of what it had missed. */
  readonly outbox: number
  readonly heartbeatMs: number
  /** How long the other side may take to agree that a connection is closed. */
  readonly closeMs: number
}

export const defaults: Limits = {
  frame: 4_096,
  inbox: 256,
  name: 100,
  connections: 10_000,
  watches: 100,
  faults: 20,
  changes: 10_000,
  bytes: 32 * 1_048_576,
  loaded: { changes: 1_000, bytes: 4 * 1_048_576 },
  catchUp: 1_000,
  outbox: 1_048_576,
  heartbeatMs: 25_000,
  closeMs: 2_000,
}
