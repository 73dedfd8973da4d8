/**
 * HTTP as a stranger speaks it: any header, any body, each call on a connection of its own, so
 * that a call says something about the server and nothing about a connection kept from before.
 */
import { type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  json<T = unknown>(): T
}

export interface Call {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is. */
  readonly body?: string | Uint8Array
  /** Sent as JSON, with its content type. */
  readonly json?: unknown
  /** Sent as a browser sends a form. */
  readonly form?: Readonly<Record<string, string>>
  /** Without Content-Length. */
  readonly chunked?: boolean
}

/** Rejects when the connection fails; any status is an answer. */
export async function call(url: string, options: Call = {}): Promise<Answer> {
  const { method = 'GET', chunked = false } = options
  const [type, body] = bodyOf(options)
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const outgoing = request(url, {
    method,
    agent: false,
    signal: AbortSignal.timeout(15_000),
    headers: {
      ...(type !== undefined && { 'content-type': type }),
      ...(body !== undefined && !chunked && { 'content-length': Buffer.byteLength(body) }),
      ...options.headers,
    },
  })
  outgoing.on('response', (response) => {
    text(response).then((read) => {
      resolve({
        status: response.statusCode as number,
        headers: response.headers,
        text: read,
        json: <T>() => JSON.parse(read) as T,
      })
    }, reject)
  })
  // A server may answer and hang up before it has read all; the answer is what counts then.
  outgoing.on('error', reject)
  if (chunked && body !== undefined) outgoing.write(body)
  outgoing.end(chunked ? undefined : body)
  return promise
}

function bodyOf({
  body,
  json,
  form,
}: Call): readonly [string | undefined, string | Uint8Array | undefined] {
  if (json !== undefined) return ['application/json', JSON.stringify(json)]
  if (form) return ['application/x-www-form-urlencoded', new URLSearchParams(form).toString()]
  return [undefined, body]
}
