/**
 * EventBridge's connection: how requests to an API destination are authorized. It is stored as what
 * may be shown of it, and beside that everything, sealed.
 */
import {
  type AuthorizationType,
  type AuthParameters,
  authorizationTypes,
  authParametersFor,
  givenAuthParameters,
  noteConnectivity,
  type ShownAuthParameters,
  shownAuthParameters,
} from './auth-parameters.ts'
import {
  descriptionConstraint,
  faults,
  nameConstraint,
  pattern,
  type Structure,
} from './constraints.ts'
import { BusError, DeliveryRefused } from './errors.ts'
import { endpointFault } from './http-endpoint.ts'
import type { Secrets } from './ports.ts'
import { camelCase, given } from './request.ts'

/** Plain JSON. All but `SealedAuthParameters` may be shown. */
export interface Connection {
  readonly Name: string
  readonly Description?: string
  readonly KmsKeyIdentifier?: string
  readonly AuthorizationType: AuthorizationType
  readonly AuthParameters: ShownAuthParameters
  /**
   * All of `AuthParameters`; null when it was deauthorized. Differs with every change, so that what
   * was made of it can be told apart.
   */
  readonly SealedAuthParameters: string | null
}

const keyIdentifier = { max: 2_048, pattern: pattern('^[a-zA-Z0-9_\\-/:]*$') }

/** CreateConnection's request. Throws `ValidationException`. */
export function connection(request: unknown, secrets: Secrets): Connection {
  const noted = faults({ patternFirst: true })
  const given = noted.structure(request, 'request', true) ?? {}
  const Name = noted.text(given.Name, 'name', nameConstraint(64))
  const Description = noted.text(given.Description, 'description', descriptionConstraint)
  const type = noted.text(given.AuthorizationType, 'authorizationType', {
    required: true,
    values: Object.keys(authorizationTypes),
  }) as AuthorizationType | undefined
  const auth = noted.structure(given.AuthParameters, 'authParameters', true)
  const all = auth && givenAuthParameters(noted, auth)
  const network = 'InvocationConnectivityParameters'
  noteConnectivity(noted, given[network], camelCase(network))
  const KmsKeyIdentifier = noted.text(given.KmsKeyIdentifier, 'kmsKeyIdentifier', keyIdentifier)
  noted.check()
  if (!Name || !type || !all) throw new Error('A connection was checked and has no name')
  const parameters = authParametersFor(type, all)
  const { AuthorizationEndpoint } = parameters.OAuthParameters ?? {}
  const why = AuthorizationEndpoint === undefined ? null : endpointFault(AuthorizationEndpoint)
  if (why !== null) throw invalid('AuthParameters.OAuthParameters.AuthorizationEndpoint', why)
  for (const member of [
    'InvocationConnectivityParameters',
    'AuthParameters.ConnectivityParameters',
  ])
    if (at(given, member)) throw invalid(member, 'private endpoints need no VPC Lattice here.')
  return {
    Name,
    ...(Description && { Description }),
    ...(KmsKeyIdentifier && { KmsKeyIdentifier }),
    AuthorizationType: type,
    AuthParameters: shownAuthParameters(parameters),
    SealedAuthParameters: secrets.seal(JSON.stringify(parameters)),
  }
}

/** Whether UpdateConnection's request is about more than the description and the key. */
export const isAboutAuthorization = (request: Structure): boolean =>
  isPresent(request.AuthorizationType) || isPresent(request.AuthParameters)

/**
 * UpdateConnection's request on what was stored: what it does not name stays. With another
 * authorization type the old credentials go. Throws `ValidationException`.
 */
export function updatedConnection(
  stored: Connection,
  request: Structure,
  secrets: Secrets,
): Connection {
  const described = {
    Name: stored.Name,
    Description: request.Description ?? stored.Description,
    KmsKeyIdentifier: request.KmsKeyIdentifier ?? stored.KmsKeyIdentifier,
  }
  if (!isAboutAuthorization(request)) {
    const { Description: _old, KmsKeyIdentifier: _key, ...rest } = stored
    return { ...rest, ...present(described) } as Connection
  }
  const old = stored.SealedAuthParameters === null ? {} : authParametersOf(stored, secrets)
  const type = (request.AuthorizationType ?? stored.AuthorizationType) as AuthorizationType
  const { [authorizationTypes[type]]: credentials, InvocationHttpParameters } = merge(
    old,
    request.AuthParameters,
  ) as Structure
  const merged = {
    ...described,
    AuthorizationType: type,
    AuthParameters: given({ [authorizationTypes[type]]: credentials, InvocationHttpParameters }),
    InvocationConnectivityParameters: request.InvocationConnectivityParameters,
  }
  return connection(merged, secrets)
}

/**
 * What is wrong with UpdateConnection's request by itself. Throws `ValidationException`, as
 * EventBridge does for credentials without their type.
 */
export function checkUpdate(request: Structure): void {
  const noted = faults({ patternFirst: true })
  noted.text(request.Name, 'name', nameConstraint(64))
  noted.text(request.Description, 'description', descriptionConstraint)
  noted.text(request.AuthorizationType, 'authorizationType', {
    values: Object.keys(authorizationTypes),
  })
  const auth = noted.structure(request.AuthParameters, 'authParameters')
  if (auth) givenAuthParameters(noted, auth, { whole: false })
  const network = 'InvocationConnectivityParameters'
  noteConnectivity(noted, request[network], camelCase(network))
  noted.text(request.KmsKeyIdentifier, 'kmsKeyIdentifier', keyIdentifier)
  noted.check()
  const credentials = Object.values(authorizationTypes).some((member) => isPresent(auth?.[member]))
  const isEnough =
    isPresent(request.Description) ||
    isPresent(request.KmsKeyIdentifier) ||
    (isPresent(request.AuthorizationType) && credentials)
  if (isEnough) return
  throw new BusError(
    'ValidationException',
    'Failed to update the connection(s). At least one of the following is required: Description, KmsKeyIdentifier, AuthorizationType with BasicAuthParameters, ApiKeyAuthParameters, or OAuthParameters.',
  )
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

const isPresent = (value: unknown): boolean => value !== undefined && value !== null

/** Empty is none. */
const present = (members: object) =>
  Object.fromEntries(
    Object.entries(members).filter(([, value]) => isPresent(value) && value !== ''),
  )

const isStructure = (value: unknown): value is Structure =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const at = (given: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((value, name) => (isStructure(value) ? value[name] : undefined), given)

const invalid = (member: string, why: string) =>
  new BusError('ValidationException', `Parameter ${member} is not valid. Reason: ${why}`)
