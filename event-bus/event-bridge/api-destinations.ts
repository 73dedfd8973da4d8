/** EventBridge's API destinations: HTTP endpoints that rules have for targets, stored by name. */
import { apiDestination } from '../api-destination.ts'
import { eventsArn } from '../arn.ts'
import { arnConstraint, faults, nameConstraint } from '../constraints.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import { type Request, requestedName } from '../request.ts'
import type { Settings } from '../settings.ts'
import { type Catalog, kinds, nameIn, type StoredApiDestination } from './catalog.ts'
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
}: {
  readonly inside: Pick<Inside, 'clock' | 'place'>
  readonly nextId: () => string
  readonly settings: Settings
  readonly catalog: Pick<Catalog, 'connections'>
  readonly wiring: Pick<Wiring, 'reconnect'>
}) {
  const all = settings.of<StoredApiDestination>(kinds.apiDestination)
  const now = () => inside.clock.now().getTime()

  function existing(name: string): StoredApiDestination {
    const found = all.get(name)
    if (found) return found
    throw new BusError(
      'ResourceNotFoundException',
      `Failed to describe the api-destination(s). An api-destination '${name}' does not exist.`,
    )
  }
  const connectionOf = (arn: string) =>
    [...catalog.connections()].find(({ ConnectionArn }) => ConnectionArn === arn)
  /** Throws `ResourceNotFoundException`. */
  function checkConnection({ ConnectionArn }: { readonly ConnectionArn: string }): void {
    if (connectionOf(ConnectionArn)) return
    const name = nameIn(ConnectionArn, 'connection')?.split('/')[0]
    throw new BusError(
      'ResourceNotFoundException',
      `Failed to describe the connection(s). Connection '${name}' does not exist.`,
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
  const described = (stored: StoredApiDestination): DescribedApiDestination => ({
    ...stored,
    ...changed(stored),
  })

  return {
    /** Throws `ResourceAlreadyExistsException`, and `ResourceNotFoundException` for its connection. */
    async createApiDestination(request: Request): Promise<ChangedApiDestination> {
      const made = apiDestination(request)
      return settings.change(() => {
        if (all.has(made.Name))
          throw new BusError(
            'ResourceAlreadyExistsException',
            `An api-destination '${made.Name}' already exists.`,
          )
        checkConnection(made)
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
      return described(existing(requestedName(request)))
    },

    async listApiDestinations(request: Request = {}): Promise<{
      ApiDestinations: readonly Omit<DescribedApiDestination, 'Description'>[]
      NextToken?: string
    }> {
      const noted = faults()
      const prefix =
        noted.text(request.NamePrefix, 'namePrefix', { ...nameConstraint(64), required: false }) ??
        ''
      const connection = noted.text(request.ConnectionArn, 'connectionArn', arnConstraint)
      const part = paging(noted, request)
      noted.check()
      const found = [...all.values()].filter(
        ({ Name, ConnectionArn }) =>
          Name.startsWith(prefix) && ConnectionArn === (connection ?? ConnectionArn),
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

    /** What the request does not name stays. */
    async updateApiDestination(request: Request): Promise<ChangedApiDestination> {
      const name = requestedName(request)
      return settings.change(() => {
        const stored = existing(name)
        const named = Object.fromEntries(
          Object.entries(request).filter(([, value]) => value !== undefined && value !== null),
        )
        const made = apiDestination({ ...stored, ...named })
        checkConnection(made)
        const value = { ...stored, ...made, LastModifiedTime: now() }
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
        const { ApiDestinationArn } = existing(name)
        return {
          write: [{ kind: kinds.apiDestination, name, value: null }],
          applied: () => wiring.reconnect(ApiDestinationArn),
          answer: {},
        }
      })
    },
  }
}
