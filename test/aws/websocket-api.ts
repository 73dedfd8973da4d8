/**
 * A WebSocket API of API Gateway: functions are told of connections and messages, and post to connections by
 * `@connections`. Limits and refusals as the developer guide has them.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { managementApi } from '../../blog/adapters/aws/testing/management-api.ts'
import type { LambdaFunction } from './function.ts'
import { isOwn } from './http-api.ts'

export interface WebSocketApiOptions {
  readonly apiId: string
  readonly stage: string
  /** `$request.body.action` */
  readonly selection: string
  /** By route key. */
  readonly routes: ReadonlyMap<string, LambdaFunction>
  /** Why the caller of `@connections` may not do what it asks; null when it may. */
  readonly denies: (request: IncomingMessage, resource: string) => string | null
  readonly log: (line: string) => void
}

export interface WebSocketApi {
  readonly port: number
  /** Tells first of the end of connections that were `cut`. */
  serve(options: WebSocketApiOptions, cut?: readonly object[]): void
  /** Ends all connections with a code, and resolves when the functions have been told. */
  drain(code: number): Promise<void>
  /** Cuts all connections, and answers them: there is no function that could be told of their end. */
  close(): Promise<readonly object[]>
}

/** AWS's for a message; longer ones end their connection. */
const mostBytes = 131_072

interface Connection {
  readonly socket: WebSocket
  readonly context: object
  readonly connectedAt: number
  lastActiveAt: number
}

