import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handClock } from '@busbar/event-bus/testing'
import type { SavedDraft } from '../draft.ts'
import type { Posts } from '../ports.ts'
import { anId, aSavedDraft, blogPorts, memoryDrafts } from '../testing.ts'
import { publishDueDrafts } from './publish-due-drafts.ts'

const event = { 'detail-type': 'Scheduled Event' } as Parameters<typeof publishDueDrafts>[0]
const scheduled = (n: number, publishAt: string | null, title = `Title ${n}`) =>
  aSavedDraft({ id: anId(n), publishAt, title })

function some(...saved: readonly SavedDraft[]) {
  const { posts, ids } = blogPorts()
  return {
    posts,
    ids,
    drafts: memoryDrafts(...saved),
    clock: handClock('2026-03-01T08:00:00.000Z'),
  }
}
const titles = async (posts: Posts) =>
  (await posts.list({ limit: 10 })).map(({ title }) => title).reverse()

test('publishes what is due, the earliest first, and leaves the rest', async () => {
  const uses = some(
    scheduled(1, '2026-03-01T08:00:00.000Z'),
    scheduled(2, '2026-03-01T08:00:00.001Z'),
    scheduled(3, '2026-02-20T08:00:00.000Z'),
    scheduled(4, null),
  )

  await publishDueDrafts(event, uses)
  await publishDueDrafts(event, uses)

  assert.deepEqual(await titles(uses.posts), ['Title 3', 'Title 1'])
  const left = (await uses.drafts.list({ limit: 10 })).map(({ id }) => id)
  assert.deepEqual(left.sort(), [anId(2), anId(4)])
})

test('passes over what was saved or deleted while it was on its way', async () => {
  const uses = some(scheduled(1, '2026-03-01T07:00:00.000Z'))
  const seen = await uses.drafts.due(uses.clock.now(), 10)
  const other = { draft: aSavedDraft(), publishAt: null }
  await uses.drafts.change(anId(1), (found) => ({ ...found, ...other, revision: 2 }))
  const gone = scheduled(2, '2026-03-01T07:00:00.000Z')
  const behind = { ...uses.drafts, due: async () => [...seen, gone] }

  await publishDueDrafts(event, { ...uses, drafts: behind })

  assert.deepEqual(await titles(uses.posts), [])
  assert.equal((await uses.drafts.find(anId(1)))?.status, 'draft')
})

test('one that fails stands in nobody’s way, and has the event come again', async () => {
  const uses = some(
    scheduled(1, '2026-03-01T07:00:00.000Z'),
    scheduled(2, '2026-03-01T07:01:00.000Z'),
  )
  const { posts } = uses
  let isFull = true
  const failing: Posts = {
    ...posts,
    create: async (post, ...rest) => {
      if (isFull && post.title === 'Title 1') throw new Error('full')
      return posts.create(post, ...rest)
    },
  }

  await assert.rejects(publishDueDrafts(event, { ...uses, posts: failing }), { message: 'full' })
  assert.deepEqual(await titles(posts), ['Title 2'])
  isFull = false
  await publishDueDrafts(event, { ...uses, posts: failing })

  assert.deepEqual((await titles(posts)).sort(), ['Title 1', 'Title 2'])
})
