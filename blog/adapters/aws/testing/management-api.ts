/**
 * API Gateway's `@connections` over HTTP, as the SDK asks it: who is gone is answered 410, what is too
 * large 413. Behind it stands whatever holds the connections: memory here, sockets elsewhere.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface HeldConnections {
  has(id: string): boolean
  /** Full: the browser takes its frames too slowly. */
  send(id: string, data: Buffer): 'sent' | 'full' | Promise<'sent' | 'full'>
  close(id: string): void
}

const mostBytes = 128 * 1_024

/** Answers `/<stage>/@connections/<id>`, with a stage or without. */
export function managementApi(held: HeldConnections): RequestListener {
  return async (request, response) => {
    const { status, type, message } = await answerTo(held, request)
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(type && { 'x-amzn-errortype': type }),
    })
    response.end(message === undefined ? '' : JSON.stringify({ message }))
  }
}

interface Answer {
  readonly status: number
  readonly type?: string
  readonly message?: string | null
}

async function answerTo(held: HeldConnections, request: IncomingMessage): Promise<Answer> {
  const data = await buffer(request)
  const [, encoded] = /^(?:\/[^/@]+)?\/@connections\/([^/?]+)$/.exec(request.url ?? '') ?? []
  if (encoded === undefined || !request.headers.authorization)
    return { status: 403, type: 'ForbiddenException', message: 'Forbidden' }
  const id = decodeURIComponent(encoded)
  if (!held.has(id)) return { status: 410, type: 'GoneException', message: null }
  if (request.method === 'DELETE') {
    held.close(id)
    return { status: 204 }
  }
  if (request.method !== 'POST') return { status: 403, type: 'ForbiddenException' }
  if (data.length > mostBytes)
    return { status: 413, type: 'PayloadTooLargeException', message: 'Message too long' }
  return (await held.send(id, data)) === 'sent'
    ? { status: 200 }
    : { status: 429, type: 'LimitExceededException', message: 'Limit exceeded' }
}

export interface ListeningApi {
  readonly endpoint: string
  close(): Promise<void>
}

export async function listening(listener: RequestListener): Promise<ListeningApi> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
