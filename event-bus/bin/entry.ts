/**
 * A line that is to be put: an entry in PutEvents' words, or an event as it was delivered. What is
 * neither is told by its place, and a member that is misspelt is not dropped.
 */
import { jsonFault } from '../json-text.ts'
import { isObject, notJson, parseExactly } from './exact-json.ts'
import { suggestion } from './nearest.ts'

/** As PutEvents takes it over the wire. */
export interface Entry {
  readonly Source?: string
  readonly DetailType?: string
  readonly Detail?: string
  readonly EventBusName?: string
  readonly Resources?: readonly string[]
  readonly Time?: number
  readonly TraceHeader?: string
}

const members = [
  ...['Source', 'DetailType', 'Detail', 'EventBusName', 'Resources', 'Time', 'TraceHeader'],
]
const envelope = [
  ...['version', 'id', 'detail-type', 'source', 'account', 'time', 'region', 'resources', 'detail'],
  'replay-name',
]

/** What is wrong with a line, and at which column that begins. */
export class EntryFault extends Error {
  override readonly name = 'EntryFault'
  readonly column: number
  constructor(message: string, column = 1) {
    super(message)
    this.column = column
  }
}

/**
 * What the line does not say is taken from `others`. Throws `EntryFault`. The id, account, region and
 * replay-name of an event are its old ones: it is a new event when it is put.
 */
export function entryOf(line: string, others: Entry = {}): Entry {
  const fault = jsonFault(line)
  if (fault !== undefined)
    throw new EntryFault(`${notJson(line, fault)} Each line has to be one event.`, fault + 1)
  const value = parseExactly(line)
  if (!isObject(value))
    throw new EntryFault(
      Array.isArray(value)
        ? 'it is a list. Each line has to be one event: jq -c .[] makes lines of a list.'
        : 'it is not an object. Each line has to be one event.',
    )
  const isEvent = 'source' in value || 'detail-type' in value || 'detail' in value
  const known = isEvent ? envelope : members
  for (const member of Object.keys(value))
    if (!known.includes(member))
      throw new EntryFault(
        `an ${isEvent ? 'event' : 'entry'} has no member ${JSON.stringify(member)}.${suggestion(member, known)}`,
        Math.max(0, line.indexOf(JSON.stringify(member))) + 1,
      )
  return { ...others, ...(isEvent ? ofEvent(value) : ofEntry(value)) }
}

const ofEntry = ({ Detail, Time, ...entry }: Readonly<Record<string, unknown>>): Entry => ({
  ...entry,
  ...detailOf(Detail),
  ...timeOf(Time),
})

const ofEvent = (event: Readonly<Record<string, unknown>>): Entry =>
  Object.fromEntries(
    Object.entries({
      Source: event.source,
      DetailType: event['detail-type'],
      Resources: event.resources,
      ...detailOf(event.detail),
      ...timeOf(event.time),
    }).filter(([, value]) => value !== undefined),
  )

/** A text is one already; all else is written as it was read, numbers in their own spelling. */
const detailOf = (detail: unknown): Pick<Entry, 'Detail'> =>
  detail === undefined || detail === null
    ? {}
    : { Detail: typeof detail === 'string' ? detail : JSON.stringify(detail) }

/** Seconds, or a time in words. */
export function timeOf(time: unknown): Pick<Entry, 'Time'> {
  if (time === undefined || time === null) return {}
  if (typeof time === 'number') return { Time: time }
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN
  if (Number.isNaN(at))
    throw new EntryFault(
      `the time ${JSON.stringify(time)} is none; it has to be one like 2026-09-30T10:00:00Z, or seconds since 1970.`,
    )
  return { Time: at / 1_000 }
}

/** The event that the bus would make of it, for patterns to be asked. */
export function eventOf({ Source, DetailType, Detail, Resources, Time }: Entry, now: number) {
  return {
    version: '0',
    id: '00000000-0000-0000-0000-000000000000',
    'detail-type': DetailType ?? '',
    source: Source ?? '',
    account: '000000000000',
    time: `${new Date((Time ?? now / 1_000) * 1_000).toISOString().slice(0, 19)}Z`,
    region: 'us-east-1',
    resources: Resources ?? [],
    detail: parseExactly(Detail ?? '{}'),
  }
}

const mostEntries = 10
const largestRequest = 1_048_576
const timeSize = 14

/** Bytes that EventBridge counts. */
export const sizeOf = (entry: Entry): number =>
  [entry.Source, entry.DetailType, entry.Detail, ...textsIn(entry.Resources)].reduce(
    (sum, text) => sum + (typeof text === 'string' ? Buffer.byteLength(text) : 0),
    entry.Time === undefined ? 0 : timeSize,
  )

const textsIn = (value: unknown): readonly (string | undefined)[] =>
  Array.isArray(value) ? value : []

/** Whether one more still goes into a request with so many entries of so many bytes. */
export const fits = (entries: number, bytes: number, more: number): boolean =>
  entries < mostEntries && (entries === 0 || bytes + more <= largestRequest)
