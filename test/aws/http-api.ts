/**
 * An HTTP API of API Gateway: makes of a request the event in payload format 2.0, asks the authorizer, and
 * makes of what a function answers a response.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LambdaFunction } from './function.ts'
import { type Chosen, choose, decoded, type ParsedRoute } from './routes.ts'
import { arnOf, place } from './template.ts'

export interface HttpRoute {
  readonly lambda: LambdaFunction
  readonly payloadFormat: string
  readonly timeoutMs: number
  readonly authorizer: HttpAuthorizer | null
}
export interface HttpAuthorizer {
  readonly lambda: LambdaFunction
  /** `$request.header.Authorization` */
  readonly identitySources: readonly string[]
  readonly isSimple: boolean
  /** How long an answer is taken again for the same identity. */
  readonly ttlMs: number
  readonly known: Map<string, { readonly said: Said; readonly until: number }>
}

export interface HttpApiOptions {
  readonly apiId: string
  readonly stage: string
  readonly routes: readonly ParsedRoute<HttpRoute>[]
  /** Who asks without an Authorization header is taken to have sent this one: everybody is an author. */
  readonly authorization: string | null
  readonly log: (line: string) => void
}

export interface HttpApi {
  readonly port: number
  /** Takes requests, as a stage that is deployed. */
  serve(options: HttpApiOptions): void
  /** Takes no more, and resolves when those that it took are answered. */
  drain(): Promise<void>
  /** Cuts all connections. */
  close(): Promise<void>
}

/** AWS's for a request and what comes back from a function. */
const mostBodyBytes = 10_485_760
const mostAnswerBytes = 6_291_556

/** Listens on a port, or on any that is free, and refuses until it has something to serve. */
export async function httpApi(at: number): Promise<HttpApi> {
  let options: HttpApiOptions | null = null
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: Error) => {
      options?.log(`http: ${error.message}`)
      if (!response.headersSent) message(response, 500, 'Internal Server Error')
      else response.destroy()
    })
  })
  server.listen(at, '127.0.0.1')
  await once(server, 'listening')
  const ended = once(server, 'close')
  return {
    port: (server.address() as AddressInfo).port,
    serve(given) {
      options = given
    },
    async drain() {
      server.close()
      server.closeIdleConnections()
      await ended
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await ended
    },
  }
}

function message(response: ServerResponse, status: number, text: string): void {
  const body = JSON.stringify({ message: text })
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    })
    .end(body)
}

async function answer(
  options: HttpApiOptions | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodyOf(request)
  if (!options) return message(response, 503, 'Service Unavailable')
  if (!isOwn(request)) return message(response, 403, 'Forbidden')
  if (body === null) return message(response, 413, 'Request Entity Too Large')
  const { method = 'GET', url = '/' } = request
  const [path = '/'] = url.split('?')
  const chosen = choose(options.routes, method, path)
  if (!chosen) return message(response, 404, 'Not Found')
  const { lambda, authorizer, payloadFormat, timeoutMs } = chosen.route.of
  if (payloadFormat !== '2.0') throw new Error(`${chosen.route.key} has format ${payloadFormat}`)
  const event = eventOf(options, request, body, chosen)

  let authorized: object = {}
  if (authorizer) {
    const said = await authorize(authorizer, event)
    if ('refusal' in said) return message(response, ...said.refusal)
    authorized = { authorizer: { lambda: said.context ?? {} } }
  }
  const whole = { ...event, requestContext: { ...event.requestContext, ...authorized } }
  const { promise: late, resolve } = Promise.withResolvers<typeof tooLate>()
  const timer = setTimeout(resolve, timeoutMs, tooLate)
  try {
    const given = await Promise.race([lambda.invoke(whole), late])
    if (given === tooLate) return message(response, 503, 'Service Unavailable')
    give(response, given, method)
  } catch {
    message(response, 500, 'Internal Server Error')
  } finally {
    clearTimeout(timer)
  }
}
const tooLate = Symbol('too late')

/** An API answers to its own names only. */
export const isOwn = ({ headers, socket }: IncomingMessage): boolean =>
  [`127.0.0.1:${socket.localPort}`, `localhost:${socket.localPort}`].includes(headers.host ?? '')

/** Null when it is larger than API Gateway takes. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += part.length
    if (size <= mostBodyBytes) parts.push(part)
  }
  return size > mostBodyBytes ? null : Buffer.concat(parts)
}

/** Types whose bodies come as text; others as base64. */
const isText = (type: string) =>
  type === '' ||
  /^(text\/|application\/(json|javascript|xml|[\w.+-]+\+(json|xml)|x-www-form-urlencoded))/.test(
    type,
  )

