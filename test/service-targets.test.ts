/**
 * `busbar serve` with an SQS server behind it and a Lambda server that fails, driven by the AWS SDK: what
 * targets name by ARNs is delivered, and no kill loses what a dead-letter queue is to be told.
 */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type FauxqsServer, startFauxqs } from 'fauxqs'
import { type Destination, destination, type Served, serve } from './serve.ts'
import { within } from './within.ts'

const place = 'us-east-1:000000000000'
const queueArn = (name: string) => `arn:aws:sqs:${place}:${name}`
const functionArn = (name: string) => `arn:aws:lambda:${place}:function:${name}`

/** The message that a queue has, or has within 10 s, if any. */
async function received(server: FauxqsServer, name: string): Promise<Message | undefined> {
  const client = new SQSClient({
    ...{ endpoint: `http://127.0.0.1:${server.port}`, region: 'us-east-1' },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  const QueueUrl = `http://127.0.0.1:${server.port}/000000000000/${name}`
  const asked = { QueueUrl, WaitTimeSeconds: 10, MessageAttributeNames: ['All'] }
  const { Messages = [] } = await client.send(new ReceiveMessageCommand(asked))
  client.destroy()
  return Messages[0]
}

/** A rule with this target, and an event that it matches. */
async function putThrough(bus: Served, Name: string, target: object): Promise<string> {
  const aws = bus.client()
  await aws.putRule({ Name, EventPattern: JSON.stringify({ source: [Name] }) })
  const Targets = [{ Id: 'only', Arn: '', ...target }]
  assert.equal((await aws.putTargets({ Rule: Name, Targets })).FailedEntryCount, 0)
  const { Entries = [] } = await aws.putEvents({
    Entries: [{ Source: Name, DetailType: 'OrderPlaced', Detail: '{"order":7}' }],
  })
  return Entries[0]?.EventId ?? ''
}

/** Calls, and answers how the first delivery of the rule ends that the bus tells of from then on. */
async function firstOutcome(
  bus: Served,
  rule: string,
  call: () => Promise<unknown>,
): Promise<string> {
  const ended = new AbortController()
  const response = await fetch(bus.url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'Busbar.Tail' },
    body: '{"Deliveries":true}',
    signal: ended.signal,
  })
  async function read(): Promise<string> {
    let text = ''
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part
      for (const line of text.split('\n').slice(0, -1))
        if (line.includes('"Type":"Delivery"') && line.includes(`"Rule":"${rule}"`))
          return JSON.parse(line).Outcome
    }
    return 'none'
  }
  const outcome = read()
  await call()
  const told = await within(10_000, 'a delivery to end', outcome)
  ended.abort()
  return told
}

let sqs: FauxqsServer
let lambda: Destination
before(async () => {
  sqs = await startFauxqs({ port: 0, logger: false })
  lambda = await destination()
})
after(async () => {
  await sqs?.stop()
  await lambda?.close()
})

const env = () => ({
  AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${sqs.port}`,
  AWS_ENDPOINT_URL_SNS: `http://127.0.0.1:${sqs.port}`,
  AWS_ENDPOINT_URL_LAMBDA: lambda.url,
})

