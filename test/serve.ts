/**
 * `busbar serve` in a process of its own, as a user starts it, with the real AWS SDK in front of it and an
 * HTTP server that its API destinations lead to. What a test starts here it also ends.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { EventBridge, type EventBridgeClientConfig } from '@aws-sdk/client-eventbridge'
import { type Collected, collected } from './collected.ts'
import { compiled } from './settings.ts'
import { within } from './within.ts'

const program = fileURLToPath(new URL('../event-bus/bin/busbar.ts', import.meta.url))
const limitMs = 30_000
const outputLimit = 50_000

/** What still runs when the tests end by an exception or a signal ends with them. */
const alive = new Set<() => void>()
process.on('exit', () => {
  for (const kill of alive) kill()
})

export interface ServeOptions {
  /** Besides the port, which is any free one, and the data. Nothing of our own environment comes along. */
  readonly env?: Readonly<Record<string, string>>
  /** Kept when the bus ends; the caller removes it. Otherwise a new one, which is removed. */
  readonly dataDir?: string
  /** Of the port, to come back under the same address. */
  readonly port?: number
}

export interface Served {
  /** Without a slash at the end. */
  readonly url: string
  readonly pid: number
  readonly dataDir: string
  /** Unchanged but for its endpoint; it does not repeat what failed. */
  client(config?: EventBridgeClientConfig): EventBridge
  /** Asks it to end, and answers its exit code; null when it was ended by a signal. */
  stop(): Promise<number | null>
  /** Ends it at once (SIGKILL). */
  kill(): Promise<void>
  /** All that it has printed. */
  output(): string
}

/** Resolves when the bus is ready, and rejects with what it printed when it ended before that. */
export async function serve({ env = {}, dataDir, port = 0 }: ServeOptions = {}): Promise<Served> {
  const data = dataDir ?? (await mkdtemp(join(tmpdir(), 'busbar-serve-')))
  const clients: EventBridge[] = []
  const args = [program, 'serve', '--json', '--port', String(port), '--data-dir', data]
  const child = spawn(process.execPath, args, {
    env: { ...compiled, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const killNow = () => void child.kill('SIGKILL')
  alive.add(killNow)
  const ended = once(child, 'close').then(async ([code]) => {
    alive.delete(killNow)
    for (const client of clients) client.destroy()
    if (dataDir === undefined) await rm(data, { recursive: true, force: true })
    return code as number | null
  })

  let output = ''
  const ready = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      output = (output + part).slice(-outputLimit)
      const url = /^\{"url":"(http:[^"]+)".*\n/m.exec(output)?.[1]
      if (url !== undefined) ready.resolve(url)
    })
  const told = (what: string) => () => `${what}; it printed:\n${output}`
  const failed = ended.then((code) => {
    throw new Error(`The bus ended with ${code} before it was ready:\n${output}`)
  })
  let url: string
  try {
    url = await within(limitMs, told('the bus to be ready'), Promise.race([ready.promise, failed]))
  } catch (error) {
    killNow()
    await ended
    throw error
  }
  failed.catch(() => {}) // from here on it ends when it is asked to
  return {
    url,
    pid: child.pid as number,
    dataDir: data,
    client(config = {}) {
      const client = new EventBridge({
        ...{ endpoint: url, region: 'us-east-1', maxAttempts: 1 },
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        ...config,
      })
      clients.push(client)
      return client
    },
    async stop() {
      child.kill('SIGTERM')
      return within(limitMs, told('the bus to end'), ended)
    },
    async kill() {
      killNow()
      await within(limitMs, told('the killed bus to be gone'), ended)
    },
    output: () => output,
  }
}

export interface Received {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Destination {
  readonly url: string
  readonly received: Collected<Received>
  /** The status it answers from here on; 200 at first. */
  status: number
  close(): Promise<void>
}

/** A server on this machine that keeps what it was sent. */
export async function destination(): Promise<Destination> {
  const received = collected<Received>()
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const { method = '', url: path = '', headers } = request
    response.writeHead(made.status).end()
    received.add({ method, path, headers, body })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const made: Destination = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    status: 200,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return made
}

/** Its ARN: an API destination on the bus that leads to `url`, with a key that the header `x-key` carries. */
export async function apiDestination(
  client: EventBridge,
  Name: string,
  url: string,
): Promise<string> {
  const { ConnectionArn } = await client.createConnection({
    ...{ Name, AuthorizationType: 'API_KEY' },
    AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: 'k' } },
  })
  const { ApiDestinationArn } = await client.createApiDestination({
    ...{ Name, ConnectionArn, HttpMethod: 'POST', InvocationEndpoint: url },
  })
  return ApiDestinationArn as string
}

/** What the SDK throws for an answer of that name and text. */
/** Any role will do: nothing here assumes it. */
export const RoleArn = 'arn:aws:iam::000000000000:role/deliver'

export const sdkError = (name: string, message: string | RegExp) => ({ name, message })

/** What was answered, without what the SDK adds about the call. */
export function answer<T extends { readonly $metadata: unknown }>({
  $metadata,
  ...rest
}: T): Omit<T, '$metadata'> {
  return rest
}
