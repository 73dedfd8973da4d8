/** What the mail server does to the blog when it is away or refuses: it delays its own mails, and nothing else. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { Draft, Post } from '../blog/post.ts'
import type { Differences } from './running.ts'
import type { Open, Stage } from './stage.ts'

const reader = 'reader@example.org'
const topic = 'faults'
/** A mail that was refused a few times waits for up to 16 seconds more. */
const patienceMs = 45_000

export function faultContract(openStage: Open, differences: Differences = {}): void {
  const some = differences.sharesStage ? 2 : 4

  describe('a mail server that fails', () => {
    let stage: Stage
    before(async () => {
      stage = await openStage()
      await stage.subscribe(reader, topic)
    })
    afterEach((t) => stage.explain(t))
    after(() => stage.close())

    /** Posts, and waits until a browser was shown the post and then what it names. */
    async function postAndSee(part: Pick<Partial<Draft>, 'title'> = {}): Promise<Post> {
      const watch = await stage.openWatch({ topic })
      const { post } = await stage.api.post({ topic, ...part })
      const isOf = (shown: Post | undefined) => shown?.id === post.id
      await watch.wait((frame) => isOf(frame.post) && frame.eventName === 'INSERT', 'the new post')
      const enriched = await watch.wait(
        (frame) => isOf(frame.post) && frame.post?.entities !== undefined,
        'the post with its entities',
      )
      await watch.close()
      assert.deepEqual(enriched.post?.entities?.locations, ['Spain'])
      return post
    }

    test('delays no answer, no entities and no browser, and each mail comes once when it is back', async () => {
      await stage.mail.stop()
      const post = await postAndSee()
      assert.equal(stage.mailsAbout(reader, post.id).length, 0)
      await stage.mail.start()

      await stage.mailed(reader, post.id, patienceMs)
      const later = await postAndSee({ title: 'Later' })
      await stage.mailed(reader, later.id)
      assert.equal(stage.mailsAbout(reader, post.id).length, 1)
    })

    test('delays nothing else when it says nothing, to however many mails', async () => {
      const speakAgain = stage.mail.silence()
      const posts: Post[] = []
      for (let count = 0; count < some * 3; count++)
        posts.push(await postAndSee({ title: `${count}` }))
      assert.deepEqual(
        posts.flatMap(({ id }) => stage.mailsAbout(reader, id)),
        [],
      )
      speakAgain()
      for (const { id } of posts) await stage.mailed(reader, id, patienceMs)
      const { post: later } = await stage.api.post({ topic })
      await stage.mailed(reader, later.id)
      for (const { id } of posts) assert.equal(stage.mailsAbout(reader, id).length, 1, id)
    })

    test('leaves no mail behind of a post that was deleted while it was away', async () => {
      await stage.mail.stop()
      const kept: Post[] = []
      for (let count = 0; count < some; count++)
        kept.push(await postAndSee({ title: `Kept ${count}` }))
      const deleted = await postAndSee({ title: 'Deleted' })
      for (let count = some; count < some * 2; count++)
        kept.push(await postAndSee({ title: `Kept ${count}` }))
      await stage.api.remove(deleted.id)
      await stage.mail.start()

      // They waited beside it, with the same backoff: when all have come, its turn has come too.
      for (const { id } of kept) await stage.mailed(reader, id, patienceMs)
      const { post: later } = await stage.api.post({ topic })
      await stage.mailed(reader, later.id)
      assert.deepEqual(stage.mailsAbout(reader, deleted.id), [])
      assert.equal(stage.mailsAbout(reader, later.id).length, 1)
    })

    test('is given up when it refuses for good, and tried again when it refuses for now, each mailbox for itself', async () => {
      const [gone, full] = ['gone@example.org', 'full@example.org']
      for (const email of [gone, full]) await stage.subscribe(email, topic)
      const offers = new Map([gone, full].map((to) => [to, stage.mail.offersTo(to)]))
      const offersTo = (email: string) => stage.mail.offersTo(email) - (offers.get(email) ?? 0)
      stage.mail.refuse(gone, 550)
      stage.mail.refuse(full, 451, 3)

      const post = await postAndSee()
      await stage.mailed(reader, post.id)
      await stage.mailed(full, post.id, patienceMs)
      assert.equal(offersTo(full), 4, 'three refusals, then it was taken')
      assert.equal(offersTo(gone), 1, 'no second try meanwhile')
      for (const email of [reader, full])
        assert.equal(stage.mailsAbout(email, post.id).length, 1, email)
      assert.equal(stage.mailsAbout(gone, post.id).length, 0)
    })

    // The last, for some start again with less than they had.
    test('loses no mail when the blog is killed meanwhile, and each comes once', {
      skip: differences.without?.['a kill of all'] ?? false,
    }, async () => {
      await stage.mail.stop()
      const post = await postAndSee()
      await stage.blog().kill()
      await stage.mail.start()
      assert.equal(stage.mailsAbout(reader, post.id).length, 0)
      await stage.startAgain()

      await stage.mailed(reader, post.id, patienceMs)
      const later = await postAndSee({ title: 'Later' })
      await stage.mailed(reader, later.id)
      assert.equal(stage.mailsAbout(reader, post.id).length, 1)
      assert.deepEqual((await stage.api.find(post.id))?.entities?.persons, ['Joe'])
    })
  })
}
