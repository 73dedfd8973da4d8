/**
 * What the functions on AWS are given, each from a file of its own that is loaded when it is needed:
 * a function that sends no mail does not load what sends them.
 */
import type { Clock } from '@busbar/event-bus'
import type { Makers } from '@busbar/runtime/lambda'
import { queueVariable, tableVariable, variables } from '@busbar/runtime/lambda-environment'
import type { blog } from '../flow.ts'
import { links } from '../links.ts'

export interface MakersOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly log: (line: Readonly<Record<string, unknown>>) => void
  /** The script of the pages; asked for where pages are served. */
  readonly script: () => string
}

export function makers({ env, clock, log, script }: MakersOptions): Makers<(typeof blog)['ports']> {
  const required = (name: string): string => {
    const value = env[name]
    if (!value) throw new Error(`${name} is not set: the function's environment has to have it`)
    return value
  }
  const ids = once(async () => (await import('../adapters/aws/ids.ts')).functionIds(clock))
  const dynamoDb = once(async () => {
    const { DynamoDBClient } = await import('./lambda-dynamo-db.ts')
    return new DynamoDBClient({})
  })
  const tableOf = async (name: string) => ({
    ...{ table: required(tableVariable(name)), ids: await ids(), clock },
  })
  const connections = once(async () => {
    const { ApiGatewayManagementApiClient, gatewayConnections } = await import(
      './lambda-connections.ts'
    )
    return gatewayConnections({
      ...{ dynamoDb: await dynamoDb(), table: required(variables.connectionsTable), clock },
      gateway: new ApiGatewayManagementApiClient({
        endpoint: required(variables.websocketEndpoint),
      }),
    })
  })
  const secretOf = async (variable: string) => {
    const { secret } = await import('./lambda-secret.ts')
    return secret({ arn: required(variable), env, clock })
  }
  const token = () => secretOf(variables.authorTokenSecret)
  const authors = (env[variables.authors] ?? '').split(',').filter((each) => each !== '')
  const credentials = once(async () => {
    const { dynamoCredentials } = await import('../adapters/aws/credentials.ts')
    return dynamoCredentials(await dynamoDb(), await tableOf('credentials'))
  })

  return {
    ports: {
      async posts() {
        const { dynamoPosts } = await import('../adapters/aws/posts.ts')
        return dynamoPosts(await dynamoDb(), await tableOf('posts'))
      },
      async drafts() {
        const { dynamoDrafts } = await import('../adapters/aws/drafts.ts')
        return dynamoDrafts(await dynamoDb(), await tableOf('drafts'))
      },
      async subscriptions() {
        const { dynamoSubscriptions } = await import('../adapters/aws/subscriptions.ts')
        return dynamoSubscriptions(await dynamoDb(), await tableOf('subscriptions'))
      },
      credentials,
      async progress() {
        const { dynamoProgress } = await import('../adapters/aws/progress.ts')
        return dynamoProgress(await dynamoDb(), await tableOf('progress'))
      },
      async mailer() {
        const { SESv2Client, sesMailer } = await import('./lambda-mailer.ts')
        return sesMailer(new SESv2Client({}), { from: required(variables.mailFrom) })
      },
      async http() {
        const { nodeHttp, callableAddresses } = await import('./lambda-webhooks.ts')
        const allow = (env[variables.allowAddresses] ?? '').split(/[\s,]+/).filter(Boolean)
        return nodeHttp({ isCallable: callableAddresses({ allow, allowLoopback: false }) })
      },
      async recognizer() {
        const { ComprehendClient, comprehendEntityRecognizer } = await import(
          './lambda-recognizer.ts'
        )
        return comprehendEntityRecognizer(new ComprehendClient({}))
      },
      connections,
      async renderer() {
        const { renderer } = await import('../web/renderer.ts')
        return renderer(required(variables.publicUrl))
      },
      links: () => links(required(variables.publicUrl)),
      async seal() {
        const { hmacSeal } = await import('../adapters/node/seal.ts')
        return hmacSeal(await secretOf(variables.sealSecret))
      },
      ids,
      clock: () => clock,
    },
    async queue() {
      const { SQSClient, sqsQueue } = await import('./lambda-queue.ts')
      return sqsQueue(new SQSClient({}), {
        queueUrl: required(variables.queueUrl),
        deadLetterQueueUrl: required(variables.dlqUrl),
        queueUrlOf: (target) => required(queueVariable(target)),
      })
    },
    tell: {
      'posts.outbox': async () => (await import('../adapters/aws/stream.ts')).outboxEntry,
      'posts.changes': async () => (await import('../adapters/aws/stream.ts')).postChange,
      'subscriptions.outbox': async () => (await import('../adapters/aws/stream.ts')).outboxEntry,
      'credentials.outbox': async () => (await import('../adapters/aws/stream.ts')).outboxEntry,
    },
    async serve(call) {
      const { serve } = await import('./lambda-serve.ts')
      // Behind a route of the API, the authorizer has looked already.
      const isGuard = env[variables.authorTokenSecret] !== undefined
      const hasCredentials = env[tableVariable('credentials')] !== undefined
      return serve({
        ...{ call, log, publicUrl: required(variables.publicUrl) },
        webSocketUrl: env[variables.websocketUrl],
        token: isGuard ? await token() : null,
        ...{ authors, clock, credentials: hasCredentials ? await credentials() : null },
        changes: { head: await headOf() },
        script: script(),
      })
    },
    async clients() {
      const { connect, disconnect, answer } = await connections()
      const own = new URL(required(variables.publicUrl)).origin
      return {
        async connect(id, { origin = own }) {
          // Browsers let the page of any site connect, and say here which it is.
          if (origin !== own) return false
          await connect(id)
          return true
        },
        disconnect,
        answer,
      }
    },
    token,
    otherTokens() {
      required(tableVariable('credentials'))
      return async (given) => {
        if (!given.startsWith('bb_')) return false
        // Loaded when there is one: a start of the authorizer is somebody's wait.
        const { isAuthorsToken } = await import('./lambda-token.ts')
        return isAuthorsToken(given, {
          ...{ authors, clock, authorToken: await (await token())() },
          credentials: await credentials(),
        })
      }
    },
  }

  /** The newest change, for those functions whose answers name it. */
  async function headOf(): Promise<() => Promise<string>> {
    const name = env[variables.connectionsTable]
    if (!name) return async () => required(variables.connectionsTable)
    const { dynamoChangeLog, dynamoTable, headCursor } = await import('./lambda-head.ts')
    const log = dynamoChangeLog(dynamoTable(await dynamoDb(), name), clock)
    return () => headCursor(log)
  }
}

/** Made when it is asked for first, and the same from then on. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make()
    return made
  }
}
