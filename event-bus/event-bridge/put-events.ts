/**
 * EventBridge's PutEvents: each entry is answered for itself, and those that are good are on disk, all
 * in one commit, when the answer comes.
 */
import { busNameOf } from '../arn.ts'
import {
  type Faults,
  faults,
  javaText,
  mistyped,
  nonPartnerEventBusNameOrArn,
  pattern,
  type Structure,
  shown,
} from '../constraints.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import { type Prepared, prepare } from '../event.ts'
import type { Request } from '../request.ts'
import type { Catalog } from './catalog.ts'

export interface PutEventsResponse {
  readonly FailedEntryCount: number
  /** In the order of the request's. */
  readonly Entries: readonly (
    | { readonly EventId: string }
    | { readonly ErrorCode: string; readonly ErrorMessage: string }
  )[]
}

const mostEntries = 10
/** Bytes of all entries. */
const largestRequest = 1_048_576
/** Characters. */
const longestResource = 2_048
/** Bytes that a Time counts. */
const timeSize = 14
const endpointId = { min: 1, max: 50, pattern: pattern('^[A-Za-z0-9\\-]+[\\.][A-Za-z0-9\\-]+$') }

/** An entry whose members are of the types that EventBridge's model says. */
interface Entry {
  readonly Source?: string | undefined
  readonly DetailType?: string | undefined
  readonly Detail?: string | undefined
  readonly Resources?: readonly string[] | undefined
  readonly Time?: Date | undefined
  readonly EventBusName?: string | undefined
  /** Of X-Ray, which there is none of here. */
  readonly TraceHeader?: string | undefined
}
interface Fault {
  readonly ErrorCode: string
  readonly ErrorMessage: string
}

export function putEvents({
  inside,
  catalog,
  nextId,
}: {
  readonly inside: Pick<Inside, 'clock' | 'place' | 'put'>
  readonly catalog: Pick<Catalog, 'isEventBus'>
  readonly nextId: () => string
}): (request: Request) => Promise<PutEventsResponse> {
  function prepared(entry: Entry): Prepared | Fault {
    for (const member of ['Source', 'DetailType', 'Detail'] as const)
      if (!entry[member]) return missing(member)
    const { Source = '', DetailType = '', Detail = '', Resources = [], Time } = entry
    if (Source.startsWith('aws.'))
      return {
        ErrorCode: 'NotAuthorizedForSourceException',
        ErrorMessage: 'Not authorized for the source.',
      }
    try {
      const taken = { Source, DetailType, Detail, Resources, ...(Time && { Time }) }
      return prepare(taken, inside.place, inside.clock.now())
    } catch (error) {
      return error instanceof SyntaxError
        ? { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }
        : { ErrorCode: 'InvalidArgument', ErrorMessage: 'Parameter Time is not valid.' }
    }
  }

  /**
   * Throws `ValidationException` for more than 10 entries or more than 1 MB. An event for a bus that
   * does not exist has an id, as on EventBridge, and is dropped.
   */
  return async (request) => {
    const entries = entriesOf(request)
    if (!isSmall(entries)) tooLarge(entries)
    const all = entries.map((entry) => ({
      bus: busNameOf(entry.EventBusName),
      is: prepared(entry),
    }))
    const put = new Map(
      all.flatMap((entry) => {
        const { bus, is } = entry
        return 'rest' in is && catalog.isEventBus(bus) ? [[entry, { bus, prepared: is }]] : []
      }),
    )
    const ids = (put.size > 0 ? await inside.put([...put.values()]) : []).values()
    const Entries = all.map((entry) => {
      if (!('rest' in entry.is)) return entry.is
      return { EventId: (put.has(entry) ? ids.next().value : undefined) ?? nextId() }
    })
    return { FailedEntryCount: all.filter(({ is }) => !('rest' in is)).length, Entries }
  }
}

const missing = (member: string): Fault => ({
  ErrorCode: 'InvalidArgument',
  ErrorMessage: `Parameter ${member} is not valid. Reason: ${member} is a required argument.`,
})

