/** EventBridge's connections: stored with their secrets sealed, answered without them. */
import { eventsArn } from '../arn.ts'
import {
  authParametersOf,
  type Connection,
  checkUpdate,
  connection,
  deauthorizedConnection,
  isAboutAuthorization,
  updatedConnection,
} from '../connection.ts'
import { faults, nameConstraint } from '../constraints.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import type { OAuthTokens } from '../oauth-tokens.ts'
import type { Secrets } from '../ports.ts'
import { given, type Request, requestedName } from '../request.ts'
import type { Settings } from '../settings.ts'
import { type Catalog, kinds, type StoredConnection } from './catalog.ts'
import { page, paging } from './paging.ts'
import type { Wiring } from './wiring.ts'

/**
 * EventBridge's. One with OAuth is AUTHORIZING until a token has come: it is asked for at once, when
 * the process starts, and with each delivery.
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
  readonly StateReason?: string
}
export interface DescribedConnection extends ListedConnection {
  readonly Description?: string
  readonly KmsKeyIdentifier?: string
  /** Not of one that is deauthorized. */
  readonly SecretArn?: string
  readonly AuthParameters: Connection['AuthParameters']
}

export function connectionState({
  SealedAuthParameters,
  Authorizing,
}: StoredConnection): ConnectionState {
  if (SealedAuthParameters === null) return 'DEAUTHORIZED'
  return Authorizing ? 'AUTHORIZING' : 'AUTHORIZED'
}

const states = [
  ...['CREATING', 'UPDATING', 'DELETING', 'AUTHORIZED', 'DEAUTHORIZED', 'AUTHORIZING'],
  ...['DEAUTHORIZING', 'ACTIVE', 'FAILED_CONNECTIVITY'],
]
/** EventBridge's, until a token has come. */
const never = new Date(0)

const reasons = {
  deauthorized:
    'The authorization parameters were removed from this connection by a DeauthorizeConnection operation.',
  noToken: 'Could not connect to the specified endpoint.',
}
const failedTo = (what: string, why: string) => `Failed to ${what} the connection(s). ${why}`

