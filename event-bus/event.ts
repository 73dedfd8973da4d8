/** What a bus takes and what it delivers: EventBridge's entry and envelope, field for field. */

/** What a target is given. `time` is in whole seconds, as EventBridge gives it. */
export interface EventBridgeEvent<DetailType extends string = string, Detail = unknown> {
  readonly version: '0'
  readonly id: string
  readonly 'detail-type': DetailType
  readonly source: string
  readonly account: string
  readonly time: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: Detail
  /** Of a replayed event only. */
  readonly 'replay-name'?: string
}

/** What a producer puts; the bus fills in the rest. `Detail` is the JSON text of an object. */
export interface PutEventsRequestEntry {
  readonly Source: string
  readonly DetailType: string
  readonly Detail: string
  readonly Time?: Date
  readonly Resources?: readonly string[]
}

/** Where a bus stands, as its ARNs and envelopes name it. */
export interface Place {
  readonly account: string
  readonly region: string
}

/** An entry that was looked at and lacks nothing but its id, which comes with the commit. */
export interface Prepared {
  /** The envelope's text behind the id. */
  readonly rest: string
  /** The same as an object; its id is empty until it is given one. */
  readonly event: EventBridgeEvent
}

/**
 * `Detail` goes into the text as it came, so a number keeps its spelling and a duplicate key its
 * twin; it is parsed here once and never again while the event is in memory.
 *
 * Throws a `SyntaxError` when `Detail` is not the JSON text of an object, and a `RangeError` when
 * `Time` is no time.
 */
export function prepare(
  { Source, DetailType, Detail, Time, Resources = [] }: PutEventsRequestEntry,
  { account, region }: Place,
  received: Date,
): Prepared {
  const detail: unknown = JSON.parse(Detail)
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail))
    throw new SyntaxError('It is not an object')
  const time = secondOf(Time ?? received)
  // Written out: to spread parts of it costs as much as parsing half a detail.
  const event = {
    version: '0',
    id: '',
    'detail-type': DetailType,
    source: Source,
    account,
    time,
    region,
    resources: Resources,
    detail,
  } as const
  const head =
    Resources.length === 0
      ? knownHead(event)
      : `${knownHead(event).slice(0, -1)}${listOf(Resources)}`
  return { rest: `${head},"detail":${Detail}}`, event }
}

/** The event's text as it is stored and sent. */
export const textOf = (id: string, { rest }: Prepared): string =>
  `{"version":"0","id":"${id}",${rest}`

/** Gives the event its id. Called once: so no second object has to be made. */
export function identified({ event }: Prepared, id: string): EventBridgeEvent {
  const made = event as { -readonly [K in keyof EventBridgeEvent]: EventBridgeEvent[K] }
  made.id = id
  return made
}

type Head = Omit<EventBridgeEvent, 'version' | 'id' | 'resources' | 'detail'>

/** Of the last second, by source and detail-type. Most events have one that was made before. */
const heads = new Map<string, Map<string, Head & { readonly text: string }>>()
let headsTime = ''
let headCount = 0
const mostHeads = 1_000

/** From the detail-type to the resources, of which there are none. */
function knownHead(event: Head): string {
  if (event.time !== headsTime || headCount >= mostHeads) {
    heads.clear()
    headsTime = event.time
    headCount = 0
  }
  let ofSource = heads.get(event.source)
  if (!ofSource) {
    ofSource = new Map()
    heads.set(event.source, ofSource)
  }
  const known = ofSource.get(event['detail-type'])
  if (known?.account === event.account && known.region === event.region) return known.text
  const { 'detail-type': detailType, source, account, time, region } = event
  const text = `"detail-type":${JSON.stringify(detailType)},"source":${JSON.stringify(source)},"account":${JSON.stringify(account)},"time":"${time}","region":${JSON.stringify(region)},"resources":[]`
  ofSource.set(detailType, {
    ...{ 'detail-type': detailType, source, account, time, region },
    text,
  })
  headCount++
  return text
}

/** What stands behind the bracket that opens a list. */
const listOf = (texts: readonly string[]): string => JSON.stringify(texts).slice(1)

/** The text of an event that comes again. */
export const replayed = (text: string, replayName: string): string =>
  `${text.slice(0, text.lastIndexOf('}'))},"replay-name":${JSON.stringify(replayName)}}`

/** Whether it is the text of one that comes again: all others end with their detail, an object. */
export const isReplayed = (text: string): boolean => text.endsWith('"}')

let read = { text: '', ms: Number.NaN }
/** The `time` of an event's text, in ms since 1970; quotes in what stands before it are escaped. */
export function timeIn(text: string): number {
  const at = text.indexOf(',"time":"') + 9
  const time = text.slice(at, at + 20)
  if (time !== read.text) read = { text: time, ms: Date.parse(time) }
  return read.ms
}

/** Between these a year has four digits. */
const earliest = Date.parse('0000-01-01T00:00:00.000Z')
const latest = Date.parse('9999-12-31T23:59:59.999Z')
let second = { from: Number.NaN, text: '' }
/** Most events of a second carry the same text: making one costs more than the rest of the envelope. */
function secondOf(time: Date): string {
  const ms = time.getTime()
  if (ms < earliest || ms > latest) throw new RangeError('Time has no year of four digits')
  if (!(ms >= second.from && ms < second.from + 1_000))
    second = { text: `${time.toISOString().slice(0, 19)}Z`, from: Math.floor(ms / 1_000) * 1_000 }
  return second.text
}
