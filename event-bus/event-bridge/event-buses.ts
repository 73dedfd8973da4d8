/** EventBridge's event buses. `default` and those of the process's own flow are there without being created. */
import { busNameOf, eventsArn, parseArn } from '../arn.ts'
import {
  arnConstraint,
  eventBusNameOrArn,
  faults,
  nameConstraint,
  pattern,
} from '../constraints.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import { given, type Request, requested } from '../request.ts'
import type { Settings } from '../settings.ts'
import { type Catalog, kinds, type StoredEventBus } from './catalog.ts'
import { checkDeadLetterArn } from './dead-letter-arn.ts'
import { page, paging } from './paging.ts'
import type { Tags } from './tags.ts'

const busName = { ...nameConstraint(256), pattern: pattern('[/\\.\\-_A-Za-z0-9]+') }
const eventSourceName = {
  ...{ min: 1, max: 256 },
  pattern: pattern('aws\\.partner(/[\\.\\-_A-Za-z0-9]+){2,}'),
}
const keyIdentifier = { max: 2_048, pattern: pattern('^[a-zA-Z0-9_\\-/:]*$') }

export interface DescribedEventBus
  extends Omit<StoredEventBus, 'Policy' | 'CreationTime' | 'LastModifiedTime'> {
  readonly Arn: string
  /** JSON text. */
  readonly Policy?: string
  readonly CreationTime: Date
  readonly LastModifiedTime: Date
}
/** What CreateEventBus and UpdateEventBus take and answer beside the name. */
type Described = Pick<
  StoredEventBus,
  'Description' | 'KmsKeyIdentifier' | 'DeadLetterConfig' | 'LogConfig'
>

