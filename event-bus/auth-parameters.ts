/**
 * EventBridge's three ways to authorize the requests of a connection, and what goes with each of them.
 */
import {
  type Faults,
  type Pattern,
  pattern,
  type Structure,
  type TextConstraint,
} from './constraints.ts'
import { BusError } from './errors.ts'
import { endpointConstraint } from './http-endpoint.ts'
import {
  type ConnectionHttpParameters,
  connectionHttpParameters,
  type ShownHttpParameter,
  shownHttpParameters,
} from './http-parameters.ts'

export type AuthorizationType = 'BASIC' | 'OAUTH_CLIENT_CREDENTIALS' | 'API_KEY'

/** With its secrets: for the moment of a request, never to be stored, logged or answered. */
export interface AuthParameters {
  readonly BasicAuthParameters?: { readonly Username: string; readonly Password: string }
  readonly ApiKeyAuthParameters?: { readonly ApiKeyName: string; readonly ApiKeyValue: string }
  readonly OAuthParameters?: OAuthParameters
  readonly InvocationHttpParameters?: ConnectionHttpParameters
}

export interface OAuthParameters {
  readonly ClientParameters: { readonly ClientID: string; readonly ClientSecret: string }
  readonly AuthorizationEndpoint: string
  readonly HttpMethod: 'GET' | 'POST' | 'PUT'
  readonly OAuthHttpParameters?: ConnectionHttpParameters
}

/** What DescribeConnection answers. */
export interface ShownAuthParameters {
  readonly BasicAuthParameters?: { readonly Username: string }
  readonly ApiKeyAuthParameters?: { readonly ApiKeyName: string }
  readonly OAuthParameters?: Omit<OAuthParameters, 'ClientParameters' | 'OAuthHttpParameters'> & {
    readonly ClientParameters: { readonly ClientID: string }
    readonly OAuthHttpParameters?: ConnectionHttpParameters<ShownHttpParameter>
  }
  readonly InvocationHttpParameters?: ConnectionHttpParameters<ShownHttpParameter>
}

export const authorizationTypes = {
  BASIC: 'BasicAuthParameters',
  OAUTH_CLIENT_CREDENTIALS: 'OAuthParameters',
  API_KEY: 'ApiKeyAuthParameters',
} as const

/** EventBridge's own takes exponential time; see http-parameters.ts. */
const credentialPattern: Pattern = {
  text: '^[ \\t]*[^\\x00-\\x1F:\\x7F]+([ \\t]+[^\\x00-\\x1F:\\x7F]+)*[ \\t]*$',
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it refuses
  test: /^\t*[^\x00-\x1F:\x7F][^\x00-\x08\x0A-\x1F:\x7F]*$/,
}
const credential: TextConstraint = { min: 1, max: 512, pattern: credentialPattern }
const secret: TextConstraint = { ...credential, secret: true }

/** All that were given, of whichever type, with every fault noted. Those of an update need not be whole. */
export function givenAuthParameters(
  noted: Faults,
  given: Structure,
  { whole = true } = {},
): AuthParameters {
  const path = 'authParameters'
  const reading = { noted, whole }
  const { BasicAuthParameters: basic, OAuthParameters: oauth, ApiKeyAuthParameters: key } = given
  const BasicAuthParameters = members(reading, basic, `${path}.basicAuthParameters`, {
    Username: credential,
    Password: secret,
  })
  const OAuthParameters = oauthParameters(reading, oauth, `${path}.oAuthParameters`)
  const ApiKeyAuthParameters = members(reading, key, `${path}.apiKeyAuthParameters`, {
    ApiKeyName: credential,
    ApiKeyValue: secret,
  })
  const InvocationHttpParameters = connectionHttpParameters(
    noted,
    given.InvocationHttpParameters,
    `${path}.invocationHttpParameters`,
  )
  noteConnectivity(noted, given.ConnectivityParameters, `${path}.connectivityParameters`)
  return {
    ...(BasicAuthParameters && { BasicAuthParameters }),
    ...(OAuthParameters && { OAuthParameters }),
    ...(ApiKeyAuthParameters && { ApiKeyAuthParameters }),
    ...(InvocationHttpParameters && { InvocationHttpParameters }),
  }
}

