import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock as clock } from '@busbar/event-bus/adapters/node/clock'
import { credentialsContract } from '../../ports.contract.ts'
import { aCredential } from '../../testing.ts'
import { dynamoCredentials } from './credentials.ts'
import { functionIds } from './ids.ts'
import { outboxEntry } from './stream.ts'
import { type DynamoDb, dynamoDb } from './testing/dynamo-db.ts'

let db: DynamoDb
before(async () => {
  db = await dynamoDb()
})
after(() => db.close())

async function make() {
  const { name, records } = await db.table()
  return {
    credentials: dynamoCredentials(db.client, { table: name, ids: functionIds(clock), clock }),
    announced: async () =>
      (await records()).flatMap((record) => {
        const entry = outboxEntry(record)
        return entry ? [(JSON.parse(entry.Detail) as { readonly id: string }).id] : []
      }),
    records,
    close: async () => {},
  }
}

credentialsContract('credentials in DynamoDB', make, { crowd: 6 })

test('all that is kept of what ends expires, and its keys name nobody', async () => {
  const { credentials, records } = await make()
  const expiresAt = '2026-01-01T12:15:00.000Z'
  await credentials.keep(aCredential({ expiresAt }), [])
  await credentials.keep(aCredential({ hash: 'token-1', kind: 'token' }), [])

  const images = (await records()).map(
    ({ dynamodb }) => (dynamodb?.NewImage ?? {}) as Record<string, { N?: string }>,
  )
  const expiries = images
    .filter(({ hash }) => hash !== undefined)
    .map(({ expiresAt: at }) => at?.N ?? 'never')
  const until = String(Date.parse(expiresAt) / 1_000)
  assert.deepEqual(expiries, [until, until, 'never', 'never'])
  const keys = JSON.stringify((await records()).map(({ dynamodb }) => dynamodb?.Keys))
  assert.ok(keys.includes('of#session#') && !keys.includes('ann'), keys)
})

test('a place that has expired is taken, and its old owner removed without harm', async () => {
  const { credentials } = await make()
  const link = (hash: string, createdAt: string, expiresAt: string) =>
    aCredential({ kind: 'link', hash, createdAt, expiresAt })
  const old = link('old', '2026-01-01T12:00:00.000Z', '2026-01-01T12:15:00.000Z')
  const young = link('young', '2026-01-01T12:20:00.000Z', '2026-01-01T12:35:00.000Z')
  await credentials.keep(old, [], 1)
  assert.equal(await credentials.keep(young, [], 1), true)

  await credentials.remove(old.author, 'link', 'old')

  const now = new Date('2026-01-01T12:21:00.000Z')
  assert.deepEqual(await credentials.of(old.author, 'link', now), [young])
})
