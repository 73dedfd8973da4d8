/** Replays by the AWS SDK over the wire, to targets that are called. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { EventBridge, Replay, StartReplayCommandInput } from '@aws-sdk/client-eventbridge'
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
import { within } from './within.ts'

const place = 'us-east-1:000000000000'
const arnOf = (resource: string) => `arn:aws:events:${place}:${resource}`
const busArn = (name: string) => arnOf(`event-bus/${name}`)
const minute = 60_000
const invalid = (parameter: string, why: string) =>
  sdkError('ValidationException', `Parameter ${parameter} is not valid. Reason: ${why}`)
const unknown = (name: string) =>
  sdkError('ResourceNotFoundException', `Replay ${name} does not exist.`)

let bus: Served
let aws: EventBridge
let server: Destination
before(async () => {
  bus = await serve()
  aws = bus.client()
  server = await destination()
})
after(async () => {
  await bus?.stop()
  await server?.close()
})

/** A bus with an archive, both of that name, and the order for a replay of it. */
async function archived(name: string): Promise<StartReplayCommandInput> {
  await aws.createEventBus({ Name: name })
  await aws.createArchive({ ArchiveName: name, EventSourceArn: busArn(name) })
  return order(name)
}
const order = (name: string): StartReplayCommandInput => ({
  ...{ ReplayName: name, EventSourceArn: arnOf(`archive/${name}`) },
  // Times are whole seconds on the wire.
  EventStartTime: new Date(Math.floor(Date.now() / 1_000) * 1_000 - minute),
  EventEndTime: new Date(Math.floor(Date.now() / 1_000) * 1_000 + minute),
  Destination: { Arn: busArn(name) },
})
/** A rule of the bus with the target at that path of the server. */
async function delivered(EventBusName: string, Name: string) {
  await aws.putRule({ EventBusName, Name, EventPattern: '{"source":["till"]}' })
  const Arn = await apiDestination(aws, `${EventBusName}-${Name}`, `${server.url}/${Name}`)
  await aws.putTargets({ EventBusName, Rule: Name, Targets: [{ Id: 'http', Arn, RoleArn }] })
  return arnOf(`rule/${EventBusName}/${Name}`)
}
const put = (EventBusName: string, ...sums: readonly number[]) =>
  aws.putEvents({
    Entries: sums.map((sum) => ({
      ...{ Source: 'till', DetailType: 'Sold', Detail: JSON.stringify({ sum }), EventBusName },
    })),
  })
/** What came to a path, an event for each. */
const cameTo = (path: string) =>
  server.received.items
    .filter((each) => each.path === path)
    .map(({ body }) => JSON.parse(body) as Record<string, unknown> & { detail: { sum: number } })
const came = (path: string, count: number) =>
  server.received.until(() => cameTo(path).length >= count, `${count} requests to ${path}`)

/** Asks again until the replay has that state. */
async function reached(ReplayName: string, state: string) {
  const ask = async () => {
    for (;;) {
      const replay = answer(await aws.describeReplay({ ReplayName }))
      if (replay.State === state) return replay
    }
  }
  return within(10_000, () => `replay ${ReplayName} to be ${state}`, ask())
}

describe('a replay', () => {
  test('brings what the archive has again, marked, and not into the archive', async () => {
    const asked = await archived('again')
    await delivered('again', 'sold')
    await put('again', 1, 2)
    await came('/sold', 2)

    const started = answer(await aws.startReplay({ ...asked, Description: 'Once more' }))
    assert.deepEqual(started, {
      ...{ ReplayArn: arnOf('replay/again'), State: 'STARTING' },
      ReplayStartTime: started.ReplayStartTime,
    })
    await came('/sold', 4)
    const { EventLastReplayedTime, ReplayEndTime, ...replay } = await reached('again', 'COMPLETED')

    const [one, two, first, second] = cameTo('/sold')
    assert.deepEqual(
      [first, second],
      [
        { ...one, 'replay-name': 'again' },
        { ...two, 'replay-name': 'again' },
      ],
    )
    assert.ok(EventLastReplayedTime && ReplayEndTime)
    assert.ok(EventLastReplayedTime >= (asked.EventStartTime as Date))
    assert.deepEqual(replay, {
      ...{ ...started, State: 'COMPLETED', ReplayName: 'again', Description: 'Once more' },
      ...{ EventSourceArn: asked.EventSourceArn, Destination: asked.Destination },
      ...{ EventStartTime: asked.EventStartTime, EventEndTime: asked.EventEndTime },
    })
    assert.equal((await aws.describeArchive({ ArchiveName: 'again' })).EventCount, 2)
  })

  test('is for the rules of its filter alone', async () => {
    const asked = await archived('filtered')
    const FilterArns = [await delivered('filtered', 'wanted')]
    await delivered('filtered', 'unwanted')
    await put('filtered', 7)
    await came('/wanted', 1)
    await came('/unwanted', 1)

    await aws.startReplay({ ...asked, Destination: { Arn: busArn('filtered'), FilterArns } })
    await came('/wanted', 2)
    const { Destination } = await reached('filtered', 'COMPLETED')

    assert.deepEqual(Destination, { Arn: busArn('filtered'), FilterArns })
    assert.equal(cameTo('/unwanted').length, 1)
  })

  test('of other times brings nothing, and says so', async () => {
    const asked = await archived('earlier')
    await delivered('earlier', 'late')
    await put('earlier', 1)
    await came('/late', 1)

    await aws.startReplay({ ...asked, EventEndTime: new Date(Date.now() - minute / 2) })
    const replay = await reached('earlier', 'COMPLETED')

    assert.ok(!('EventLastReplayedTime' in replay))
    assert.equal(cameTo('/late').length, 1)
  })

  test('that is cancelled is CANCELLING at first, and then CANCELLED', async () => {
    const asked = await archived('stopped')
    await aws.startReplay(asked)
    const ReplayName = 'stopped'

    assert.deepEqual(answer(await aws.cancelReplay({ ReplayName })), {
      ...{ ReplayArn: arnOf('replay/stopped'), State: 'CANCELLING' },
    })
    assert.equal((await aws.describeReplay({ ReplayName })).State, 'CANCELLING')
    const { ReplayEndTime } = await reached(ReplayName, 'CANCELLED')
    assert.ok(ReplayEndTime)
    await assert.rejects(
      aws.cancelReplay({ ReplayName }),
      sdkError(
        'IllegalStatusException',
        'Replay stopped is not in a valid state for this operation.',
      ),
    )
  })

  test('fails when its archive is deleted', async () => {
    const asked = await archived('lost')
    await put('lost', 1)
    await aws.startReplay(asked)
    await aws.deleteArchive({ ArchiveName: 'lost' })

    assert.equal((await reached('lost', 'FAILED')).StateReason, 'Archive resource not found.')
  })

  test('is refused as an eleventh that has not ended', async () => {
    const asked = await archived('many')
    const start = (at: number) => aws.startReplay({ ...asked, ReplayName: `many-${at}` })
    const started = await Promise.allSettled(Array.from({ length: 11 }, (_, at) => start(at)))

    const refused = started.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    assert.deepEqual(
      refused.map(({ name, message }) => [name, message]),
      [['LimitExceededException', 'The requested resource exceeds the maximum number allowed.']],
    )
    for (const { ReplayName } of (await aws.listReplays({ NamePrefix: 'many' })).Replays ?? [])
      await reached(ReplayName as string, 'COMPLETED')
  })
})

