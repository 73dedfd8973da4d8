/**
 * The request that an API destination is sent: what its target and its connection add is merged,
 * and the connection's values win:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
 */
import type { ApiDestination } from './api-destination.ts'
import type { AuthParameters } from './auth-parameters.ts'
import { DeliveryRefused } from './errors.ts'
import { filledEndpoint } from './http-endpoint.ts'
import {
  type HttpParameters,
  mergedHeaders,
  type Pair,
  pairs,
  withQuery,
} from './http-parameters.ts'
import type { HttpRequest } from './ports.ts'

/** EventBridge also sends `Connection: close`. A connection is kept here for the next event. */
const fixedHeaders = {
  'User-Agent': 'Amazon/EventBridge/ApiDestinations',
  Range: 'bytes=0-1048575',
  'Accept-Encoding': 'gzip,deflate',
}

/** EventBridge takes these out, whoever asked for them. */
const removedHeaders = new Set(
  (
    'a-im accept-charset accept-datetime accept-encoding cache-control connection content-encoding ' +
    'content-length content-md5 date expect forwarded from host http2-settings if-match ' +
    'if-modified-since if-none-match if-range if-unmodified-since keep-alive max-forwards origin ' +
    'pragma proxy-authorization proxy-connection range referer te trailer transfer-encoding ' +
    'upgrade user-agent via warning'
  ).split(' '),
)

export interface Authorization {
  readonly name: string
  readonly value: string
}

/** Throws `DeliveryRefused` when no request can be made of them. */
export function apiDestinationRequest(
  { InvocationEndpoint, HttpMethod }: ApiDestination,
  { PathParameterValues = [], HeaderParameters = {}, QueryStringParameters = {} }: HttpParameters,
  { InvocationHttpParameters = {} }: AuthParameters,
  authorization: Authorization,
  text: string,
): Pick<HttpRequest, 'url' | 'method' | 'headers' | 'body'> {
  const bodyless = HttpMethod === 'GET' || HttpMethod === 'HEAD'
  return {
    url: withQuery(filledEndpoint(InvocationEndpoint, PathParameterValues), [
      ...Object.entries(QueryStringParameters),
      ...pairs(InvocationHttpParameters.QueryStringParameters),
    ]),
    method: HttpMethod,
    headers: finalHeaders([
      ...(bodyless ? [] : [['Content-Type', 'application/json; charset=utf-8'] as const]),
      ...Object.entries(HeaderParameters),
      ...pairs(InvocationHttpParameters.HeaderParameters),
      [authorization.name, authorization.value],
    ]),
    body: bodyless ? null : withMembers(text, pairs(InvocationHttpParameters.BodyParameters)),
  }
}

/** EventBridge's own come last: nobody else's take their place. */
const finalHeaders = (headers: readonly Pair[]): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    Object.entries(mergedHeaders(headers)).filter(
      ([name]) => !removedHeaders.has(name.toLowerCase()),
    ),
  ),
  ...fixedHeaders,
})

/**
 * The text stays as it came where it can: numbers that JavaScript would round, and the order of
 * members. EventBridge's answer to a body that is no object is not known; without what the
 * connection adds it is not sent.
 */
function withMembers(text: string, members: readonly Pair[]): string {
  if (members.length === 0) return text
  const body = object(text)
  const added = Object.fromEntries(members)
  if (members.some(([name]) => Object.hasOwn(body, name)))
    return JSON.stringify({ ...body, ...added })
  const start = text.trimEnd().slice(0, -1)
  const separator = Object.keys(body).length > 0 ? ',' : ''
  return `${start}${separator}${JSON.stringify(added).slice(1)}`
}

function object(text: string): object {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {} // told below, without the parser's message, which repeats the text
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  throw new DeliveryRefused(
    'Unable to invoke ApiDestination endpoint: the connection adds to the body, and the body is no JSON object.',
    { code: 'INVALID_JSON' },
  )
}
