/**
 * The bus's own port: whether it lives, what it does, as a page and as JSON, and the door of
 * EventBridge's AWS JSON 1.1 protocol, behind which no operation stands yet.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { page } from '../../console/page.ts'
import type { DeadLetterQueue } from '../../dead-letter-queue.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Clock } from '../../ports.ts'

export function busRequests({
  engine,
  deadLetters,
  clock,
  hosts,
  ready,
  log,
}: {
  readonly engine: Pick<Engine, 'status'>
  readonly deadLetters: Pick<DeadLetterQueue, 'list'>
  readonly clock: Clock
  /** Values of the Host header that are answered; null: any. Keeps a foreign page's script out. */
  readonly hosts: readonly string[] | null
  readonly ready: () => boolean
  /** Told why a request could not be answered. */
  readonly log: (line: object) => void
}): (request: IncomingMessage, response: ServerResponse) => void {
  async function answer(request: IncomingMessage): Promise<Answer> {
    const [path = '/', query] = (request.url ?? '/').split('?', 2)
    const method = request.method ?? 'GET'
    if (hosts && !hosts.includes((request.headers.host ?? '').toLowerCase()))
      return json(421, { message: `This bus answers to ${hosts.join(', ')}.` })
    if (path === '/' && method === 'POST') return awsJson(request)
    if (method !== 'GET' && method !== 'HEAD')
      return {
        ...json(405, { message: `${path} takes GET.` }),
        allow: path === '/' ? 'GET, HEAD, POST' : 'GET, HEAD',
      }
    switch (path) {
      case '/healthz':
        return json(200, { status: 'ok' })
      case '/readyz':
        return ready()
          ? json(200, { status: 'ready' })
          : json(503, { status: 'starting or stopping' })
      case '/status.json':
        return json(200, await engine.status())
      case '/dead-letters.json':
        return listed(new URLSearchParams(query))
      case '/':
        return {
          status: 200,
          type: 'text/html; charset=utf-8',
          body: page(await engine.status(), clock.now().getTime()),
        }
      default:
        return json(404, { message: `There is no ${path} here. Look at /.` })
    }
  }

  /** `?target=<key>&limit=<1 to 1,000>&before=<the last page's next>`, all of them optional. */
  async function listed(query: URLSearchParams): Promise<Answer> {
    const target = query.get('target')
    const [limit = 100, before] = ['limit', 'before'].map((name) => {
      const text = query.get(name)
      return text === null ? undefined : Number(text)
    })
    if (![limit, before ?? 1].every(Number.isSafeInteger) || limit < 1 || limit > 1_000)
      return json(400, {
        message: 'limit is a whole number from 1 to 1000, before one that was a next.',
      })
    const page = { limit, ...(before !== undefined && { before }) }
    return json(200, await deadLetters.list(target === null ? {} : { target }, page))
  }

  return (request, response) => {
    request.resume() // no body is read
    answer(request)
      .catch((error: unknown) => {
        log({ message: 'The bus cannot read its store', error: String(error) })
        return json(500, { message: 'The bus cannot read its store. Look at its log.' })
      })
      .then(({ status, type, body, allow }) => {
        response.writeHead(status, {
          'content-type': type,
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          'content-security-policy':
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
          ...(allow && { allow }),
        })
        response.end(request.method === 'HEAD' ? undefined : body)
      })
  }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly allow?: string
}

const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
})

/** EventBridge's answer to an operation that it does not have. */
function awsJson(request: IncomingMessage): Answer {
  const operation = String(request.headers['x-amz-target'] ?? '').replace(/^AWSEvents\./, '')
  return {
    status: 400,
    type: 'application/x-amz-json-1.1',
    body: JSON.stringify({
      __type: 'UnknownOperationException',
      message: operation
        ? `The operation ${operation.slice(0, 64)} is not supported.`
        : 'The header X-Amz-Target names no operation.',
    }),
  }
}
