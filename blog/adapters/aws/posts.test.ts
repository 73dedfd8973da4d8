import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { PutEventsRequestEntry } from '@busbar/event-bus'
import { systemClock as clock } from '@busbar/event-bus/adapters/node/clock'
import { blogPostCreated, type PostChange } from '../../events.ts'
import { postsContract } from '../../ports.contract.ts'
import { anId, aPost, someEntities } from '../../testing.ts'
import { functionIds } from './ids.ts'
import { dynamoPosts } from './posts.ts'
import { outboxEntry, postChange } from './stream.ts'
import { type DynamoDb, dynamoDb } from './testing/dynamo-db.ts'

let db: DynamoDb
before(async () => {
  db = await dynamoDb()
})
after(() => db.close())

async function make() {
  const { name, records } = await db.table()
  const ids = functionIds(clock)
  const told = async (entryOf: typeof postChange) =>
    (await records()).flatMap((record) => toldBy(entryOf(record)))
  return {
    posts: dynamoPosts(db.client, { table: name, ids, clock }),
    outbox: () => told(outboxEntry),
    changes: () => told(postChange),
    records,
    table: name,
    close: async () => {},
  }
}

const toldBy = (entry: PutEventsRequestEntry | null) =>
  entry
    ? [
        {
          ...{ source: entry.Source, 'detail-type': entry.DetailType },
          detail: JSON.parse(entry.Detail),
        },
      ]
    : []

postsContract('posts in DynamoDB', make, { crowd: 6 })

test('counts the changes of a post, the removal too, so that whoever is told them in disorder knows', async () => {
  const { posts, records } = await make()
  const post = aPost()
  await posts.create(post, [])
  await posts.enrich(post.id, someEntities(), post)
  await posts.edit(post.id, { topic: 'winter' }, 'any', () => [])
  await posts.remove(post.id, 'any')

  const entries = (await records()).flatMap((record) => postChange(record) ?? [])
  const details = entries.map(({ Detail }) => JSON.parse(Detail) as PostChange)
  assert.deepEqual(
    details.map(({ eventName, version }) => [eventName, version]),
    [
      ['INSERT', 1],
      ['MODIFY', 2],
      ['MODIFY', 3],
      ['REMOVE', 4],
    ],
  )
})

test('an author and the recogniser who write at the same time are both heard', async () => {
  const { posts } = await make()
  const post = aPost()
  await posts.create(post, [])

  const topics = ['a', 'b', 'c', 'd']
  await Promise.all([
    posts.enrich(post.id, someEntities(), post),
    ...topics.map((topic) => posts.edit(post.id, { topic }, 'any', () => [])),
  ])

  const now = await posts.find(post.id)
  assert.deepEqual(now?.post.entities, someEntities())
  assert.deepEqual([now?.revision, now?.version], [5, 6])
})

test('ten requests under one key that come together are one post with one event', async () => {
  const { posts, outbox } = await make()
  const asked = { key: 'k', fingerprint: 'f' }

  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => aPost({ id: anId(n) })).map((post) =>
      posts.create(post, [blogPostCreated(post)], asked),
    ),
  )

  assert.equal(new Set(answers.map((answer) => answer.post.id)).size, 1)
  assert.equal((await posts.list({ limit: 20 })).length, 1)
  assert.equal((await outbox()).length, 1)
})

test('what is kept for a while says when it may go', async () => {
  const { posts, records } = await make()
  const post = aPost()

  await posts.create(post, [blogPostCreated(post)], { key: 'k', fingerprint: 'f' })

  const images = (await records()).map(({ dynamodb }) => dynamodb?.NewImage)
  const expiry = (prefix: string) => {
    const image = images.find((each) => JSON.stringify(each?.pk).includes(prefix))
    return Number((image?.expiresAt as { N?: string } | undefined)?.N) * 1_000
  }
  assert.equal(expiry('idempotency#'), Date.parse(post.createdAt) + 86_400_000)
  const twoDays = expiry('outbox#') - Date.now()
  assert.ok(Math.abs(twoDays - 2 * 86_400_000) < 3_600_000, `${twoDays} ms from now`)
  assert.ok(Number.isNaN(expiry('row#')), 'a post never expires')
})

test('gives a page that is larger than one answer of DynamoDB', async () => {
  const { posts } = await make()
  const body = 'é'.repeat(150_000)
  for (let n = 1; n <= 6; n++) await posts.create(aPost({ id: anId(n), body }), [])

  const ids = (await posts.list({ limit: 5 })).map(({ id }) => id)

  assert.deepEqual(ids, [6, 5, 4, 3, 2].map(anId))
})

test('a record of the same values is no change, and one of another item none of a post', async () => {
  const { posts, records } = await make()
  const post = aPost()
  await posts.create(post, [blogPostCreated(post)], { key: 'k', fingerprint: 'f' })
  const told = await records()
  const row = told.find((record) => postChange(record))?.dynamodb
  assert.ok(row?.NewImage && row.Keys)

  const again = { Keys: row.Keys, OldImage: row.NewImage, NewImage: row.NewImage }
  assert.equal(postChange({ eventName: 'MODIFY', dynamodb: again }), null)
  assert.equal(told.filter((record) => postChange(record)).length, 1)
  const [announced, ...others] = told.filter((record) => outboxEntry(record))
  assert.equal(others.length, 0)
  assert.equal(outboxEntry({ ...announced, eventName: 'REMOVE' }), null)
})
