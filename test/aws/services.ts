/**
 * What AWS keeps of a stack while its functions come and go: tables, queues, topics, buses, secrets, and how far
 * its pipes have read.
 */
import { randomBytes } from 'node:crypto'
import { comprehend } from '../../blog/adapters/aws/testing/comprehend.ts'
import {
  type CompromiseEntityRecognizer,
  compromiseEntityRecognizer,
} from '../../blog/adapters/entities/entity-recognizer.ts'
import { type Buses, buses } from './bus.ts'
import { type Endpoint, endpoint } from './endpoint.ts'
import { nameAll } from './names.ts'
import { type Queues, queues } from './queues.ts'
import { sesToSmtp } from './ses.ts'
import { beginning, type Position } from './stream.ts'
import { type DynamoDbServer, dynamoDbServer, type Tables } from './tables.ts'
import { openStack, type Stack, type StackFiles } from './template.ts'

export interface PipeState {
  readonly position: Position
  pending: readonly object[]
}

export interface Services {
  readonly stack: Stack
  readonly tables: Tables
  readonly queues: Queues
  readonly buses: Buses
  readonly endpoint: Endpoint
  readonly secrets: ReadonlyMap<string, string>
  /** By the pipe's logical id. */
  pipe(logicalId: string): PipeState
  close(): Promise<void>
}

export interface ServicesOptions {
  readonly files: StackFiles
  /** Null: mails are taken and dropped. */
  readonly smtpUrl: string | null
  /** The address of an API by its logical id. */
  readonly api: (logicalId: string) => string
  readonly log: (line: string) => void
}

/** For all stacks of this process: each has its own tables. */
let shared:
  | Promise<{ readonly db: DynamoDbServer; readonly recognizer: CompromiseEntityRecognizer }>
  | undefined
let stacks = 0

export async function openServices(options: ServicesOptions): Promise<Services> {
  const { db, recognizer } = await beneath()
  const stack = openStack(options.files)
  const tables = db.tables(`stack${++stacks}`)
  const made = await queues()
  const mail = sesToSmtp(options.smtpUrl)
  const secrets = new Map<string, string>()
  const served = await endpoint(
    {
      dynamoDb: { url: db.url, accessKeyId: tables.credentials.accessKeyId },
      ...{ queues: made, secrets },
      others: new Map([
        ['ses', mail.listener],
        ['comprehend', comprehend(recognizer.recognize).listener],
      ]),
    },
    options.log,
  )
  const close = async (): Promise<void> => {
    tables.close()
    mail.close()
    await served.close()
    await made.close()
  }
  try {
    nameAll(stack, { sqs: served.url, api: options.api })
    for (const secret of stack.of('AWS::SecretsManager::Secret'))
      secrets.set(
        String(stack.resolve({ Ref: secret.logicalId })),
        String(stack.propertiesOf(secret).SecretString ?? randomBytes(20).toString('hex')),
      )
    await tables.create(stack)
    await made.create(stack)
    const bus = await buses(stack, made.url)
    const pipes = new Map<string, PipeState>()
    return {
      ...{ stack, tables, queues: made, buses: bus, endpoint: served, secrets },
      pipe(logicalId) {
        const known = pipes.get(logicalId) ?? { position: beginning(), pending: [] }
        pipes.set(logicalId, known)
        return known
      },
      async close() {
        await bus.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** What all stacks stand on. Started by the first of them, or before. */
export function beneath() {
  shared ??= openShared()
  return shared
}
async function openShared() {
  return { db: await dynamoDbServer(), recognizer: compromiseEntityRecognizer() }
}

/** When no stack is left. */
export async function closeShared(): Promise<void> {
  const { db, recognizer } = (await shared) ?? {}
  shared = undefined
  await db?.close()
  await recognizer?.close()
}
