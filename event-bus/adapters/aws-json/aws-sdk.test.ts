/** The AWS SDK itself, unchanged, against the whole bus: its requests are read and its answers understood. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import {
  CreateArchiveCommand,
  CreateEndpointCommand,
  CreateEventBusCommand,
  DescribeEventBusCommand,
  DescribeReplayCommand,
  EventBridgeClient,
  type EventBridgeServiceException,
  ListRulesCommand,
  PutEventsCommand,
  PutRuleCommand,
  StartReplayCommand,
} from '@aws-sdk/client-eventbridge'
import { systemClock as clock } from '../node/clock.ts'
import { signatures } from './signature.ts'
import { aDoor } from './testing.ts'

const key = { accessKeyId: 'busbar', secretAccessKey: 'a secret of some length' }

function client(t: TestContext, endpoint: string, credentials: object = key): EventBridgeClient {
  const made = new EventBridgeClient({
    ...{ endpoint, region: 'us-east-1', maxAttempts: 1 },
    credentials: { ...key, ...credentials },
  })
  t.after(() => made.destroy())
  return made
}

const entry = {
  ...{ Source: 'shop', DetailType: 'OrderPlaced', EventBusName: 'orders' },
  Detail: '{"order":1}',
}

describe('the AWS SDK', { timeout: 20_000 }, () => {
  test('makes a bus and a rule, puts events with times, and replays them', async (t) => {
    const { endpoint } = await aDoor(t)
    const sdk = client(t, endpoint)
    const before = Date.now()

    const { EventBusArn } = await sdk.send(new CreateEventBusCommand({ Name: 'orders' }))
    const bus = await sdk.send(new DescribeEventBusCommand({ Name: 'orders' }))
    assert.equal(bus.Arn, EventBusArn)
    assert.ok(bus.CreationTime instanceof Date)
    assert.ok(Math.abs(bus.CreationTime.getTime() - before) < 60_000)

    await sdk.send(
      new PutRuleCommand({
        Name: 'placed',
        EventBusName: 'orders',
        EventPattern: '{"source":["shop"]}',
      }),
    )
    const { Rules } = await sdk.send(new ListRulesCommand({ EventBusName: 'orders' }))
    assert.deepEqual(
      Rules?.map(({ Name }) => Name),
      ['placed'],
    )

    const put = await sdk.send(
      new PutEventsCommand({
        Entries: [entry, { ...entry, Time: new Date('2026-01-01T12:00:00.500Z') }, { Source: 'x' }],
      }),
    )
    assert.equal(put.FailedEntryCount, 1)
    assert.match(put.Entries?.[1]?.EventId ?? '', /^[\da-f-]{36}$/)
    assert.equal(put.Entries?.[2]?.ErrorCode, 'InvalidArgument')

    const archive = await sdk.send(
      new CreateArchiveCommand({ ArchiveName: 'all', EventSourceArn: EventBusArn }),
    )
    const [EventStartTime, EventEndTime] = ['2026-01-01T00:00:00.250Z', '2026-01-02'].map(
      (time) => new Date(time),
    )
    await sdk.send(
      new StartReplayCommand({
        ...{ ReplayName: 'again', EventStartTime, EventEndTime },
        EventSourceArn: archive.ArchiveArn,
        Destination: { Arn: EventBusArn },
      }),
    )
    const replay = await sdk.send(new DescribeReplayCommand({ ReplayName: 'again' }))
    assert.deepEqual(replay.EventStartTime, EventStartTime)
    assert.deepEqual(replay.EventEndTime, EventEndTime)
  })

  test('is told what is wrong by the names that it knows', async (t) => {
    const { endpoint } = await aDoor(t)
    const sdk = client(t, endpoint)

    await assert.rejects(
      sdk.send(new DescribeEventBusCommand({ Name: 'nobody' })),
      (error: EventBridgeServiceException) => {
        assert.equal(error.name, 'ResourceNotFoundException')
        assert.equal(error.message, 'Event bus nobody does not exist.')
        assert.equal(error.$metadata.httpStatusCode, 400)
        assert.match(error.$metadata.requestId ?? '', /^[\da-f-]{36}$/)
        return true
      },
    )
    await assert.rejects(
      sdk.send(new CreateEndpointCommand({ Name: 'x', EventBuses: [], RoutingConfig: undefined })),
      {
        name: 'UnknownOperationException',
        message: 'The operation CreateEndpoint is not supported.',
      },
    )
  })

  test('signs in with its key, and not with another', async (t) => {
    const keys = new Map([[key.accessKeyId, key.secretAccessKey]])
    const { endpoint } = await aDoor(t, {
      signatures: signatures({ keys, clock, service: 'events' }),
    })
    const put = (credentials: object) =>
      client(t, endpoint, credentials).send(new PutEventsCommand({ Entries: [entry] }))

    assert.equal((await put({})).FailedEntryCount, 0)
    assert.equal((await put({ sessionToken: 'of somebody' })).FailedEntryCount, 0)
    await assert.rejects(put({ secretAccessKey: 'another' }), {
      name: 'InvalidSignatureException',
      message: /^The request signature we calculated does not match/,
    })
    await assert.rejects(put({ accessKeyId: 'nobody' }), {
      name: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    })
  })

  test('or whoever else sends a header with it has TestEventPattern explained', async (t) => {
    const { ask } = await aDoor(t)
    const event = {
      ...{ id: '1', account: '000000000000', source: 'shop', time: '2026-01-01T12:00:00Z' },
      ...{ region: 'us-east-1', 'detail-type': 'OrderPlaced', detail: {} },
    }
    const asked = { EventPattern: '{"source":["bank"]}', Event: JSON.stringify(event) }
    const answer = async (headers: Record<string, string>) =>
      JSON.parse((await ask('AWSEvents.TestEventPattern', JSON.stringify(asked), headers)).body)

    assert.deepEqual(await answer({}), { Result: false })
    const { Result, Explanation } = await answer({ 'x-busbar-explain': '1' })
    assert.equal(Result, false)
    assert.deepEqual([Explanation.matched, Explanation.leaves[0].path], [false, 'source'])
  })
})
