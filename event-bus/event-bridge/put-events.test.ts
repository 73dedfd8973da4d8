import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aShop, busArn } from '../testing/event-bridge.ts'

const entry = (fields: object = {}) => ({
  ...{ Source: 'shop', DetailType: 'OrderPlaced', Detail: '{"order":1}', EventBusName: 'orders' },
  ...fields,
})
const missing = (member: string) => ({
  ErrorCode: 'InvalidArgument',
  ErrorMessage: `Parameter ${member} is not valid. Reason: ${member} is a required argument.`,
})
const malformed = { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }

test('each entry is answered in its place, and the good ones are in one commit', async () => {
  const { bridge, store, ship, clock } = await aShop()
  const before = store.commits.length

  const answer = await bridge.putEvents({
    Entries: [
      entry({ Detail: '{"order":1}' }),
      entry({ Source: undefined }),
      entry({ Detail: '{"order":2}' }),
      entry({ Detail: '[]' }),
    ],
  })
  await clock.turn()

  assert.equal(answer.FailedEntryCount, 2)
  const [first, second, third, fourth] = answer.Entries
  assert.deepEqual([second, fourth], [missing('Source'), malformed])
  assert.deepEqual(
    [first, third],
    ship.inputs.map((event) => ({ EventId: (event as { id: string }).id })),
  )
  assert.equal(store.commits[before]?.events.length, 2)
  assert.deepEqual(ship.orders, [1, 2])
})

test('what is wrong with an entry is told in EventBridge’s words, the first thing first', async () => {
  const { bridge, ship } = await aShop()
  const unauthorized = {
    ErrorCode: 'NotAuthorizedForSourceException',
    ErrorMessage: 'Not authorized for the source.',
  }
  const wrong = [
    [{ Source: '' }, missing('Source')],
    [{ Source: undefined, DetailType: undefined }, missing('Source')],
    [{ DetailType: '', Detail: '' }, missing('DetailType')],
    [{ Detail: undefined }, missing('Detail')],
    [{ Detail: '{' }, malformed],
    [{ Detail: '"text"' }, malformed],
    [{ Detail: '[1]' }, malformed],
    [{ Detail: 'null' }, malformed],
    [{ Source: 'aws.s3', Detail: '{' }, unauthorized],
    [
      { Time: new Date(Number.NaN) },
      { ErrorCode: 'InvalidArgument', ErrorMessage: 'Parameter Time is not valid.' },
    ],
  ] as const

  for (const [fields, error] of wrong)
    assert.deepEqual(await bridge.putEvents({ Entries: [entry(fields)] }), {
      FailedEntryCount: 1,
      Entries: [error],
    })
  assert.deepEqual(ship.inputs, [])
})

test('an event for a bus that does not exist has an id and is dropped', async () => {
  const { bridge, store, ship } = await aShop()
  const before = store.commits.length

  const answer = await bridge.putEvents({
    Entries: [entry({ EventBusName: 'nowhere' }), entry({ Source: '' })],
  })

  assert.equal(answer.FailedEntryCount, 1)
  assert.match(JSON.stringify(answer.Entries[0]), /^{"EventId":"[0-9a-f-]{36}"}$/)
  assert.equal(store.commits.length, before)
  assert.deepEqual(ship.inputs, [])
})

test('a bus is given by its name, by its ARN, or is the default one', async () => {
  const { bridge, engine } = await aShop()
  const sources = async (bus: string) =>
    (await engine.log(bus).tail(10, 10_000)).map(({ source }) => source)

  await bridge.putEvents({
    Entries: [
      entry({ Source: 'by-arn', EventBusName: busArn('orders') }),
      entry({ Source: 'by-none', EventBusName: undefined }),
      entry({ Source: 'by-default-arn', EventBusName: busArn('default') }),
    ],
  })

  assert.deepEqual(await sources('orders'), ['by-arn'])
  assert.deepEqual(await sources('default'), ['by-none', 'by-default-arn'])
})

test('time and resources are those of the entry, or now and none', async () => {
  const { bridge, ship, clock } = await aShop()

  const Time = new Date('2025-06-01T10:20:30.999Z')
  await bridge.putEvents({ Entries: [entry({ Time, Resources: ['arn:a'] }), entry()] })
  await clock.turn()

  const told = ship.inputs.map((event) => {
    const { time, resources } = event as { time: string; resources: string[] }
    return [time, resources]
  })
  assert.deepEqual(told, [
    ['2025-06-01T10:20:30Z', ['arn:a']],
    ['2026-01-01T12:00:00Z', []],
  ])
})

