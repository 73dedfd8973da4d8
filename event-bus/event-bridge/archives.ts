/**
 * EventBridge's archives. An archive is the log itself with a retention of its own: nothing is copied,
 * the log keeps for it what it would have forgotten.
 */
import {
  type ArchiveAnswer,
  answered,
  archiveArn,
  archiveChanges,
  archiveKind,
  archiveNameOf,
  archiveStates,
  type DescribedArchive,
  described,
  type ListedArchive,
  listed,
  newArchive,
  type StoredArchive,
} from '../archive.ts'
import { busNameOf } from '../arn.ts'
import { faults, nameConstraint } from '../constraints.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import { type ArchiveContents, archiveContents } from './archive-contents.ts'
import { page, paging } from './paging.ts'

/**
 * Requests and answers are EventBridge's. All throw `ValidationException` for a request that is
 * malformed and, where they name an archive that is not there, `ResourceNotFoundException`.
 */
export interface Archives {
  /**
   * Takes the events that are put on the bus from now on and match the pattern. Throws
   * `ResourceNotFoundException` for a bus that is not there, `ResourceAlreadyExistsException` and
   * `InvalidEventPatternException`.
   */
  createArchive(request: unknown): Promise<ArchiveAnswer>
  /** What the numbers mean is said at `ArchiveContents.numbers`. */
  describeArchive(request: unknown): DescribedArchive
  /** By name. At most one of NamePrefix, EventSourceArn and State. */
  listArchives(request: unknown): {
    readonly Archives: readonly ListedArchive[]
    readonly NextToken?: string
  }
  /**
   * Another pattern is for what is put from now on; a shorter retention ends at once for what is
   * older, a longer one does not bring anything back. Throws `InvalidEventPatternException`, too.
   */
  updateArchive(request: unknown): Promise<ArchiveAnswer>
  /** The log forgets what it kept for it alone. A replay of it that is under way fails. */
  deleteArchive(request: unknown): Promise<Record<string, never>>
  /** For replays: the archive with this ARN. */
  byArn(arn: string): StoredArchive | undefined
  /** For replays. */
  readonly contents: ArchiveContents
}

/**
 * Made before the engine is started, so that no event passes uncounted or is forgotten. `eventBus`
 * throws `ResourceNotFoundException` for a name that no bus has.
 */
export function archives({
  inside,
  settings,
  eventBus,
}: {
  readonly inside: Pick<
    Inside,
    'clock' | 'place' | 'settings' | 'nextNumber' | 'alongside' | 'keep'
  >
  readonly settings: Settings
  readonly eventBus: (name: string) => unknown
}): Archives {
  const { clock, place } = inside
  const all = settings.of<StoredArchive>(archiveKind)
  const contents = archiveContents(inside)
  const keep = () => inside.keep(contents.keeps)
  keep()

  function find(name: string): StoredArchive {
    const found = all.get(name)
    if (found) return found
    throw new BusError('ResourceNotFoundException', `Archive ${name} does not exist.`)
  }
  const write = (name: string, value: StoredArchive | null) => ({
    write: [{ kind: archiveKind, name, value }],
    applied: keep,
  })

  return {
    createArchive: async (request) => {
      const { EventPattern, ...given } = newArchive(request)
      return settings.change(() => {
        eventBus(given.EventBusName)
        if (all.has(given.Name))
          throw new BusError(
            'ResourceAlreadyExistsException',
            `Archive ${given.Name} already exists.`,
          )
        const Id = inside.nextNumber()
        const era = { From: Id, ...(EventPattern !== undefined && { EventPattern }) }
        const created = { ...given, Id, CreatedAt: clock.now().getTime(), Eras: [era] }
        return { ...write(given.Name, created), answer: answered(place, created) }
      })
    },
    describeArchive(request) {
      const archive = find(archiveNameOf(request))
      return described(place, archive, contents.numbers(archive))
    },
    listArchives(request) {
      const noted = faults()
      const given = noted.structure(request, 'request') ?? {}
      const optionalName = { ...nameConstraint(48), required: false }
      const prefix = noted.text(given.NamePrefix, 'namePrefix', optionalName)
      const source = noted.text(given.EventSourceArn, 'eventSourceArn', { min: 1, max: 1_600 })
      const state = noted.text(given.State, 'state', { values: archiveStates })
      const part = paging(noted, given)
      noted.check()
      if ([prefix, source, state].filter((filter) => filter !== undefined).length > 1)
        throw new BusError(
          'ValidationException',
          'At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.',
        )
      const found = [...all.values()].filter(
        ({ Name, EventBusName }) =>
          Name.startsWith(prefix ?? '') &&
          (source === undefined || EventBusName === busNameOf(source)) &&
          (state ?? 'ENABLED') === 'ENABLED',
      )
      const { items, next } = page(found, ({ Name }) => Name, part)
      return {
        Archives: items.map((archive) => listed(place, archive, contents.numbers(archive))),
        ...next,
      }
    },
    updateArchive: async (request) => {
      const { Name, EventPattern, ...changes } = archiveChanges(request)
      return settings.change(() => {
        const old = find(Name)
        const beginning = contents.beginning(old)
        const reached = old.Eras.findLastIndex(({ From }) => From <= beginning)
        const isNew = EventPattern !== undefined && EventPattern !== old.Eras.at(-1)?.EventPattern
        const Eras = [
          ...old.Eras.slice(Math.max(0, reached)),
          ...(isNew ? [{ From: inside.nextNumber(), EventPattern }] : []),
        ]
        const updated = { ...old, ...changes, Eras }
        return { ...write(Name, updated), answer: answered(place, updated) }
      })
    },
    deleteArchive: async (request) => {
      const name = archiveNameOf(request)
      return settings.change(() => {
        find(name)
        return { ...write(name, null), answer: {} }
      })
    },
    byArn: (arn) => [...all.values()].find(({ Name }) => archiveArn(place, Name) === arn),
    contents,
  }
}
