/**
 * The bus over the wire: EventBridge's operations and our own, by their names, with a time limit each;
 * streams as the objects of their lines. Times are seconds since 1970, as the wire has them.
 */
import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { failed } from './failure.ts'
import { lines } from './lines.ts'

/** An answer as it comes over the wire. */
export type OnWire<T> = T extends Date
  ? number
  : T extends object
    ? { [K in keyof T]: OnWire<T[K]> }
    : T

export interface Unsigned {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
/** Answers all headers that the request is to have. */
export type Sign = (request: Unsigned) => Readonly<Record<string, string>>

export interface Client {
  readonly endpoint: string
  /** `PutEvents`, `Busbar.Tail`. Rejects with a `Failure` whose `code` is EventBridge's exception name. */
  call<Answer = Readonly<Record<string, unknown>>>(
    operation: string,
    request?: object,
    options?: { readonly signal?: AbortSignal },
  ): Promise<OnWire<Answer>>
  /** The objects of a stream; each `null` says that it still lives. Ends by a `Failure` when it breaks off. */
  stream<Line>(
    operation: string,
    request: object,
    signal: AbortSignal,
  ): AsyncGenerator<OnWire<Line> | null, void>
}

export const unreachable = 'Unreachable'
const limitMs = 30_000
/** Three heartbeats. */
const silenceMs = 30_000
const longestAnswer = 67_108_864

export function client({
  endpoint,
  sign,
}: {
  readonly endpoint: string
  readonly sign: Sign | null
}): Client {
  const root = new URL('/', endpoint)
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })

  /** Resolves with the answer's head. `begun` is given the request. */
  async function send(
    unsigned: Unsigned,
    signal: AbortSignal | undefined,
    begun: (sent: ClientRequest) => void = () => {},
  ): Promise<IncomingMessage> {
    const { method, url, body } = unsigned
    const headers = sign ? sign(unsigned) : unsigned.headers
    const isSecure = root.protocol === 'https:'
    const open = isSecure ? (await import('node:https')).request : requestHttp
    return new Promise((resolve, reject) => {
      const options = { method, headers, timeout: silenceMs, ...(signal && { signal }) }
      const sent = open(url, { ...options, ...(!isSecure && { agent }) }, resolve)
      sent.on('error', reject)
      sent.on('timeout', () => sent.destroy(late(endpoint)))
      begun(sent)
      sent.end(body)
    })
  }
  function posted(operation: string, request: object): Unsigned {
    const body = JSON.stringify(request)
    return {
      method: 'POST',
      url: root.href,
      headers: {
        host: root.host,
        'content-type': 'application/x-amz-json-1.1',
        'content-length': String(Buffer.byteLength(body)),
        'x-amz-target': operation.includes('.') ? operation : `AWSEvents.${operation}`,
      },
      body,
    }
  }
  /** Rejections are failures that say what to do. */
  async function telling<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      throw lost(error, endpoint)
    }
  }

  return {
    endpoint,
    call: (operation, request = {}, { signal } = {}) =>
      telling(signal, async () => {
        let isLate = false
        let timer: ReturnType<typeof setTimeout> | undefined
        try {
          const answer = await send(posted(operation, request), signal, (sent) => {
            timer = setTimeout(() => {
              isLate = true
              sent.destroy()
            }, limitMs)
          })
          return answered(answer.statusCode ?? 0, await textOf(answer), endpoint)
        } catch (error) {
          throw isLate ? late(endpoint) : error
        } finally {
          clearTimeout(timer)
        }
      }),
    async *stream(operation, request, signal) {
      const answer = await telling(signal, () => send(posted(operation, request), signal))
      if (answer.statusCode !== 200)
        answered(answer.statusCode ?? 0, await telling(signal, () => textOf(answer)), endpoint)
      const reading = lines(answer, { blank: true })
      try {
        for (;;) {
          const { done, value } = await telling(signal, () => reading.next())
          if (done) return
          yield value.text.trim() === '' ? null : lineOf(value.text, endpoint)
        }
      } finally {
        answer.destroy()
      }
    },
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > longestAnswer) throw failed('The answer is longer than 64 MB.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

// biome-ignore lint/suspicious/noExplicitAny: what comes over the wire is what the operation's type says
function answered(status: number, text: string, endpoint: string): any {
  const body = parsedAnswer(text)
  if (status === 200 && body !== null) return body
  const code = String(body?.__type ?? '').replace(/^.*#/, '')
  const message = body?.message ?? body?.Message
  if (code !== '') throw failed(`${message ?? 'It was refused.'} (${code})`, { code })
  throw failed(
    `${endpoint} answers with status ${status} and not as a bus does. Is it the bus's port? Say where that is with --endpoint.`,
    { code: unreachable },
  )
}

function parsedAnswer(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : null
  } catch {
    return null
  }
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function lineOf(text: string, endpoint: string): any {
  const line = parsedAnswer(text)
  // A line that broke off in the middle: the bus has ended.
  if (line === null) throw broken(endpoint)
  return '__type' in line ? answered(500, text, endpoint) : line
}

function lost(error: unknown, endpoint: string): unknown {
  const { code, name } = error as { code?: string; name?: string }
  if (name === 'Failure') return error
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return failed(
      `No bus answers at ${endpoint}. Start one with: busbar serve (in the checkout: npm run busbar -- serve), or say where it is with --endpoint or AWS_ENDPOINT_URL_EVENTBRIDGE.`,
      { code: unreachable, cause: error },
    )
  if (code !== undefined) return broken(endpoint, error)
  return error
}

const late = (endpoint: string) =>
  failed(`${endpoint} has not answered for 30 seconds. Look at the log of the bus.`, {
    code: unreachable,
  })
const broken = (endpoint: string, cause?: unknown) =>
  failed(`The connection to ${endpoint} broke off. Look at the log of the bus.`, {
    code: unreachable,
    cause,
  })

/** All items of a list that comes in pages. */
export async function* all<Item>(
  { call }: Pick<Client, 'call'>,
  operation: string,
  member: string,
  request: object = {},
): AsyncGenerator<OnWire<Item>> {
  let next: unknown
  do {
    const page = await call<Readonly<Record<string, unknown>>>(operation, {
      ...request,
      ...(next !== undefined && { NextToken: next }),
    })
    yield* (page[member] ?? []) as OnWire<Item>[]
    next = page.NextToken
  } while (next)
}

/** What `describe` answers, or null when there is no such thing. */
export async function found<Answer>(describe: Promise<Answer>): Promise<Answer | null> {
  try {
    return await describe
  } catch (error) {
    if ((error as { code?: string }).code === 'ResourceNotFoundException') return null
    throw error
  }
}
