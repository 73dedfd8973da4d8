/** An event and a pattern as flags give them: as JSON, or by a file it stands in. */
import { jsonFault } from '../json-text.ts'
import { type Entry, EntryFault, entryOf, eventOf } from './entry.ts'
import { isObject, notJson, parseExactly } from './exact-json.ts'
import { failed } from './failure.ts'
import { jsonText, type Terminal } from './terminal.ts'

/** What the bus gives an event, whoever put it. */
const filledIn = ['version', 'id', 'account', 'time', 'region', 'resources']

/**
 * The same for a bus, which wants a whole event: what only the bus could have given it is filled in.
 */
export async function wholeEventText(terminal: Terminal, value: string): Promise<string> {
  const text = await eventText(terminal, value)
  const event = parseExactly(text) as Readonly<Record<string, unknown>>
  if (filledIn.every((member) => member in event)) return text
  const others = Object.entries(eventOf({}, terminal.now())).filter(([name]) =>
    filledIn.includes(name),
  )
  return JSON.stringify({ ...Object.fromEntries(others), ...event })
}

/**
 * Its text. An entry in PutEvents' words becomes the event that the bus would make of it. Rejects with a
 * `Failure` that says where it stops being JSON.
 */
export async function eventText(terminal: Terminal, value: string): Promise<string> {
  const { name, text } = await jsonText(terminal, value)
  const event = checked(name, text)
  if (!('Source' in event || 'DetailType' in event || 'Detail' in event)) return text
  try {
    const entry: Entry = entryOf(text)
    return JSON.stringify(eventOf(entry, terminal.now()))
  } catch (error) {
    if (error instanceof EntryFault) throw failed(`${name}: ${error.message}`)
    throw error
  }
}

/** Its text. Rejects with a `Failure` that says where it stops being JSON. */
export async function patternText(terminal: Terminal, value: string): Promise<string> {
  const { name, text } = await jsonText(terminal, value)
  checked(name, text)
  return text
}

/** The object that a text is. Throws a `Failure` with file, line and column. */
export function checked(name: string, text: string): Readonly<Record<string, unknown>> {
  const fault = jsonFault(text)
  if (fault !== undefined) {
    const before = text.slice(0, fault).split('\n')
    const at = `${name}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
    throw failed(`${at}: ${notJson(text, fault)}`)
  }
  const value = parseExactly(text)
  if (isObject(value)) return value
  throw failed(`${name}: it is not a JSON object.`)
}
