/** Requests that EventBridge refuses, and its words for it; lists; how many, and for how long. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BusError } from './errors.ts'
import { aBusWithReplays, aReplay, busArn, ruleArn } from './testing/replays.ts'

const day = 86_400_000
const arn = 'arn:aws:events:us-east-1:000000000000:'

async function aBus() {
  const bus = aBusWithReplays()
  const process = await bus.start()
  await process.createArchive()
  return { ...bus, ...process }
}

describe('a replay is refused in EventBridge’s words', () => {
  const invalid = (parameter: string, why: string) =>
    ['ValidationException', `Parameter ${parameter} is not valid. Reason: ${why}`] as const
  const noEnd = { EventEndTime: aReplay().EventStartTime }
  const cases: readonly [string, object, readonly [string, string]][] = [
    [
      'without anything',
      {
        ...{ ReplayName: null, EventSourceArn: null, EventStartTime: null, EventEndTime: null },
        Destination: null,
      },
      [
        'ValidationException',
        "5 validation errors detected: Value null at 'replayName' failed to satisfy constraint: Member must not be null; Value null at 'eventSourceArn' failed to satisfy constraint: Member must not be null; Value null at 'eventStartTime' failed to satisfy constraint: Member must not be null; Value null at 'eventEndTime' failed to satisfy constraint: Member must not be null; Value null at 'destination' failed to satisfy constraint: Member must not be null",
      ],
    ],
    [
      'for a name of other characters',
      { ReplayName: 'a b' },
      [
        'ValidationException',
        "1 validation error detected: Value 'a b' at 'replayName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
      ],
    ],
    [
      'to what is no bus',
      { Destination: { Arn: `${arn}rule/orders/placed` } },
      invalid('Destination.Arn', 'Must contain an event bus ARN.'),
    ],
    [
      'to a bus that is not there',
      { Destination: { Arn: `${arn}event-bus/returns` } },
      ['ResourceNotFoundException', 'Event bus returns does not exist.'],
    ],
    [
      'to another bus than the archive’s',
      { Destination: { Arn: `${arn}event-bus/bills` } },
      invalid('Destination.Arn', 'Cross event bus replay is not permitted.'),
    ],
    [
      'of an archive that is not there',
      { EventSourceArn: `${arn}archive/none` },
      invalid('EventSourceArn', 'Archive none does not exist.'),
    ],
    [
      'to a rule that is not there',
      { Destination: { Arn: busArn, FilterArns: [ruleArn('placed'), ruleArn('lost')] } },
      invalid('Destination.FilterArns', `${ruleArn('lost')} is no rule of the event bus orders.`),
    ],
    [
      'to a rule of another bus',
      { Destination: { Arn: busArn, FilterArns: [`${arn}rule/placed`] } },
      invalid('Destination.FilterArns', `${arn}rule/placed is no rule of the event bus orders.`),
    ],
    [
      'that ends where it starts',
      noEnd,
      invalid('EventEndTime', 'EventStartTime must be before EventEndTime.'),
    ],
    [
      'that ends where it starts, before its archive and bus are looked for',
      {
        ...{ ...noEnd, EventSourceArn: `${arn}archive/none` },
        Destination: { Arn: `${arn}event-bus/returns` },
      },
      invalid('EventEndTime', 'EventStartTime must be before EventEndTime.'),
    ],
    [
      'from a source that is no ARN',
      { EventSourceArn: 'all' },
      [
        'ValidationException',
        "1 validation error detected: Value 'all' at 'eventSourceArn' failed to satisfy constraint: Member must satisfy regular expression pattern: ^arn:aws([a-z]|\\-)*:events:([a-z]|\\d|\\-)*:([0-9]{12})?:.+\\/.+$",
      ],
    ],
    [
      'from a time that is none',
      { EventStartTime: new Date(Number.NaN) },
      [
        'SerializationException',
        'NUMBER_VALUE can not be converted to milliseconds since epoch (at eventStartTime)',
      ],
    ],
  ]
  for (const [name, fields, [code, message]] of cases)
    test(name, async () => {
      const { replays } = await aBus()

      await assert.rejects(replays.startReplay(aReplay(fields)), { code, message })
      assert.deepEqual(replays.listReplays({}), { Replays: [] })
    })

  test('with a name that is taken, for 90 days', async () => {
    const { clock, replays } = await aBus()
    await replays.startReplay(aReplay())
    await clock.move(1_000)

    await assert.rejects(replays.startReplay(aReplay()), {
      code: 'ResourceAlreadyExistsException',
      message: 'Replay again already exists.',
    })
    await clock.move(90 * day)
    const gone = { code: 'ResourceNotFoundException', message: 'Replay again does not exist.' }
    assert.throws(() => replays.describeReplay({ ReplayName: 'again' }), gone)
    await assert.rejects(replays.cancelReplay({ ReplayName: 'again' }), gone)
    assert.equal((await replays.startReplay(aReplay())).State, 'STARTING')
  })

  test('while ten others have not ended', async () => {
    const { clock, replays, put } = await aBus()
    await put(1)
    const start = (at: number) => replays.startReplay(aReplay({ ReplayName: `r${at}` }))
    const answers = await Promise.allSettled(Array.from({ length: 12 }, (_, at) => start(at)))

    const refused = answers.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    assert.equal(refused.length, 2)
    assert.ok(refused[0] instanceof BusError)
    assert.deepEqual(
      [refused[0].code, refused[0].message],
      ['LimitExceededException', 'The requested resource exceeds the maximum number allowed.'],
    )
    await clock.move(1_000)
    assert.equal((await start(12)).State, 'STARTING')
  })
})

test('lists replays by name, in parts, by one filter', async () => {
  const { clock, replays, createArchive } = await aBus()
  await createArchive({ ArchiveName: 'other' })
  for (const ReplayName of ['c', 'a2', 'b'])
    await replays.startReplay(aReplay({ ReplayName, Description: 'Not in a list' }))
  await clock.move(1_000)
  await replays.startReplay(aReplay({ ReplayName: 'a1', EventSourceArn: `${arn}archive/other` }))
  const names = (request: object) => replays.listReplays(request).Replays.map((r) => r.ReplayName)

  const { Replays, NextToken } = replays.listReplays({ Limit: 3 })
  assert.deepEqual(Replays[1], {
    ReplayName: 'a2',
    EventSourceArn: aReplay().EventSourceArn,
    State: 'COMPLETED',
    EventStartTime: aReplay().EventStartTime,
    EventEndTime: aReplay().EventEndTime,
    ReplayStartTime: new Date('2026-01-01T12:00:00Z'),
    ReplayEndTime: new Date('2026-01-01T12:00:00Z'),
  })
  assert.deepEqual(names({ Limit: 3 }), ['a1', 'a2', 'b'])
  assert.deepEqual(names({ NextToken }), ['c'])
  assert.deepEqual(names({ NamePrefix: 'a' }), ['a1', 'a2'])
  assert.deepEqual(names({ State: 'COMPLETED' }), ['a2', 'b', 'c'])
  assert.deepEqual(names({ EventSourceArn: `${arn}archive/other` }), ['a1'])
  assert.throws(() => names({ NamePrefix: 'a', State: 'FAILED' }), {
    code: 'ValidationException',
    message:
      'At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.',
  })
  assert.throws(() => names({ State: 'invalid' }), {
    message:
      "1 validation error detected: Value 'invalid' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [CANCELLED, CANCELLING, COMPLETED, FAILED, RUNNING, STARTING]",
  })
})

test('a replay is STARTING and CANCELLING for a while', async () => {
  const bus = aBusWithReplays()
  const { replays, createArchive, state, put } = await bus.start({ pauseMs: 1_000 })
  await createArchive()
  await put(1)

  await replays.startReplay(aReplay())
  await bus.clock.move(999)
  assert.equal(state(), 'STARTING')
  await replays.cancelReplay({ ReplayName: 'again' })
  await bus.clock.move(999)
  assert.equal(state(), 'CANCELLING')
  await bus.clock.move(1)
  assert.equal(state(), 'CANCELLED')
  await replays.startReplay(aReplay({ ReplayName: 'another' }))
  await bus.clock.move(1_100)

  assert.equal(state('another'), 'COMPLETED')
})