function eventOf(
  { apiId, stage, authorization }: HttpApiOptions,
  request: IncomingMessage,
  body: Buffer,
  { route, pathParameters }: Chosen<HttpRoute>,
) {
  const { method = 'GET', url = '/' } = request
  const [path = '/', query = ''] = url.split(/\?(.*)/s)
  const { cookie, ...headers } = joined(request)
  const host = headers.host ?? ''
  const at = new Date()
  const text = body.toString('utf8')
  const isWhole = isText(headers['content-type'] ?? '') && Buffer.from(text).equals(body)
  const named = Object.entries(pathParameters)
  const queried = [...new URLSearchParams(query)]
  const sourceIp = request.socket.remoteAddress ?? '127.0.0.1'
  // The path comes decoded although its name says raw; the query does not.
  const decodedPath = decoded(path)
  return {
    ...{ version: '2.0', routeKey: route.key, rawPath: decodedPath, rawQueryString: query },
    ...(cookie !== undefined && { cookies: cookie.split(/; */) }),
    headers: {
      ...(authorization !== null && { authorization }),
      ...headers,
      'content-length': String(body.length),
      'x-amzn-trace-id': `Root=1-${Math.floor(at.getTime() / 1_000).toString(16)}-${randomUUID().replaceAll('-', '').slice(0, 24)}`,
      ...{ 'x-forwarded-for': sourceIp, 'x-forwarded-port': host.split(':')[1] ?? '443' },
      'x-forwarded-proto': 'https',
    },
    ...(queried.length > 0 && { queryStringParameters: grouped(queried) }),
    requestContext: {
      ...{ accountId: place.account, apiId, domainName: host, domainPrefix: apiId },
      http: {
        ...{ method, path: decodedPath, protocol: 'HTTP/1.1', sourceIp },
        userAgent: headers['user-agent'] ?? '',
      },
      ...{ requestId: randomUUID(), routeKey: route.key, stage },
      time: at.toUTCString(),
      timeEpoch: at.getTime(),
    },
    ...(named.length > 0 && { pathParameters }),
    ...(body.length > 0 && { body: isWhole ? text : body.toString('base64') }),
    isBase64Encoded: body.length > 0 && !isWhole,
  }
}

/** Lower case, several of a name joined by commas. */
function joined({ rawHeaders }: IncomingMessage): Record<string, string> {
  const pairs = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1] ?? ''] as const] : [],
  )
  return grouped(pairs)
}
function grouped(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const by = Map.groupBy(pairs, ([name]) => name)
  return Object.fromEntries(
    [...by].map(([name, all]) => [name, all.map(([, value]) => value).join(',')]),
  )
}

type Said =
  | { readonly refusal: readonly [status: number, message: string] }
  | { readonly context: object | undefined }

async function authorize(
  authorizer: HttpAuthorizer,
  event: ReturnType<typeof eventOf>,
): Promise<Said> {
  const { identitySources, ttlMs, known } = authorizer
  const headers: Readonly<Record<string, string>> = event.headers
  const identity = identitySources.map((source) => {
    const name = /^\$request\.header\.(.+)$/.exec(source)?.[1]
    if (name === undefined) throw new Error(`The identity source ${source} is not known here`)
    return headers[name.toLowerCase()]
  })
  if (identity.some((value) => value === undefined)) return { refusal: [401, 'Unauthorized'] }
  const key = identity.join('\0')
  const before = known.get(key)
  if (before && before.until > performance.now()) return before.said
  const said = await asked(authorizer, event, identity)
  if ('context' in said) known.set(key, { said, until: performance.now() + ttlMs })
  return said
}

async function asked(
  { lambda, isSimple }: HttpAuthorizer,
  event: ReturnType<typeof eventOf>,
  identity: readonly (string | undefined)[],
): Promise<Said> {
  const { apiId, stage, http } = event.requestContext
  const { body: _body, ...rest } = event
  const answer = (await lambda
    .invoke({
      ...{ ...rest, type: 'REQUEST', identitySource: identity },
      routeArn: arnOf('execute-api', `${apiId}/${stage}/${http.method}${http.path}`),
    })
    .catch(() => null)) as { readonly isAuthorized?: unknown; readonly context?: object } | null
  if (answer === null || !isSimple || typeof answer.isAuthorized !== 'boolean')
    return { refusal: [500, 'Internal Server Error'] }
  return answer.isAuthorized ? { context: answer.context } : { refusal: [403, 'Forbidden'] }
}

interface Given {
  readonly statusCode?: number
  readonly headers?: Readonly<Record<string, string | number | boolean>>
  readonly cookies?: readonly string[]
  readonly body?: string
  readonly isBase64Encoded?: boolean
}

/** Without a status code the whole answer is the body. */
function give(response: ServerResponse, given: unknown, method: string): void {
  const isShaped = typeof given === 'object' && given !== null && 'statusCode' in given
  const {
    statusCode = 200,
    headers = {},
    cookies = [],
    body = '',
    isBase64Encoded,
  } = isShaped
    ? (given as Given)
    : { body: JSON.stringify(given ?? null), headers: { 'content-type': 'application/json' } }
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.length > mostAnswerBytes) throw new Error('The answer of a function is too large')
  response.statusCode = statusCode
  for (const [name, value] of Object.entries(headers))
    if (!/^(content-length|transfer-encoding|connection)$/i.test(name))
      response.setHeader(name, String(value))
  if (cookies.length > 0) response.setHeader('set-cookie', [...cookies])
  const hasBody = method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
  if (hasBody) response.setHeader('content-length', bytes.length)
  response.end(hasBody ? bytes : undefined)
}
