/** EventBridge's API destinations: HTTP endpoints that rules have for targets, stored by name. */
import {
  apiDestination,
  apiDestinationChanges,
  connectionArnConstraint,
  failedTo,
  updatedApiDestination,
} from '../api-destination.ts'
import { eventsArn } from '../arn.ts'
import { faults, nameConstraint } from '../constraints.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import { type Request, requestedName } from '../request.ts'
import type { Settings } from '../settings.ts'
import { type Catalog, kinds, type StoredApiDestination } from './catalog.ts'
import { connectionState } from './connections.ts'
import { page, paging } from './paging.ts'
import type { Wiring } from './wiring.ts'

export interface ChangedApiDestination {
  readonly ApiDestinationArn: string
  /** ACTIVE while its connection is authorized. */
  readonly ApiDestinationState: 'ACTIVE' | 'INACTIVE'
  readonly CreationTime: Date
  readonly LastModifiedTime: Date
}
export type DescribedApiDestination = ChangedApiDestination &
  Omit<StoredApiDestination, 'CreationTime' | 'LastModifiedTime'>

export function apiDestinations({
  inside,
  nextId,
  settings,
  catalog,
  wiring,
  mostPerSecond,
}: {
  readonly inside: Pick<Inside, 'clock' | 'place'>
  readonly nextId: () => string
  readonly settings: Settings
  readonly catalog: Pick<Catalog, 'connections'>
  readonly wiring: Pick<Wiring, 'reconnect'>
  /** The greatest InvocationRateLimitPerSecond. */
  readonly mostPerSecond: number
}) {
  const all = settings.of<StoredApiDestination>(kinds.apiDestination)
  const now = () => inside.clock.now().getTime()

  function existing(name: string, what: 'describe' | 'update' | 'delete'): StoredApiDestination {
    const found = all.get(name)
    if (found) return found
    throw new BusError(
      'ResourceNotFoundException',
      failedTo(what, `An api-destination '${name}' does not exist.`),
    )
  }
  const connectionOf = (arn: string) =>
    [...catalog.connections()].find(({ ConnectionArn }) => ConnectionArn === arn)
  /** Throws `ResourceNotFoundException`. */
  function checkConnection(
    { ConnectionArn }: { readonly ConnectionArn: string },
    what: 'create' | 'update',
  ): void {
    if (connectionOf(ConnectionArn)) return
    throw new BusError(
      'ResourceNotFoundException',
      failedTo(what, `Connection '${ConnectionArn}' does not exist.`),
    )
  }
  function changed(stored: StoredApiDestination): ChangedApiDestination {
    const connection = connectionOf(stored.ConnectionArn)
    const isActive = connection && connectionState(connection) === 'AUTHORIZED'
    return {
      ApiDestinationArn: stored.ApiDestinationArn,
      ApiDestinationState: isActive ? 'ACTIVE' : 'INACTIVE',
      CreationTime: new Date(stored.CreationTime),
      LastModifiedTime: new Date(stored.LastModifiedTime),
    }
  }
  /** One whose connection was deleted names none. */
  const described = (stored: StoredApiDestination): DescribedApiDestination => ({
    ...stored,
    ...changed(stored),
    ...(!connectionOf(stored.ConnectionArn) && { ConnectionArn: '' }),
  })

  return {
    /** Throws `ResourceAlreadyExistsException`, and `ResourceNotFoundException` for its connection. */
    async createApiDestination(request: Request): Promise<ChangedApiDestination> {
      const made = apiDestination(request, { mostPerSecond })
      return settings.change(() => {
        if (all.has(made.Name))
          throw new BusError(
            'ResourceAlreadyExistsException',
            failedTo('create', `An api-destination with name '${made.Name}' already exists.`),
          )
        checkConnection(made, 'create')
        const at = now()
        const value: StoredApiDestination = {
          ...made,
          ApiDestinationArn: eventsArn(inside.place, 'api-destination', `${made.Name}/${nextId()}`),
          ...{ CreationTime: at, LastModifiedTime: at },
        }
        return {
          write: [{ kind: kinds.apiDestination, name: made.Name, value }],
          answer: changed(value),
        }
      })
    },

    async describeApiDestination(request: Request): Promise<DescribedApiDestination> {
      return described(existing(requestedName(request), 'describe'))
    },

    async listApiDestinations(request: Request = {}): Promise<{
      ApiDestinations: readonly Omit<DescribedApiDestination, 'Description'>[]
      NextToken?: string
    }> {
      const noted = faults({ patternFirst: true })
      const optionalName = { ...nameConstraint(64), required: false }
      const prefix = noted.text(request.NamePrefix, 'namePrefix', optionalName)
      const connection = noted.text(request.ConnectionArn, 'connectionArn', connectionArnConstraint)
      const part = paging(noted, request, { asBase64: true })
      noted.check()
      if (prefix !== undefined && connection !== undefined)
        throw new BusError(
          'ValidationException',
          failedTo(
            'list',
            'Request failed because only one filter is supported per request, either ConnectionArn or NamePrefix.',
          ),
        )
      const found = [...all.values()].filter(
        ({ Name, ConnectionArn }) =>
          Name.startsWith(prefix ?? '') && ConnectionArn === (connection ?? ConnectionArn),
      )
      const { items, next } = page(found, ({ Name }) => Name, part)
      return {
        ApiDestinations: items.map((each) => {
          const { Description, ...listed } = described(each)
          return listed
        }),
        ...next,
      }
    },

    /** What the request does not name stays; that it names something is not asked for. */
    async updateApiDestination(request: Request): Promise<ChangedApiDestination> {
      const changes = apiDestinationChanges(request)
      const name = changes.Name
      return settings.change(() => {
        const stored = existing(name, 'update')
        const { ApiDestinationArn, CreationTime } = stored
        const made = updatedApiDestination(stored, changes, { mostPerSecond })
        checkConnection(made, 'update')
        const value = { ...made, ApiDestinationArn, CreationTime, LastModifiedTime: now() }
        return {
          write: [{ kind: kinds.apiDestination, name, value }],
          applied: () => wiring.reconnect(value.ApiDestinationArn),
          answer: changed(value),
        }
      })
    },

    /** Rules keep it as their target; what is due for it is dead. */
    async deleteApiDestination(request: Request): Promise<Record<string, never>> {
      const name = requestedName(request)
      return settings.change(() => {
        const { ApiDestinationArn } = existing(name, 'delete')
        return {
          write: [{ kind: kinds.apiDestination, name, value: null }],
          applied: () => wiring.reconnect(ApiDestinationArn),
          answer: {},
        }
      })
    },
  }
}
