import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { handClock } from '@busbar/event-bus/testing'
import { aPost } from '../../testing.ts'
import type { GatewayConnections } from './connections.ts'
import { aStage, storyOf, type TestBrowser } from './testing/connections.ts'
import { type DynamoDb, dynamoDb, type TestTable } from './testing/dynamo-db.ts'

let db: DynamoDb
before(async () => {
  db = await dynamoDb()
})
after(() => db.close())

const watchAll = (connections: GatewayConnections, { id }: TestBrowser) =>
  connections.answer(id, '{"action":"watch","all":true}')
const [first, second, third] = storyOf(aPost(), 'second', 'third') as [never, never, never]

/** What is there now: written and not deleted since. */
async function keptOf(table: TestTable, prefix: string): Promise<readonly string[]> {
  const kept = new Set<string>()
  for (const { eventName, dynamodb } of await table.records()) {
    const key = JSON.stringify(dynamodb?.Keys)
    if (eventName === 'REMOVE') kept.delete(key)
    else kept.add(key)
  }
  return [...kept].filter((key) => key.includes(prefix))
}

describe('a browser that is gone', () => {
  test('is forgotten with its watches when it is pushed to, and others are shown the change', async (t) => {
    const { connections, open, vanish, table } = await aStage(t, db)
    const [gone, there] = [await open('gone'), await open('there')]
    await watchAll(connections, gone)
    await connections.answer('gone', '{"action":"watch","topic":"summer"}')
    await watchAll(connections, there)
    vanish('gone')

    await connections.push('1', first)

    assert.deepEqual(there.titles(), ['Title'])
    assert.deepEqual(await keptOf(table, 'connection#gone'), [])
    assert.equal((await keptOf(table, 'connection#there')).length, 2)
  })

  test('is forgotten when API Gateway says so, also twice', async (t) => {
    const { connections, open, table } = await aStage(t, db)
    await watchAll(connections, await open('one'))

    await connections.disconnect('one')
    await connections.disconnect('one')

    assert.deepEqual(await keptOf(table, 'connection#one'), [])
    await connections.answer('one', '{"action":"watch","topic":"summer"}')
    assert.deepEqual(await keptOf(table, 'connection#one'), [])
  })

  test('goes by itself, with its watches, if nobody ever notices', async (t) => {
    const clock = handClock()
    const { connections, open, table } = await aStage(t, db, clock)
    await watchAll(connections, await open('one'))

    const expiries = (await table.records()).flatMap(({ dynamodb }) => {
      const { pk, expiresAt } = (dynamodb?.NewImage ?? {}) as Record<
        string,
        { S: string; N: string }
      >
      return /connection|watch/.test(pk?.S ?? '') ? [Number(expiresAt?.N)] : []
    })
    const until = clock.now().getTime() / 1_000 + 3 * 3_600
    assert.deepEqual(new Set(expiries), new Set([until]))
  })
})

describe('a browser that cannot be sent to', () => {
  test('because it takes its frames too slowly is hung up on, and others are shown the change', async (t) => {
    const { connections, open, isOpen } = await aStage(t, db)
    const [slow, quick] = [await open('slow'), await open('quick')]
    await watchAll(connections, slow)
    await watchAll(connections, quick)
    slow.is = 'full'

    await connections.push('1', first)

    assert.deepEqual(quick.titles(), ['Title'])
    assert.deepEqual([isOpen('slow'), isOpen('quick')], [false, true])
  })

  test('for another reason has the push fail when all others were told, and goes on where it was', async (t) => {
    const { connections, open } = await aStage(t, db)
    const [broken, whole] = [await open('broken'), await open('whole')]
    await watchAll(connections, broken)
    await watchAll(connections, whole)
    Object.assign(broken, { is: 'broken', left: 1 })

    await assert.rejects(
      Promise.all([connections.push('1', first), connections.push('2', second)]),
      { name: 'DeliveryFailed', code: 'CONNECTION_FAILURE' },
    )
    assert.deepEqual(whole.titles(), ['Title', 'second'])
    assert.deepEqual(broken.titles(), ['Title'])
    broken.is = 'there'
    await connections.push('2', second)

    assert.deepEqual(broken.titles(), ['Title', 'second'])
    assert.deepEqual(whole.titles(), ['Title', 'second'])
  })
})