describe('a bus with endpoints for services', () => {
  let bus: Served
  before(async () => {
    bus = await serve({ env: env() })
  })
  after(() => bus?.stop())

  test('delivers to a queue', async () => {
    sqs.createQueue('jobs')

    const id = await putThrough(bus, 'to-queue', { Arn: queueArn('jobs') })

    const event = JSON.parse((await received(sqs, 'jobs'))?.Body ?? '{}')
    assert.deepEqual([event.id, event.detail], [id, { order: 7 }])
  })

  test('delivers to a topic, and by that to its subscribers', async () => {
    sqs.createTopic('letters')
    sqs.createQueue('mail')
    sqs.subscribe({ topic: 'letters', queue: 'mail' })

    const id = await putThrough(bus, 'to-topic', { Arn: `arn:aws:sns:${place}:letters` })

    const letter = JSON.parse((await received(sqs, 'mail'))?.Body ?? '{}')
    assert.equal(JSON.parse(letter.Message).id, id)
  })

  test('delivers to a function', async () => {
    const id = await putThrough(bus, 'to-function', { Arn: functionArn('ship') })

    const isIt = ({ body }: { body: string }) => JSON.parse(body).id === id
    const { path } = await lambda.received.wait(isIt, 'the function to be invoked')
    assert.equal(path, '/2015-03-31/functions/ship/invocations')
  })

  test('writes to a log group, which is a file beside its data', async () => {
    const Arn = `arn:aws:logs:${place}:log-group:/aws/events/orders:*`
    let id = ''

    const outcome = await firstOutcome(bus, 'to-log', async () => {
      id = await putThrough(bus, 'to-log', { Arn })
    })

    assert.equal(outcome, 'succeeded')
    const path = join(bus.dataDir, 'log-groups', '%2Faws%2Fevents%2Forders.log')
    const { message } = JSON.parse(await readFile(path, 'utf8'))
    assert.equal(JSON.parse(message).id, id)
  })

  test('tells a dead-letter queue of what a function that is not there was to be given', async () => {
    sqs.createQueue('graveyard')
    lambda.status = 404

    const id = await putThrough(bus, 'to-nobody', {
      ...{ Arn: functionArn('nobody'), DeadLetterConfig: { Arn: queueArn('graveyard') } },
    })

    const { Body = '{}', MessageAttributes = {} } = (await received(sqs, 'graveyard')) ?? {}
    lambda.status = 200
    assert.equal(JSON.parse(Body).id, id)
    assert.deepEqual(
      ['RULE_ARN', 'TARGET_ARN', 'ERROR_CODE'].map((name) => MessageAttributes[name]?.StringValue),
      [`arn:aws:events:${place}:rule/to-nobody`, functionArn('nobody'), 'NO_RESOURCE'],
    )
  })
})

const rounds = 4
const eventsPerRound = 10

test('a bus that is killed again and again tells the dead-letter queue of each event that died', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'busbar-service-targets-'))
  sqs.createQueue('killed')
  lambda.status = 404
  const put = new Set<string>()
  try {
    for (let round = 0; round < rounds; round++) {
      // Nobody listens for queues: what is to be told waits on disk, or has not come there yet.
      const bus = await serve({
        ...{ dataDir, env: { ...env(), AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9' } },
      })
      const aws = bus.client()
      await aws.putRule({ Name: 'orders', EventPattern: '{"source":["shop"]}' })
      const DeadLetterConfig = { Arn: queueArn('killed') }
      const Targets = [{ Id: 'only', Arn: functionArn('nobody'), DeadLetterConfig }]
      await aws.putTargets({ Rule: 'orders', Targets })
      const before = lambda.received.items.length
      const { Entries = [] } = await aws.putEvents({
        Entries: Array.from({ length: eventsPerRound }, (_, order) => ({
          ...{ Source: 'shop', DetailType: 'OrderPlaced', Detail: JSON.stringify({ order }) },
        })),
      })
      for (const { EventId = '' } of Entries) put.add(EventId)
      // From none that has died to all of them.
      const some = Math.round((round / (rounds - 1)) * eventsPerRound)
      await lambda.received.until(({ length }) => length >= before + some, 'attempts')
      await bus.kill()
    }
    const bus = await serve({ dataDir, env: env() })

    const told = new Set<string>()
    // What failed to be told waits longer each time: 60 s at most.
    for (let silent = 0; told.size < put.size && silent < 7; ) {
      const message = await received(sqs, 'killed')
      if (message) told.add(JSON.parse(message.Body ?? '{}').id)
      else silent++
    }
    await bus.stop()

    assert.equal(put.size, rounds * eventsPerRound)
    assert.deepEqual([...told].sort(), [...put].sort())
  } finally {
    lambda.status = 200
    await rm(dataDir, { recursive: true })
  }
})
