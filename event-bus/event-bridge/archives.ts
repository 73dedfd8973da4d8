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
  changedArchive,
  checkScope,
  type DescribedArchive,
  described,
  eventSourceArn,
  type ListedArchive,
  listed,
  newArchive,
  type StoredArchive,
  sourceOf,
} from '../archive.ts'
import { faults, nameConstraint } from '../constraints.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import type { Decision, Settings } from '../settings.ts'
import { type ArchiveContents, archiveContents } from './archive-contents.ts'
import { archiveRuleName } from './archive-rules.ts'
import { page, paging } from './paging.ts'

/**
 * Requests and answers are EventBridge's. All throw `ValidationException` for a request that is
 * malformed and, where they name an archive that is not there, `ResourceNotFoundException`.
 */
export interface Archives {
  /**
   * Takes the events that are put on the bus from now on and match the pattern. Throws
   * `ResourceNotFoundException` for a bus that is not there, `ResourceAlreadyExistsException`, also
   * for a rule that has the name of the archive's own, and `InvalidEventPatternException`.
   */
  createArchive(request: unknown): Promise<ArchiveAnswer>
  /** What the numbers mean is said at `ArchiveContents.numbers`. */
  describeArchive(request: unknown): DescribedArchive
  /**
   * By name. At most one of NamePrefix, EventSourceArn and State. Throws `ResourceNotFoundException` for
   * a bus that is not there.
   */
  listArchives(request: unknown): {
    readonly Archives: readonly ListedArchive[]
    readonly NextToken?: string
  }
  /**
   * Another pattern is for what is put from now on; a shorter retention ends at once for what is
   * older, a longer one does not bring anything back. One that has lost its rule has it again, if its bus
   * is still there. Throws `InvalidEventPatternException`, too.
   */
  updateArchive(request: unknown): Promise<ArchiveAnswer>
  /** The log forgets what it kept for it alone. A replay of it that is under way fails. */
  deleteArchive(request: unknown): Promise<Record<string, never>>
  /** The decision that takes an archive's rule from it, or the target of that, by force. */
  lose(name: string, what: 'target' | 'rule'): Pick<Decision<unknown>, 'write' | 'applied'>
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
  hasRule = () => false,
}: {
  readonly inside: Pick<
    Inside,
    'clock' | 'place' | 'settings' | 'nextNumber' | 'alongside' | 'keep' | 'heard' | 'store'
  >
  readonly settings: Settings
  readonly eventBus: (name: string) => unknown
  readonly hasRule?: (bus: string, name: string) => boolean
}): Archives {
  const { clock, place } = inside
  const all = settings.of<StoredArchive>(archiveKind)
  const contents = archiveContents(inside)
  const keep = () => inside.keep(contents.keeps)
  keep()
  settings.changedElsewhere((kind) => {
    if (kind === archiveKind) keep()
  })

  function find(name: string): StoredArchive {
    const found = all.get(name)
    if (found) return found
    throw new BusError('ResourceNotFoundException', `Archive ${name} does not exist.`)
  }
  /** A bus is deleted when its archives have lost their rules. */
  function checkBus({ Name, EventBusName }: StoredArchive): void {
    try {
      eventBus(EventBusName)
    } catch (cause) {
      throw new BusError(
        'ResourceNotFoundException',
        `Archive ${Name} managed rule does not exist.`,
        { cause },
      )
    }
  }
  const write = (name: string, value: StoredArchive | null) => ({
    write: [{ kind: archiveKind, name, value }],
    applied: keep,
  })

  return {
    createArchive: async (request) => {
      const { EventPattern, source, Name, Description, RetentionDays } = newArchive(request)
      return settings.change(() => {
        eventBus(source.bus)
        checkScope(source, place)
        if (all.has(Name))
          throw new BusError('ResourceAlreadyExistsException', `Archive ${Name} already exists.`)
        const rule = archiveRuleName(Name)
        if (hasRule(source.bus, rule))
          throw new BusError(
            'ResourceAlreadyExistsException',
            `A rule with the pattern '${rule}' already exists. Please choose a different archive name or delete your rule, then, try again.`,
          )
        const Id = inside.nextNumber()
        const created = {
          ...{ Name, EventBusName: source.bus, RetentionDays },
          ...(Description && { Description }),
          ...{ Id, CreatedAt: clock.now().getTime(), Eras: [eraOf(Id, EventPattern)] },
        }
        return { ...write(Name, created), answer: answered(place, created) }
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
      const source = noted.text(given.EventSourceArn, 'eventSourceArn', eventSourceArn)
      const state = noted.text(given.State, 'state', { values: archiveStates })
      const part = paging(noted, given)
      noted.check()
      if ([prefix, source, state].filter((filter) => filter !== undefined).length > 1)
        throw new BusError(
          'ValidationException',
          'At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.',
        )
      const bus = source === undefined ? undefined : sourceOf(source).bus
      if (bus !== undefined) eventBus(bus)
      const found = [...all.values()].filter(
        ({ Name, EventBusName, Rule }) =>
          Name.startsWith(prefix ?? '') &&
          EventBusName === (bus ?? EventBusName) &&
          (state === undefined || state === (Rule === undefined ? 'ENABLED' : 'DISABLED')),
      )
      const { items, next } = page(found, ({ Name }) => Name, part)
      return {
        Archives: items.map((archive) => listed(place, archive, contents.numbers(archive))),
        ...next,
      }
    },
    updateArchive: async (request) => {
      const { Name, ...changes } = archiveChanges(request)
      return settings.change(() => {
        const old = find(Name)
        checkBus(old)
        const beginning = contents.beginning(old)
        const reached = old.Eras.findLastIndex(({ From }) => From <= beginning)
        const { EventPattern: before, IsOff } = old.Eras.at(-1) ?? {}
        const pattern = (changes.EventPattern ?? before) || undefined
        const Eras = [
          ...old.Eras.slice(Math.max(0, reached)),
          ...(IsOff || pattern !== before ? [eraOf(inside.nextNumber(), pattern)] : []),
        ]
        const updated = changedArchive(old, changes, Eras)
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
    lose(name, what) {
      const old = find(name)
      const { EventPattern, IsOff } = old.Eras.at(-1) ?? {}
      const off = { ...eraOf(inside.nextNumber(), EventPattern), IsOff: true as const }
      return write(name, {
        ...old,
        Rule: what === 'rule' ? 'deleted' : 'without a target',
        Eras: IsOff ? old.Eras : [...old.Eras, off],
      })
    },
    byArn: (arn) => [...all.values()].find(({ Name }) => archiveArn(place, Name) === arn),
    contents,
  }
}

const eraOf = (From: number, EventPattern: string | undefined) => ({
  From,
  ...(EventPattern && { EventPattern }),
})