function entriesOf(request: Request): readonly Entry[] {
  const noted = faults()
  const given = noted.list(request.Entries, 'entries', undefined, true) ?? []
  if (given.length > mostEntries) tooMany(given)
  const endpoint = noted.text(request.EndpointId, 'endpointId', endpointId)
  const entries = given.map((entry, index): Entry => {
    const at = `entries.${index + 1}.member`
    const members = noted.structure(entry, at, true) ?? {}
    return {
      Source: noted.text(members.Source, `${at}.source`, {}),
      DetailType: noted.text(members.DetailType, `${at}.detailType`, {}),
      Detail: noted.text(members.Detail, `${at}.detail`, {}),
      Resources: resourcesOf(noted, members.Resources, `${at}.resources`),
      Time: timeOf(members.Time, `${at}.time`),
      EventBusName: noted.text(
        members.EventBusName,
        `${at}.eventBusName`,
        nonPartnerEventBusNameOrArn,
      ),
      TraceHeader: noted.text(members.TraceHeader, `${at}.traceHeader`, { min: 1, max: 500 }),
    }
  })
  noted.check()
  if (endpoint !== undefined)
    throw new BusError(
      'ValidationException',
      'Parameter EndpointId is not valid. Reason: there are no global endpoints here.',
    )
  return entries
}

/** Where EventBridge tells a fault of a member of a list of texts, the whole list stands. */
function resourcesOf(noted: Faults, value: unknown, path: string): readonly string[] | undefined {
  const resources = noted.list(value, path)
  if (!resources) return undefined
  const texts = resources.map((each) => noted.text(each, path, {}) ?? '')
  if (texts.some((text) => text.length > longestResource))
    noted.also([
      `Value '${javaText(texts).slice(0, shown)}' at '${path}' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to ${longestResource}]`,
    ])
  return texts
}

function timeOf(value: unknown, path: string): Date | undefined {
  if (value === undefined || value === null) return undefined
  if (value instanceof Date) return value
  return mistyped(value, path, 'milliseconds since epoch')
}

const textsOf = ({ Source = '', DetailType = '', Detail = '', Resources = [] }: Entry) => [
  ...[Source, DetailType, Detail],
  ...Resources,
]

/** Without counting bytes: no character of a text has more than three. */
const isSmall = (entries: readonly Entry[]): boolean =>
  entries.flatMap(textsOf).reduce((sum, text) => sum + text.length * 3, timeSize * mostEntries) <=
  largestRequest

function tooLarge(entries: readonly Entry[]): void {
  const encoder = new TextEncoder()
  const bytes = entries.flatMap(textsOf).reduce((sum, text) => sum + encoder.encode(text).length, 0)
  const times = entries.filter(({ Time }) => Time !== undefined).length * timeSize
  if (bytes + times > largestRequest)
    throw new BusError(
      'ValidationException',
      'Total size of the entries in the request is over the limit.',
    )
}

function tooMany(given: readonly unknown[]): never {
  const value = given.map((entry) => {
    const { Time, Source, Resources, DetailType, Detail, EventBusName, TraceHeader } = (entry ??
      {}) as Structure
    const told = (member: unknown) => javaText(member ?? null).slice(0, shown)
    return `PutEventsRequestEntry(time=${Time instanceof Date ? javaDate(Time) : told(Time)}, source=${told(Source)}, resources=${told(Resources)}, detailType=${told(DetailType)}, detail=${told(Detail)}, eventBusName=${told(EventBusName)}, traceHeader=${told(TraceHeader)}, kmsKeyIdentifier=null, internalMetadata=null)`
  })
  throw new BusError(
    'ValidationException',
    `1 validation error detected: Value '[${value.join(', ')}]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to ${mostEntries}`,
  )
}

/** `Sat Jan 01 00:00:00 UTC 2022`. */
function javaDate(time: Date): string {
  const [weekday, day, month, year, clock] = time.toUTCString().replace(',', '').split(' ')
  return year === undefined ? 'null' : `${weekday} ${month} ${day} ${clock} UTC ${year}`
}
