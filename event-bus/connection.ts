/**
 * EventBridge's connection: how requests to an API destination are authorized. It is stored as what
 * may be shown of it, and beside that everything, sealed.
 */
import {
  type AuthorizationType,
  type AuthParameters,
  authorizationTypes,
  authParameters,
  type ShownAuthParameters,
  shownAuthParameters,
} from './auth-parameters.ts'
import { descriptionConstraint, faults, nameConstraint, type Structure } from './constraints.ts'
import { BusError, DeliveryRefused } from './errors.ts'
import type { Secrets } from './ports.ts'

/** Plain JSON. All but `SealedAuthParameters` may be shown. */
export interface Connection {
  readonly Name: string
  readonly Description?: string
  readonly AuthorizationType: AuthorizationType
  readonly AuthParameters: ShownAuthParameters
  /**
   * All of `AuthParameters`; null when it was deauthorized. Differs with every change, so that what
   * was made of it can be told apart.
   */
  readonly SealedAuthParameters: string | null
}

/** CreateConnection's request. Throws `ValidationException`. */
export function connection(request: unknown, secrets: Secrets): Connection {
  const noted = faults()
  const given = noted.structure(request, 'request', true) ?? {}
  const Name = noted.text(given.Name, 'name', nameConstraint(64))
  const Description = noted.text(given.Description, 'description', descriptionConstraint)
  const type = noted.text(given.AuthorizationType, 'authorizationType', {
    required: true,
    values: Object.keys(authorizationTypes),
  }) as AuthorizationType | undefined
  const auth = noted.structure(given.AuthParameters, 'authParameters', true)
  const parameters = type && auth && authParameters(noted, type, auth)
  noted.check()
  if (!Name || !type || !parameters) throw new Error('A connection was checked and has no name')
  for (const member of [
    'InvocationConnectivityParameters',
    'AuthParameters.ConnectivityParameters',
  ])
    if (at(given, member)) throw invalid(member, 'private endpoints need no VPC Lattice here.')
  return {
    Name,
    ...(Description !== undefined && { Description }),
    AuthorizationType: type,
    AuthParameters: shownAuthParameters(parameters),
    SealedAuthParameters: secrets.seal(JSON.stringify(parameters)),
  }
}

/**
 * UpdateConnection's request on what was stored: what it does not name stays. With another
 * authorization type the old credentials go. Throws `ValidationException`.
 */
export function updatedConnection(
  stored: Connection,
  request: unknown,
  secrets: Secrets,
): Connection {
  const given = faults().structure(request, 'request', true) ?? {}
  const old = stored.SealedAuthParameters === null ? {} : authParametersOf(stored, secrets)
  const merged: Record<string, unknown> = {
    Name: stored.Name,
    Description: given.Description ?? stored.Description,
    AuthorizationType: given.AuthorizationType ?? stored.AuthorizationType,
    AuthParameters: merge(old, given.AuthParameters),
    InvocationConnectivityParameters: given.InvocationConnectivityParameters,
  }
  return connection(merged, secrets)
}

/** DeauthorizeConnection: its secrets are gone, and requests are refused until it is updated. */
export const deauthorizedConnection = (stored: Connection): Connection => ({
  ...stored,
  AuthParameters: {},
  SealedAuthParameters: null,
})

/**
 * Its secrets, for a request. Throws `DeliveryRefused` when it was deauthorized, and what
 * `Secrets.open` throws.
 */
export function authParametersOf(
  { Name, SealedAuthParameters }: Connection,
  secrets: Pick<Secrets, 'open'>,
): AuthParameters {
  if (SealedAuthParameters === null)
    throw new DeliveryRefused(`The connection ${Name} is deauthorized. Update it.`, {
      code: 'NO_PERMISSIONS',
    })
  return JSON.parse(secrets.open(SealedAuthParameters))
}

/** Objects member by member; lists and all else as a whole. Null names nothing. */
function merge(old: unknown, given: unknown): unknown {
  if (given === undefined || given === null) return old
  if (!isStructure(old) || !isStructure(given)) return given
  const names = new Set([...Object.keys(old), ...Object.keys(given)])
  return Object.fromEntries([...names].map((name) => [name, merge(old[name], given[name])]))
}

const isStructure = (value: unknown): value is Structure =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const at = (given: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((value, name) => (isStructure(value) ? value[name] : undefined), given)

const invalid = (member: string, why: string) =>
  new BusError('ValidationException', `Parameter ${member} is not valid. Reason: ${why}`)
