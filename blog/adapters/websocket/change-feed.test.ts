import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { aPost } from '../../testing.ts'
import type { Change } from './change.ts'
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
