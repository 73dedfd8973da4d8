/**
 * What this package throws: a pattern that EventBridge would refuse, and an event that is no event.
 * Compare the codes, never the classes: they are EventBridge's own exception names.
 */
export type EventPatternErrorCode = InvalidEventPattern['code'] | InvalidEvent['code']

/**
 * A pattern that EventBridge would refuse, in its words. `path` names the field at fault, key by key.
 * The message of a pattern that came as text ends with the line and column, as EventBridge's does;
 * of one that came as an object it has none, because there is no text that the author would know.
 */
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

/**
 * Throws {@link InvalidEventPattern} for the field being read. The place is the value of that index
 * in an array or object of the pattern, or its end; `read` when event-ruler has read the value to its
 * end before it refuses. Without a container no place is told.
 */
export type Refuse = (reason: string, container?: object, index?: number, read?: 'read') => never

/** As EventBridge tells a place in a pattern's text: that of Jackson, the JSON parser it uses. */
export function locationIn(text: string, at: number): string {
  const lines = text.slice(0, at).split(/\r\n|\r|\n/)
  const excerpt = text.slice(0, longestExcerpt)
  const rest = text.length - excerpt.length
  const source = `"${excerpt}"${rest > 0 ? `[truncated ${rest} chars]` : ''}`
  const column = (lines.at(-1)?.length ?? 0) + 1
  return `\n at [Source: (String)${source}; line: ${lines.length}, column: ${column}]`
}

const longestExcerpt = 500
