/** What a browser is shown: every change once, in order, also over lost connections and restarts. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { call } from './http.ts'
import { random } from './random.ts'
import type { Differences } from './running.ts'
import { settings } from './settings.ts'
import { type Frame, isChange, openWatch } from './socket.ts'
import type { Open, Stage } from './stage.ts'
import { assertStories, type Story } from './story.ts'

export function socketContract(openStage: Open, differences: Differences = {}): void {
  describe('the WebSocket', () => {
    let stage: Stage
    before(async () => {
      stage = await openStage()
    })
    afterEach((t) => stage.explain(t))
    after(() => stage.close())

    /** Posts, and waits until all that this causes was shown. */
    async function settled(topic: string, title = 'Title') {
      const watch = await stage.openWatch({ topic })
      const { post } = await stage.api.post({ topic, title })
      const isIts = ({ post: shown }: Frame) => !!shown?.entities && shown.id === post.id
      // Behind hundreds of others, where everything shares two cores.
      await watch.wait(isIts, title, 60_000)
      await watch.close()
      return post
    }

    test('a reader whose connection is cut again and again is shown what one is who stays', async (t) => {
      t.diagnostic(`BUSBAR_SEED=${settings.seed}`)
      const { int, pick } = random(settings.seed)
      const topic = 'ledger'
      const stays = await stage.openWatch({ topic })
      const returns = await stage.follow({ topic })

      const stories = new Map<string, Story>()
      const write = async (author: number) => {
        for (let at = 0; at < (differences.sharesStage ? 6 : 12); at++) {
          const titles = [`${author}.${at}`]
          const { post } = await stage.api.post({ topic, title: titles[0] as string })
          for (let edits = int(0, 3); edits > 0; edits--) {
            const title = `${author}.${at} edit ${edits}`
            await stage.api.edit(post.id, { title })
            titles.push(title)
            if (int(0, 3) > 0) returns.cut()
          }
          const isRemoved = pick([true, false, false])
          if (isRemoved) await stage.api.remove(post.id)
          stories.set(post.id, { titles, isRemoved })
        }
      }
      await Promise.all([1, 2, 3].map(write))
      const last = await settled(topic, 'Last')
      stories.set(last.id, { titles: ['Last'], isRemoved: false })
      const kept = [...stories].filter(([, { isRemoved }]) => !isRemoved).map(([id]) => id)
      const isComplete = (shown: readonly Frame[]) => {
        const named = new Set(
          shown.filter(({ post }) => post?.entities).map(({ post }) => post?.id),
        )
        return kept.every((id) => named.has(id))
      }
      await stays.frames.until(isComplete, 'all entities, shown to who stays')
      await returns.changes.until(isComplete, 'all entities, shown to who returns')

      const [all, again] = [stays.changes(), returns.changes.items]
      const common = Math.min(all.length, again.length) // a later text may still be looked through
      assert.deepEqual(again.slice(0, common), all.slice(0, common))
      assertStories(all, stories)
      assert.equal(returns.resyncs(), 0, 'every gap was short enough to be filled')
      t.diagnostic(`${returns.connections()} connections`)
      assert.ok(returns.connections() > 3, `it had ${returns.connections()} connections`)
    })

    test('a change is shown to who watches the post, its topic, and the topic it leaves', async () => {
      const post = await settled('from')
      const page = await stage.openWatch({ postId: post.id })
      const from = await stage.openWatch({ topic: 'from' })
      const to = await stage.openWatch({ topic: 'to' })
      const both = await stage.openWatch({ topic: 'from' })
      both.send({ action: 'watch', postId: post.id })
      await both.wait(
        ({ type, postId }) => type === 'watching' && postId === post.id,
        'both watched',
      )

      await stage.api.edit(post.id, { topic: 'to' })
      await stage.api.edit(post.id, { author: 'the end' })
      for (const socket of [page, to, both])
        await socket.wait((frame) => frame.post?.author === 'the end', 'the second edit')
      await stage.api.post({ topic: 'from', title: 'marker' })
      await from.wait(({ post }) => post?.title === 'marker', 'the marker')
      const seen = (socket: {
        changes(): readonly { readonly post: { topic: string; author: string } }[]
      }) => socket.changes().map(({ post }) => `${post.topic} ${post.author}`)
      const moved = ['to hunter s thompson', 'to the end']
      assert.deepEqual(seen(page), moved)
      assert.deepEqual(seen(to), moved)
      assert.deepEqual(seen(both).slice(0, 2), moved, 'once, although it watches twice')
      assert.deepEqual(seen(from).slice(0, 2), ['to hunter s thompson', 'from hunter s thompson'])
    })

    test('what is watched no more is not shown', async () => {
      const socket = await stage.openWatch({ topic: 'left' })
      socket.send({ action: 'watch', topic: 'right' })
      socket.send({ action: 'unwatch', topic: 'left' })
      await socket.wait(({ type }) => type === 'unwatched', 'an unwatched frame')
      await settled('left')
      await settled('right')
      await socket.wait(({ post }) => post?.entities !== undefined, 'the entities')
      assert.deepEqual([...new Set(socket.changes().map(({ post }) => post.topic))], ['right'])
    })

    test('a change between the loading of a page and its WebSocket is shown exactly once', async () => {
      const post = await settled('gap')
      const { url } = stage.blog()
      const pages = { [`/posts/${post.id}`]: { postId: post.id }, '/topics/gap': { topic: 'gap' } }
      for (const [path, watch] of Object.entries(pages)) {
        const page = await call(`${url}${path}`)
        const cursor = /data-cursor="([^"]+)"/.exec(page.text)?.[1]
        assert.ok(cursor, `${path} carries a cursor`)
        await stage.api.edit(post.id, { author: `after ${path}` })
        const socket = await stage.openWatch(watch, cursor)
        await stage.api.edit(post.id, { author: `live ${path}` })
        await socket.wait((frame) => frame.post?.author === `live ${path}`, 'the later edit')
        assert.deepEqual(
          socket.changes().map((change) => change.post.author),
          [`after ${path}`, `live ${path}`],
        )
      }
    })

    test('a change between an answer of the API and its WebSocket is shown exactly once', async () => {
      const post = await settled('api-gap')
      const { url } = stage.blog()
      for (const path of [`/api/posts/${post.id}`, '/api/posts?topic=api-gap']) {
        const cursor = (await call(`${url}${path}`)).headers['watch-cursor']
        assert.equal(typeof cursor, 'string', `${path} carries a cursor`)
        await stage.api.edit(post.id, { author: `after ${path}` })
        const socket = await stage.openWatch({ topic: 'api-gap' }, String(cursor))
        await stage.api.edit(post.id, { author: `live ${path}` })
        await socket.wait((frame) => frame.post?.author === `live ${path}`, 'the later edit')
        assert.deepEqual(
          socket.changes().map((change) => change.post.author),
          [`after ${path}`, `live ${path}`],
        )
      }
    })

    test('a reader who was away while the blog was killed and started again misses nothing', {
      skip: differences.without?.['a kill of all'] ?? false,
    }, async () => {
      const topic = 'restart'
      const { cursor } = await stage.openWatch({ topic })
      const witness = await stage.openWatch({ topic })
      const { post: edited } = await stage.api.post({ topic, title: 'edited' })
      await stage.api.edit(edited.id, { title: 'edited again' })
      const { post: removed } = await stage.api.post({ topic, title: 'removed' })
      await stage.api.remove(removed.id)
      const last = await settled(topic, 'last')
      await witness.wait(({ post }) => post?.id === last.id && !!post.entities, 'the last change')
      await witness.wait(({ post }) => post?.id === edited.id && !!post.entities, 'its entities')

      await stage.blog().kill()
      await stage.startAgain()
      const returned = await stage.openWatch({ topic }, cursor)
      await settled(topic, 'after the restart')
      await returned.wait(({ post }) => post?.title === 'after the restart', 'the change after it')
      const known = witness.changes()
      assert.ok(known.length >= 7, `${known.length} changes are known`)
      assert.deepEqual(returned.changes().slice(0, known.length), known)
      assert.equal(returned.changes()[known.length]?.post.title, 'after the restart')
      assert.ok(!returned.frames.items.some(({ type }) => type === 'resync'))
    })

    test('a cursor that means nothing here is answered with a resync, and watching goes on from there', async (t) => {
      const foreign: string[] = []
      const leftOut = differences.without?.['another blog']
      if (leftOut !== undefined) t.diagnostic(leftOut)
      else {
        const other = await openStage()
        const elsewhere = await other.openWatch({ topic: 'cursors' })
        await other.api.post({ topic: 'cursors' })
        const { cursor } = await elsewhere.wait(isChange, 'a change of another blog')
        foreign.push(String(cursor))
        await other.close()
      }

      for (const after of ['nonsense', '0', ...foreign]) {
        const socket = await stage.openWatch({ topic: 'cursors' }, after)
        const [resync] = socket.frames.items
        assert.equal(resync?.type, 'resync', `after ${after}`)
        assert.equal(resync.topic, 'cursors')
        assert.equal(socket.cursor, resync.cursor)
        const post = await settled('cursors')
        await socket.wait((frame) => frame.post?.id === post.id, 'a change after the resync')
        assert.ok(socket.changes().every((change) => change.post.id === post.id))
      }
    })

    test('a reader who was away for long is shown all of it or told to fetch anew, never a part', async () => {
      const topic = 'long'
      const { cursor } = await stage.openWatch({ topic })
      const { posts: length, ...draft } = differences.tooMuch ?? { posts: 600 } // each with two changes
      const titles = Array.from({ length }, (_, at) => `Post ${at}`)
      const left = titles.values()
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          for (const title of left) await stage.api.post({ topic, title, ...draft })
        }),
      )
      await settled(topic, 'last')
      const socket = await stage.openWatch({ topic }, cursor)
      await stage.api.post({ topic, title: 'live' })
      await socket.wait(({ post }) => post?.title === 'live', 'the live change', 30_000)
      // Names that were found only now may be of any post.
      const made = socket.changes().filter(({ eventName }) => eventName === 'INSERT')
      const shown = made.map(({ post }) => post.title)
      if (socket.frames.items[0]?.type === 'resync') assert.equal(shown[0], 'live')
      else
        assert.deepEqual(
          [...new Set(shown)].toSorted(),
          [...titles, 'last', 'live'].toSorted(),
          'all of it',
        )
    })

    test('a bad frame is answered with what is wrong with it, and the connection stays', async () => {
      const bad = [
        'not JSON',
        '',
        'null',
        '[]',
        '"watch"',
        {},
        { action: 'dance' },
        { action: 'watch' },
        { action: 'watch', topic: 'a', postId: 'b' },
        { action: 'watch', topic: 7 },
        { action: 'watch', topic: '' },
        { action: 'watch', topic: 'x'.repeat(101) },
        { action: 'watch', topic: 'a', after: 7 },
        { action: 'unwatch' },
      ]
      const socket = await stage.openSocket()
      for (const [at, frame] of bad.entries()) {
        socket.send(frame)
        await socket.frames.until(({ length }) => length === at + 1, `an answer to ${frame}`)
        const answer = socket.frames.items[at]
        assert.equal(answer?.type, 'error', JSON.stringify(frame))
        assert.ok(answer.message, JSON.stringify(frame))
        assert.doesNotMatch(answer.message, /\n\s+at |node_modules|node:/)
      }
      socket.send({ action: 'watch', topic: 'bad frames' })
      await socket.wait(({ type }) => type === 'watching', 'a watching frame')
      await settled('bad frames')
      await socket.wait(isChange, 'a change')
    })

    test('a binary frame is answered as a bad one, and the connection stays', {
      skip: differences.without?.['binary frames'] ?? false,
    }, async () => {
      const socket = await stage.openSocket()
      socket.send(Buffer.from(JSON.stringify({ action: 'watch', topic: 'binary' })))
      await socket.wait(({ type }) => type === 'error', 'an answer')
      socket.send({ action: 'watch', topic: 'text' })
      await socket.wait(({ type }) => type === 'watching', 'a watching frame')
    })

    test('a frame of a megabyte ends its own connection and no other', async () => {
      const good = await stage.openWatch({ topic: 'large' })
      const socket = await stage.openSocket()
      socket.send(JSON.stringify({ action: 'watch', topic: 'x'.repeat(1_000_000) }))
      assert.equal(await socket.ended, 1009)
      await settled('large')
      await good.wait(isChange, 'a change')
    })

    test("another site's page, and another path, get no WebSocket", async () => {
      const { socketUrl } = stage.blog()
      await assert.rejects(stage.openSocket({ origin: 'https://evil.example' }), /403/)
      await assert.rejects(stage.openSocket({ host: 'evil.example' }), /\b4\d\d\b/)
      await assert.rejects(openWatch(`${socketUrl}x`, { topic: 'a' }), /\b40[34]\b/)
    })
  })
}
