/**
 * The event's reader: whatever the event comes as, it leaves the values that are asked for in their
 * places. All that matching knows of an event goes through this one function.
 */
import { InvalidEvent } from './errors.ts'
import { isObject } from './json.ts'
import type { NotJson } from './json-skip.ts'
import type { Places } from './places.ts'
import { readObject } from './read-object.ts'
import { readText } from './read-text.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Throws {@link InvalidEvent}. */
export function readEvent(event: unknown, into: Places): void {
  if (typeof event === 'string') readJson(event, into)
  else if (event instanceof Uint8Array) readJson(decoded(event), into)
  else if (isObject(event)) readOwn(event, into)
  else throw new InvalidEvent('it is not a JSON object')
}

/** An object may do anything when it is looked at. */
function readOwn(event: object, into: Places): void {
  try {
    readObject(event, into)
  } catch (cause) {
    throw new InvalidEvent('it cannot be read', { cause })
  }
}

function readJson(text: string, into: Places): void {
  try {
    readText(text, into)
  } catch (error) {
    const { at } = error as Partial<NotJson>
    if (at === undefined) throw error
    if (at < 0) throw new InvalidEvent('it is not a JSON object')
    const found = at < text.length ? `unexpected "${text.charAt(at)}"` : 'the text ends too early'
    throw new InvalidEvent(`it is not JSON: ${found} at character ${at + 1}`)
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (error) {
    throw new InvalidEvent('it is not JSON: its bytes are not UTF-8', { cause: error })
  }
}
