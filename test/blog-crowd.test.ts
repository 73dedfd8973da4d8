/** A post that many are waiting for, through a kill in the middle of its mails. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertMailed, type Kill } from './copies.ts'
import { addressOf, gather, progressOf, progressUntil } from './crowd.ts'
import { embedded } from './embedded.ts'
import { settings } from './settings.ts'
import { openStage } from './stage.ts'

const { readers } = settings
const limitMs = 60_000 + readers * 40

test(`a post with ${readers} subscribers is answered before any mail is, and each has one, through a kill`, {
  timeout: 2 * limitMs,
}, async (t) => {
  t.diagnostic(`BUSBAR_READERS=${readers}`)
  const stage = await openStage(embedded)
  t.after(async () => {
    stage.explain(t)
    await stage.close()
  })
  await stage.blog().stop()
  gather(stage.blog().dataDir, 'crowd', readers)
  await stage.startAgain()
  const { mails } = stage.mail

  const speak = stage.mail.silence()
  const { post } = await stage.api.post({ topic: 'crowd' })
  assert.deepEqual(mails.items, [])
  const { url } = stage.blog()
  const isRecognised = ({
    announced,
    recognised,
    pushed,
  }: Awaited<ReturnType<typeof progressOf>>) =>
    announced !== null && recognised !== null && pushed !== null
  const [begun] = (await progressUntil(url, post.id, isRecognised, limitMs)).slice(-1)
  assert.deepEqual(begun?.mailed, { of: readers, done: 0, failed: 0, dead: 0, at: null })
  assert.equal(begun?.isFinished, false)

  speak()
  await mails.until(({ length }) => length >= readers / 3, 'a third of the mails', limitMs)
  const { mailed } = await progressOf(url, post.id)
  assert.ok(mailed.done > 0 && mailed.done < readers, `it shows ${mailed.done} of ${readers}`)
  const kills: Kill[] = []
  const at = performance.now()
  await stage.blog().kill()
  kills.push({ at, gone: performance.now() })
  await stage.startAgain()

  const told = await progressUntil(url, post.id, ({ isFinished }) => isFinished, limitMs)
  const counts = told.map((each) => each.mailed.done)
  assert.deepEqual(
    counts,
    counts.toSorted((a, b) => a - b),
    'no mail is forgotten',
  )
  const last = told.at(-1)?.mailed
  assert.deepEqual(last, { of: readers, done: readers, failed: 0, dead: 0, at: last?.at })
  const owed = Array.from({ length: readers }, (_, reader) => ({
    ...{ to: addressOf(reader), postId: post.id },
  }))
  const { copies } = assertMailed(mails.items, owed, kills)
  t.diagnostic(`${mails.items.length} mails came, ${copies} of them copies after the kill`)
})
