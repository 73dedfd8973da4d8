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
 * in an array or object of the pattern, or its end. Without a container no place is told.
 */
export type Refuse = (
  reason: string,
  container?: object,
  index?: number,
  telling?: Telling,
) => never

export interface Telling {
  /** event-ruler has read the value to its end before it refuses. */
  readonly read?: true | undefined
  /** `twice`: event-ruler wraps an error with a place in another one with a place. */
  readonly place?: 'none' | 'twice' | undefined
}

/** How EventBridge tells a place in a pattern's text: as Jackson, the JSON parser it uses. */
export function locationIn(text: string, at: number): string {
  return `\n at ${placeIn(text, at)}`
}

/** The place of the character at that index; before the first one column 0, as Jackson has it. */
export function placeIn(text: string, at: number): string {
  const lines = text.slice(0, Math.max(0, at)).split(/\r\n|\r|\n/)
  const excerpt = text.slice(0, longestExcerpt).replace(control, escaped)
  const rest = Math.max(0, text.length - longestExcerpt)
  const source = `"${excerpt}"${rest > 0 ? `[truncated ${rest} chars]` : ''}`
  const column = at < 0 ? 0 : (lines.at(-1)?.length ?? 0) + 1
  return `[Source: (String)${source}; line: ${lines.length}, column: ${column}]`
}

const longestExcerpt = 500
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what Jackson escapes.
const control = /[\0-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]/g

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}
