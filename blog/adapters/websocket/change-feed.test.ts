import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Change } from '../../change.ts'
import { aPost } from '../../testing.ts'
import { changeFeed } from './change-feed.ts'
import { defaults } from './limits.ts'
import { memoryLog } from './testing.ts'

const post = aPost()

async function aFeed(limits = {}) {
  const log = memoryLog()
  const told: string[] = []
  const tell = ({ cursor }: Change) => told.push(cursor)
  const feed = await changeFeed(log, { ...defaults, ...limits }, { tell, restarted: () => {} })
  const add = async () => {
    const cursor = log.change(post, post)
    await feed.tellUpTo(cursor)
    return cursor
  }
  return { log, feed, told, add }
}
const cursors = (changes: readonly Change[] | null) => changes?.map(({ cursor }) => cursor)

suite('what was told since a cursor', () => {
  test('includes what is told between the question and the use of the answer', async () => {
    const { feed, add } = await aFeed()
    const first = await add()
    const since = await feed.since(first)
    const second = await add()
    assert.deepEqual(cursors(since()), [second])
  })

  test('is not known any more when it has made room before the answer is used', async () => {
    const { feed, add } = await aFeed({ changes: 3 })
    const first = await add()
    const since = await feed.since(first)
    for (let n = 0; n < 3; n++) await add()
    assert.equal(since()?.length, 3)
    await add()
    assert.equal(since(), null)
  })

  test('is not known any more when the log has got a gap before the answer is used', async () => {
    const { feed, add, log } = await aFeed()
    const first = await add()
    const since = await feed.since(first)
    log.change(post, post)
    const kept = log.change(post, post)
    log.forgetAllBefore(kept)
    await add()
    assert.equal(since(), null)
    assert.deepEqual(cursors((await feed.since(kept))())?.length, 1)
  })

  test('is right however often the oldest have made room', async () => {
    const { feed, add, told } = await aFeed({ changes: 7 })
    for (let n = 0; n < 50; n++) await add()
    for (const [n, cursor] of told.entries())
      assert.deepEqual(
        cursors((await feed.since(cursor))()),
        n < 42 ? undefined : told.slice(n + 1),
        `${n}`,
      )
  })
})

test('a start from a log with changes tells none of them and knows them all', async () => {
  const log = memoryLog()
  const all = Array.from({ length: 5 }, () => log.change(post, post))
  const told: string[] = []
  const tell = ({ cursor }: Change) => told.push(cursor)
  const feed = await changeFeed(log, defaults, { tell, restarted: () => {} })
  assert.equal(feed.position, all.at(-1))
  assert.deepEqual(cursors((await feed.since(all[0] ?? ''))()), all.slice(1))
  assert.deepEqual(told, [])
})

suite('of a log with many long changes', () => {
  const long = aPost({ body: 'x'.repeat(50_000) })
  const most = { limit: 1_000, bytes: 4_194_304 }

  test('a start and a gap load at most a thousand changes and 4 MiB', async () => {
    const log = memoryLog()
    const all = Array.from({ length: 100 }, () => log.change(long, long))
    const feed = await changeFeed(log, defaults, { tell: () => {}, restarted: () => {} })
    assert.deepEqual(log.tails, [most])
    assert.equal((await feed.since(all[0] ?? ''))(), null)
    // Each text holds the post twice, as it was and as it is.
    const known = (await feed.since(all[60] ?? ''))()
    assert.deepEqual(cursors(known), all.slice(61))

    all.push(log.change(long, long), log.change(long, long))
    log.forgetAllBefore(all.at(-1) ?? '')
    await feed.tellUpTo(all.at(-1) ?? '')
    assert.deepEqual(log.tails, [most, most])
  })

  test('the newest is loaded even when it alone is longer', async () => {
    const log = memoryLog()
    const all = [log.change(long, long), log.change(long, long)]
    const limits = { ...defaults, loaded: { changes: 1_000, bytes: 1 } }
    const feed = await changeFeed(log, limits, { tell: () => {}, restarted: () => {} })
    assert.equal(feed.position, all[1])
    assert.deepEqual(cursors((await feed.since(all[0] ?? ''))()), [all[1]])
  })

  test('more is known than was loaded as soon as it has been told', async () => {
    const log = memoryLog()
    const all = Array.from({ length: 5 }, () => log.change(post, post))
    const limits = { ...defaults, changes: 10, loaded: { changes: 2, bytes: 1e6 } }
    const feed = await changeFeed(log, limits, { tell: () => {}, restarted: () => {} })
    for (let n = 0; n < 8; n++) all.push(log.change(post, post))
    await feed.tellUpTo(all.at(-1) ?? '')
    assert.deepEqual(cursors((await feed.since(all[2] ?? ''))()), all.slice(3))
    assert.equal((await feed.since(all[1] ?? ''))(), null)
  })
})