/** Those of the type and those of every request. Throws `ValidationException` when the type's are not there. */
export function authParametersFor(type: AuthorizationType, given: AuthParameters): AuthParameters {
  const member = authorizationTypes[type]
  const { [member]: credentials, InvocationHttpParameters } = given
  if (!credentials)
    throw new BusError(
      'ValidationException',
      `Parameter(s) AuthParameters.${member} must be specified for authorization type ${type}.`,
    )
  return {
    [member]: credentials,
    ...(InvocationHttpParameters && { InvocationHttpParameters }),
  }
}

interface Reading {
  readonly noted: Faults
  readonly whole: boolean
}

function members<Name extends string>(
  { noted, whole }: Reading,
  value: unknown,
  path: string,
  constraints: Readonly<Record<Name, TextConstraint>>,
): Record<Name, string> | undefined {
  const given = noted.structure(value, path)
  if (!given) return undefined
  const read = Object.entries<TextConstraint>(constraints).map(([name, constraint]) => {
    const at = `${path}.${name.charAt(0).toLowerCase()}${name.slice(1)}`
    return [name, noted.text(given[name], at, { ...constraint, required: whole }) ?? '']
  })
  return Object.fromEntries(read)
}

function oauthParameters(
  reading: Reading,
  value: unknown,
  at: string,
): OAuthParameters | undefined {
  const { noted, whole } = reading
  const given = noted.structure(value, at)
  if (!given) return undefined
  const client = `${at}.clientParameters`
  const ClientParameters = members(
    reading,
    noted.structure(given.ClientParameters, client, whole),
    client,
    { ClientID: credential, ClientSecret: secret },
  )
  const { AuthorizationEndpoint, HttpMethod } = members(reading, given, at, {
    AuthorizationEndpoint: endpointConstraint,
    HttpMethod: { values: ['GET', 'POST', 'PUT'] },
  }) ?? { AuthorizationEndpoint: '', HttpMethod: '' }
  const OAuthHttpParameters = connectionHttpParameters(
    noted,
    given.OAuthHttpParameters,
    `${at}.oAuthHttpParameters`,
  )
  return {
    ClientParameters: ClientParameters ?? { ClientID: '', ClientSecret: '' },
    AuthorizationEndpoint,
    HttpMethod: HttpMethod as OAuthParameters['HttpMethod'],
    ...(OAuthHttpParameters && { OAuthHttpParameters }),
  }
}

/** Notes the faults of what nothing here has a use for: endpoints in networks of AWS. */
export function noteConnectivity(noted: Faults, value: unknown, path: string): void {
  const at = `${path}.resourceParameters`
  const given = noted.structure(value, path)
  const resource = given && noted.structure(given.ResourceParameters, at, true)
  if (resource)
    noted.text(resource.ResourceConfigurationArn, `${at}.resourceConfigurationArn`, {
      ...{ required: true, max: 2_048, pattern: resourceConfiguration },
    })
}
const resourceConfiguration = pattern(
  '^(?:^arn:[a-z0-9\\-]+:vpc-lattice:[a-zA-Z0-9\\-]+:\\d{12}:resourceconfiguration/rcfg-[0-9a-z]{17}$|^$)',
)

/** What may be shown of them. */
export function shownAuthParameters(parameters: AuthParameters): ShownAuthParameters {
  const { BasicAuthParameters, ApiKeyAuthParameters, OAuthParameters } = parameters
  const { InvocationHttpParameters } = parameters
  return {
    ...(BasicAuthParameters && {
      BasicAuthParameters: { Username: BasicAuthParameters.Username },
    }),
    ...(ApiKeyAuthParameters && {
      ApiKeyAuthParameters: { ApiKeyName: ApiKeyAuthParameters.ApiKeyName },
    }),
    ...(OAuthParameters && { OAuthParameters: shownOAuthParameters(OAuthParameters) }),
    ...(InvocationHttpParameters && {
      InvocationHttpParameters: shownHttpParameters(InvocationHttpParameters),
    }),
  }
}

const shownOAuthParameters = ({
  ClientParameters,
  OAuthHttpParameters,
  ...shown
}: OAuthParameters): NonNullable<ShownAuthParameters['OAuthParameters']> => ({
  ClientParameters: { ClientID: ClientParameters.ClientID },
  ...shown,
  ...(OAuthHttpParameters && { OAuthHttpParameters: shownHttpParameters(OAuthHttpParameters) }),
})
