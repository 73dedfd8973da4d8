/**
 * `busbar serve` under what no client sends: nonsense, connections that stop half-way, bodies of 10 MB. Each
 * is answered with a 4xx or not at all, what is good is still taken, and memory does not grow with it.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { type Served, serve } from './serve.ts'

const megabyte = 1024 * 1024
/** Less than half of what is sent, and several times what the bus needs. */
const mostMemory = 450 * megabyte

let bus: Served
before(async () => {
  bus = await serve()
})
after(async () => {
  assert.equal(await bus.stop(), 0, bus.output())
})

const port = () => Number(new URL(bus.url).port)
const host = () => new URL(bus.url).host

async function ask(target: string, body: string | Uint8Array, chunked = false) {
  const asked = request(bus.url, {
    ...{ method: 'POST', agent: false },
    headers: { 'x-amz-target': target, ...(chunked && { 'transfer-encoding': 'chunked' }) },
  })
  asked.end(body)
  const [answer] = await once(asked, 'response')
  asked.on('error', () => {}) // of a body that nobody reads any more
  return { status: answer.statusCode as number, body: await text(answer) }
}

async function stillPuts(): Promise<void> {
  const { FailedEntryCount, Entries } = await bus.client().putEvents({
    Entries: [{ Source: 'shop', DetailType: 'OrderPlaced', Detail: '{"order":1}' }],
  })
  assert.equal(FailedEntryCount, 0)
  assert.ok(Entries?.[0]?.EventId)
}

/** The most bytes that the process has had in memory. */
async function peak(): Promise<number> {
  const status = await readFile(`/proc/${bus.pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}

const operation = fc.constantFrom(
  ...[
    'AWSEvents.PutEvents',
    'AWSEvents.PutRule',
    'AWSEvents.PutTargets',
    'AWSEvents.TestEventPattern',
  ],
  ...['AWSEvents.CreateConnection', 'AWSEvents.StartReplay', 'AWSEvents.Nothing', ''],
  ...['Busbar.ListDeadLetters', 'Busbar.ExplainEvent', 'Busbar.PauseTarget', 'Busbar.Nothing'],
)

describe('the bus lives on', { timeout: 120_000 }, () => {
  test('after random bytes and random JSON', async () => {
    const body = fc.oneof(
      fc.jsonValue().map((json) => JSON.stringify(json)),
      fc.object().map((json) => JSON.stringify(json)),
      fc.uint8Array({ maxLength: 4_000 }),
    )
    await fc.assert(
      fc.asyncProperty(operation, body, async (target, bytes) => {
        const { status, body: said } = await ask(target, bytes)
        assert.ok(status === 200 || status === 400, `${status} ${said}\n${bus.output()}`)
      }),
      { numRuns: 500 },
    )
    await stillPuts()
  })

  test('after bytes that are no request, or one of somebody else', async () => {
    const random = fc.string({ unit: 'binary' })
    const requests = fc.tuple(
      fc.constantFrom('', 'POST / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\n', 'TRACE * HTTP/1.1\r\n'),
      fc.constantFrom('', `Host: ${host()}\r\n`, 'Host: evil.example\r\n'),
      fc.oneof(
        random,
        fc.constantFrom('Origin: null\r\n\r\n', 'Content-Length: 5\r\n\r\n{', '\r\n'),
      ),
      random,
    )
    await fc.assert(
      fc.asyncProperty(requests, async (parts) => {
        const socket = connect(port(), '127.0.0.1')
        socket.end(parts.join(''))
        const answer = await text(socket).catch(() => '') // some are answered with a reset
        assert.match(answer, /^(HTTP\/1\.1 (200|4\d\d) |$)/)
      }),
      { numRuns: 300 },
    )
    await stillPuts()
  })

  test('among connections that are half open, and bodies that stop half-way', async () => {
    const head = `POST / HTTP/1.1\r\nHost: ${host()}\r\nX-Amz-Target: AWSEvents.PutEvents\r\n`
    const halves = [
      '',
      head,
      `${head}Content-Length: 70000\r\n\r\n{"Entries":[${' '.repeat(60_000)}`,
    ]
    const open: Socket[] = []
    for (let at = 0; at < 300; at++) {
      const socket = connect(port(), '127.0.0.1')
      socket.on('error', () => {})
      open.push(socket)
      await once(socket, 'connect')
      await new Promise((resolve) => socket.write(halves[at % 3] as string, resolve))
    }
    await stillPuts()
    for (const socket of open) socket.destroy()
    await stillPuts()
  })

  test('after 10 MB a hundred times, each of them refused, in the memory that it had', {
    skip: process.platform !== 'linux' && 'what a process has used is read from /proc',
  }, async () => {
    const large = Buffer.alloc(10 * megabyte, '{"Entries":[{"Source":"')
    for (let round = 0; round < 25; round++) {
      const answers = await Promise.all(
        [false, true, false, true].map((chunked) => ask('AWSEvents.PutEvents', large, chunked)),
      )
      for (const { status } of answers) assert.equal(status, 413)
    }
    await stillPuts()
    const used = await peak()
    assert.ok(used > 0 && used < mostMemory, `${used} bytes`)
    assert.doesNotMatch(bus.output(), /"level":"error"/)
  })
})
