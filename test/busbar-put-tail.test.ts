/** `busbar put` and `busbar tail` in their own processes, over a real bus that is also killed. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { begin, busbar, program } from './busbar.ts'
import { type Served, serve } from './serve.ts'

const folder = mkdtempSync(join(tmpdir(), 'busbar-put-'))
let bus: Served
let at: { readonly env: Readonly<Record<string, string>> }
before(async () => {
  bus = await serve({ dataDir: join(folder, 'data') })
  at = { env: { AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url } }
})
after(async () => {
  await bus?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const anId = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/
const order = (number: number, more: object = {}) =>
  JSON.stringify({ Source: 'shop', DetailType: 'OrderPlaced', Detail: { order: number, ...more } })
const objects = (lines: readonly string[] | string) =>
  (typeof lines === 'string' ? lines.split('\n') : lines).map((line) => JSON.parse(line))
const tailed = (...args: string[]) =>
  busbar(['tail', '--since', '1h', '--no-deliveries', '--json', ...args], at)

test('an event from flags is put as it was said', async () => {
  const { code, stdout, stderr } = await busbar(
    [
      ...['put', '--source', 'flags', '--detail-type', 'A', '--time', '2026-09-30T10:00:00Z'],
      ...['--detail', '{"n":12345678901234567890}', '--resource', 'a', '--resource', 'b'],
    ],
    at,
  )
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, anId)
  const seen = await tailed('--pattern', '{"source":["flags"]}', '--limit', '1')
  assert.match(seen.stdout, /"detail":\{"n":12345678901234567890\}/)
  const [{ Event }] = objects(seen.stdout)
  assert.equal(Event.id, stdout)
  assert.equal(Event.time, '2026-09-30T10:00:00Z')
  assert.deepEqual(Event.resources, ['a', 'b'])
})

test('of a file with broken lines all others are put, and each broken one is named', async () => {
  const file = join(folder, 'some.ndjson')
  writeFileSync(
    file,
    [
      order(1),
      '',
      '{"Source":"shop",}',
      '{"source":"shop","detail-type":"OrderPlaced","detail":{"order":2},"id":"old"}\r',
      '{"Source":"shop","DetailType":"OrderPlaced"}',
      order(3).slice(0, -4),
    ].join('\n'),
  )
  const { code, stdout, stderr } = await busbar(['put', file, '--json'], at)
  assert.equal(code, 1)
  assert.deepEqual(
    objects(stdout).map(({ Line, EventId, ErrorCode }) => [Line, ErrorCode ?? anId.test(EventId)]),
    [
      [1, true],
      [3, 'InvalidLine'],
      [4, true],
      [5, 'InvalidArgument'],
      [6, 'InvalidLine'],
    ],
  )
  assert.deepEqual(stderr.split('\n'), [
    `${file}:3:18: it is not JSON: "}" is not expected here. Each line has to be one event.`,
    `${file}:5: Parameter Detail is not valid. Reason: Detail is a required argument. (InvalidArgument)`,
    `${file}:6:55: the JSON ends too early. Each line has to be one event.`,
    '2 events put, 3 failed.',
  ])
})

test('thousands of lines from stdin are put once each, and their ids come in their order', async () => {
  const count = 3_000
  const input = Array.from({ length: count }, (_, number) => order(number, { many: true }))
  const { code, stdout } = await busbar(['put', '-'], { ...at, input: `${input.join('\n')}\n` })
  const ids = stdout.split('\n')
  assert.deepEqual([code, ids.length, new Set(ids).size], [0, count, count])
  const seen = await tailed('--pattern', '{"detail":{"many":[true]}}', '--limit', String(count))
  const numbers = new Map(objects(seen.stdout).map(({ Event }) => [Event.id, Event.detail.order]))
  assert.deepEqual(
    ids.map((id) => numbers.get(id)),
    [...input.keys()],
  )
})

test('a file that is none is told', async () => {
  for (const [file, words] of [
    [join(folder, 'none'), /^busbar put: There is no file .*none\.\nTry: busbar put --help$/],
    [folder, /is a directory/],
  ] as const) {
    const ran = await busbar(['put', file], at)
    assert.equal(ran.code, 2)
    assert.match(ran.stderr, words)
  }
})

test('tail shows events from now on, their rules and deliveries, until it is interrupted', async () => {
  const client = bus.client()
  await client.putRule({ Name: 'live', EventPattern: '{"source":["live"]}' })
  const Arn = 'arn:aws:logs:us-east-1:000000000000:log-group:live'
  await client.putTargets({ Rule: 'live', Targets: [{ Id: 'log', Arn }] })
  const put = (detail: string) =>
    busbar(['put', '--source', 'live', '--detail-type', 'A', '--detail', detail], at)
  await put('{"a":0}')
  const tail = begin(['tail', '--since', '10m', '--pattern', '{"source":["live"]}'], at)
  await tail.lines.until((lines) => lines.length >= 2, 'what was put before')
  await put('{"a":1}')
  // The event with its rule, and behind it how the delivery of just this one ended.
  const whole =
    /^\S+Z {2}default {2}live A {2}→ live\n {2}(\S+) {2}\{"a":1\}\n\S+Z {2}default\/live\/log {2}succeeded.*\n {2}\1$/m
  await tail.lines.until((lines) => whole.test(lines.join('\n')), 'an event and its delivery')
  tail.signal('SIGINT')
  assert.equal(await tail.ended, 130)
  assert.ok(!tail.lines.items.join('').includes('\u001b'), 'no colours but on a terminal')
})

test('tail ends with 3 when fewer events than asked for came in time, else with 0', async () => {
  const nothing = ['--pattern', '{"source":["nobody"]}', '--timeout', '300ms']
  const none = await busbar(['tail', ...nothing], at)
  assert.equal(none.code, 3)
  assert.match(none.stderr, /^busbar tail: 0 events came in 300 ms, not 1\./)
  const some = ['--since', '1h', '--pattern', '{"source":["flags"]}', '--timeout', '20s']
  assert.equal((await busbar(['tail', ...some, '--limit', '1'], at)).code, 0)
  const pattern = await busbar(['tail', '--pattern', '{"source":"shop"}'], at)
  assert.equal(pattern.code, 1)
  assert.match(pattern.stderr, /Event pattern is not valid/)
})

test('a reader that goes ends it quietly', async () => {
  const script = `{ '${process.execPath}' '${program}' tail --since 1h; echo "exit $?" >&2; } | head -n 1`
  const ended = await promisify(execFile)('sh', ['-c', script], { ...at, timeout: 20_000 })
  assert.match(ended.stdout, /^\S+ {2}default/)
  assert.equal(ended.stderr, 'exit 0\n')
})

test('tail goes on behind what it has shown when the bus was killed', async () => {
  const pattern = ['--pattern', '{"source":["restart"]}']
  const put = async (number: number) => {
    const detail = JSON.stringify({ number })
    const args = ['put', '--source', 'restart', '--detail-type', 'A', '--detail', detail]
    assert.equal((await busbar(args, at)).code, 0)
  }
  const tail = begin(['tail', '--json', '--since', '1s', '--no-deliveries', ...pattern], at)
  await put(1)
  await tail.lines.until((lines) => lines.length === 1, 'the first event')
  await bus.kill()
  await tail.words.until((words) => words.length === 1, 'that the bus is away')
  bus = await serve({ dataDir: bus.dataDir, port: Number(new URL(bus.url).port) })
  await put(2)
  await put(3)
  await tail.lines.until((lines) => lines.length >= 3, 'the other events', 20_000)
  tail.signal('SIGTERM')
  assert.equal(await tail.ended, 130)
  assert.deepEqual(
    objects(tail.lines.items).map(({ Event }) => Event.detail.number),
    [1, 2, 3],
  )
  assert.match(tail.words.items[0] ?? '', /^The bus is away/)
})

test('a bus that ends while it is put to leaves nothing untold', async () => {
  const own = await serve()
  const count = 200_000
  const input = Array.from({ length: count }, (_, number) => order(number)).join('\n')
  const env = { AWS_ENDPOINT_URL_EVENTBRIDGE: own.url }
  const put = begin(['put', '--json'], { env, input })
  await put.lines.until((lines) => lines.length > 100, 'the first ids')
  await own.kill()
  assert.equal(await put.ended, 1)
  const told = objects(put.lines.items)
  assert.deepEqual(
    told.map(({ Line }) => Line),
    Array.from(told, (_, at) => at + 1),
  )
  const last = put.words.items.at(-1) ?? ''
  const [, from = ''] = /Nothing was sent from stdin:(\d+) on\.$/.exec(last) ?? []
  assert.equal(Number(from), told.length + 1, last)
  assert.ok(told.some(({ ErrorCode }) => ErrorCode === 'Unknown'))
})
