/** The protocol, by real requests to operations that only keep what they are asked. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { BusError } from '../../errors.ts'
import { handClock } from '../../testing.ts'
import type { AwsJsonOptions } from './aws-json.ts'
import { bodyMs, largestBody, mostBytes } from './body.ts'
import { aDoor } from './testing.ts'

/** Behind it `AWSEvents.Do` answers what `answer` does. */
async function aKeepingDoor(
  t: TestContext,
  answer: (request: object) => unknown = () => ({}),
  options: Partial<AwsJsonOptions> = {},
) {
  const asked: object[] = []
  const operation = async (request: object) => {
    asked.push(request)
    return answer(request) as object
  }
  const operations = new Map(
    ['Do', 'PutEvents', 'StartReplay', 'TestEventPattern'].map((name) => [
      `AWSEvents.${name}`,
      operation,
    ]),
  )
  return { asked, ...(await aDoor(t, { operations, ...options })) }
}

const told = ({ status, body }: { status: number | undefined; body: string }) => {
  const { __type, message } = JSON.parse(body)
  return [status, __type, message]
}

describe('a request', { timeout: 10_000 }, () => {
  test('is answered with its type, its length and an id of its own', async (t) => {
    const { ask } = await aKeepingDoor(t, () => ({ Name: 'ä' }))

    const [one, other] = [await ask('AWSEvents.Do', '{}'), await ask('AWSEvents.Do', '{}')]

    assert.deepEqual([one.status, one.body], [200, '{"Name":"ä"}'])
    assert.equal(one.headers['content-type'], 'application/x-amz-json-1.1')
    assert.equal(one.headers['content-length'], String(Buffer.byteLength(one.body)))
    assert.match(
      String(one.headers['x-amzn-requestid']),
      /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/,
    )
    assert.notEqual(one.headers['x-amzn-requestid'], other.headers['x-amzn-requestid'])
  })

  test('without a body is an empty one, and one in pieces is whole', async (t) => {
    const { ask, port, asked } = await aKeepingDoor(t)
    await ask('AWSEvents.Do')

    const pieces = request({
      ...{ host: '127.0.0.1', port, method: 'POST', agent: false },
      headers: { 'x-amz-target': 'AWSEvents.Do' },
    })
    pieces.write('{"Name":"')
    for (const piece of ['a', Buffer.from([0xc3]), Buffer.from([0xa4])]) {
      await new Promise((resolve) => pieces.write(piece, resolve))
      await new Promise(setImmediate)
    }
    pieces.end('"}')
    const [answer] = await once(pieces, 'response')
    answer.resume()

    assert.deepEqual(asked, [{}, { Name: 'aä' }])
  })

  test('has its times as Dates, whole or with a fraction', async (t) => {
    const { ask, asked } = await aKeepingDoor(t)
    const replay = { EventStartTime: 1640995200, EventEndTime: 1640995200.129, Name: 'x', Limit: 5 }

    await ask(
      'AWSEvents.PutEvents',
      '{"Entries":[{"Time":1640995200.5},{"Time":"noon"},{},null,7]}',
    )
    await ask('AWSEvents.StartReplay', JSON.stringify(replay))

    assert.deepEqual(asked, [
      { Entries: [{ Time: new Date(1640995200500) }, { Time: 'noon' }, {}, null, 7] },
      {
        ...{ ...replay, EventStartTime: new Date(1640995200000) },
        EventEndTime: new Date(1640995200129),
      },
    ])
  })

  test('is answered with times as numbers', async (t) => {
    const { ask } = await aKeepingDoor(t, () => ({
      Rules: [{ CreationTime: new Date(1640995200000) }, { CreationTime: new Date(1640995200250) }],
      State: 'ENABLED',
      nothing: undefined,
    }))

    assert.equal(
      (await ask('AWSEvents.Do')).body,
      '{"Rules":[{"CreationTime":1640995200},{"CreationTime":1640995200.25}],"State":"ENABLED"}',
    )
  })

  test('asks for an explanation by a header, of TestEventPattern alone', async (t) => {
    const { ask, asked } = await aKeepingDoor(t)

    for (const operation of ['TestEventPattern', 'Do'])
      await ask(`AWSEvents.${operation}`, '{"Event":"{}"}', { 'x-busbar-explain': '1' })
    await ask('AWSEvents.TestEventPattern', '{}')

    assert.deepEqual(asked, [{ Event: '{}', Explain: true }, { Event: '{}' }, {}])
  })

  test('is taken after Expect: 100-continue', async (t) => {
    const { send } = await aKeepingDoor(t)

    const answer = await send(
      'POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSEvents.Do\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n{}',
    )

    assert.match(answer, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
  })
})

describe('an error', { timeout: 10_000 }, () => {
  test('is told by its code, and a server’s fault is a 500', async (t) => {
    const { ask, logged } = await aKeepingDoor(t, () => {
      throw new BusError('ResourceNotFoundException', 'Event bus x does not exist.')
    })

    const answer = await ask('AWSEvents.Do')

    assert.deepEqual(told(answer), [
      ...([400, 'ResourceNotFoundException', 'Event bus x does not exist.'] as const),
    ])
    assert.equal(answer.headers['content-type'], 'application/x-amz-json-1.1')
    assert.match(String(answer.headers['x-amzn-requestid']), /^[\da-f-]{36}$/)
    assert.deepEqual(logged, [])
  })

  test('that nobody expected is told to the log, and not to the world', async (t) => {
    const unexpected = [
      Object.assign(new Error('no such file: /home/joe'), { code: 'ENOENT' }),
      new BusError('InternalException', 'Nothing was stored (/home/joe is full).'),
      'joe',
      null,
    ]
    const { ask, logged } = await aKeepingDoor(t, () => {
      throw unexpected[logged.length]
    })

    for (const _ of unexpected) {
      const answer = await ask('AWSEvents.Do')
      assert.deepEqual(told(answer).slice(0, 2), [500, 'InternalException'])
      assert.doesNotMatch(answer.body, /joe/)
    }
    assert.match(JSON.stringify(logged[0]), /no such file: \/home\/joe/)
    assert.equal(logged.length, unexpected.length)
  })

  test('is an answer, too, that cannot be written', async (t) => {
    const { ask } = await aKeepingDoor(t, () => ({ big: 1n }))

    assert.equal((await ask('AWSEvents.Do')).status, 500)
  })

  test('names the operation that there is none of', async (t) => {
    const { ask } = await aKeepingDoor(t)

    for (const [target, message] of [
      ['AWSEvents.CreateEndpoint', 'The operation CreateEndpoint is not supported.'],
      ['DynamoDB_20120810.PutItem', 'The operation DynamoDB_20120810.PutItem is not supported.'],
      ['AWSEvents.__proto__', 'The operation __proto__ is not supported.'],
      ['', 'The header X-Amz-Target names no operation.'],
    ] as const)
      assert.deepEqual(told(await ask(target, '{}')), [400, 'UnknownOperationException', message])
  })

  test('is what is no JSON object', async (t) => {
    const { ask, asked } = await aKeepingDoor(t)

    for (const body of [
      '{',
      'null',
      '[]',
      '"x"',
      '7',
      '{} {}',
      '\ufeff{}',
      new Uint8Array([0xff]),
    ]) {
      const [status, type] = told(await ask('AWSEvents.Do', body))
      assert.deepEqual([status, type], [400, 'SerializationException'], String(body))
    }
    assert.deepEqual(asked, [])
  })

  test('is what is nested deeper than a thousand, brackets in texts aside', async (t) => {
    const { ask } = await aKeepingDoor(t)
    const nested = (levels: number) => `{"a":${'['.repeat(levels)}"\\"[["${']'.repeat(levels)}}`

    assert.deepEqual((await ask('AWSEvents.Do', nested(999))).status, 200)
    assert.deepEqual(told(await ask('AWSEvents.Do', nested(1_000))), [
      ...([
        400,
        'SerializationException',
        'The body is nested more than 1000 levels deep.',
      ] as const),
    ])
  })
})

describe('a body', { timeout: 20_000 }, () => {
  const large = 10 * 1024 * 1024

  test('that is too large is refused, told beforehand or not', async (t) => {
    const { ask, port, asked } = await aKeepingDoor(t)

    const answer = await ask('AWSEvents.Do', Buffer.alloc(large, ' '))
    assert.deepEqual(told(answer).slice(0, 2), [413, 'RequestEntityTooLargeException'])
    assert.equal(answer.headers.connection, 'close')

    const chunked = request({ host: '127.0.0.1', port, method: 'POST', agent: false })
    chunked.on('error', () => {}) // the connection closes while it is sent
    for (let sent = 0; sent < large; sent += 65_536) chunked.write(Buffer.alloc(65_536, ' '))
    const [untold] = await once(chunked, 'response')
    assert.equal(untold.statusCode, 413)
    chunked.destroy()

    assert.equal((await ask('AWSEvents.Do', Buffer.alloc(largestBody, ' '))).status, 400)
    assert.equal((await ask('AWSEvents.Do', `{${' '.repeat(largestBody - 2)}}`)).status, 200)
    assert.equal(asked.length, 1)
  })

  test('of another encoding is refused', async (t) => {
    const { ask } = await aKeepingDoor(t)

    assert.equal((await ask('AWSEvents.Do', '{}', { 'content-encoding': 'gzip' })).status, 415)
    assert.equal((await ask('AWSEvents.Do', '{}', { 'content-encoding': 'identity' })).status, 200)
  })

  test('that does not come is waited for no longer than it may take', async (t) => {
    const clock = handClock()
    const { port, asked, ask } = await aKeepingDoor(t, () => ({}), { clock })
    const socket = connect(port, '127.0.0.1')
    const answered = text(socket)
    socket.write(
      'POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSEvents.Do\r\nContent-Length: 9\r\n\r\n{',
    )
    await ask('AWSEvents.Do') // by now the other has been seen

    await clock.move(bodyMs)

    await clock.move(10_000) // for its sender to see the answer

    assert.match(await answered, /^HTTP\/1\.1 408 .*RequestTimeoutException/s)
    assert.equal(asked.length, 1)
  })

  test('finds no room while others wait to be answered, and finds it afterwards', async (t) => {
    let answer = () => {}
    const waiting = new Promise<object>((resolve) => {
      answer = () => resolve({})
    })
    let turnedAway = 0
    const throttled = () => void turnedAway++
    const { ask, asked } = await aKeepingDoor(t, () => waiting, { throttled })
    const full = `{${' '.repeat(largestBody - 2)}}`
    const before = Array.from({ length: mostBytes / largestBody }, () => ask('AWSEvents.Do', full))
    while (asked.length < before.length) await new Promise(setImmediate)

    assert.deepEqual(told(await ask('AWSEvents.Do', '{}')).slice(0, 2), [
      ...([400, 'ThrottlingException'] as const),
    ])
    assert.equal(turnedAway, 1)
    answer()
    for (const { status } of await Promise.all(before)) assert.equal(status, 200)
    assert.equal((await ask('AWSEvents.Do', full)).status, 200)
  })

  test('that is held back gives way to others', async (t) => {
    let answer = () => {}
    const waiting = new Promise<object>((resolve) => {
      answer = () => resolve({})
    })
    const { ask, port } = await aKeepingDoor(t, () => waiting)
    const slow = Array.from({ length: mostBytes / largestBody }, () => {
      const asked = request({ host: '127.0.0.1', port, method: 'POST', agent: false })
      asked.on('error', () => {}) // its connection is closed
      const answered = once(asked, 'response')
      answered.catch(() => {})
      asked.setHeader('content-length', largestBody)
      return { asked, answered }
    })
    for (const { asked } of slow)
      await new Promise((resolve) => asked.write(Buffer.alloc(largestBody - 1, ' '), resolve))
    const asking = ask('AWSEvents.Do', `{${' '.repeat(largestBody / 2)}}`)

    const [refused] = await Promise.any(slow.map(({ answered }) => answered))
    assert.deepEqual(told({ status: refused.statusCode, body: await text(refused) }).slice(0, 2), [
      ...([400, 'ThrottlingException'] as const),
    ])
    answer()
    assert.equal((await asking).status, 200)
    for (const { asked } of slow) asked.destroy()
  })
})
