/**
 * The bus's own port: whether it lives, what it does, as a page and as JSON, and the door for AWS
 * SDKs. Whoever asks is looked at first, so that no page in the user's browser drives the bus.
 */
import type { IncomingMessage, RequestListener } from 'node:http'
import { page } from '../../console/page.ts'
import type { DeadLetterQueue } from '../../dead-letter-queue.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Clock } from '../../ports.ts'
import { signsIn, type Visitors } from './sign-in.ts'

export function busRequests({
  engine,
  deadLetters,
  clock,
  hosts,
  signatures,
  metrics,
  awsJson,
  ready,
  log,
}: {
  readonly engine: Pick<Engine, 'status'>
  readonly deadLetters: Pick<DeadLetterQueue, 'list'>
  readonly clock: Clock
  /** Values of the Host header that are answered; null: any. Keeps a foreign page's script out. */
  readonly hosts: readonly string[] | null
  /** Who may look; null: anybody. The door asks for itself. */
  readonly signatures: Visitors | null
  /** All that is counted and measured, as Prometheus reads it. */
  readonly metrics: () => Promise<string>
  /** Answers `POST /`. */
  readonly awsJson: RequestListener
  readonly ready: () => boolean
  /** Told why a request could not be answered. */
  readonly log: (line: object) => void
}): RequestListener {
  function turnedAway({ headers, method }: IncomingMessage): Answer | null {
    const host = (headers.host ?? '').toLowerCase()
    if (hosts && !hosts.includes(host))
      return denied(421, `This bus answers to ${hosts.join(', ')}.`)
    const { origin } = headers
    if (origin !== undefined && !(hosts ?? [host]).includes(hostOf(origin)))
      return denied(403, `The bus takes nothing from pages of ${origin.slice(0, 256)}.`)
    // Somebody may follow a link to the bus: no page sees what that shows.
    const followed = method === 'GET' && headers['sec-fetch-mode'] === 'navigate'
    if (headers['sec-fetch-site'] === 'cross-site' && !followed)
      return denied(403, 'The bus takes nothing from pages of another site.')
    return null
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const [path = '/', query] = (request.url ?? '/').split('?', 2)
    const method = request.method ?? 'GET'
    if (method !== 'GET' && method !== 'HEAD')
      return {
        ...json(405, { message: `${path} takes GET.` }),
        allow: path === '/' ? 'GET, HEAD, POST' : 'GET, HEAD',
      }
    if (signatures && path !== '/healthz' && path !== '/readyz' && !signsIn(request, signatures))
      return {
        ...json(401, { message: 'Sign in with the id and the secret of an access key.' }),
        authenticate: 'Basic realm="Busbar", charset="UTF-8"',
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
      case '/metrics':
        return {
          status: 200,
          type: 'text/plain; version=0.0.4; charset=utf-8',
          body: await metrics(),
        }
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
    let away = turnedAway(request)
    const { method, url = '' } = request
    if (!away && method === 'POST' && (url === '/' || url.startsWith('/?'))) {
      if (ready()) {
        awsJson(request, response)
        return
      }
      away = named(503, 'ServiceUnavailableException', 'The bus starts or stops. Try again.')
    }
    request.resume() // no body is read
    ;(away ? Promise.resolve(away) : answer(request))
      .catch((error: unknown) => {
        log({ message: 'The bus cannot read its store', error: String(error) })
        return json(500, { message: 'The bus cannot read its store. Look at its log.' })
      })
      .then(({ status, type, body, allow, authenticate }) => {
        response.writeHead(status, {
          'content-type': type,
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          'content-security-policy':
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
          ...(allow && { allow }),
          ...(authenticate && { 'www-authenticate': authenticate }),
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
  readonly authenticate?: string
}

/** As AWS SDKs understand it. */
const named = (status: number, __type: string, message: string): Answer =>
  json(status, { __type, message })
const denied = (status: number, message: string): Answer =>
  named(status, 'AccessDeniedException', message)

/** Empty when it is none of http or https, as that of a file or a sandbox: null. */
function hostOf(origin: string): string {
  const at = ['http://', 'https://'].find((scheme) => origin.startsWith(scheme))
  return at ? origin.slice(at.length).toLowerCase() : ''
}

const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
})
