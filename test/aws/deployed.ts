/**
 * What runs of a stack: its functions, what calls them, and its APIs, wired as the template says. A wire that
 * AWS would not allow is an error here.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type EventSource, eventSource } from './event-source.ts'
import { type LambdaFunction, lambdaFunction } from './function.ts'
import type { HttpApi } from './http-api.ts'
import { apiId } from './names.ts'
import { allows, statementsOf } from './permissions.ts'
import { type Pipe, pipe } from './pipe.ts'
import type { Services } from './services.ts'
import { streamReader } from './stream.ts'
import { list, type Members, members, place, type Resource } from './template.ts'
import type { WebSocketApi } from './websocket-api.ts'
import { httpOptions, webSocketOptions } from './wired-apis.ts'

export interface Deployed {
  /** By their names. */
  readonly functions: ReadonlyMap<string, LambdaFunction>
  /** Stops what calls functions, lets these end what they are at, and ends them. */
  drain(): Promise<void>
  /** Ends the functions at once, whatever they are at. */
  kill(): Promise<void>
}

export interface DeployOptions {
  readonly services: Services
  /** By logical id. */
  readonly http: { readonly logicalId: string; readonly api: HttpApi } | null
  readonly webSocket: {
    readonly logicalId: string
    readonly api: WebSocketApi
    /** Connections that ended with the functions before these. */
    readonly cut: readonly object[]
  } | null
  /** Whoever sends no Authorization is taken to have sent this one. */
  readonly authorization: string | null
  readonly log: (line: string) => void
}

/** Of a function, however many AWS would start: two processors have nothing from more. */
const mostProcesses = 2

