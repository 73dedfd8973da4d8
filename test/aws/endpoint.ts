/**
 * Where the functions' AWS SDKs lead: one address for all services. Each function signs with a key of its own,
 * and is refused what the policies of its role do not allow.
 */
import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
  request as send,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { actionsOf } from './actions.ts'
import { allows } from './permissions.ts'
import type { Queues } from './queues.ts'
import type { Members } from './template.ts'
import { countedWrites, type Writes } from './writes.ts'

/** What a service answers instead of doing what it was asked. */
export class ServiceRefusal extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export interface Principal {
  readonly arn: string
  readonly statements: readonly Members[]
}

export interface Services {
  readonly dynamoDb: { readonly url: string; readonly accessKeyId: string }
  readonly queues: Pick<Queues, 'answer'>
  /** Servers of other services, by the names that requests to them are signed for. */
  readonly others: ReadonlyMap<string, RequestListener>
  /** Texts by ARN. */
  readonly secrets: ReadonlyMap<string, string>
}

export interface Endpoint {
  readonly url: string
  /** Gives a caller its access key. */
  admit(accessKeyId: string, principal: Principal): void
  /** Why the signer of a request may not do this to that; null when it may. */
  denies(request: IncomingMessage, action: string, resource: string): string | null
  /** What was refused for want of permission. */
  readonly denied: readonly string[]
  /** Counts what is written to tables, for those who read streams. */
  readonly writes: Writes
  close(): Promise<void>
}

export async function endpoint(services: Services, log: (line: string) => void): Promise<Endpoint> {
  const principals = new Map<string, Principal>()
  const denied: string[] = []
  const writes = countedWrites()
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })

  function denies(request: IncomingMessage, action: string, resource: string, context = {}) {
    const { accessKeyId } = signerOf(request)
    const principal = principals.get(accessKeyId)
    if (principal && allows(principal.statements, { action, resource, context })) return null
    const who = principal?.arn ?? `access key ${accessKeyId}`
    const reason = `User: ${who} is not authorized to perform: ${action} on resource: ${resource}`
    denied.push(reason)
    log(`iam: ${reason}`)
    return reason
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    const { service } = signerOf(request)
    const actions = actionsOf(service, request, body)
    for (const { action, resource, context } of actions) {
      const reason = denies(request, action, resource, context)
      if (reason !== null) throw new ServiceRefusal(400, 'AccessDeniedException', reason)
    }
    if (service === 'dynamodb') {
      const authorization = String(request.headers.authorization).replace(
        /Credential=[^/]+/,
        `Credential=${services.dynamoDb.accessKeyId}`,
      )
      await forward(services.dynamoDb.url, request, body, response, { authorization })
      const written = actions.filter(({ action }) => !reading.test(action))
      const tables = written.map(({ resource }) => resource.split('/')[1] ?? '')
      for (const table of new Set(tables)) writes.add(table)
      return
    }
    const target = String(request.headers['x-amz-target'] ?? '')
    if (service === 'sqs') {
      const said = await services.queues.answer(target.split('.')[1] ?? '', body.toString('utf8'))
      response.writeHead(said.status, { 'content-type': 'application/x-amz-json-1.0' })
      response.end(said.body)
      return
    }
    const other = services.others.get(service)
    if (other) return void other(again(request, body), response)
    json(response, 200, secretOf(JSON.parse(body.toString('utf8')) as Members))
  }

  function secretOf(given: Members): object {
    const secret = services.secrets.get(String(given.SecretId))
    if (secret === undefined)
      throw new ServiceRefusal(
        ...([400, 'ResourceNotFoundException'] as const),
        "Secrets Manager can't find the specified secret.",
      )
    return { ARN: given.SecretId, SecretString: secret, VersionStages: ['AWSCURRENT'] }
  }

  async function forward(
    url: string,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    headers: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { host: _host, ...rest } = request.headers
    const { method, url: path = '/' } = request
    const outgoing = send(`${url}${path}`, { method, agent, headers: { ...rest, ...headers } })
    outgoing.end(body)
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    response.writeHead(incoming.statusCode ?? 502, incoming.headers)
    incoming.pipe(response)
    await once(incoming, 'end')
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => {
      if (response.headersSent) return response.destroy()
      if (error instanceof ServiceRefusal) return refuse(response, error)
      log(`endpoint: ${error.stack}`)
      return refuse(response, new ServiceRefusal(500, 'InternalFailure', error.message))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    admit: (accessKeyId, principal) => void principals.set(accessKeyId, principal),
    denies,
    denied,
    writes,
    async close() {
      server.closeAllConnections()
      server.close()
      agent.destroy()
      await Promise.race([once(server, 'close'), pause(1_000)])
    },
  }
}

const reading = /:(GetItem|BatchGetItem|Query|Scan|DescribeTable|ConditionCheckItem)$/

/** A request whose body has been read, to be read again. */
const again = ({ method, url, headers }: IncomingMessage, body: Buffer): IncomingMessage =>
  Object.assign(Readable.from([body]), { method, url, headers }) as never

/** As Signature V4 has it; that it is right is not looked at. */
function signerOf({ headers }: IncomingMessage): { accessKeyId: string; service: string } {
  const [, accessKeyId = '', service = ''] =
    /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '') ?? []
  return { accessKeyId, service }
}

function json(response: ServerResponse, status: number, body: object, headers = {}): void {
  response
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...headers })
    .end(JSON.stringify(body))
}
function refuse(response: ServerResponse, { status, code, message }: ServiceRefusal): void {
  json(response, status, { __type: code, message }, { 'x-amzn-errortype': code })
}
