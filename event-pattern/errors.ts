/**
 * What this package throws: a pattern that EventBridge would refuse, and an event that is no event.
 * Compare the codes, never the classes: they are EventBridge's own exception names.
 */
export type EventPatternErrorCode = InvalidEventPattern['code'] | InvalidEvent['code']

/** A pattern that EventBridge would refuse, in its words. `path` names the field at fault, key by key. */
export class InvalidEventPattern extends Error {
  override readonly name = 'InvalidEventPattern'
  readonly code = 'InvalidEventPatternException'
  readonly path: readonly string[]
  constructor(reason: string, path: readonly string[], options?: ErrorOptions) {
    super(`Event pattern is not valid. Reason: ${reason}`, options)
    this.path = path
  }
}

/** An event that is not one JSON object. TestEventPattern answers it with the same code and opening words. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent'
  readonly code = 'ValidationException'
  constructor(reason: string, options?: ErrorOptions) {
    super(`Parameter Event is not valid. Reason: ${reason}`, options)
  }
}

/** Throws {@link InvalidEventPattern} for the field being read. */
export type Refuse = (reason: string) => never
