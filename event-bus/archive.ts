/**
 * EventBridge's archive: what is stored of one, and the checks and shapes of its requests and answers.
 * The events are those of the log, which keeps them for as long as an archive has them.
 */
import { compile } from '@busbar/event-pattern'
import { busNameOf, eventsArn } from './arn.ts'
import {
  descriptionConstraint,
  faults,
  nameConstraint,
  type Structure,
  type TextConstraint,
} from './constraints.ts'
import { BusError } from './errors.ts'
import type { Place } from './event.ts'

/** Plain JSON. */
export interface StoredArchive {
  readonly Name: string
  readonly EventBusName: string
  readonly Description?: string
  /** 0: for ever. */
  readonly RetentionDays: number
  /** Ms since 1970. */
  readonly CreatedAt: number
  /** Above the ids of all events that were put before. Another archive of this name has another. */
  readonly Id: number
  /**
   * Its patterns, the oldest first: each is for the events with an id of `From` and more, up to the
   * next. What an archive has taken stays in it when it is given another pattern.
   */
  readonly Eras: readonly Era[]
}
export interface Era {
  readonly From: number
  /** JSON text; all events when absent. */
  readonly EventPattern?: string
}

/** The kind of setting. */
export const archiveKind = 'archive'

export interface ArchiveNumbers {
  readonly EventCount: number
  /** Bytes of the events' JSON texts as UTF-8. */
  readonly SizeBytes: number
}

export interface ArchiveAnswer {
  readonly ArchiveArn: string
  readonly State: 'ENABLED'
  readonly CreationTime: Date
}
export interface ListedArchive extends ArchiveNumbers {
  readonly ArchiveName: string
  readonly EventSourceArn: string
  readonly State: 'ENABLED'
  readonly RetentionDays: number
  readonly CreationTime: Date
}
export interface DescribedArchive extends ListedArchive {
  readonly ArchiveArn: string
  readonly Description?: string
  readonly EventPattern?: string
}

const archiveName = nameConstraint(48)
const sourceArn: TextConstraint = { required: true, min: 1, max: 1_600 }
export const archiveStates: readonly string[] = [
  ...['CREATE_FAILED', 'CREATING', 'DISABLED', 'ENABLED', 'UPDATE_FAILED', 'UPDATING'],
]

/** CreateArchive's request, as what it is to be. Throws `ValidationException`, `InvalidEventPattern`. */
export function newArchive(request: unknown): Omit<StoredArchive, 'CreatedAt' | 'Id' | 'Eras'> & {
  readonly EventPattern?: string
} {
  const noted = faults()
  const given = noted.structure(request, 'request', true) ?? {}
  const Name = noted.text(given.ArchiveName, 'archiveName', archiveName) ?? ''
  const source = noted.text(given.EventSourceArn, 'eventSourceArn', sourceArn)
  const { RetentionDays = 0, ...more } = changeable(noted, given)
  noted.check()
  if (more.EventPattern !== undefined) compile(more.EventPattern)
  return { Name, EventBusName: busNameOf(source), RetentionDays, ...more }
}

/** UpdateArchive's request. Throws `ValidationException`, `InvalidEventPattern`. */
export function archiveChanges(request: unknown) {
  const noted = faults()
  const given = noted.structure(request, 'request', true) ?? {}
  const Name = noted.text(given.ArchiveName, 'archiveName', archiveName) ?? ''
  const changes = changeable(noted, given)
  noted.check()
  if (Object.keys(changes).length === 0)
    throw new BusError(
      'ValidationException',
      'At least one of EventPattern, RetentionDays or Description must be provided.',
    )
  if (changes.EventPattern !== undefined) compile(changes.EventPattern)
  return { Name, ...changes }
}

function changeable(noted: ReturnType<typeof faults>, given: Structure) {
  const Description = noted.text(given.Description, 'description', descriptionConstraint)
  const EventPattern = noted.text(given.EventPattern, 'eventPattern', { max: 4_096 })
  const RetentionDays = noted.integer(given.RetentionDays, 'retentionDays', 0)
  return {
    ...(Description !== undefined && { Description }),
    ...(EventPattern !== undefined && { EventPattern }),
    ...(RetentionDays !== undefined && { RetentionDays }),
  }
}

/** The name that a request asks for. Throws `ValidationException`. */
export function archiveNameOf(request: unknown): string {
  const noted = faults()
  const given = noted.structure(request, 'request', true) ?? {}
  const name = noted.text(given.ArchiveName, 'archiveName', archiveName) ?? ''
  noted.check()
  return name
}

export const archiveArn = (place: Place, name: string): string => eventsArn(place, 'archive', name)

export const answered = (place: Place, { Name, CreatedAt }: StoredArchive): ArchiveAnswer => ({
  ArchiveArn: archiveArn(place, Name),
  State: 'ENABLED',
  CreationTime: new Date(CreatedAt),
})

export const listed = (
  place: Place,
  { Name, EventBusName, RetentionDays, CreatedAt }: StoredArchive,
  numbers: ArchiveNumbers,
): ListedArchive => ({
  ArchiveName: Name,
  EventSourceArn: eventsArn(place, 'event-bus', EventBusName),
  State: 'ENABLED',
  RetentionDays,
  ...numbers,
  CreationTime: new Date(CreatedAt),
})

export function described(
  place: Place,
  archive: StoredArchive,
  numbers: ArchiveNumbers,
): DescribedArchive {
  const { Description, Eras } = archive
  const { EventPattern } = Eras.at(-1) ?? {}
  return {
    ArchiveArn: archiveArn(place, archive.Name),
    ...listed(place, archive, numbers),
    ...(Description !== undefined && { Description }),
    ...(EventPattern !== undefined && { EventPattern }),
  }
}
