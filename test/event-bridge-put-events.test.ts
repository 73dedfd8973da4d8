/** PutEvents, by the AWS SDK over the wire and at a real HTTP server. */
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import type { EventBridge, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import {
  answer,
  apiDestination,
  type Destination,
  destination,
  RoleArn,
  type Served,
  sdkError,
  serve,
} from './serve.ts'

const busArn = (name: string) => `arn:aws:events:us-east-1:000000000000:event-bus/${name}`
const invalid = (message: string | RegExp) => sdkError('ValidationException', message)
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

let bus: Served
let aws: EventBridge
let server: Destination
before(async () => {
  bus = await serve()
  aws = bus.client()
  server = await destination()
  await aws.createEventBus({ Name: 'orders' })
  const EventPattern = '{"source":["shop"]}'
  const Arn = await apiDestination(aws, 'seen', server.url)
  for (const EventBusName of ['orders', 'default']) {
    await aws.putRule({ Name: 'seen', EventBusName, EventPattern })
    await aws.putTargets({ Rule: 'seen', EventBusName, Targets: [{ Id: 'web', Arn, RoleArn }] })
  }
})
after(async () => {
  await bus?.stop()
  await server?.close()
})

const entry = (fields: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  ...{ Source: 'shop', DetailType: 'OrderPlaced', Detail: '{"order":1}', EventBusName: 'orders' },
  ...fields,
})
const put = async (...Entries: readonly PutEventsRequestEntry[]) =>
  answer(await aws.putEvents({ Entries: [...Entries] }))
const missing = (member: string) => ({
  ErrorCode: 'InvalidArgument',
  ErrorMessage: `Parameter ${member} is not valid. Reason: ${member} is a required argument.`,
})
const malformed = { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }

/** The event that an entry becomes. */
async function event(fields: Partial<PutEventsRequestEntry>) {
  const { Entries: [{ EventId } = {}] = [] } = await put(entry(fields))
  const { body } = await server.received.wait(
    ({ body }) => body.includes(`"${EventId}"`),
    'the event',
  )
  return { ...JSON.parse(body), EventId }
}

describe('an entry', () => {
  test('becomes an event that a rule matches, whose id is the one that was answered', async () => {
    const { EventId, time, ...rest } = await event({ Detail: '{"order":7,"exact":1.0}' })

    assert.match(EventId, uuid)
    assert.deepEqual(rest, {
      ...{ version: '0', id: EventId, 'detail-type': 'OrderPlaced', source: 'shop' },
      ...{ account: '000000000000', region: 'us-east-1', resources: [] },
      detail: { order: 7, exact: 1 },
    })
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })

  test('keeps its time in whole seconds, and its resources', async () => {
    const { time, resources } = await event({
      Time: new Date('2022-01-01T00:00:00.750Z'),
      Resources: ['arn:aws:s3:::a', 'b'],
    })

    assert.deepEqual([time, resources], ['2022-01-01T00:00:00Z', ['arn:aws:s3:::a', 'b']])
  })

  test('has the time at which it came when it says none', async () => {
    const from = Date.now()
    const { time } = await event({})

    assert.ok(Date.parse(time) >= from - 1_000 && Date.parse(time) <= Date.now())
  })

  test('goes to the bus of a name, of an ARN, or to the default one', async () => {
    for (const EventBusName of [busArn('orders'), undefined, 'default', busArn('default')])
      assert.ok((await event({ EventBusName })).id)
  })

  test('of a bus that there is not is answered with an id and dropped, the others are not', async () => {
    const dropped = entry({ EventBusName: 'nowhere', Detail: '{"dropped":true}' })
    const { FailedEntryCount, Entries = [] } = await put(dropped, entry())

    assert.equal(FailedEntryCount, 0)
    for (const each of Entries) {
      assert.deepEqual(Object.keys(each), ['EventId'])
      assert.match(each.EventId ?? '', uuid)
    }
    await server.received.wait(({ body }) => body.includes(`"${Entries[1]?.EventId}"`), 'the other')
    assert.ok(!server.received.items.some(({ body }) => body.includes('dropped')))
  })

  for (const [what, fields, error] of [
    ['without a source', { Source: undefined }, missing('Source')],
    ['with an empty source', { Source: '' }, missing('Source')],
    ['without a detail-type', { DetailType: undefined }, missing('DetailType')],
    ['without a detail', { Detail: undefined }, missing('Detail')],
    ['with an empty detail', { Detail: '' }, missing('Detail')],
    [
      'without anything',
      { Source: undefined, DetailType: undefined, Detail: undefined },
      missing('Source'),
    ],
    ['with a detail that is no JSON', { Detail: 'order' }, malformed],
    ['with a detail that is cut off', { Detail: '{"order":' }, malformed],
    ['with a list for a detail', { Detail: '[1]' }, malformed],
    ['with a string for a detail', { Detail: '"order"' }, malformed],
    [
      'of a source of AWS',
      { Source: 'aws.s3' },
      {
        ErrorCode: 'NotAuthorizedForSourceException',
        ErrorMessage: 'Not authorized for the source.',
      },
    ],
  ] as const)
    test(`${what} fails, and fails alone`, async () => {
      const { FailedEntryCount, Entries = [] } = await put(entry(fields), entry())

      assert.equal(FailedEntryCount, 1)
      assert.deepEqual(Entries[0], error)
      assert.match(Entries[1]?.EventId ?? '', uuid)
    })
})

