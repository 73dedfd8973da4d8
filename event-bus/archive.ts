/**
 * EventBridge's archive: what is stored of one, and the checks and shapes of its requests and answers.
 * The events are those of the log, which keeps them for as long as an archive has them.
 */
import { compile } from '@busbar/event-pattern'
import { eventsArn, parseArn } from './arn.ts'
import {
  descriptionConstraint,
  faults,
  nameConstraint,
  pattern,
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
  /** What was taken from it by force: it is disabled, and its last era takes nothing. */
  readonly Rule?: 'without a target' | 'deleted'
}
export interface Era {
  readonly From: number
  /** JSON text; all events when absent. */
  readonly EventPattern?: string
  /** It takes nothing; the pattern is what it is when it does again. */
  readonly IsOff?: true
}

/**
 * What its pattern asks of events that are no replayed ones, of which an archive takes none whatever it
 * says: EventBridge puts its own `replay-name` over the pattern's. Undefined when that is nothing.
 */
export function askedBy({ EventPattern }: Era): string | undefined {
  if (!EventPattern?.includes('replay-name')) return EventPattern
  const { 'replay-name': _, ...rest } = JSON.parse(EventPattern)
  return Object.keys(rest).length === 0 ? undefined : JSON.stringify(rest)
}

/** The kind of setting. */
export const archiveKind = 'archive'

export interface ArchiveNumbers {
  readonly EventCount: number
  /** Bytes of the events' JSON texts as UTF-8. */
  readonly SizeBytes: number
}

export type ArchiveState = 'ENABLED' | 'DISABLED'
export interface ArchiveAnswer {
  readonly ArchiveArn: string
  readonly State: ArchiveState
  readonly CreationTime: Date
}
export interface ListedArchive extends ArchiveNumbers {
  readonly ArchiveName: string
  readonly EventSourceArn: string
  readonly State: ArchiveState
  readonly StateReason?: string
  readonly RetentionDays: number
  readonly CreationTime: Date
}
export interface DescribedArchive extends ListedArchive {
  readonly ArchiveArn: string
  readonly Description?: string
  readonly EventPattern?: string
}

const archiveName = nameConstraint(48)
/** Of archives and replays. */
export const eventSourceArn: TextConstraint = {
  ...{ min: 1, max: 1_600 },
  pattern: pattern('^arn:aws([a-z]|\\-)*:events:([a-z]|\\d|\\-)*:([0-9]{12})?:.+\\/.+$'),
}
export const archiveStates: readonly string[] = [
  ...['CREATE_FAILED', 'ENABLED', 'UPDATING', 'UPDATE_FAILED', 'CREATING', 'DISABLED'],
]
/** EventBridge keeps no greater number. */
const longestRetention = 2_147_483_647

/** The bus that an archive's source is. */
export interface Source {
  readonly arn: string
  readonly bus: string
}
/** Throws `ValidationException` for another ARN. */
export function sourceOf(arn: string): Source {
  const parsed = parseArn(arn)
  const kind = 'event-bus/'
  if (!parsed?.account || !parsed.resource.startsWith(kind))
    throw invalidSource('Must contain an event bus ARN.')
  return { arn, bus: parsed.resource.slice(kind.length) }
}

/** Throws `ValidationException` for a bus of its name that is not here. */
export function checkScope({ arn }: Source, { region, account }: Place): void {
  const [, partition, , itsRegion, itsAccount] = arn.split(':')
  const other =
    partition !== 'aws'
      ? 'partition'
      : itsRegion !== region
        ? 'region'
        : itsAccount !== account
          ? 'account'
          : null
  if (other !== null) throw invalidSource(`Creating cross-${other} archive is not permitted.`)
}

const invalidSource = (why: string) =>
  new BusError('ValidationException', `Parameter EventSourceArn is not valid. Reason: ${why}`)

interface Changes {
  readonly Description?: string
  readonly EventPattern?: string
  readonly RetentionDays?: number
}