describe('a function that died', () => {
  test('holds up a browser only until its lease has run out', async (t) => {
    const clock = handClock()
    const { connections, open, table } = await aStage(t, db, clock)
    const browser = await open('one')
    await watchAll(connections, browser)
    await db.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: { pk: { S: 'connection#one' }, sk: { S: 'connection' } },
        UpdateExpression: 'SET #lease = :lease, leaseUntil = :until',
        ExpressionAttributeNames: { '#lease': 'lease' },
        ExpressionAttributeValues: {
          ':lease': { S: 'somebody who died' },
          ':until': { N: String(clock.now().getTime() + 15_000) },
        },
      }),
    )

    const pushed = connections.push('1', first)
    assert.equal(await Promise.race([pushed.then(() => 'shown'), looked(table)]), 'waits')
    await clock.move(15_001)
    await pushed

    assert.deepEqual(browser.titles(), ['Title'])
  })

  /** When the change is in the log, and its push has had time to look at the browser. */
  async function looked(table: TestTable): Promise<'waits'> {
    for (let reads = 0; reads < 500; reads++)
      if ((await keptOf(table, '"log#all"')).length > 0) return 'waits'
    throw new Error('The change never came to the log')
  }
})

describe('a frame with a fault', () => {
  const faults = {
    'not JSON': /not JSON/,
    '{"action":"dance"}': /"action"/,
    '{"action":"watch"}': /"topic", "postId" and "all"/,
    [`{"action":"watch","topic":"${'x'.repeat(101)}"}`]: /1 to 100/,
    [`{"action":"watch","topic":"${'é'.repeat(2_100)}"}`]: /4096 bytes/,
  }

  test('is answered with what is wrong with it, and the connection stays', async (t) => {
    const { connections, open, isOpen } = await aStage(t, db)
    const browser = await open('one')

    for (const text of Object.keys(faults)) await connections.answer('one', text)
    await connections.answer('one', 'AAAA', true)

    const messages = browser.frames.map(({ message }) => String(message))
    for (const [n, expected] of Object.values(faults).entries())
      assert.match(messages[n] ?? '', expected)
    assert.match(messages.at(-1) ?? '', /binary/)
    assert.ok(browser.frames.every(({ type }) => type === 'error'))
    assert.ok(isOpen('one'))
  })

  test('is the last one when it is the twentieth', async (t) => {
    const { connections, open, isOpen, table } = await aStage(t, db)
    const browser = await open('one')

    for (let n = 0; n < 19; n++) await connections.answer('one', '')
    assert.ok(isOpen('one'))
    await connections.answer('one', '')

    assert.equal(browser.frames.length, 20)
    assert.equal(isOpen('one'), false)
    assert.deepEqual(await keptOf(table, 'connection#one'), [])
  })

  test('is also the watch that is one too many', async (t) => {
    const { connections, open } = await aStage(t, db)
    const browser = await open('one')
    for (let n = 0; n < 100; n++)
      await connections.answer('one', `{"action":"watch","topic":"${n}"}`)

    await connections.answer('one', '{"action":"watch","topic":"one too many"}')
    await connections.answer('one', '{"action":"watch","topic":"7"}')

    const [fault, again] = browser.frames.slice(100)
    assert.deepEqual([fault?.type, again?.type], ['error', 'watching'])
    assert.match(String(fault?.message), /at most 100/)
  })
})

test('what was shown is not shown again by an event that comes a third time, or late', async (t) => {
  const { connections, another, open } = await aStage(t, db)
  const browser = await open('one')
  await watchAll(connections, browser)
  for (const change of [first, second, third]) await connections.push('', change)

  for (const change of [second, first, third]) await another().push('', change)

  assert.deepEqual(browser.titles(), ['Title', 'second', 'third'])
})
