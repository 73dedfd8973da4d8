import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handClock } from '@busbar/event-bus/testing'
import type { SavedDraft } from '../draft.ts'
import type { Drafts, Posts } from '../ports.ts'
import { aDraft, anId, aPost, aSavedDraft, blogPorts, memoryDrafts } from '../testing.ts'
import { publishDraft } from './publish-draft.ts'
import { publishDueDrafts } from './publish-due-drafts.ts'

const draft = aSavedDraft()
const asked = { id: draft.id, revisions: [1] }

function some(...saved: readonly SavedDraft[]) {
  const { posts, ids } = blogPorts()
  return {
    posts,
    ids,
    drafts: memoryDrafts(...saved),
    clock: handClock('2026-03-01T08:00:00.250Z'),
  }
}
const event = { 'detail-type': 'Scheduled Event' } as Parameters<typeof publishDueDrafts>[0]
const all = (posts: Posts) => posts.list({ limit: 10 })

test('a draft becomes a post of now, stored with its event, and goes', async () => {
  const uses = some(draft)

  const { post, revision } = await publishDraft(asked, uses)

  assert.deepEqual(post, aPost({ id: anId(1), createdAt: '2026-03-01T08:00:00.250Z' }))
  assert.equal(revision, 1)
  assert.deepEqual(
    uses.posts.outbox.map(({ DetailType, Detail }) => [DetailType, JSON.parse(Detail)]),
    [['BlogPostCreated', post]],
  )
  assert.deepEqual(await uses.drafts.list({ limit: 10 }), [])
  assert.deepEqual(await uses.drafts.due(new Date('2027-01-01T00:00:00Z'), 10), [])
})

test('words that are sent along take the place of those it had', async () => {
  const uses = some(aSavedDraft({ title: '', publishAt: '2026-04-01T00:00:00.000Z' }))

  const { post } = await publishDraft({ ...asked, draft: aDraft({ title: 'New' }) }, uses)

  assert.equal(post.title, 'New')
})

test('published twice it is one post and one answer, whatever was seen, also at the same time', async () => {
  const uses = some(draft)

  const answers = await Promise.all([1, 2, 3].map(() => publishDraft(asked, uses)))
  answers.push(await publishDraft({ id: draft.id, revisions: [7] }, uses))

  assert.equal(new Set(answers.map(({ post }) => post.id)).size, 1)
  assert.equal((await all(uses.posts)).length, 1)
  assert.equal(uses.posts.outbox.length, 1)
})

test('who publishes it again is answered by the post as it is by now, and told when that was deleted', async () => {
  const uses = some(draft)
  const { post } = await publishDraft(asked, uses)
  await uses.posts.edit(post.id, { title: 'Edited' }, 'any', () => [])

  assert.equal((await publishDraft(asked, uses)).post.title, 'Edited')
  await uses.posts.remove(post.id, 'any')
  await assert.rejects(publishDraft(asked, uses), { code: 'DraftPublished' })
  assert.deepEqual(await all(uses.posts), [])
})

test('one that lacks something, was saved since, or is not there, is not published and stays', async () => {
  const uses = some(aSavedDraft({ title: '', body: ' \n' }))

  await assert.rejects(publishDraft(asked, uses), {
    code: 'DraftIncomplete',
    faults: [
      { field: 'title', message: 'must not be empty when it is published' },
      { field: 'body', message: 'must not be empty when it is published' },
    ],
  })
  await assert.rejects(publishDraft({ ...asked, revisions: [2] }, uses), {
    code: 'RevisionConflict',
  })
  await assert.rejects(publishDraft({ ...asked, id: anId(9) }, uses), { code: 'DraftNotFound' })

  assert.deepEqual(uses.drafts.all(), [aSavedDraft({ title: '', body: ' \n' })])
  assert.deepEqual(await all(uses.posts), [])
})

/** The process ends at the n-th of the writes that publishing takes: before it, or with its answer lost. */
function dying(uses: ReturnType<typeof some>, at: number, isLost: boolean) {
  let writes = 0
  const cut = async <T>(write: () => Promise<T>): Promise<T> => {
    writes += 1
    if (writes === at && !isLost) throw new Error('killed')
    const answer = await write()
    if (writes === at) throw new Error('killed')
    return answer
  }
  const { drafts, posts } = uses
  return {
    ...uses,
    drafts: { ...drafts, change: (id, next) => cut(() => drafts.change(id, next)) } as Drafts,
    posts: { ...posts, create: (...args) => cut(() => posts.create(...args)) } as Posts,
  }
}

for (const at of [1, 2, 3])
  for (const isLost of [false, true])
    for (const isAgain of [false, true])
      test(`killed ${isLost ? 'behind' : 'before'} its write ${at}, ${isAgain ? 'published again' : 'left to the next minute'}, it is one post`, async () => {
        const uses = some(draft)
        await assert.rejects(publishDraft(asked, dying(uses, at, isLost)), { message: 'killed' })

        const isDraftStill = at === 1 && !isLost
        if (isDraftStill || isAgain) await publishDraft(asked, uses)
        else await publishDueDrafts(event, uses)
        await publishDueDrafts(event, uses)

        const [post, ...more] = await all(uses.posts)
        const { id: _, createdAt: _at, ...words } = post ?? aPost()
        assert.deepEqual([words, more], [aDraft(), []])
        assert.equal(uses.posts.outbox.length, 1)
        assert.deepEqual(await uses.drafts.list({ limit: 10 }), [])
      })

test('what was published a long time ago and not noted is not published again, when keys are forgotten', async () => {
  const uses = some(draft)
  await assert.rejects(publishDraft(asked, dying(uses, 3, false)), { message: 'killed' })
  const later = { ...uses, clock: handClock('2026-06-01T00:00:00.000Z') }

  await publishDueDrafts(event, later)

  assert.equal((await all(uses.posts)).length, 1)
  assert.deepEqual(await uses.drafts.list({ limit: 10 }), [])
})

test('a post that was deleted before its draft was noted to be published does not come back, when keys are forgotten', async () => {
  const uses = some(draft)
  await assert.rejects(publishDraft(asked, dying(uses, 3, false)), { message: 'killed' })
  const [post] = await all(uses.posts)
  await uses.posts.remove(post?.id ?? '', 'any')
  const create: Posts['create'] = (post, announce) => uses.posts.create(post, announce)
  const later = { ...uses, posts: { ...uses.posts, create } }

  await publishDueDrafts(event, later)

  assert.deepEqual(await all(uses.posts), [])
  assert.deepEqual(await uses.drafts.due(later.clock.now(), 10), [])
  await assert.rejects(publishDraft(asked, later), { code: 'DraftPublished' })
})
