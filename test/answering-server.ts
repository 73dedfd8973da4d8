/** An HTTP server on this machine that keeps what it is sent and answers as it is told. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Collected, collected } from './collected.ts'
import type { Received } from './serve.ts'

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
export interface AnsweringServer {
  /** Without a slash at the end. */
  readonly url: string
  readonly received: Collected<Received & { readonly at: number }>
  /** What it answers from here on; 200 to everything at first. */
  answer: (request: Received) => Answer
  close(): Promise<void>
}

export async function answeringServer(): Promise<AnsweringServer> {
  const received = collected<Received & { readonly at: number }>()
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request
    const at = Date.now()
    const got = { method, path, headers, body: await text(request), at }
    const { status, headers: answered, body } = made.answer(got)
    response.writeHead(status, answered).end(body)
    received.add(got)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const made: AnsweringServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: () => ({ status: 200 }),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return made
}
