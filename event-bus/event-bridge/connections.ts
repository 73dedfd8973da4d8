/** EventBridge's connections: stored with their secrets sealed, answered without them. */
import { eventsArn } from '../arn.ts'
import {
  type Connection,
  connection,
  deauthorizedConnection,
  updatedConnection,
} from '../connection.ts'
import { faults, nameConstraint } from '../constraints.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import type { Secrets } from '../ports.ts'
import { type Request, requestedName } from '../request.ts'
import type { Settings } from '../settings.ts'
import { type Catalog, kinds, type StoredConnection } from './catalog.ts'
import { page, paging } from './paging.ts'
import type { Wiring } from './wiring.ts'

/**
 * EventBridge's, of which AUTHORIZING and the like last no longer than the answer that tells them: a
 * token is fetched with the first delivery.
 */
export type ConnectionState =
  | 'AUTHORIZED'
  | 'AUTHORIZING'
  | 'DEAUTHORIZED'
  | 'DEAUTHORIZING'
  | 'DELETING'

export interface ChangedConnection {
  readonly ConnectionArn: string
  readonly ConnectionState: ConnectionState
  readonly CreationTime: Date
  readonly LastModifiedTime: Date
  readonly LastAuthorizedTime?: Date
}
export interface ListedConnection extends ChangedConnection {
  readonly Name: string
  readonly AuthorizationType: Connection['AuthorizationType']
}
export interface DescribedConnection extends ListedConnection {
  readonly Description?: string
  readonly SecretArn: string
  readonly AuthParameters: Connection['AuthParameters']
}

export const connectionState = ({ SealedAuthParameters }: Connection): ConnectionState =>
  SealedAuthParameters === null ? 'DEAUTHORIZED' : 'AUTHORIZED'

export function connections({
  inside,
  nextId,
  settings,
  secrets,
  catalog,
  wiring,
}: {
  readonly inside: Pick<Inside, 'clock' | 'place' | 'suffix'>
  readonly nextId: () => string
  readonly settings: Settings
  readonly secrets: Secrets
  readonly catalog: Pick<Catalog, 'apiDestinations'>
  readonly wiring: Pick<Wiring, 'reconnect'>
}) {
  const { place, suffix } = inside
  const all = settings.of<StoredConnection>(kinds.connection)
  const now = () => inside.clock.now().getTime()

  function existing(name: string): StoredConnection {
    const found = all.get(name)
    if (found) return found
    throw new BusError(
      'ResourceNotFoundException',
      `Failed to describe the connection(s). Connection '${name}' does not exist.`,
    )
  }
  function changed(stored: StoredConnection, state: ConnectionState): ChangedConnection {
    const { ConnectionArn, CreationTime, LastModifiedTime, LastAuthorizedTime } = stored
    return {
      ConnectionArn,
      ConnectionState: state,
      CreationTime: new Date(CreationTime),
      LastModifiedTime: new Date(LastModifiedTime),
      ...(LastAuthorizedTime !== undefined && { LastAuthorizedTime: new Date(LastAuthorizedTime) }),
    }
  }
  const listed = (stored: StoredConnection): ListedConnection => ({
    ...changed(stored, connectionState(stored)),
    Name: stored.Name,
    AuthorizationType: stored.AuthorizationType,
  })
  const authorizing = ({ AuthorizationType }: Connection): ConnectionState =>
    AuthorizationType === 'OAUTH_CLIENT_CREDENTIALS' ? 'AUTHORIZING' : 'AUTHORIZED'

  /** Targets are made anew for all API destinations that use it. */
  function reconnect({ ConnectionArn }: StoredConnection): void {
    for (const destination of catalog.apiDestinations())
      if (destination.ConnectionArn === ConnectionArn)
        wiring.reconnect(destination.ApiDestinationArn)
  }
  function change(
    name: string,
    next: (stored: StoredConnection) => StoredConnection | null,
    stateOf: (connection: StoredConnection) => ConnectionState,
  ): Promise<ChangedConnection> {
    return settings.change(() => {
      const stored = existing(name)
      const value = next(stored)
      return {
        write: [{ kind: kinds.connection, name, value }],
        applied: () => reconnect(stored),
        answer: changed(value ?? stored, stateOf(value ?? stored)),
      }
    })
  }

  return {
    /** Throws `ResourceAlreadyExistsException`. */
    async createConnection(
      request: Request,
    ): Promise<Omit<ChangedConnection, 'LastAuthorizedTime'>> {
      const made = connection(request, secrets)
      return settings.change(() => {
        if (all.has(made.Name))
          throw new BusError(
            'ResourceAlreadyExistsException',
            `Connection ${made.Name} already exists.`,
          )
        const at = now()
        const stored: StoredConnection = {
          ...made,
          ConnectionArn: eventsArn(place, 'connection', `${made.Name}/${nextId()}`),
          SecretArn: `arn:aws:secretsmanager:${place.region}:${place.account}:secret:events!connection/${made.Name}/${nextId()}-${suffix.slice(-6)}`,
          ...{ CreationTime: at, LastModifiedTime: at, LastAuthorizedTime: at },
        }
        const { LastAuthorizedTime, ...answer } = changed(stored, authorizing(stored))
        return { write: [{ kind: kinds.connection, name: made.Name, value: stored }], answer }
      })
    },

    async describeConnection(request: Request): Promise<DescribedConnection> {
      const stored = existing(requestedName(request))
      const { Description, SecretArn, AuthParameters } = stored
      return {
        ...listed(stored),
        ...(Description !== undefined && { Description }),
        ...{ SecretArn, AuthParameters },
      }
    },

    async listConnections(
      request: Request = {},
    ): Promise<{ Connections: readonly ListedConnection[]; NextToken?: string }> {
      const noted = faults()
      const prefix =
        noted.text(request.NamePrefix, 'namePrefix', { ...nameConstraint(64), required: false }) ??
        ''
      const state = noted.text(request.ConnectionState, 'connectionState', {})
      const part = paging(noted, request)
      noted.check()
      const found = [...all.values()]
        .map(listed)
        .filter(
          ({ Name, ConnectionState }) =>
            Name.startsWith(prefix) && ConnectionState === (state ?? ConnectionState),
        )
      const { items, next } = page(found, ({ Name }) => Name, part)
      return { Connections: items, ...next }
    },

    /** What the request does not name stays; with other secrets, deliveries use them from here on. */
    updateConnection: async (request: Request) =>
      change(
        requestedName(request),
        (stored) => {
          const at = now()
          const { Description: _old, ...rest } = stored
          return {
            ...rest,
            ...updatedConnection(stored, request, secrets),
            ...{ LastModifiedTime: at, LastAuthorizedTime: at },
          }
        },
        authorizing,
      ),

    /** Its secrets are gone; deliveries to its API destinations are dead until it is updated. */
    deauthorizeConnection: async (request: Request) =>
      change(
        requestedName(request),
        (stored) => ({ ...stored, ...deauthorizedConnection(stored), LastModifiedTime: now() }),
        () => 'DEAUTHORIZING',
      ),

    deleteConnection: async (request: Request) =>
      change(
        requestedName(request),
        () => null,
        () => 'DELETING',
      ),
  }
}