describe('ListReplays', () => {
  test('answers less than DescribeReplay, by one filter', async () => {
    const asked = await archived('lists')
    await aws.startReplay({ ...asked, ReplayName: 'lists-b', Description: 'Not in lists' })
    await aws.startReplay({ ...asked, ReplayName: 'lists-a' })
    const names = (replays: readonly Replay[] = []) => replays.map(({ ReplayName }) => ReplayName)

    const EventSourceArn = asked.EventSourceArn as string
    const { Replays, NextToken } = await aws.listReplays({ EventSourceArn, Limit: 1 })

    assert.deepEqual(names(Replays), ['lists-a'])
    assert.deepEqual(Object.keys(Replays?.[0] ?? {}).sort(), [
      ...['EventEndTime', 'EventSourceArn', 'EventStartTime', 'ReplayName', 'ReplayStartTime'],
      'State',
    ])
    assert.deepEqual(names((await aws.listReplays({ EventSourceArn, NextToken })).Replays), [
      'lists-b',
    ])
    assert.deepEqual(answer(await aws.listReplays({ NamePrefix: 'nobody' })), { Replays: [] })
    await reached('lists-a', 'COMPLETED')
    await assert.rejects(
      aws.listReplays({ EventSourceArn, State: 'COMPLETED' }),
      sdkError(
        'ValidationException',
        'At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.',
      ),
    )
  })
})

describe('StartReplay is refused', () => {
  const twisted = { EventStartTime: new Date(minute), EventEndTime: new Date(0) }
  const backwards = invalid('EventEndTime', 'EventStartTime must be before EventEndTime.')

  for (const [what, fields, error] of [
    ['for times that are the wrong way round', twisted, backwards],
    [
      'for its times before anything is looked for',
      { ...twisted, EventSourceArn: arnOf('archive/x'), Destination: { Arn: busArn('nowhere') } },
      backwards,
    ],
    [
      'for an archive that is not there',
      { EventSourceArn: arnOf('archive/nobody') },
      invalid('EventSourceArn', 'Archive nobody does not exist.'),
    ],
    [
      'to a bus that is not there',
      { Destination: { Arn: busArn('nowhere') } },
      sdkError('ResourceNotFoundException', 'Event bus nowhere does not exist.'),
    ],
    [
      'to another bus than that of the archive',
      { Destination: { Arn: busArn('default') } },
      invalid('Destination.Arn', 'Cross event bus replay is not permitted.'),
    ],
    [
      'to what is no bus',
      { Destination: { Arn: arnOf('archive/refused') } },
      invalid('Destination.Arn', 'Must contain an event bus ARN.'),
    ],
    [
      'with a name of other characters',
      { ReplayName: 'once more' },
      sdkError('ValidationException', /^1 validation error detected: .* at 'replayName' .*pattern/),
    ],
  ] as const)
    test(what, async () => {
      if (!(await aws.listArchives({ NamePrefix: 'refused' })).Archives?.length)
        await archived('refused')

      await assert.rejects(aws.startReplay({ ...order('refused'), ...fields }), error)
    })

  test('for a name that had a replay before', async () => {
    const asked = await archived('before')
    await aws.startReplay(asked)
    await reached('before', 'COMPLETED')

    await assert.rejects(
      aws.startReplay(asked),
      sdkError('ResourceAlreadyExistsException', 'Replay before already exists.'),
    )
  })

  test('as what is asked of a replay that there is not', async () => {
    await assert.rejects(aws.describeReplay({ ReplayName: 'nobody' }), unknown('nobody'))
    await assert.rejects(aws.cancelReplay({ ReplayName: 'nobody' }), unknown('nobody'))
  })
})
