/**
 * Access tokens of OAuth connections: fetched by client credentials, kept until they are about to
 * expire, and fetched once however many deliveries wait for one.
 *
 * EventBridge does not tell what its token request looks like. This is RFC 6749, 4.4: a form with the
 * client's credentials in it, to which `OAuthHttpParameters` add, or whose members they replace.
 */
import type { OAuthParameters } from './auth-parameters.ts'
import { DeliveryFailed } from './errors.ts'
import { checkOutcome } from './http-outcome.ts'
import { mergedHeaders, pairs, withQuery } from './http-parameters.ts'
import type { Clock, Http, HttpRequest } from './ports.ts'

export interface OAuthTokens {
  /**
   * The value of the Authorization header. `key` names the credentials and changes with them.
   * `refused` is one that was answered 401 or 407: it is not given again. Throws `DeliveryFailed`
   * and `DeliveryRefused` for the authorization endpoint's answer as for a destination's.
   */
  authorization(key: string, parameters: OAuthParameters, refused?: string): Promise<string>
}

interface Token {
  readonly authorization: string
  /** Ms since 1970. */
  readonly refreshAt: number
}

/** EventBridge's: a token that expires within a minute is not used any more. */
const leadMs = 60_000
const timeoutMs = 5_000
/** Connections whose tokens are kept. One beyond that fetches its own again. */
const capacity = 1_000

export function oauthTokens({
  http,
  clock,
  fetched = () => {},
}: {
  readonly http: Http
  readonly clock: Pick<Clock, 'now'>
  /** Told whenever a token has come for these credentials. */
  readonly fetched?: (key: string) => void
}): OAuthTokens {
  const tokens = new Map<string, Token>()
  const fetching = new Map<string, Promise<Token>>()

  async function fetchToken(parameters: OAuthParameters): Promise<Token> {
    // Not the signal of who asked first: others wait for it too.
    const { signal } = new AbortController()
    const response = await http.request({ ...tokenRequest(parameters), signal, timeoutMs })
    const now = clock.now()
    checkOutcome(response, 'The authorization endpoint', now)
    return tokenOf(response.body, now.getTime())
  }

  async function fetchOnce(key: string, parameters: OAuthParameters): Promise<Token> {
    const running = fetching.get(key)
    if (running) return running
    const promise = fetchToken(parameters)
    fetching.set(key, promise)
    try {
      const token = await promise
      tokens.delete(key)
      tokens.set(key, token)
      for (const oldest of tokens.keys()) {
        if (tokens.size <= capacity) break
        tokens.delete(oldest)
      }
      fetched(key)
      return token
    } finally {
      fetching.delete(key)
    }
  }

  return {
    async authorization(key, parameters, refused) {
      const kept = tokens.get(key)
      if (kept && kept.authorization !== refused && clock.now().getTime() < kept.refreshAt)
        return kept.authorization
      return (await fetchOnce(key, parameters)).authorization
    },
  }
}

function tokenRequest({
  ClientParameters: { ClientID, ClientSecret },
  AuthorizationEndpoint,
  HttpMethod,
  OAuthHttpParameters = {},
}: OAuthParameters): Pick<HttpRequest, 'url' | 'method' | 'headers' | 'body'> {
  const { HeaderParameters, QueryStringParameters, BodyParameters } = OAuthHttpParameters
  const form = {
    grant_type: 'client_credentials',
    client_id: ClientID,
    client_secret: ClientSecret,
    ...Object.fromEntries(pairs(BodyParameters)),
  }
  const inQuery = HttpMethod === 'GET'
  const headers = mergedHeaders([
    ['user-agent', 'Amazon/EventBridge/ApiDestinations'],
    ['accept', 'application/json'],
    ['content-type', 'application/x-www-form-urlencoded'],
    ...pairs(HeaderParameters).map(([name, value]) => [name.toLowerCase(), value] as const),
  ])
  const json = headers['content-type']?.includes('json')
  const body = json ? JSON.stringify(form) : new URLSearchParams(form).toString()
  const query = pairs(QueryStringParameters)
  return {
    url: withQuery(
      new URL(AuthorizationEndpoint),
      inQuery ? [...Object.entries(form), ...query] : query,
    ),
    method: HttpMethod,
    headers,
    body: inQuery ? null : body,
  }
}

/** RFC 6749, 5.1. Some servers send `expires_in` as text, some not at all. */
function tokenOf(text: string, now: number): Token {
  let answer: { access_token?: unknown; token_type?: unknown; expires_in?: unknown } | null = null
  try {
    answer = JSON.parse(text)
  } catch {} // told below, without the parser's message, which repeats the text
  const { access_token, token_type, expires_in } = answer ?? {}
  if (typeof access_token !== 'string' || !/^[!-~]+$/.test(access_token))
    throw new DeliveryFailed("The authorization endpoint's answer has no access_token.", {
      code: 'ERROR_FROM_TARGET',
    })
  // What a server calls “bearer” others know by its registered spelling.
  const named =
    typeof token_type === 'string' && /^[!-~]+$/.test(token_type) ? token_type : 'Bearer'
  const type = named.toLowerCase() === 'bearer' ? 'Bearer' : named
  const seconds = Number(expires_in)
  const lifetime = seconds > 0 ? seconds * 1_000 : Number.POSITIVE_INFINITY
  return {
    authorization: `${type} ${access_token}`,
    refreshAt: now + lifetime - Math.min(leadMs, lifetime / 2),
  }
}