export function deploy({ services, http, webSocket, authorization, log }: DeployOptions): Deployed {
  const { stack, queues, tables, buses, endpoint } = services
  const roles = new Map<string, readonly Members[]>()
  for (const role of stack.of('AWS::IAM::Role'))
    roles.set(arnOfResource(role), statementsOfRole(role))
  const sources = stack
    .of('AWS::Lambda::EventSourceMapping')
    .map((each) => stack.propertiesOf(each))
  const functions = new Map<string, LambdaFunction>()
  const byArn = new Map<string, LambdaFunction>()
  for (const resource of stack.of('AWS::Lambda::Function')) {
    const made = makeFunction(resource)
    functions.set(made.name, made)
    byArn.set(made.arn, made)
  }
  const wiring = { stack, endpoint, functionIn, log }
  if (http) http.api.serve(httpOptions(wiring, http.logicalId, authorization))
  if (webSocket) webSocket.api.serve(webSocketOptions(wiring, webSocket.logicalId), webSocket.cut)
  const eventSources = sources.map(source)
  const pipes = stack.of('AWS::Pipes::Pipe').map((each) => [each, makePipe(each)] as const)

  async function stopSources(): Promise<void> {
    await Promise.all([
      ...eventSources.map((each) => each.stop()),
      ...pipes.map(async ([{ logicalId }, running]) => {
        await running.stop()
        services.pipe(logicalId).pending = [...running.pending]
      }),
    ])
  }

  return {
    functions,
    async drain() {
      await stopSources()
      await Promise.all([...functions.values()].map((each) => each.idle()))
      await Promise.all([...functions.values()].map((each) => each.kill()))
    },
    async kill() {
      const stopping = stopSources()
      await Promise.all([...functions.values()].map((each) => each.kill()))
      await stopping
    },
  }

  function arnOfResource({ logicalId }: Resource): string {
    return String(stack.resolve({ 'Fn::GetAtt': [logicalId, 'Arn'] }))
  }

  function statementsOfRole(role: Resource): readonly Members[] {
    const name = stack.resolve({ Ref: role.logicalId })
    const own = list(stack.propertiesOf(role).Policies).map(({ PolicyDocument }) => PolicyDocument)
    const others = stack.of('AWS::IAM::Policy').flatMap((policy) => {
      const { Roles, PolicyDocument } = stack.propertiesOf(policy)
      return (Roles as readonly unknown[]).includes(name) ? [PolicyDocument] : []
    })
    return statementsOf([...own, ...others])
  }

  function statementsFor(roleArn: unknown): readonly Members[] {
    const statements = roles.get(String(roleArn))
    if (!statements) throw new Error(`There is no role ${roleArn}`)
    return statements
  }

  function needs(who: string, roleArn: unknown, action: string, resource: string): void {
    if (!allows(statementsFor(roleArn), { action, resource }))
      throw new Error(`${who} may not ${action} on ${resource}: its role does not say so`)
  }

  function makeFunction(resource: Resource): LambdaFunction {
    const properties = stack.propertiesOf(resource)
    const { Handler, Timeout, Role, Code, Environment, ReservedConcurrentExecutions } = properties
    const name = String(stack.resolve({ Ref: resource.logicalId }))
    const arn = arnOfResource(resource)
    const directory = stack.asset(String(members(Code).S3Key))
    const [, path = '', handler = ''] = /^(.*)\.([^.]+)$/.exec(String(Handler)) ?? []
    const file = ['.mjs', '.js', '.cjs']
      .map((ending) => join(directory, `${path}${ending}`))
      .find((each) => existsSync(each))
    if (file === undefined) throw new Error(`${name}: ${directory} has no ${path}.mjs`)
    const accessKeyId = `AKIA${String(functions.size).padStart(16, '0')}`
    endpoint.admit(accessKeyId, { arn: String(Role), statements: statementsFor(Role) })
    const reserved = Number(ReservedConcurrentExecutions ?? mostProcesses)
    const variables = Object.entries(members(members(Environment).Variables))
    return lambdaFunction({
      ...{ name, arn, file, handler, log },
      timeoutMs: Number(Timeout ?? 3) * 1_000,
      concurrency: Math.min(reserved, mostProcesses),
      env: {
        ...Object.fromEntries(variables.map(([key, value]) => [key, hereOf(String(value))])),
        ...{ PATH: '/usr/local/bin:/usr/bin:/bin', TZ: ':UTC', LANG: 'en_US.UTF-8' },
        ...{ AWS_REGION: place.region, AWS_DEFAULT_REGION: place.region },
        ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: 'test' },
        ...{
          AWS_LAMBDA_FUNCTION_NAME: name,
          LAMBDA_TASK_ROOT: directory,
          _HANDLER: String(Handler),
        },
        AWS_ENDPOINT_URL: endpoint.url,
        NODE_COMPILE_CACHE: join(directory, '.compiled'), // Lambda starts them in less time, too
      },
    })
  }

  /** Addresses of our APIs, as they are on this machine. */
  function hereOf(text: string): string {
    const all = [http, webSocket].flatMap((each) => (each ? [each] : []))
    return all.reduce((rest, { logicalId, api }) => {
      const host = `${apiId(logicalId)}.execute-api.${place.region}.amazonaws.com`
      return rest
        .replaceAll(`https://${host}`, `http://127.0.0.1:${api.port}`)
        .replaceAll(`wss://${host}`, `ws://127.0.0.1:${api.port}`)
    }, text)
  }

  function functionIn(text: unknown): LambdaFunction {
    const arn = /arn:aws:lambda:[^:]*:\d*:function:[\w-]+/.exec(String(text))?.[0]
    const found = arn === undefined ? undefined : byArn.get(arn)
    if (!found) throw new Error(`There is no function ${text}`)
    return found
  }

  function source(properties: Members): EventSource {
    const queueArn = String(properties.EventSourceArn)
    const lambda = [...functions.values()].find(
      ({ name, arn }) => properties.FunctionName === name || properties.FunctionName === arn,
    )
    const queue = stack.of('AWS::SQS::Queue').find((each) => arnOfResource(each) === queueArn)
    if (!lambda || !queue) throw new Error(`An event source leads from ${queueArn} to nowhere`)
    const { Timeout, Role } = propertiesOfFunction(lambda)
    const { VisibilityTimeout = 30 } = stack.propertiesOf(queue)
    if (Number(VisibilityTimeout) < Number(Timeout ?? 3))
      throw new Error(`${queueArn} shows messages again before ${lambda.name} has timed out`)
    for (const action of ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'])
      needs(lambda.name, Role, `sqs:${action}`, queueArn)
    const types = (properties.FunctionResponseTypes ?? []) as readonly string[]
    return eventSource({
      ...{ queues, queueArn, lambda, log },
      queueUrl: `${queues.url}/${place.account}/${queueArn.split(':').at(-1)}`,
      batchSize: Number(properties.BatchSize ?? 10),
      batchingWindowMs: Number(properties.MaximumBatchingWindowInSeconds ?? 0) * 1_000,
      concurrency: Math.min(
        mostProcesses,
        Number(members(properties.ScalingConfig).MaximumConcurrency ?? mostProcesses),
      ),
      reportsItemFailures: types.includes('ReportBatchItemFailures'),
    })
  }

  function propertiesOfFunction({ arn }: LambdaFunction): Members {
    const found = stack.of('AWS::Lambda::Function').find((each) => arnOfResource(each) === arn)
    return stack.propertiesOf(found as Resource)
  }

  function makePipe(resource: Resource): Pipe {
    const properties = stack.propertiesOf(resource)
    const { Source, Target, Enrichment, RoleArn } = properties
    const name = String(stack.resolve({ Ref: resource.logicalId }))
    const parameters = members(members(properties.SourceParameters).DynamoDBStreamParameters)
    const dead = members(parameters.DeadLetterConfig).Arn
    for (const action of ['DescribeStream', 'GetRecords', 'GetShardIterator'])
      needs(name, RoleArn, `dynamodb:${action}`, String(Source))
    needs(name, RoleArn, 'events:PutEvents', String(Target))
    if (Enrichment !== undefined) needs(name, RoleArn, 'lambda:InvokeFunction', String(Enrichment))
    if (dead !== undefined) needs(name, RoleArn, 'sqs:SendMessage', String(dead))
    const state = services.pipe(resource.logicalId)
    return pipe(
      {
        ...{ name, properties, log, bus: buses.events },
        writes: endpoint.writes,
        reader: streamReader(tables.streams, String(Source), state.position),
        enrichment: Enrichment === undefined ? null : functionIn(Enrichment),
        async bury(MessageBody) {
          if (dead === undefined) return
          const QueueUrl = `${queues.url}/${place.account}/${String(dead).split(':').at(-1)}`
          await queues.call('SendMessage', { QueueUrl, MessageBody })
        },
      },
      state.pending,
    )
  }
}
