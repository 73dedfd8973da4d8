import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { handClock } from '../../testing.ts'
import { type LogGroupsOptions, logGroups } from './log-groups.ts'

const arnOf = (name: string) => `arn:aws:logs:us-east-1:000000000000:log-group:${name}`
const at = Date.parse('2026-01-01T12:00:00.000Z')

async function aFolder(t: TestContext, options: LogGroupsOptions = {}) {
  const root = await mkdtemp(join(tmpdir(), 'busbar-log-groups-'))
  t.after(() => rm(root, { recursive: true }))
  const folder = join(root, 'logs')
  const service = logGroups(folder, { clock: handClock(), ...options })
  const { signal } = new AbortController()
  return {
    folder,
    send: (arn: string, text: string) =>
      service.send({ arn, text, eventId: 'event-1', parameters: {}, signal }),
    files: async () => (await readdir(folder, { recursive: true })).sort(),
    read: (name: string) => readFile(join(folder, name), 'utf8'),
    outside: async () => (await readdir(root)).sort(),
  }
}

describe('a log group', () => {
  test('is a file with a line for each event, which is there when the delivery has succeeded', async (t) => {
    const { send, read } = await aFolder(t)

    await send(arnOf('/aws/events/orders'), '{"order": 1}')
    await send(`${arnOf('/aws/events/orders')}:*`, '"two\\nlines"\n"another"')

    const lines = (await read('%2Faws%2Fevents%2Forders.log')).trimEnd().split('\n')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [
        { timestamp: at, message: '{"order": 1}' },
        { timestamp: at, message: '"two\\nlines"\n"another"' },
      ],
    )
  })

  test('has all that comes at the same time, in its order', async (t) => {
    const { send, read } = await aFolder(t)
    const orders = Array.from({ length: 200 }, (_, order) => String(order))

    await Promise.all(orders.map((order) => send(arnOf('orders'), order)))

    const lines = (await read('orders.log')).trimEnd().split('\n')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).message),
      orders,
    )
  })

  test('takes the time and the message that an input transformer makes', async (t) => {
    const { send, read } = await aFolder(t)

    await send(arnOf('orders'), '{"timestamp":1700000000000,"message":"sent"}')
    await send(arnOf('orders'), '{"timestamp":"1700000000000","message":"sent"}')
    await send(arnOf('orders'), '{"timestamp":"2023-11-14T22:13:20Z","message":"sent"}')
    await send(arnOf('orders'), '{"time":"2023-11-14T22:13:20Z","detail":{}}')
    await send(arnOf('orders'), '{"timestamp":1,"message":"sent","more":true}')
    await send(arnOf('orders'), '{"timestamp":"never","message":"sent"}')

    const lines = (await read('orders.log')).trimEnd().split('\n')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).timestamp),
      [...Array(4).fill(1_700_000_000_000), at, at],
    )
  })

  test('that grows beyond its size begins anew, and one older file is kept', async (t) => {
    const { send, read, files, folder } = await aFolder(t, { maxBytes: 200 })

    for (let order = 0; order < 20; order++) await send(arnOf('orders'), `"order ${order}"`)

    assert.deepEqual(await files(), ['orders.log', 'orders.log.1'])
    const messages = (await read('orders.log.1')) + (await read('orders.log'))
    const kept = messages.trimEnd().split('\n')
    assert.equal(JSON.parse(kept.at(-1) ?? '').message, '"order 19"')
    for (const file of await files()) assert.ok((await stat(join(folder, file))).size <= 200)
    assert.ok(kept.length >= 4)
  })

  test('ends a line that was cut off before it writes the next', async (t) => {
    const { send, read, folder } = await aFolder(t)
    await send(arnOf('orders'), '1')
    await writeFile(join(folder, 'orders.log'), '{"timestamp":1,"mess')

    await send(arnOf('orders'), '2')

    const [cut, line] = (await read('orders.log')).split('\n')
    assert.equal(cut, '{"timestamp":1,"mess')
    assert.equal(JSON.parse(line ?? '').message, '2')
  })

  test('that cannot be written has its deliveries tried again', async (t) => {
    const { send, folder, read } = await aFolder(t)
    await writeFile(folder, 'a file stands where the folder should be')

    for (const order of ['1', '2'])
      await assert.rejects(send(arnOf('orders'), order), {
        ...{
          name: 'DeliveryFailed',
          code: 'INTERNAL_ERROR',
          message: /orders\.log cannot be written/,
        },
      })

    await rm(folder)
    await send(arnOf('orders'), '3')
    assert.equal(JSON.parse(await read('orders.log')).message, '3')
  })
})

describe('the name of a log group', () => {
  test('leads to a file in the folder and nowhere else', async (t) => {
    const { send, files, outside } = await aFolder(t)
    const names = [
      ...['../up', '/etc/passwd', '..', '.', '...', 'a/../../b', 'a\\..\\b', 'a%2Fb', 'a/b'],
      ...['a\u0000b', '\ud800', 'ünï', 'x'.repeat(600), `${'x'.repeat(600)}y`, '~', 'a b', 'CON*'],
    ]

    for (const name of names) await send(arnOf(name), '1')

    const written = await files()
    assert.equal(written.length, names.length)
    for (const file of written) assert.match(file, /^[\w%-][\w.%-]{0,210}\.log$/)
    assert.deepEqual(await outside(), ['logs'])
  })

  test('is what stands behind log-group in the ARN, and nothing else names one', async (t) => {
    const { send } = await aFolder(t)
    for (const arn of [
      ...[arnOf(''), `${arnOf('a')}:log-stream:b`, `${arnOf('a')}:`, arnOf('*:*:*')],
      ...['arn:aws:logs:us-east-1:000000000000:destination:a', 'arn:aws:sqs:us-east-1:0:a', 'a'],
    ])
      await assert.rejects(send(arn, '1'), {
        ...{ name: 'DeliveryRefused', code: 'NO_RESOURCE' },
        message: /is no log group\. One is named like/,
      })
  })
})
