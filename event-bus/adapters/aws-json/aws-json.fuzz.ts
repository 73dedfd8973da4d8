/**
 * Whatever comes in is answered with a 4xx or not at all, never with a 500, and the bus lives on:
 * bytes, JSON and headers at random, connections that stop half-way, bodies of 10 MB.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { operations as operationsOf } from '../../event-bridge/operations.ts'
import { systemClock as clock } from '../node/clock.ts'
import { signatures, signer } from './signature.ts'
import { aBridge, aDoor } from './testing.ts'

const entries = [{ Source: 'shop', DetailType: 'OrderPlaced', Detail: '{"order":1}' }]
const good = JSON.stringify({ Entries: entries })

async function aFuzzedDoor(t: TestContext) {
  const operations = operationsOf(await aBridge(t))
  const door = await aDoor(t, { operations })
  return {
    ...{ ...door, names: [...operations.keys()] },
    async stillPuts() {
      const { status, body } = await door.ask('AWSEvents.PutEvents', good)
      assert.deepEqual([status, JSON.parse(body).FailedEntryCount], [200, 0])
    },
  }
}

/** Names and values that operations look at, so that what is random gets past the first check. */
const member = fc.constantFrom(
  ...['Name', 'EventBusName', 'EventPattern', 'ScheduleExpression', 'Description', 'State', 'Tags'],
  ...['Targets', 'Id', 'Ids', 'Arn', 'Rule', 'Input', 'InputPath', 'InputTransformer', 'Limit'],
  ...['InputPathsMap', 'InputTemplate', 'RetryPolicy', 'DeadLetterConfig', 'NextToken', 'Key'],
  ...['Entries', 'Source', 'DetailType', 'Detail', 'Time', 'Resources', 'Event', 'Value', 'Policy'],
  ...['ArchiveName', 'EventSourceArn', 'RetentionDays', 'ReplayName', 'EventStartTime', 'Action'],
  ...['EventEndTime', 'Destination', 'FilterArns', 'AuthorizationType', 'AuthParameters'],
  ...['ApiKeyAuthParameters', 'ApiKeyName', 'ApiKeyValue', 'InvocationEndpoint', 'HttpMethod'],
  ...['ConnectionArn', 'InvocationRateLimitPerSecond', 'ResourceARN', 'TagKeys', 'Principal'],
  ...['StatementId', 'Condition', 'HttpParameters', 'SqsParameters', 'BusbarParameters'],
  ...['toString', 'constructor', 'length', 'a'],
)
const value = fc.oneof(
  fc.constantFrom(
    ...['', 'default', 'ENABLED', 'rate(1 minute)', '{"source":["shop"]}', '{"a":{}}', '$.detail'],
    ...['arn:aws:events:us-east-1:000000000000:event-bus/default', 'arn:aws:sqs:us-east-1:0:q'],
    ...['API_KEY', 'https://example.org/*', 'GET', 'events:PutEvents', '*', '\u0000', '\ud800'],
    ...[1, 0, -1, 1.5, 1e21, 1e308, true, null, 1640995200],
  ),
  fc.string(),
  fc.double(),
)
const { request } = fc.letrec<{ request: unknown; value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    value,
    fc.array(tie('value'), { maxLength: 12 }),
    tie('request'),
  ),
  request: fc.dictionary(member, tie('value'), { maxKeys: 8 }),
}))

test('requests whose members are random', { timeout: 120_000 }, async (t) => {
  const { ask, names, stillPuts, logged } = await aFuzzedDoor(t)

  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), request, async (name, asked) => {
      const { status, body } = await ask(name, JSON.stringify(asked))
      assert.ok(
        status === 200 || status === 400,
        `${status} ${body} ${JSON.stringify(logged.at(-1))}`,
      )
      if (status === 400) assert.match(JSON.parse(body).__type, /Exception$/)
    }),
    { numRuns: 2_000 },
  )
  await stillPuts()
})

test('bodies that are random JSON or random bytes', { timeout: 60_000 }, async (t) => {
  const { ask, names, stillPuts } = await aFuzzedDoor(t)
  const body = fc.oneof(
    fc.jsonValue().map((json) => JSON.stringify(json)),
    fc.uint8Array({ maxLength: 4_000 }),
    fc.string({ unit: 'binary' }),
  )

  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names, '', 'x'), body, async (name, bytes) => {
      const { status } = await ask(name, bytes)
      assert.ok(status === 200 || status === 400, String(status))
    }),
    { numRuns: 500 },
  )
  const deep = ['['.repeat(8_000_000), `{"Name":${'['.repeat(30_000)}${']'.repeat(30_000)}}`]
  for (const name of ['PutEvents', 'ListRules', 'PutTargets', 'CreateConnection'])
    for (const bytes of deep)
      assert.equal((await ask(`AWSEvents.${name}`, bytes)).status, 400, name)
  await stillPuts()
})

