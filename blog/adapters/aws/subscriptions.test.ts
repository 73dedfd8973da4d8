import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock as clock } from '@busbar/event-bus/adapters/node/clock'
import { subscriptionsContract } from '@busbar/event-bus/ports.contract'
import { subscriptionRequested } from '../../events.ts'
import { anId, aSubscription } from '../../testing.ts'
import { functionIds } from './ids.ts'
import { outboxEntry } from './stream.ts'
import { dynamoSubscriptions } from './subscriptions.ts'
import { type DynamoDb, dynamoDb } from './testing/dynamo-db.ts'

let db: DynamoDb
before(async () => {
  db = await dynamoDb()
})
after(() => db.close())

async function make() {
  const { name, records } = await db.table()
  return {
    subscriptions: dynamoSubscriptions(db.client, { table: name, ids: functionIds(clock), clock }),
    announced: async () =>
      (await records()).flatMap((record) => {
        const entry = outboxEntry(record)
        return entry ? [(JSON.parse(entry.Detail) as { readonly id?: string }).id] : []
      }),
    records,
  }
}

subscriptionsContract('dynamoSubscriptions', make)

const aWish = (n: number, fields = {}) =>
  aSubscription({
    ...{ id: anId(n), status: 'pending', endpoint: 'reader@example.org' },
    ...{ confirmToken: `confirm-${n}`, unsubscribeToken: `unsubscribe-${n}` },
    ...fields,
  })
const policy = (topic: string) => ({ filterPolicy: { detail: { topic: [topic] } } })
const now = new Date('2026-01-01T12:00:00.000Z')

test('the same wish, ten times at the same time, is stored and announced once', async () => {
  const { subscriptions, records } = await make()

  await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      subscriptions.subscribe(aWish(n), (id) => [subscriptionRequested(id)]),
    ),
  )

  const told = await records()
  assert.equal(told.filter((record) => outboxEntry(record)).length, 1)
  const found = await Promise.all(Array.from({ length: 10 }, (_, n) => subscriptions.find(anId(n))))
  assert.equal(found.filter((one) => one !== null).length, 1)
})

test('of eight wishes for one address that come together five are stored', async () => {
  const { subscriptions } = await make()
  const wishes = Array.from({ length: 8 }, (_, n) => aWish(n, policy(`topic-${n}`)))

  await Promise.all(wishes.map((wish) => subscriptions.subscribe(wish, () => [])))

  const found = await Promise.all(wishes.map(({ id }) => subscriptions.find(id)))
  assert.equal(found.filter((one) => one !== null).length, 5)
})

test('a link that is opened twice at the same time counts one reader', async () => {
  const { subscriptions } = await make()
  await subscriptions.subscribe(aWish(1, policy('summer')), () => [])

  const [one, other] = await Promise.all([
    subscriptions.confirm('confirm-1', now),
    subscriptions.confirm('confirm-1', now),
  ])
  const ends = await Promise.all([
    subscriptions.unsubscribe('unsubscribe-1'),
    subscriptions.unsubscribe('unsubscribe-1'),
  ])

  assert.deepEqual(one?.subscription, other?.subscription)
  assert.deepEqual([one?.isNew, other?.isNew].sort(), [false, true])
  assert.equal(ends.filter((end) => end === null).length, 1)
  assert.deepEqual(await subscriptions.filterPolicies('new-posts', 'email'), [])
})

test('a policy goes with its last reader', async () => {
  const { subscriptions } = await make()
  for (const n of [1, 2]) {
    await subscriptions.subscribe(aWish(n, { endpoint: `${n}@example.org` }), () => [])
    await subscriptions.confirm(`confirm-${n}`, now)
  }
  const policies = () => subscriptions.filterPolicies('new-posts', 'email')

  await subscriptions.unsubscribe('unsubscribe-1')
  assert.equal((await policies()).length, 1)
  await subscriptions.unsubscribe('unsubscribe-2')
  assert.deepEqual(await policies(), [])
})

test('all that is kept of an unconfirmed wish expires, and nothing of a confirmed one', async () => {
  const { subscriptions, records } = await make()
  await subscriptions.subscribe(aWish(1), () => [])
  await subscriptions.confirm('confirm-1', now)

  const expiries = new Map<string, string[]>()
  for (const { dynamodb } of await records()) {
    const { pk, expiresAt } = (dynamodb?.NewImage ?? {}) as Record<
      string,
      { S?: string; N?: string }
    >
    const kind = pk?.S?.split('#')[0] ?? ''
    expiries.set(kind, [...(expiries.get(kind) ?? []), expiresAt?.N ?? 'never'])
  }
  const until = String(Date.parse('2026-01-03T13:00:00.000Z') / 1_000)
  for (const kind of ['row', 'same', 'confirm', 'unsubscribe', 'endpoint'])
    assert.deepEqual(expiries.get(kind), [until, 'never'], kind)
  assert.deepEqual(expiries.get('waiting'), [until, until])
})

test('an address is in no key of the table', async () => {
  const { subscriptions, records } = await make()
  await subscriptions.subscribe(aWish(1), () => [])

  const keys = JSON.stringify((await records()).map(({ dynamodb }) => dynamodb?.Keys))
  assert.ok(keys.includes('same#'))
  assert.ok(!keys.includes('reader') && !keys.includes('confirm-1'), keys)
})
