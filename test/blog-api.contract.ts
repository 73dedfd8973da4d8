/** The rules of the API that hold while others write at the same time. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { Post } from '../blog/post.ts'
import { aDraft } from './api.ts'
import { call } from './http.ts'
import type { Open, Stage } from './stage.ts'

export function apiContract(openStage: Open): void {
  describe('the API', () => {
    let stage: Stage
    before(async () => {
      stage = await openStage()
    })
    afterEach((t) => stage.explain(t))
    after(() => stage.close())

    const patch = (id: string, changes: object, ifMatch?: string) =>
      call(stage.api.addressOf(id), {
        method: 'PATCH',
        json: changes,
        headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
      })
    const remove = (id: string, ifMatch?: string) =>
      call(stage.api.addressOf(id), {
        method: 'DELETE',
        headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
      })

    test('an edit has to name the version it was made from, and the second of two fails', async () => {
      const { post, etag } = await stage.api.post()
      assert.match(etag, /^"[^"]+"$/)
      assert.equal((await patch(post.id, { title: 'Blind' })).status, 428)

      const first = await patch(post.id, { title: 'First' }, etag)
      assert.equal(first.status, 200, first.text)
      assert.equal(first.json<Post>().title, 'First')
      assert.notEqual(first.headers.etag, etag)
      const second = await patch(post.id, { title: 'Second' }, etag)
      assert.equal(second.status, 412)
      assert.equal((await stage.api.find(post.id))?.title, 'First')
      const third = await patch(post.id, { title: 'Third' }, String(first.headers.etag))
      assert.equal(third.status, 200, third.text)
    })

    test('of many edits made from one version exactly one is taken', async () => {
      const { post, etag } = await stage.api.post()
      const titles = Array.from({ length: 12 }, (_, at) => `Edit ${at}`)
      const answers = await Promise.all(titles.map((title) => patch(post.id, { title }, etag)))
      const taken = answers.filter(({ status }) => status === 200)
      assert.equal(taken.length, 1)
      assert.equal(answers.filter(({ status }) => status === 412).length, titles.length - 1)
      assert.equal((await stage.api.find(post.id))?.title, taken[0]?.json<Post>().title)
    })

    test('a deletion has to name the version too, and what is deleted is gone for good', async () => {
      const { post, etag } = await stage.api.post({ topic: 'deletions' })
      const edited = await stage.api.edit(post.id, { title: 'Edited' }, etag)
      assert.equal((await remove(post.id)).status, 428)
      assert.equal((await remove(post.id, etag)).status, 412)
      assert.ok(await stage.api.find(post.id))
      assert.equal((await remove(post.id, edited.etag)).status, 204)
      assert.equal(await stage.api.find(post.id), null)
      assert.equal((await remove(post.id, edited.etag)).status, 404)
      assert.equal((await patch(post.id, { title: 'Ghost' }, '*')).status, 404)
      assert.deepEqual(await stage.api.all('deletions'), [])
    })

    test("an author's edit does not fail because the machine found names meanwhile", async () => {
      const watch = await stage.openWatch({ topic: 'meanwhile' })
      const { post, etag } = await stage.api.post({ topic: 'meanwhile' })
      await watch.wait(({ post }) => post?.entities !== undefined, 'the entities')
      const edited = await stage.api.edit(post.id, { author: 'somebody else' }, etag)
      assert.deepEqual(edited.post.entities?.persons, ['Joe'], 'nor are the names lost')
    })

    test('a reader who has the newest version is told so without its text', async () => {
      const watch = await stage.openWatch({ topic: 'fresh' })
      const { post } = await stage.api.post({ topic: 'fresh' })
      await watch.wait(({ post }) => post?.entities !== undefined, 'the entities')
      const address = stage.api.addressOf(post.id)
      const etag = String((await call(address)).headers.etag)
      const same = await call(address, { headers: { 'if-none-match': etag } })
      assert.deepEqual([same.status, same.text], [304, ''])
      await stage.api.edit(post.id, { title: 'Newer' })
      assert.equal((await call(address, { headers: { 'if-none-match': etag } })).status, 200)
    })

    test('a post sent again under its key is the same post, and another under that key is refused', async () => {
      const send = (title: string, key: string) =>
        call(`${stage.blog().url}/api/posts`, {
          method: 'POST',
          json: aDraft({ title, topic: 'keys' }),
          headers: { 'idempotency-key': key },
        })
      const together = await Promise.all(Array.from({ length: 8 }, () => send('Once', 'key-1')))
      assert.deepEqual([...new Set(together.map(({ status }) => status))], [201])
      assert.equal(new Set(together.map((answer) => answer.json<Post>().id)).size, 1)
      const [id] = together.map((answer) => answer.json<Post>().id)

      assert.equal((await send('Another', 'key-1')).status, 422)
      const other = await send('Once', 'key-2')
      assert.notEqual(other.json<Post>().id, id)
      assert.deepEqual(
        (await stage.api.all('keys')).map((post) => post.id),
        [other.json<Post>().id, id],
      )
    })

    test('a topic read page by page is complete, newest first, and repeats nothing while posts come in', async () => {
      const topic = 'a topic / with ümlauts & signs?'
      const before: string[] = []
      for (let at = 0; at < 11; at++)
        before.push((await stage.api.post({ topic, title: `Before ${at}` })).post.id)
      await stage.api.post({ topic: 'another' })

      let reading = true
      const added: string[] = []
      const adding = (async () => {
        for (let at = 0; at < 500 && reading; at++)
          added.push((await stage.api.post({ topic, title: `Meanwhile ${at}` })).post.id)
      })()
      const read = (await stage.api.all(topic, 3)).map(({ id }) => id)
      reading = false
      await adding

      assert.ok(added.length > 0, 'posts did come in')
      assert.equal(new Set(read).size, read.length, 'none twice')
      const old = new Set(before)
      assert.deepEqual(
        read.filter((id) => old.has(id)),
        before.toReversed(),
        'every one of those that were there, newest first',
      )
      const all = await stage.api.all(topic)
      assert.deepEqual(
        all.map(({ id }) => id),
        [...before, ...added].toReversed(),
      )
    })

    test('both ports say that they live and are ready', async () => {
      const { url, busUrl } = stage.blog()
      for (const base of [url, busUrl])
        for (const path of ['/healthz', '/readyz'])
          assert.equal((await call(`${base}${path}`)).status, 200, `${base}${path}`)
    })
  })
}
