/** Delivers to an API destination: one request for each event, authorized by its connection. */
import type { ApiDestination } from './api-destination.ts'
import { type Authorization, apiDestinationRequest } from './api-destination-request.ts'
import type { AuthParameters } from './auth-parameters.ts'
import { authParametersOf, type Connection } from './connection.ts'
import { DeliveryFailed } from './errors.ts'
import { checkOutcome } from './http-outcome.ts'
import type { HttpParameters } from './http-parameters.ts'
import type { OAuthTokens } from './oauth-tokens.ts'
import type { Clock, Http, HttpResponse, Secrets } from './ports.ts'

/** EventBridge's own. */
const timeoutMs = 5_000

export interface ApiDestinationTarget {
  readonly destination: ApiDestination
  readonly connection: Connection
  readonly httpParameters?: HttpParameters
  readonly http: Http
  readonly secrets: Pick<Secrets, 'open'>
  /** One for all targets, so that those of one connection share its token. */
  readonly tokens: OAuthTokens
  readonly clock: Pick<Clock, 'now'>
}

/**
 * What a target does with the text that its input made of an event. Resolves when the destination
 * has answered 2xx. Throws `DeliveryFailed`, with the `retryAfterMs` that the destination asked
 * for, and `DeliveryRefused`.
 */
export function apiDestinationTarget({
  destination,
  connection,
  httpParameters = {},
  http,
  secrets,
  tokens,
  clock,
}: ApiDestinationTarget): (text: string, signal: AbortSignal) => Promise<void> {
  let opened: AuthParameters | null = null

  /** When it is called and not before, so that a lost key is a failed delivery and not a failed start. */
  function authParameters(): AuthParameters {
    try {
      opened ??= authParametersOf(connection, secrets)
      return opened
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'DeliveryRefused') throw cause
      const why = cause instanceof Error ? cause.message : 'unknown'
      throw new DeliveryFailed(`The connection ${connection.Name} cannot be read: ${why}`, {
        code: 'INTERNAL_ERROR',
        cause,
      })
    }
  }

  return async (text, signal) => {
    const parameters = authParameters()
    const send = (authorization: Authorization): Promise<HttpResponse> =>
      http.request({
        ...apiDestinationRequest(destination, httpParameters, parameters, authorization, text),
        signal,
        timeoutMs,
      })
    const { OAuthParameters } = parameters
    let response: HttpResponse
    if (OAuthParameters) {
      const key = connection.SealedAuthParameters ?? ''
      const token = await tokens.authorization(key, OAuthParameters)
      response = await send(bearer(token))
      if (response.status === 401 || response.status === 407)
        response = await send(bearer(await tokens.authorization(key, OAuthParameters, token)))
    } else {
      response = await send(credentials(parameters))
    }
    checkOutcome(response, 'The API destination', clock.now())
  }
}

const bearer = (value: string): Authorization => ({ name: 'Authorization', value })

function credentials({ BasicAuthParameters, ApiKeyAuthParameters }: AuthParameters): Authorization {
  if (ApiKeyAuthParameters) {
    const { ApiKeyName, ApiKeyValue } = ApiKeyAuthParameters
    return { name: ApiKeyName, value: ApiKeyValue }
  }
  const { Username = '', Password = '' } = BasicAuthParameters ?? {}
  return { name: 'Authorization', value: `Basic ${base64(`${Username}:${Password}`)}` }
}

/** Of its UTF-8 (RFC 7617). */
const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))