describe('a request', () => {
  test('is answered entry by entry, in order', async () => {
    const { FailedEntryCount, Entries = [] } = await put(
      entry(),
      entry({ Source: '' }),
      entry({ Detail: 'x' }),
      entry(),
    )

    assert.equal(FailedEntryCount, 2)
    assert.deepEqual(
      Entries.map(({ EventId, ErrorCode }) => (EventId ? 'put' : ErrorCode)),
      ['put', 'InvalidArgument', 'MalformedDetail', 'put'],
    )
  })

  test('has ten entries at most, and one at least', async () => {
    const ten = Array.from({ length: 10 }, () => entry())
    const told =
      'PutEventsRequestEntry(time=null, source=shop, resources=null, detailType=OrderPlaced, detail={"order":1}, eventBusName=orders, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)'

    assert.equal((await put(...ten)).FailedEntryCount, 0)
    await assert.rejects(
      put(...ten, entry()),
      invalid(
        `1 validation error detected: Value '[${Array(11).fill(told).join(', ')}]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10`,
      ),
    )
    await assert.rejects(
      put(),
      invalid(
        "1 validation error detected: Value '[]' at 'entries' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    )
  })

  test('has one megabyte at most, of all entries together', async () => {
    const half = JSON.stringify({ text: 'x'.repeat(524_000) })

    assert.equal((await put(entry({ Detail: half }), entry({ Detail: half }))).FailedEntryCount, 0)
    await assert.rejects(
      put(entry({ Detail: half }), entry({ Detail: half }), entry({ Detail: half })),
      invalid('Total size of the entries in the request is over the limit.'),
    )
  })

  test('is refused for what the model does not allow, and none of it is put', async () => {
    const name = 'a b'
    await assert.rejects(
      put(entry({ Detail: '{"refused":true}' }), entry({ EventBusName: name })),
      invalid(
        "1 validation error detected: Value 'a b' at 'entries.2.member.eventBusName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[\\.\\-_A-Za-z0-9]+",
      ),
    )
    const TraceHeader = 'x'.repeat(501)
    await assert.rejects(
      put(entry({ TraceHeader })),
      invalid(
        `1 validation error detected: Value '${TraceHeader}' at 'entries.1.member.traceHeader' failed to satisfy constraint: Member must have length less than or equal to 500`,
      ),
    )
    await event({})
    assert.ok(!server.received.items.some(({ body }) => body.includes('refused')))
  })

  test('takes a trace header and forgets it', async () => {
    const { FailedEntryCount } = await put(
      entry({ TraceHeader: 'Root=1-5759e988-bd862e3fe1be46a9' }),
    )

    assert.equal(FailedEntryCount, 0)
  })
})

test('what was answered is there after a kill, and is delivered', async () => {
  const first = await serve({ dataDir: bus.dataDir.concat('-killed') })
  let second: Served | undefined
  try {
    const client = first.client()
    const Arn = await apiDestination(client, 'kept', `${server.url}/kept`)
    await client.putRule({ Name: 'kept', EventPattern: '{"source":["shop"]}' })
    await client.putTargets({ Rule: 'kept', Targets: [{ Id: 'web', Arn, RoleArn }] })
    server.status = 503
    const { Entries } = await client.putEvents({
      Entries: [entry({ EventBusName: undefined, Detail: '{"kept":true}' })],
    })
    await server.received.wait(({ path }) => path === '/kept', 'the first attempt')
    await first.kill()
    server.status = 200

    second = await serve({ dataDir: first.dataDir })
    const id = Entries?.[0]?.EventId
    await server.received.until(
      (all) =>
        all.filter(({ path, body }) => path === '/kept' && body.includes(`"${id}"`)).length > 1,
      'another attempt by the next process',
      30_000,
    )
    assert.equal((await second.client().describeRule({ Name: 'kept' })).State, 'ENABLED')
  } finally {
    server.status = 200
    await second?.stop()
    await first.kill()
    await rm(first.dataDir, { recursive: true, force: true })
  }
})
