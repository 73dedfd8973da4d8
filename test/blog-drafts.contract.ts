/** A post that is scheduled comes at its time, also when the blog was killed before that. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aDraft } from './api.ts'
import { call } from './http.ts'
import type { Start } from './running.ts'
import { openStage } from './stage.ts'

/** What is due is looked for once a minute. */
const patienceMs = 90_000
const aheadMs = 2_000

export function draftsContract(start: Start): void {
  test('what is scheduled becomes one post at its time, through a kill, and is mailed once', {
    timeout: 180_000,
  }, async (t) => {
    const stage = await openStage(start)
    t.after(async () => {
      stage.explain(t)
      await stage.close()
    })
    await stage.subscribe('reader@example.org', 'summer')
    const drafts = `${stage.blog().url}/api/drafts`
    const keep = async (title: string, ms: number) => {
      const publishAt = new Date(Date.now() + ms).toISOString()
      const json = { ...aDraft({ title }), publishAt }
      const answer = await call(drafts, { method: 'POST', json })
      assert.equal(answer.status, 201, answer.text)
      return { ...answer.json<{ readonly id: string }>(), publishAt }
    }
    const later = await keep('Later', 3_600_000)
    const soon = await keep('Soon', aheadMs)
    const taken = await keep('Taken back', aheadMs)
    const { status } = await call(`${drafts}/${taken.id}`, {
      ...{ method: 'PUT', json: aDraft({ title: 'Taken back' }), headers: { 'if-match': '*' } },
    })
    assert.equal(status, 200)

    await stage.blog().kill()
    await stage.startAgain()
    const watch = await stage.openWatch({ topic: 'summer' })
    const { post } = await watch.wait(
      (frame) => frame.post?.title !== undefined,
      'the post that was scheduled',
      patienceMs,
    )

    assert.equal(post?.title, 'Soon')
    assert.ok(String(post?.createdAt) >= soon.publishAt, 'not before its time')
    await stage.mailed('reader@example.org', String(post?.id))
    assert.equal(stage.mailsAbout('reader@example.org', String(post?.id)).length, 1)
    const found = async (id: string) => (await call(`${drafts}/${id}`)).status
    assert.deepEqual(
      [await found(soon.id), await found(later.id), await found(taken.id)],
      [410, 200, 200],
    )
    const again = await call(`${drafts}/${soon.id}/publish`, {
      ...{ method: 'POST', headers: { 'if-match': '*' } },
    })
    assert.equal(again.json<{ readonly id: string }>().id, post?.id)
    const { posts } = await stage.api.page('summer', 10, null)
    assert.deepEqual(
      posts.map(({ title }) => title),
      ['Soon'],
    )
  })
}
