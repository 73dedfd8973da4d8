/**
 * The AWS JSON 1.1 protocol: `POST /` whose header X-Amz-Target names the operation. What AWS SDKs
 * speak. PutEvents is its hottest path: nothing is parsed, copied or awaited twice there.
 */
import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Operation, Stream } from '../../event-bridge/operations.ts'
import type { Clock } from '../../ports.ts'
import { bodies } from './body.ts'
import { deepest, isTooDeep } from './nesting.ts'
import type { Opened, Signatures } from './signature.ts'
import { streaming } from './stream.ts'
import { answerText, datedRequest } from './times.ts'
import { answered, statusOf, WireError } from './wire-error.ts'

export interface AwsJsonOptions {
  /** By what X-Amz-Target calls them. Their times are Dates, both ways. */
  readonly operations: ReadonlyMap<string, Operation>
  /** The same, for those whose answers go on. */
  readonly streams?: ReadonlyMap<string, Stream>
  /** Null: nobody signs in. */
  readonly signatures: Pick<Signatures, 'opened'> | null
  readonly clock: Pick<Clock, 'after'>
  /** Told what was answered with InternalException, and why. */
  readonly log: (line: object) => void
  /** Told of each that was turned away because too much was under way already. */
  readonly throttled?: () => void
}

const type = 'application/x-amz-json-1.1'
/** How long an answer to a body that is not read waits for its sender to see it. */
const lingerMs = 2_000

/** Answers each request as it is; what Host and Origin may be was looked at before. */
export function awsJson({
  operations,
  streams = new Map(),
  signatures,
  clock,
  log,
  throttled = () => {},
}: AwsJsonOptions): RequestListener {
  const reader = bodies({ clock })
  const flow = streaming({ clock, failed: told })

  return (request, response) => {
    const signed = signatures?.opened('POST', request.url ?? '/', request.headersDistinct)
    if (signed instanceof WireError) refuse(request, response, signed)
    else
      reader.read(
        request,
        (body, release) => answer(request, body, signed, response, release),
        (error) => refuse(request, response, error),
      )
  }

  function answer(
    { headers }: IncomingMessage,
    body: Buffer,
    signed: Opened | undefined,
    response: ServerResponse,
    release: () => void,
  ): void {
    const end = (text: string, status = 200) => {
      release()
      response.writeHead(status, headersOf(text))
      response.end(text)
    }
    const failed = (error: unknown) => end(...failure(error))
    try {
      const forged = signed?.(body)
      if (forged) throw forged
      const target = (headers['x-amz-target'] ?? '') as string
      const operation = operations.get(target)
      const stream = operation ? undefined : streams.get(target)
      if (!operation && !stream) throw unknown(target)
      const asked = parsed(body, target === putEvents ? usualBody : 0)
      datedRequest(asked)
      if (target === testEventPattern && headers['x-busbar-explain'] === '1') asked.Explain = true
      if (stream) {
        release()
        void flow(stream, asked, response, failed)
      } else if (operation) {
        const write = target === putEvents ? JSON.stringify : answerText
        operation(asked)
          .then((answer) => end(write(answer)))
          .catch(failed)
      }
    } catch (error) {
      failed(error)
    }
  }

  function told(error: unknown): { readonly __type: string; readonly message: string } {
    const { code, message, told } = answered(error)
    if (code === 'ThrottlingException' && error instanceof WireError) throttled()
    if (!told) log({ message: 'A request could not be answered', error: reason(error) })
    return { __type: code, message }
  }

  function failure(error: unknown): [text: string, status: number] {
    const answer = told(error)
    return [JSON.stringify(answer), statusOf(answer.__type)]
  }

  /**
   * Answers before the body has come, of which nothing more is kept. Closed at once, the connection
   * would be reset under a client that still sends, and it would never see the answer.
   */
  function refuse(request: IncomingMessage, response: ServerResponse, error: WireError): void {
    const [text, status] = failure(error)
    response.shouldKeepAlive = false
    response.writeHead(status, headersOf(text)).write(text)
    const end = () => {
      cancel()
      response.end()
    }
    const cancel = clock.after(lingerMs, end)
    request.once('end', end).once('close', end).resume()
  }
}

const putEvents = 'AWSEvents.PutEvents'
const testEventPattern = 'AWSEvents.TestEventPattern'

const headersOf = (text: string) => ({
  'x-amzn-RequestId': randomUUID(),
  'content-type': type,
  'content-length': Buffer.byteLength(text),
})

const reason = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? String(error)) : String(error)

function unknown(target: string): WireError {
  const name = target.replace(/^AWSEvents\./, '').slice(0, 64)
  return new WireError(
    'UnknownOperationException',
    name
      ? `The operation ${name} is not supported.`
      : 'The header X-Amz-Target names no operation.',
  )
}

/**
 * PutEvents walks no deeper than its entries. To look for the depth of those that are usual would
 * cost as much as parsing them.
 */
const usualBody = 64 * 1024

/** An object, whatever else may be wrong with it. Nested no deeper than may be, when it is of `size`. */
function parsed(body: Buffer, size: number): Record<string, unknown> {
  if (body.length === 0) return {}
  if (body.length >= size && isTooDeep(body))
    throw new WireError(
      'SerializationException',
      `The body is nested more than ${deepest} levels deep.`,
    )
  let value: unknown
  try {
    if (!isUtf8(body)) throw new SyntaxError('it is not UTF-8')
    value = JSON.parse(body.toString())
  } catch (cause) {
    throw new WireError('SerializationException', 'The body is not JSON in UTF-8.', { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WireError('SerializationException', 'The body is not a JSON object.')
  return value as Record<string, unknown>
}
