/**
 * EventBridge's replay: what is stored of one, and the checks and shapes of its requests and answers.
 */
import { eventSourceArn } from './archive.ts'
import { eventsArn, parseArn } from './arn.ts'
import {
  descriptionConstraint,
  type Faults,
  faults,
  mistyped,
  nameConstraint,
} from './constraints.ts'
import { BusError } from './errors.ts'
import type { Place } from './event.ts'

export const replayStates = [
  ...(['CANCELLED', 'CANCELLING', 'COMPLETED', 'FAILED', 'RUNNING', 'STARTING'] as const),
] as const
export type ReplayState = (typeof replayStates)[number]

/** What StartReplay asks for. Times are ms since 1970. */
export interface ReplayOrder {
  readonly Name: string
  readonly Description?: string
  /** The archive's ARN. */
  readonly EventSourceArn: string
  readonly EventStartTime: number
  readonly EventEndTime: number
  readonly DestinationArn: string
  /** Of rules; all of the bus when absent. */
  readonly FilterArns?: readonly string[]
}

/** Plain JSON. */
export interface StoredReplay extends ReplayOrder {
  readonly EventBusName: string
  /** Its archive's Id. */
  readonly ArchiveId: number
  readonly State: ReplayState
  readonly StateReason?: string
  readonly StartedAt: number
  readonly EndedAt?: number
  /** All of the log's events up to this id have been looked at. */
  readonly Cursor: number
  /** What has come with or above this id came after it was started, and is not replayed. */
  readonly Below: number
  readonly Replayed: number
  /** When the event happened that was replayed last. */
  readonly LastTime?: number
}

/** The kind of setting. */
export const replayKind = 'replay'

export const hasEnded = ({ State }: Pick<StoredReplay, 'State'>): boolean =>
  State === 'COMPLETED' || State === 'CANCELLED' || State === 'FAILED'

interface StateOf {
  readonly State: ReplayState
  readonly StateReason?: string
}
export interface StartedReplay extends StateOf {
  readonly ReplayArn: string
  readonly ReplayStartTime: Date
}
export interface CancelledReplay extends StateOf {
  readonly ReplayArn: string
}
export interface ListedReplay extends StateOf {
  readonly ReplayName: string
  readonly EventSourceArn: string
  readonly EventStartTime: Date
  readonly EventEndTime: Date
  /** The event's own time, as all three. Absent while none was replayed. */
  readonly EventLastReplayedTime?: Date
  readonly ReplayStartTime: Date
  readonly ReplayEndTime?: Date
}
export interface DescribedReplay extends ListedReplay {
  readonly ReplayArn: string
  readonly Description?: string
  readonly Destination: { readonly Arn: string; readonly FilterArns?: readonly string[] }
  /** Only this bus has it. */
  readonly BusbarProgress: { readonly EventsReplayed: number }
}

const replayName = nameConstraint(64)

/** StartReplay's request. Throws `ValidationException`. */
export function replayOrder(request: unknown): ReplayOrder {
  const noted = faults()
  const given = noted.structure(request, 'request', true) ?? {}
  const Name = noted.text(given.ReplayName, 'replayName', replayName) ?? ''
  const Description = noted.text(given.Description, 'description', descriptionConstraint)
  const arn = { required: true, min: 1, max: 1_600 }
  const source = { required: true, ...eventSourceArn }
  const EventSourceArn = noted.text(given.EventSourceArn, 'eventSourceArn', source) ?? ''
  const EventStartTime = time(noted, given.EventStartTime, 'eventStartTime')
  const EventEndTime = time(noted, given.EventEndTime, 'eventEndTime')
  const destination = noted.structure(given.Destination, 'destination', true)
  const DestinationArn = destination ? noted.text(destination.Arn, 'destination.arn', arn) : ''
  const FilterArns = noted.texts(destination?.FilterArns, 'destination.filterArns', arn)
  noted.check()
  if (!parseArn(DestinationArn ?? '')?.resource.startsWith('event-bus/'))
    throw invalid('Destination.Arn', 'Must contain an event bus ARN.')
  if (EventEndTime <= EventStartTime)
    throw invalid('EventEndTime', 'EventStartTime must be before EventEndTime.')
  return {
    ...{ Name, EventSourceArn, EventStartTime, EventEndTime },
    DestinationArn: DestinationArn ?? '',
    ...(Description !== undefined && { Description }),
    ...(FilterArns !== undefined && FilterArns.length > 0 && { FilterArns }),
  }
}

/** Ms since 1970. */
function time(noted: Faults, value: unknown, path: string): number {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime()
  if (value !== undefined && value !== null) mistyped(value, path, 'milliseconds since epoch')
  noted.text(value, path, { required: true })
  return 0
}

/** The name that a request asks for. Throws `ValidationException`. */
export function replayNameOf(request: unknown): string {
  const noted = faults()
  const given = noted.structure(request, 'request', true) ?? {}
  const name = noted.text(given.ReplayName, 'replayName', replayName) ?? ''
  noted.check()
  return name
}

export const invalid = (parameter: string, why: string): BusError =>
  new BusError('ValidationException', `Parameter ${parameter} is not valid. Reason: ${why}`)

const stateOf = ({ State, StateReason }: StoredReplay): StateOf => ({
  State,
  ...(StateReason !== undefined && { StateReason }),
})

export const started = (place: Place, replay: StoredReplay): StartedReplay => ({
  ReplayArn: eventsArn(place, 'replay', replay.Name),
  ...stateOf(replay),
  ReplayStartTime: new Date(replay.StartedAt),
})

export const cancelled = (place: Place, replay: StoredReplay): CancelledReplay => ({
  ReplayArn: eventsArn(place, 'replay', replay.Name),
  ...stateOf(replay),
})

export const listed = (replay: StoredReplay): ListedReplay => ({
  ReplayName: replay.Name,
  EventSourceArn: replay.EventSourceArn,
  ...stateOf(replay),
  EventStartTime: new Date(replay.EventStartTime),
  EventEndTime: new Date(replay.EventEndTime),
  ...(replay.LastTime !== undefined && { EventLastReplayedTime: new Date(replay.LastTime) }),
  ReplayStartTime: new Date(replay.StartedAt),
  ...(replay.EndedAt !== undefined && { ReplayEndTime: new Date(replay.EndedAt) }),
})

export const described = (place: Place, replay: StoredReplay): DescribedReplay => ({
  ReplayArn: eventsArn(place, 'replay', replay.Name),
  ...listed(replay),
  ...(replay.Description !== undefined && { Description: replay.Description }),
  Destination: {
    Arn: replay.DestinationArn,
    ...(replay.FilterArns && { FilterArns: replay.FilterArns }),
  },
  BusbarProgress: { EventsReplayed: replay.Replayed },
})
