/** Answers that go on, read line by line as they come. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { BusError } from '../../errors.ts'
import type { Stream } from '../../event-bridge/operations.ts'
import { handClock } from '../../testing.ts'
import { aDoor } from './testing.ts'

/** Behind it `Busbar.Tail` is the stream. */
async function aStreamingDoor(t: TestContext, stream: Stream) {
  const clock = handClock()
  const streams = new Map([['Busbar.Tail', stream]])
  const door = await aDoor(t, { operations: new Map(), streams, clock })
  const headers = { 'x-amz-target': 'Busbar.Tail' }
  return {
    ...{ ...door, clock },
    async tail(body = '{}'): Promise<IncomingMessage> {
      const asked = request({
        ...{ host: '127.0.0.1', port: door.port, method: 'POST', agent: false, headers },
      })
      asked.end(body)
      const [answer] = await once(asked, 'response')
      answer.on('error', () => {}) // the test goes away from it
      return answer
    },
  }
}

/** A stream whose lines a test writes, and how often it was left. */
function written() {
  const lines: (object | Error)[] = []
  const wakes = new Set<() => void>()
  const wake = () => {
    for (const each of wakes) each()
    wakes.clear()
  }
  const said = { left: 0, asked: [] as object[] }
  const stream: Stream = async function* (request, signal) {
    said.asked.push(request)
    signal.addEventListener('abort', wake)
    try {
      for (;;) {
        const line = lines.shift()
        if (signal.aborted) return
        if (line instanceof Error) throw line
        if (line) yield line
        else
          await new Promise<void>((resolve) => {
            wakes.add(resolve)
          })
      }
    } finally {
      said.left++
    }
  }
  return {
    ...{ stream, said },
    write(line: object | Error) {
      lines.push(line)
      wake()
    },
  }
}

const piece = async (answer: IncomingMessage) => String((await once(answer, 'data'))[0])

describe('a stream', { timeout: 10_000 }, () => {
  test('is answered line by line, with times as numbers, until whoever asked goes', async (t) => {
    const { stream, write, said } = written()
    const { tail } = await aStreamingDoor(t, stream)
    write({ Time: new Date(1640995200500) })

    const answer = await tail('{"SinceTime":1640995200}')
    assert.deepEqual(said.asked, [{ SinceTime: new Date(1640995200000) }])
    assert.equal(answer.headers['content-type'], 'application/x-ndjson')
    assert.equal(await piece(answer), '{"Time":1640995200.5}\n')
    write({ Id: 2 })
    assert.equal(await piece(answer), '{"Id":2}\n')

    answer.destroy()
    while (said.left === 0) await new Promise(setImmediate)
  })

  test('is there before anything happens, and beats while nothing does', async (t) => {
    const { stream, write, said } = written()
    const { tail, clock } = await aStreamingDoor(t, stream)

    const answering = tail()
    while (said.asked.length === 0) await new Promise(setImmediate)
    await clock.move(250)
    const answer = await answering
    assert.equal(await piece(answer), '\n')
    for (let beats = 0; beats < 3; beats++) {
      const beat = piece(answer)
      await clock.move(10_000)
      assert.equal(await beat, '\n')
    }
    const line = piece(answer)
    write({ Id: 1 })
    assert.equal(await line, '{"Id":1}\n')

    answer.destroy()
    while (said.left === 0) await new Promise(setImmediate)
    assert.equal(clock.timers, 0)
  })

  test('that fails is an error before its first line, and its last line afterwards', async (t) => {
    const { stream, write } = written()
    const { tail, logged } = await aStreamingDoor(t, stream)
    const failure = new BusError('ThrottlingException', 'Too much is going on.')
    const told = '{"__type":"ThrottlingException","message":"Too much is going on."}'

    write(failure)
    const refused = await tail()
    assert.equal(refused.statusCode, 400)
    assert.equal(await piece(refused), told)

    write({ Id: 1 })
    const answer = await tail()
    assert.equal(await piece(answer), '{"Id":1}\n')
    const rest = text(answer)
    write(failure)
    assert.equal(await rest, `${told}\n`)
    assert.deepEqual(logged, [])

    write(new Error('at /home/joe'))
    const unexpected = await piece(await tail())
    assert.match(unexpected, /InternalException/)
    assert.doesNotMatch(unexpected, /joe/)
    assert.equal(logged.length, 1)
  })

  test('is refused at once for what is wrong with the request', async (t) => {
    const { tail } = await aStreamingDoor(t, () => {
      throw new BusError('ValidationException', 'Since is no time.')
    })

    const answer = await tail()

    assert.equal(answer.statusCode, 400)
    assert.equal(
      await piece(answer),
      '{"__type":"ValidationException","message":"Since is no time."}',
    )
  })

  test('is one of a hundred at most', async (t) => {
    const { stream, said } = written()
    const { tail, clock } = await aStreamingDoor(t, stream)
    const before = Array.from({ length: 100 }, () => tail())
    while (said.asked.length < 100) await new Promise(setImmediate)

    assert.match(await piece(await tail()), /ThrottlingException/)

    await clock.move(250)
    for (const answer of await Promise.all(before)) answer.destroy()
    while (said.left < 100) await new Promise(setImmediate)
    const again = tail()
    while (said.asked.length < 101) await new Promise(setImmediate)
    await clock.move(250)
    assert.equal((await again).statusCode, 200)
  })
})
