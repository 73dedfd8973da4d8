/**
 * API Gateway's HTTP API, payload format 2.0, to a function from `Request` to `Response`, as hono's
 * `fetch` is one, and back.
 */
import type { HttpApiEvent, HttpApiResponse, LambdaHandler } from './lambda-event.ts'

export type Fetch = (request: Request, caller: Caller) => Response | Promise<Response>
export interface Caller {
  /** Whether the route has an authorizer, and that let the request through. */
  readonly isAuthorized: boolean
  /** Where the request came from, as API Gateway saw it. */
  readonly address: string
}

export function httpApi(fetch: Fetch): LambdaHandler<HttpApiEvent, HttpApiResponse> {
  // Node loads what stands behind it when somebody asks for it, and Lambda has more processor for that at
  // a start than for a request.
  Reflect.get(globalThis, 'Request')
  return async (event) => {
    // As a boolean; REST APIs would make it a text.
    const said = String(event.requestContext.authorizer?.lambda?.isAuthorized)
    const address = event.requestContext.http.sourceIp
    return responseOf(await fetch(requestOf(event), { isAuthorized: said === 'true', address }))
  }
}

function requestOf(event: HttpApiEvent): Request {
  const { requestContext, cookies, body } = event
  const { method } = requestContext.http
  const headers = new Headers()
  for (const [name, value] of Object.entries(event.headers))
    if (value !== undefined) headers.append(name, octets(value))
  if (cookies && cookies.length > 0) headers.set('cookie', cookies.join('; '))
  const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD'
  return new Request(urlOf(event), {
    ...{ method, headers },
    // Bytes, for a text would bring a Content-Type of its own.
    ...(hasBody && { body: event.isBase64Encoded ? bytesOf(body) : utf8.encode(body) }),
  })
}

/**
 * The path comes decoded, so what a path cannot have is encoded anew: a `?` in it would begin the query.
 * A slash that was encoded stays lost. What is encoded already, as other gateways send it, stays as it is.
 */
function urlOf({ rawPath, rawQueryString, requestContext }: HttpApiEvent): string {
  const { domainName, stage } = requestContext
  const prefix = `/${stage}`
  const inStage = stage !== '$default' && (rawPath === prefix || rawPath.startsWith(`${prefix}/`))
  const path = (inStage ? rawPath.slice(prefix.length) : rawPath) || '/'
  const url = new URL(`https://${domainName}`)
  url.pathname = path.replaceAll(/%(?![0-9a-f]{2})/gi, '%25')
  url.search = rawQueryString
  return url.href
}

const utf8 = new TextEncoder()

/** A header as it went over the wire, a character for each byte: `Headers` takes no other. */
const octets = (value: string): string =>
  /^[\0-\xff]*$/.test(value) ? value : String.fromCharCode(...utf8.encode(value))

async function responseOf(response: Response): Promise<HttpApiResponse> {
  const headers = Object.fromEntries(
    [...response.headers].filter(([name]) => name !== 'set-cookie'),
  )
  const cookies = response.headers.getSetCookie()
  const bytes = new Uint8Array(await response.arrayBuffer())
  const text = response.headers.has('content-encoding') ? null : textOf(bytes)
  return {
    ...{ statusCode: response.status, headers },
    ...(cookies.length > 0 && { cookies }),
    ...{ body: text ?? base64Of(bytes), isBase64Encoded: text === null },
  }
}

/** Null when the bytes are no text: JSON carries nothing else. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

const chunk = 8_192
function base64Of(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += chunk)
    binary += String.fromCharCode(...bytes.subarray(at, at + chunk))
  return btoa(binary)
}