export async function webSocketApi(at: number): Promise<WebSocketApi> {
  let options: WebSocketApiOptions | null = null
  const connections = new Map<string, Connection>()
  const told = new Set<Promise<unknown>>()
  const upgrades = new WebSocketServer({
    noServer: true,
    maxPayload: mostBytes,
    clientTracking: false,
  })
  const server = createServer((request, response) => manage(request, response))
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {})
    connect(request, socket, head).catch((error: Error) => {
      options?.log(`websocket: ${error.message}`)
      refuse(socket, 502, 'Bad Gateway')
    })
  })
  server.listen(at, '127.0.0.1')
  await once(server, 'listening')
  const ended = once(server, 'close')

  function invoke(route: string, event: object): Promise<unknown> {
    const lambda = options?.routes.get(route)
    const telling = lambda ? lambda.invoke(event) : Promise.resolve(null)
    const kept = telling.catch(() => {}).finally(() => told.delete(kept))
    told.add(kept)
    return telling
  }

  async function connect(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { apiId, stage, routes } = options ?? {}
    const [path] = (request.url ?? '/').split('?')
    if (!routes || !isOwn(request) || path?.replace(/\/$/, '') !== `/${stage}`)
      return refuse(socket, 403, 'Forbidden')
    const id = `${randomBytes(11).toString('base64url')}=`
    const connectedAt = Date.now()
    const context = {
      ...{ stage, apiId, connectionId: id, connectedAt, domainName: request.headers.host ?? '' },
      identity: { sourceIp: '127.0.0.1', userAgent: request.headers['user-agent'] ?? '' },
    }
    if (routes.has('$connect')) {
      const query = [...new URLSearchParams((request.url ?? '').split('?')[1] ?? '')]
      const answer = (await invoke('$connect', {
        headers: Object.fromEntries(pairs(request)),
        multiValueHeaders: Object.fromEntries(
          [...Map.groupBy(pairs(request), ([name]) => name)].map(([name, all]) => [
            name,
            all.map(([, value]) => value),
          ]),
        ),
        ...(query.length > 0 && { queryStringParameters: Object.fromEntries(query) }),
        requestContext: requestContext(context, '$connect', 'CONNECT'),
        isBase64Encoded: false,
      }).catch(() => null)) as { readonly statusCode?: number } | null
      const status = answer?.statusCode ?? 502
      if (status < 200 || status > 299) return refuse(socket, status, 'Refused')
    }
    upgrades.handleUpgrade(request, socket, head, (opened) =>
      open(id, opened, context, connectedAt),
    )
  }

  function open(id: string, socket: WebSocket, context: object, connectedAt: number): void {
    const connection: Connection = { socket, context, connectedAt, lastActiveAt: connectedAt }
    connections.set(id, connection)
    socket.on('error', () => {}) // 'close' tells the same
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      connection.lastActiveAt = Date.now()
      // API Gateway takes no binary frames.
      if (isBinary) socket.close(1003)
      else message(connection, data.toString('utf8'))
    })
    socket.on('close', (code: number) => {
      connections.delete(id)
      disconnected(context, code)
    })
  }

  function disconnected(context: object, code: number): void {
    void invoke('$disconnect', {
      headers: {},
      requestContext: {
        ...requestContext(context, '$disconnect', 'DISCONNECT'),
        ...{ disconnectStatusCode: code, disconnectReason: '' },
      },
      isBase64Encoded: false,
    }).catch(() => {})
  }

  function message({ socket, context }: Connection, body: string): void {
    const chosen = selected(options?.selection ?? '', body)
    const route = chosen !== null && options?.routes.has(chosen) ? chosen : '$default'
    if (!options?.routes.has(route)) {
      failed(socket, context, 'Forbidden')
      return
    }
    void invoke(route, {
      requestContext: {
        ...requestContext(context, route, 'MESSAGE'),
        messageId: randomUUID(),
      },
      body,
      isBase64Encoded: false,
    }).catch(() => {
      if (socket.readyState === socket.OPEN) failed(socket, context, 'Internal server error')
    })
  }

  const management = managementApi({
    has: (id) => connections.get(id)?.socket.readyState === 1,
    async send(id, data) {
      const connection = connections.get(id)
      if (!connection) return 'full'
      connection.lastActiveAt = Date.now()
      const { promise, resolve } = Promise.withResolvers<'sent' | 'full'>()
      connection.socket.send(data.toString('utf8'), (error) => resolve(error ? 'full' : 'sent'))
      return promise
    },
    close: (id) => connections.get(id)?.socket.close(1000),
  })

  /** Whoever may, posts to connections; of all else here nobody knows. */
  function manage(request: IncomingMessage, response: ServerResponse): void {
    const [, stage, connection] =
      /^\/([^/]+)\/(@connections\/[^/?]+)$/.exec(request.url ?? '') ?? []
    const reason =
      !options || stage !== options.stage || connection === undefined
        ? 'Forbidden'
        : options.denies(request, `${stage}/${request.method}/${decodeURIComponent(connection)}`)
    if (reason === null) void management(request, response)
    else
      response
        .writeHead(403, {
          'content-type': 'application/json',
          'x-amzn-errortype': 'ForbiddenException',
        })
        .end(JSON.stringify({ message: reason }))
  }

  return {
    port: (server.address() as AddressInfo).port,
    serve(given, cut = []) {
      options = given
      for (const context of cut) disconnected(context, 1006)
    },
    async drain(code) {
      server.close()
      for (const { socket } of connections.values()) socket.close(code)
      const patience = setTimeout(() => {
        for (const { socket } of connections.values()) socket.terminate()
        server.closeAllConnections()
      }, 1_000)
      await ended
      clearTimeout(patience)
      await Promise.all(told)
    },
    async close() {
      options = null
      const cut = [...connections.values()].map(({ context }) => context)
      server.close()
      for (const { socket } of connections.values()) socket.terminate()
      server.closeAllConnections()
      await ended
      return cut
    },
  }
}

const pairs = ({ rawHeaders }: IncomingMessage): readonly (readonly [string, string])[] =>
  rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ''] as const] : [],
  )

const requestContext = (context: object, routeKey: string, eventType: string) => ({
  ...{ ...context, routeKey, eventType, messageDirection: 'IN' },
  ...{ extendedRequestId: randomUUID(), requestId: randomUUID() },
  ...{ requestTime: new Date().toUTCString(), requestTimeEpoch: Date.now() },
})

/** The value at `$request.body.a.b`; null where there is none. */
function selected(selection: string, body: string): string | null {
  const path = selection.replace(/^\$\{?request\.body\.?|\}$/g, '').split('.')
  try {
    let value: unknown = JSON.parse(body)
    for (const name of path) value = (value as Record<string, unknown> | null)?.[name]
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}

function refuse(socket: Duplex, status: number, text: string): void {
  const body = JSON.stringify({ message: text })
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  )
}

function failed(socket: WebSocket, context: object, message: string): void {
  const { connectionId } = context as { readonly connectionId: string }
  socket.send(JSON.stringify({ message, connectionId, requestId: randomUUID() }))
}