test('ten entries are taken, more are refused, and so are none', async () => {
  const { bridge } = await aShop()
  const ten = await bridge.putEvents({ Entries: Array(10).fill(entry()) })
  assert.equal(ten.FailedEntryCount, 0)
  const told =
    'PutEventsRequestEntry(time=null, source=shop, resources=null, detailType=OrderPlaced, detail={"order":1}, eventBusName=orders, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)'

  await assert.rejects(bridge.putEvents({ Entries: Array(11).fill(entry()) }), {
    code: 'ValidationException',
    message: `1 validation error detected: Value '[${Array(11).fill(told).join(', ')}]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10`,
  })
  const whole = entry({
    ...{ Time: new Date('2022-01-01T00:00:00Z'), Resources: ['arn:a', 'arn:b'] },
    ...{ TraceHeader: 'Root=1', EventBusName: undefined },
  })
  await assert.rejects(
    bridge.putEvents({ Entries: Array(11).fill(whole) }),
    /Value '\[PutEventsRequestEntry\(time=Sat Jan 01 00:00:00 UTC 2022, source=shop, resources=\[arn:a, arn:b\], detailType=OrderPlaced, detail={"order":1}, eventBusName=null, traceHeader=Root=1, kms/,
  )
  await assert.rejects(bridge.putEvents({ Entries: [] }), {
    code: 'ValidationException',
    message:
      "1 validation error detected: Value '[]' at 'entries' failed to satisfy constraint: Member must have length greater than or equal to 1",
  })
  await assert.rejects(bridge.putEvents({}), {
    message:
      "1 validation error detected: Value null at 'entries' failed to satisfy constraint: Member must not be null",
  })
})

test('a request of one megabyte is taken, and one byte more is not', async () => {
  const { bridge } = await aShop()
  const Time = new Date('2025-06-01T10:20:30Z')
  // Source 4, DetailType 11, Time 14, Resources 2, and what is around the text in the detail.
  const room = 1_048_576 - 4 - 11 - 14 - 2 - '{"t":""}'.length
  const of = (text: string) => ({
    Entries: [entry({ Time, Resources: ['ab'], Detail: `{"t":"${text}"}` })],
  })

  assert.equal((await bridge.putEvents(of('x'.repeat(room)))).FailedEntryCount, 0)
  const twoBytesEach = `x${'é'.repeat((room - 1) / 2)}`
  assert.equal((await bridge.putEvents(of(twoBytesEach))).FailedEntryCount, 0)
  for (const text of ['x'.repeat(room + 1), `${twoBytesEach}x`])
    await assert.rejects(bridge.putEvents(of(text)), {
      code: 'ValidationException',
      message: 'Total size of the entries in the request is over the limit.',
    })
})

test('what is of another type than EventBridge’s model says is refused', async () => {
  const { bridge } = await aShop()

  for (const [fields, message] of [
    [{ Source: 1 }, 'NUMBER_VALUE can not be converted to a String (at entries.1.member.source)'],
    [{ Resources: 'arn' }, 'Expected list or null (at entries.1.member.resources)'],
    [{ Detail: {} }, /^Start of structure or map found where not expected\. \(at entries\.1/],
    [
      { Time: 'noon' },
      'STRING_VALUE can not be converted to milliseconds since epoch (at entries.1.member.time)',
    ],
  ] as const)
    await assert.rejects(bridge.putEvents({ Entries: [entry(fields)] }), {
      code: 'SerializationException',
      message,
    })
  await assert.rejects(bridge.putEvents({ Entries: [entry({ EventBusName: 'a b' })] }), {
    code: 'ValidationException',
    message: /'a b' at 'entries\.1\.member\.eventBusName' failed to satisfy/,
  })
  await assert.rejects(bridge.putEvents({ Entries: [null] }), {
    message:
      "1 validation error detected: Value null at 'entries.1.member' failed to satisfy constraint: Member must not be null",
  })
  const long = 'x'.repeat(2_049)
  await assert.rejects(bridge.putEvents({ Entries: [entry({ Resources: ['a', long] })] }), {
    message: `1 validation error detected: Value '[a, ${long}]' at 'entries.1.member.resources' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2048]`,
  })
  await assert.rejects(
    bridge.putEvents({
      Entries: [entry({ EventBusName: 'aws.partner/crm/1', TraceHeader: 'x'.repeat(501) })],
      EndpointId: 'abcde',
    }),
    /^ValidationException: 3 validation errors detected: Value 'abcde' at 'endpointId' .*; Value 'aws\.partner\/crm\/1' at 'entries\.1\.member\.eventBusName' .*event-bus\\\/\)\?\[\\\.\\-_A-Za-z0-9\]\+; Value 'x+' at 'entries\.1\.member\.traceHeader' .* less than or equal to 500$/,
  )
  await assert.rejects(bridge.putEvents({ Entries: [entry()], EndpointId: 'abcde.veo' }), {
    message: 'Parameter EndpointId is not valid. Reason: there are no global endpoints here.',
  })
})

test('nothing is answered for done that could not be stored', async () => {
  const { bridge, store } = await aShop()

  store.failsAt = 'rows'

  await assert.rejects(bridge.putEvents({ Entries: [entry()] }), { code: 'InternalException' })
})