export function connections({
  inside,
  nextId,
  settings,
  secrets,
  catalog,
  wiring,
  tokens,
  failed,
}: {
  readonly inside: Pick<Inside, 'clock' | 'place' | 'suffix'>
  readonly nextId: () => string
  readonly settings: Settings
  readonly secrets: Secrets
  readonly catalog: Pick<Catalog, 'apiDestinations'>
  readonly wiring: Pick<Wiring, 'reconnect'>
  readonly tokens: OAuthTokens
  /** Told what goes wrong. */
  readonly failed: (error: unknown) => void
}) {
  const { place, suffix } = inside
  const all = settings.of<StoredConnection>(kinds.connection)
  const now = () => inside.clock.now().getTime()

  let isClosed = false

  function existing(name: string, what: string): StoredConnection {
    const found = all.get(name)
    if (found) return found
    throw new BusError(
      'ResourceNotFoundException',
      failedTo(what, `Connection '${name}' does not exist.`),
    )
  }
  function changed(stored: StoredConnection, state: ConnectionState): ChangedConnection {
    const { ConnectionArn, CreationTime, LastModifiedTime, LastAuthorizedTime } = stored
    return {
      ConnectionArn,
      ConnectionState: state,
      CreationTime: new Date(CreationTime),
      LastModifiedTime: new Date(LastModifiedTime),
      LastAuthorizedTime: LastAuthorizedTime === undefined ? never : new Date(LastAuthorizedTime),
    }
  }
  const listed = (stored: StoredConnection): ListedConnection => ({
    ...changed(stored, connectionState(stored)),
    Name: stored.Name,
    AuthorizationType: stored.AuthorizationType,
    ...given({
      StateReason: stored.SealedAuthParameters === null ? reasons.deauthorized : stored.StateReason,
    }),
  })
  const secretArn = (name: string) =>
    `arn:aws:secretsmanager:${place.region}:${place.account}:secret:events!connection/${name}/${nextId()}-${suffix.slice(-6)}`

  /** What other credentials make of it, now. */
  const authorized = (at: number, { AuthorizationType }: Connection) =>
    AuthorizationType === 'OAUTH_CLIENT_CREDENTIALS'
      ? { Authorizing: true }
      : { LastAuthorizedTime: at }

  /** Notes how asking for a token ended, if the credentials are still the same and it had none. */
  async function note(sealed: string, fields: object): Promise<void> {
    await settings.change(() => {
      const stored = [...all.values()].find(
        ({ SealedAuthParameters, Authorizing }) => Authorizing && SealedAuthParameters === sealed,
      )
      if (!stored) return { write: [], answer: undefined }
      const { Authorizing: _, StateReason: _old, ...rest } = stored
      return { write: written(stored, { ...rest, ...fields }), answer: undefined }
    })
  }
  /** What goes wrong with it is said by the connection's state, and tried again by its deliveries. */
  async function askForToken(stored: StoredConnection): Promise<void> {
    const { SealedAuthParameters: sealed, Authorizing } = stored
    if (!Authorizing || sealed === null || isClosed) return
    try {
      const { OAuthParameters } = authParametersOf(stored, secrets)
      if (OAuthParameters) await tokens.authorization(sealed, OAuthParameters)
    } catch {
      if (isClosed) return
      await note(sealed, { Authorizing: true, StateReason: reasons.noToken }).catch(() => {})
    }
  }

  const destinationsOf = ({ ConnectionArn }: StoredConnection) =>
    [...catalog.apiDestinations()].filter((each) => each.ConnectionArn === ConnectionArn)
  /** What is written with another state of a connection: its API destinations become or cease to be ACTIVE. */
  function written(stored: StoredConnection, value: StoredConnection | null) {
    const isActive = (each: StoredConnection | null) =>
      each !== null && connectionState(each) === 'AUTHORIZED'
    const changed = isActive(stored) === isActive(value) ? [] : destinationsOf(stored)
    return [
      { kind: kinds.connection, name: stored.Name, value },
      ...changed.map((destination) => ({
        ...{ kind: kinds.apiDestination, name: destination.Name },
        value: { ...destination, LastModifiedTime: now() },
      })),
    ]
  }

  /** Targets are made anew for all API destinations that use it. */
  function reconnect(stored: StoredConnection): void {
    for (const { ApiDestinationArn } of destinationsOf(stored)) wiring.reconnect(ApiDestinationArn)
  }
  function change(
    what: 'update' | 'deauthorize' | 'delete',
    name: string,
    next: (stored: StoredConnection) => StoredConnection | null,
    stateOf: (connection: StoredConnection) => ConnectionState,
  ): Promise<ChangedConnection> {
    return settings.change(() => {
      const stored = existing(name, what)
      const value = next(stored)
      return {
        write: written(stored, value),
        applied() {
          reconnect(stored)
          if (value) void askForToken(value)
        },
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
          SecretArn: secretArn(made.Name),
          ...{ CreationTime: at, LastModifiedTime: at },
          ...authorized(at, made),
        }
        const { LastAuthorizedTime, ...answer } = changed(stored, connectionState(stored))
        return {
          write: [{ kind: kinds.connection, name: made.Name, value: stored }],
          applied: () => void askForToken(stored),
          answer,
        }
      })
    },

    async describeConnection(request: Request): Promise<DescribedConnection> {
      const stored = existing(requestedName(request), 'describe')
      const { Description, KmsKeyIdentifier, AuthParameters, SealedAuthParameters } = stored
      const SecretArn = SealedAuthParameters === null ? undefined : stored.SecretArn
      return {
        ...listed(stored),
        ...given({ Description, KmsKeyIdentifier, SecretArn }),
        AuthParameters,
      }
    },

    async listConnections(
      request: Request = {},
    ): Promise<{ Connections: readonly ListedConnection[]; NextToken?: string }> {
      const noted = faults({ patternFirst: true })
      const prefix =
        noted.text(request.NamePrefix, 'namePrefix', { ...nameConstraint(64), required: false }) ??
        ''
      const state = noted.text(request.ConnectionState, 'connectionState', { values: states })
      const part = paging(noted, request, { asBase64: true })
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

    /**
     * What the request does not name stays; with other secrets, deliveries use them from here on.
     * Credentials are taken with their AuthorizationType alone.
     */
    async updateConnection(request: Request): Promise<ChangedConnection> {
      checkUpdate(request)
      const next = (stored: StoredConnection): StoredConnection => {
        const at = now()
        const made = updatedConnection(stored, request, secrets)
        const { Description: _, KmsKeyIdentifier: _key, ...rest } = stored
        if (!isAboutAuthorization(request)) return { ...rest, ...made, LastModifiedTime: at }
        const { Authorizing: _old, StateReason: _why, ...kept } = rest
        const SecretArn =
          stored.SealedAuthParameters === null ? secretArn(stored.Name) : stored.SecretArn
        return { ...kept, ...made, SecretArn, LastModifiedTime: at, ...authorized(at, made) }
      }
      return change('update', requestedName(request), next, connectionState)
    },

    /** Its secrets are gone; deliveries to its API destinations are dead until it is updated. */
    deauthorizeConnection: async (request: Request) =>
      change(
        'deauthorize',
        requestedName(request),
        ({ Authorizing: _, StateReason: _why, ...stored }) => ({
          ...stored,
          ...deauthorizedConnection(stored),
          LastModifiedTime: now(),
        }),
        () => 'DEAUTHORIZING',
      ),

    deleteConnection: async (request: Request) =>
      change(
        'delete',
        requestedName(request),
        () => null,
        () => 'DELETING',
      ),

    /** A token has come: `OAuthTokens` is to call it. */
    tokenCame(sealed: string): void {
      if (isClosed) return
      void note(sealed, { LastAuthorizedTime: now() }).catch(failed)
    },
    /** To be called when the engine has been started. */
    start() {
      for (const stored of all.values()) void askForToken(stored)
    },
    close() {
      isClosed = true
    },
  }
}