export function eventBuses({
  inside,
  settings,
  catalog,
  tags,
  limit,
}: {
  readonly inside: Pick<Inside, 'clock' | 'place'>
  readonly settings: Settings
  readonly catalog: Catalog
  readonly tags: Tags
  /** How many there may be. */
  readonly limit: number
}) {
  const now = () => inside.clock.now().getTime()
  const arnOf = (name: string) => eventsArn(inside.place, 'event-bus', name)
  const write = (bus: StoredEventBus) => ({ kind: kinds.eventBus, name: bus.Name, value: bus })

  /** Stored, but never sent: this bus's own logs and dead letters need no configuration. */
  function described({ noted, given: asked, text }: ReturnType<typeof requested>): Described {
    const log = noted.structure(asked.LogConfig, 'logConfig')
    const deadLetters = noted.structure(asked.DeadLetterConfig, 'deadLetterConfig')
    return given({
      Description: text('Description', { max: 512 }),
      KmsKeyIdentifier: keyOf(text('KmsKeyIdentifier', keyIdentifier)),
      DeadLetterConfig:
        deadLetters &&
        given({ Arn: noted.text(deadLetters.Arn, 'deadLetterConfig.arn', arnConstraint) }),
      LogConfig:
        log &&
        given({
          IncludeDetail: noted.text(log.IncludeDetail, 'logConfig.includeDetail', {
            values: ['NONE', 'FULL'],
          }),
          Level: noted.text(log.Level, 'logConfig.level', {
            values: ['OFF', 'ERROR', 'INFO', 'TRACE'],
          }),
        }),
    })
  }

  /** An alias is answered as an ARN. */
  const keyOf = (key: string | undefined) => {
    const { region, account } = inside.place
    return key?.startsWith('alias/') ? `arn:aws:kms:${region}:${account}:${key}` : key
  }

  const shown = ({ Policy, CreationTime, LastModifiedTime, ...bus }: StoredEventBus) => ({
    ...bus,
    Arn: arnOf(bus.Name),
    ...(Policy && { Policy: JSON.stringify(Policy) }),
    CreationTime: new Date(CreationTime),
    LastModifiedTime: new Date(LastModifiedTime),
  })

  return {
    /**
     * Throws `ResourceAlreadyExistsException` and `LimitExceededException`, and
     * `ResourceNotFoundException` for an EventSourceName: there are no partners here.
     */
    async createEventBus(request: Request): Promise<{ EventBusArn: string } & Described> {
      const asked = requested(request)
      const Name = asked.text('Name', busName) ?? ''
      const source = asked.text('EventSourceName', eventSourceName)
      const members = described(asked)
      const Tags = tags.read(asked.noted, asked.given.Tags)
      asked.check()
      checkDeadLetterArn(members.DeadLetterConfig?.Arn)
      return settings.change(() => {
        if (source !== undefined) refuseSource(source, Name)
        if (Name.includes('/')) throw invalid("Event bus name must not contain '/'.")
        if (catalog.isEventBus(Name))
          throw new BusError('ResourceAlreadyExistsException', `Event bus ${Name} already exists.`)
        if ([...catalog.eventBuses()].length >= limit)
          throw new BusError(
            'LimitExceededException',
            'The requested resource exceeds the maximum number allowed.',
          )
        const at = now()
        const bus = { Name, ...members, CreationTime: at, LastModifiedTime: at }
        return {
          write: [write(bus), ...(Tags ? tags.written(arnOf(Name), Tags) : [])],
          answer: { EventBusArn: arnOf(Name), ...members },
        }
      })
    },

    /**
     * One that does not exist is deleted, too. What waits for the targets of other buses is not touched.
     * Throws `ValidationException` for a bus that has rules or is declared by the process.
     */
    async deleteEventBus(request: Request): Promise<Record<string, never>> {
      const { text, check } = requested(request)
      const Name = text('Name', busName) ?? ''
      check()
      return settings.change(() => {
        if (catalog.isDeclared(Name)) throw invalid(`Cannot delete event bus ${Name}.`)
        if ([...catalog.shownRules()].some(({ EventBusName }) => EventBusName === Name))
          throw invalid("EventBus can't be deleted since it has rules.")
        if (!catalog.isEventBus(Name)) return { write: [], answer: {} }
        const deleted = { kind: kinds.eventBus, name: Name, value: null }
        return { write: [deleted, ...tags.forgotten(arnOf(Name))], answer: {} }
      })
    },

    /** Of `default` when no Name is given. Throws a `ValidationException` for an ARN of another Region. */
    async describeEventBus(request: Request = {}): Promise<DescribedEventBus> {
      const { text, check } = requested(request)
      const name = text('Name', eventBusNameOrArn) ?? 'default'
      check()
      const { region = inside.place.region } = parseArn(name) ?? {}
      if (region !== inside.place.region) throw invalid('Cross-region api call is not allowed.')
      return shown(catalog.eventBus(busNameOf(name)))
    },

    async listEventBuses(request: Request = {}): Promise<{
      EventBuses: readonly Omit<
        DescribedEventBus,
        'KmsKeyIdentifier' | 'DeadLetterConfig' | 'LogConfig'
      >[]
      NextToken?: string
    }> {
      const noted = faults()
      const prefix =
        noted.text(request.NamePrefix, 'namePrefix', { ...busName, required: false }) ?? ''
      const part = paging(noted, request)
      noted.check()
      const found = [...catalog.eventBuses()].filter(({ Name }) => Name.startsWith(prefix))
      const { items, next } = page(found, ({ Name }) => Name, part)
      return {
        EventBuses: items.map((bus) => {
          const { KmsKeyIdentifier, DeadLetterConfig, LogConfig, ...listed } = shown(bus)
          return listed
        }),
        ...next,
      }
    },

    /** What is not named stays. */
    async updateEventBus(
      request: Request,
    ): Promise<{ readonly Arn: string; readonly Name: string } & Described> {
      const asked = requested(request)
      const name = busNameOf(asked.text('Name', { ...busName, required: false }))
      const members = described(asked)
      asked.check()
      if (members.DeadLetterConfig && members.DeadLetterConfig.Arn === undefined)
        throw invalid(
          'Parameter DeadLetterConfig.Arn is not valid. Reason: Provide a valid SQS queue ARN, or an empty string to remove the dead-letter queue configuration.',
        )
      checkDeadLetterArn(members.DeadLetterConfig?.Arn)
      return settings.change(() => {
        const updated = { ...catalog.eventBus(name), ...members, LastModifiedTime: now() }
        const { KmsKeyIdentifier, ...keyless } = updated
        // Empty, it takes the key away.
        const bus = KmsKeyIdentifier === '' ? keyless : updated
        const { Policy, CreationTime, LastModifiedTime, ...answer } = bus
        return { write: [write(bus)], answer: { Arn: arnOf(name), ...answer } }
      })
    },
  }
}

function refuseSource(source: string, name: string): never {
  if (name !== source) throw invalid('Event bus name must match event source name.')
  throw new BusError('ResourceNotFoundException', `Event source ${source} does not exist.`)
}

const invalid = (message: string) => new BusError('ValidationException', message)