/** CreateArchive's request. Throws `ValidationException`, `InvalidEventPattern`. */
export function newArchive(request: unknown): Changes & {
  readonly Name: string
  readonly source: Source
  readonly RetentionDays: number
} {
  const noted = faults()
  const given = noted.structure(request, 'request', true) ?? {}
  const Name = noted.text(given.ArchiveName, 'archiveName', archiveName) ?? ''
  const arn = noted.text(given.EventSourceArn, 'eventSourceArn', {
    required: true,
    ...eventSourceArn,
  })
  const { changes } = changeable(noted, given)
  noted.check()
  const source = sourceOf(arn ?? '')
  if (changes.EventPattern) compile(changes.EventPattern)
  refuseKey(given)
  return { RetentionDays: 0, ...changes, Name, source }
}

/**
 * UpdateArchive's request: an empty text takes away what there was. Throws `ValidationException`,
 * `InvalidEventPattern`.
 */
export function archiveChanges(request: unknown): Changes & { readonly Name: string } {
  const noted = faults()
  const given = noted.structure(request, 'request', true) ?? {}
  const Name = noted.text(given.ArchiveName, 'archiveName', archiveName) ?? ''
  const { changes, key } = changeable(noted, given)
  noted.check()
  if (Object.keys(changes).length === 0 && key === undefined)
    throw new BusError(
      'ValidationException',
      'At least one of EventPattern, RetentionDays or Description must be provided.',
    )
  if (changes.EventPattern) compile(changes.EventPattern)
  refuseKey(given)
  return { Name, ...changes }
}

function changeable(noted: ReturnType<typeof faults>, given: Structure) {
  const Description = noted.text(given.Description, 'description', descriptionConstraint)
  const EventPattern = noted.text(given.EventPattern, 'eventPattern', { max: 4_096 })
  const RetentionDays = noted.integer(given.RetentionDays, 'retentionDays', 0)
  const key = noted.text(given.KmsKeyIdentifier, 'kmsKeyIdentifier', {
    ...{ max: 2_048, pattern: pattern('^[a-zA-Z0-9_\\-/:]*$') },
  })
  const changes: Changes = {
    ...(Description !== undefined && { Description }),
    ...(EventPattern !== undefined && { EventPattern }),
    ...(RetentionDays !== undefined && {
      RetentionDays: Math.min(RetentionDays, longestRetention),
    }),
  }
  return { changes, key }
}

/** There are no keys here. */
function refuseKey({ KmsKeyIdentifier }: Structure): void {
  if (KmsKeyIdentifier)
    throw new BusError(
      'ValidationException',
      'The provided KMS key does not exist. Please ensure that the key identifier is correct and your key exists in the same region as the event source.',
    )
}

/** What an archive is when this has been changed. */
export function changedArchive(
  { Description: before, Rule: _, ...old }: StoredArchive,
  { Description = before, RetentionDays = old.RetentionDays }: Changes,
  Eras: readonly Era[],
): StoredArchive {
  return { ...old, ...(Description && { Description }), RetentionDays, Eras }
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

/** One that lost its rule or the rule's target is disabled until it is updated. */
const stateOf = ({ Rule }: StoredArchive): Pick<ListedArchive, 'State' | 'StateReason'> =>
  Rule === undefined
    ? { State: 'ENABLED' }
    : {
        State: 'DISABLED',
        StateReason: 'Managed rule for the archive was forcefully deleted.',
      }

export const answered = (place: Place, { Name, CreatedAt }: StoredArchive): ArchiveAnswer => ({
  ArchiveArn: archiveArn(place, Name),
  State: 'ENABLED',
  CreationTime: new Date(CreatedAt),
})

export const listed = (
  place: Place,
  archive: StoredArchive,
  numbers: ArchiveNumbers,
): ListedArchive => ({
  ArchiveName: archive.Name,
  EventSourceArn: eventsArn(place, 'event-bus', archive.EventBusName),
  ...stateOf(archive),
  RetentionDays: archive.RetentionDays,
  ...numbers,
  CreationTime: new Date(archive.CreatedAt),
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
