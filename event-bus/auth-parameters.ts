/**
 * EventBridge's three ways to authorize the requests of a connection, and what goes with each of them.
 */
import type { Faults, Pattern, Structure, TextConstraint } from './constraints.ts'
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
const credential: TextConstraint = { required: true, min: 1, max: 512, pattern: credentialPattern }
const secret: TextConstraint = { ...credential, secret: true }

/** Those of the type and those of every request, with every fault noted; what else was given is not kept. */
export function authParameters(
  noted: Faults,
  type: AuthorizationType,
  given: Structure,
): AuthParameters {
  const path = 'authParameters'
  const member = authorizationTypes[type]
  if (!given[member])
    throw new BusError(
      'ValidationException',
      `Parameter(s) AuthParameters.${member} must be specified for authorization type ${type}.`,
    )
  const InvocationHttpParameters = connectionHttpParameters(
    noted,
    given.InvocationHttpParameters,
    `${path}.invocationHttpParameters`,
  )
  return {
    ...credentials(noted, member, given[member], path),
    ...(InvocationHttpParameters && { InvocationHttpParameters }),
  }
}

function credentials(
  noted: Faults,
  member: (typeof authorizationTypes)[AuthorizationType],
  value: unknown,
  path: string,
): AuthParameters {
  const at = `${path}.${member.charAt(0).toLowerCase()}${member.slice(1)}`
  const given = noted.structure(value, at, true) ?? {}
  const text = (name: string, constraint: TextConstraint) =>
    noted.text(given[name], `${at}.${name.charAt(0).toLowerCase()}${name.slice(1)}`, constraint) ??
    ''
  switch (member) {
    case 'BasicAuthParameters':
      return {
        [member]: { Username: text('Username', credential), Password: text('Password', secret) },
      }
    case 'ApiKeyAuthParameters':
      return {
        [member]: {
          ApiKeyName: text('ApiKeyName', credential),
          ApiKeyValue: text('ApiKeyValue', secret),
        },
      }
    case 'OAuthParameters':
      return { [member]: oauthParameters(noted, given, at, text) }
  }
}

function oauthParameters(
  noted: Faults,
  given: Structure,
  at: string,
  text: (name: string, constraint: TextConstraint) => string,
): OAuthParameters {
  const client = `${at}.clientParameters`
  const { ClientID, ClientSecret } = noted.structure(given.ClientParameters, client, true) ?? {}
  const OAuthHttpParameters = connectionHttpParameters(
    noted,
    given.OAuthHttpParameters,
    `${at}.oAuthHttpParameters`,
  )
  return {
    ClientParameters: {
      ClientID: noted.text(ClientID, `${client}.clientID`, credential) ?? '',
      ClientSecret: noted.text(ClientSecret, `${client}.clientSecret`, secret) ?? '',
    },
    AuthorizationEndpoint: text('AuthorizationEndpoint', endpointConstraint),
    HttpMethod: text('HttpMethod', {
      required: true,
      values: ['GET', 'POST', 'PUT'],
    }) as OAuthParameters['HttpMethod'],
    ...(OAuthHttpParameters && { OAuthHttpParameters }),
  }
}

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
