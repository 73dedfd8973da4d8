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

/**
 * The envelope around an entry, as an object for matching and as the text that is stored and
 * sent. `Detail` goes into the text as it came, so a number keeps its spelling and a duplicate
 * key its twin; it is parsed here once and never again while the event is in memory.
 *
 * Throws a `SyntaxError` when `Detail` is not the JSON text of an object, and a `RangeError` when
 * `Time` is no time.
 */
export function envelope(
  id: string,
  entry: PutEventsRequestEntry,
  { account, region }: Place,
  received: Date,
): { readonly envelope: EventBridgeEvent; readonly text: string } {
  const head = {
    version: '0',
    id,
    'detail-type': entry.DetailType,
    source: entry.Source,
    account,
    time: `${(entry.Time ?? received).toISOString().slice(0, 19)}Z`,
    region,
    resources: entry.Resources ?? [],
  } as const
  const detail: unknown = JSON.parse(entry.Detail)
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail))
    throw new SyntaxError('It is not an object')
  const text = `${JSON.stringify(head).slice(0, -1)},"detail":${entry.Detail}}`
  return { envelope: { ...head, detail }, text }
}
