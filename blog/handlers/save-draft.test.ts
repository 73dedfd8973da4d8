import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handClock } from '@busbar/event-bus/testing'
import type { SavedDraft } from '../draft.ts'
import { aDraft, anId, aSavedDraft, blogPorts, memoryDrafts } from '../testing.ts'
import { createDraft } from './create-draft.ts'
import { deleteDraft } from './delete-draft.ts'
import { listDrafts } from './list-drafts.ts'
import { publishDraft } from './publish-draft.ts'
import { saveDraft } from './save-draft.ts'
import { showDraft } from './show-draft.ts'

const clock = handClock('2026-03-01T08:00:00.000Z')
const later = '2026-03-01T09:00:00.000Z'
const some = (...saved: readonly SavedDraft[]) => ({
  ...blogPorts(),
  ...{ drafts: memoryDrafts(...saved), clock },
})
const empty = aDraft({ author: '', title: '', body: '', topic: '' })

test('a draft may be empty, and is kept with its time', async () => {
  const ports = some()

  const made = await createDraft({ draft: empty, publishAt: null }, ports)

  const savedAt = '2026-03-01T08:00:00.000Z'
  assert.deepEqual(made, aSavedDraft({ id: anId(1), ...empty, savedAt }))
  assert.deepEqual(await showDraft({ id: anId(1) }, ports), made)
})

test('asked for twice under one id it is one draft, and other words are refused', async () => {
  const ports = some()
  const asked = { id: anId(7), draft: aDraft(), publishAt: null }

  const twice = [await createDraft(asked, ports), await createDraft(asked, ports)]

  assert.deepEqual(twice[0], twice[1])
  await assert.rejects(createDraft({ ...asked, draft: empty }, ports), {
    code: 'IdempotencyConflict',
  })
})

test('saving takes all of it, its time too, and says who has seen too little', async () => {
  const ports = some(aSavedDraft({ publishAt: later }))
  const asked = { id: anId(51), draft: aDraft({ title: 'New' }), publishAt: null, revisions: [1] }

  const after = await saveDraft(asked, ports)

  assert.deepEqual([after.title, after.publishAt, after.revision], ['New', null, 2])
  assert.deepEqual(await ports.drafts.due(new Date(later), 9), [])
  const other = { ...asked, draft: aDraft({ title: 'Newer' }) }
  await assert.rejects(saveDraft(other, ports), { code: 'RevisionConflict' })
  assert.deepEqual(await saveDraft({ ...asked, revisions: [2] }, ports), after, 'the same again')
})

test('what is to be published by itself must be complete and its time to come', async () => {
  const ports = some(aSavedDraft())
  const asked = { id: anId(51), draft: aDraft(), revisions: [1] as const }
  const past = '2026-03-01T08:00:00.000Z'

  for (const [draft, publishAt, field] of [
    [aDraft({ topic: ' ' }), later, 'topic'],
    [aDraft(), past, 'publishAt'],
  ] as const) {
    const isRefused = ({ code, faults }: Error & { code?: string; faults?: { field: string }[] }) =>
      code === 'DraftIncomplete' && faults?.[0]?.field === field
    await assert.rejects(saveDraft({ ...asked, draft, publishAt }, ports), isRefused)
    await assert.rejects(createDraft({ draft, publishAt }, ports), isRefused)
  }
  assert.deepEqual(ports.drafts.all(), [aSavedDraft()])
  assert.equal((await saveDraft({ ...asked, publishAt: later }, ports)).publishAt, later)
})

test('what is published by now is no longer saved, shown or deleted, and names its post', async () => {
  const ports = some(aSavedDraft())
  const { post } = await publishDraft({ id: anId(51), revisions: [1] }, ports)
  const asked = { id: anId(51), revisions: 'any' } as const

  for (const ask of [
    () => saveDraft({ ...asked, draft: empty, publishAt: null }, ports),
    () => showDraft(asked, ports),
    () => deleteDraft(asked, ports),
  ])
    await assert.rejects(ask, { code: 'DraftPublished', postId: post.id })
})

test('a draft is deleted by who has seen it, and is then not there', async () => {
  const ports = some(aSavedDraft())

  await assert.rejects(deleteDraft({ id: anId(51), revisions: [2] }, ports), {
    code: 'RevisionConflict',
  })
  await deleteDraft({ id: anId(51), revisions: [1] }, ports)

  await assert.rejects(showDraft({ id: anId(51) }, ports), { code: 'DraftNotFound' })
  await assert.rejects(deleteDraft({ id: anId(51), revisions: 'any' }, ports), {
    code: 'DraftNotFound',
  })
})

test('pages of drafts follow each other, and the last has no cursor', async () => {
  const ports = some(
    ...[1, 2, 3].map((n) => aSavedDraft({ id: anId(n), savedAt: `2026-01-0${n}T00:00:00.000Z` })),
  )

  const first = await listDrafts({ limit: 2 }, ports)
  const second = await listDrafts({ limit: 2, cursor: first.cursor ?? '' }, ports)

  const ids = [first, second].map(({ drafts }) => drafts.map(({ id }) => id))
  assert.deepEqual(ids, [[anId(3), anId(2)], [anId(1)]])
  assert.equal(second.cursor, null)
  assert.deepEqual(await listDrafts({ limit: 3 }, some()), { drafts: [], cursor: null })
})