test('bytes that may be a request, and may stop half-way', { timeout: 60_000 }, async (t) => {
  const { send, port, stillPuts } = await aFuzzedDoor(t)
  const line = fc.oneof(
    fc.constantFrom(
      ...[
        'POST / HTTP/1.1',
        'Host: x',
        'Content-Length: 5',
        'Content-Length: -1',
        'Expect: 100-continue',
      ],
      ...[
        'Transfer-Encoding: chunked',
        'X-Amz-Target: AWSEvents.PutEvents',
        'Connection: close',
        '',
      ],
      ...[
        '5',
        '{"a":',
        '0',
        'Content-Encoding: gzip',
        'Upgrade: h2c',
        'Content-Length: 99999999999999',
      ],
      ...['Authorization: AWS4-HMAC-SHA256 Credential=', 'x-busbar-explain: 1', good],
    ),
    fc.string({ unit: 'binary' }),
  )
  const lines = fc.array(line, { maxLength: 12 }).map((all) => all.join('\r\n'))

  await fc.assert(
    fc.asyncProperty(lines, fc.boolean(), async (bytes, startsWell) => {
      const answer = await send(startsWell ? `POST / HTTP/1.1\r\nHost: x\r\n${bytes}` : bytes)
      assert.match(answer, /^(HTTP\/1\.1 (100|200|4\d\d) |$)/)
    }),
    { numRuns: 500 },
  )
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length), async (kept) => {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      const head = `POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSEvents.PutEvents\r\nContent-Length: ${good.length}\r\n\r\n`
      await new Promise((resolve) => socket.write(head + good.slice(0, kept), resolve))
      socket.destroy()
    }),
    { numRuns: 200 },
  )
  await stillPuts()
})

test('bodies of 10 MB, one after the other and at once', { timeout: 60_000 }, async (t) => {
  const { ask, stillPuts } = await aFuzzedDoor(t)
  const large = Buffer.alloc(10 * 1024 * 1024, '{"Entries":[')

  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ask('AWSEvents.PutEvents', large)),
    )
    for (const { status, body } of answers) {
      assert.equal(status, 413)
      assert.equal(JSON.parse(body).__type, 'RequestEntityTooLargeException')
    }
    await stillPuts()
  }
})

test('a body in chunks of a byte each', { timeout: 60_000 }, async (t) => {
  const { send, stillPuts } = await aFuzzedDoor(t)
  const chunks = [...`{"Entries":[${' '.repeat(300_000)}]}`].map((byte) => `1\r\n${byte}\r\n`)

  const answer = await send(
    `POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSEvents.PutEvents\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunks.join('')}0\r\n\r\n`,
  )

  assert.match(answer, /^HTTP\/1\.1 400 .*'entries' failed to satisfy constraint/s)
  await stillPuts()
})

test('headers that almost sign', { timeout: 60_000 }, async (t) => {
  const key = { accessKeyId: 'busbar', secretAccessKey: 'a secret of some length' }
  const keys = new Map([[key.accessKeyId, key.secretAccessKey]])
  const { ask, endpoint } = await aDoor(t, {
    signatures: signatures({ keys, clock, service: 'events' }),
  })
  const sign = () =>
    signer({ ...key, region: 'us-east-1', service: 'events', clock })({
      ...{ method: 'POST', url: `${endpoint}/`, body: good },
      headers: { 'x-amz-target': 'AWSEvents.PutEvents' },
    })
  const printable = fc.string({ maxLength: 20 })

  await fc.assert(
    fc.asyncProperty(
      ...([fc.nat(300), fc.nat(40), printable] as const),
      async (at, dropped, added) => {
        const { authorization = '', ...headers } = sign()
        const changed = authorization.slice(0, at) + added + authorization.slice(at + dropped)
        const { status, body } = await ask('AWSEvents.PutEvents', good, {
          ...headers,
          authorization: changed,
        })
        // Blanks around what it holds change nothing.
        const same = changed.replaceAll(' ', '') === authorization.replaceAll(' ', '')
        if (status !== 200 || !same) {
          assert.equal(status, 400, changed)
          assert.match(JSON.parse(body).__type, /(Signature|Token|Client)Exception$/)
        }
      },
    ),
    { numRuns: 500 },
  )
  assert.equal((await ask('AWSEvents.PutEvents', good, sign())).status, 200)
})
