import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { suite, test } from 'node:test'
import { WebSocket } from 'ws'
import { aPost } from '../../testing.ts'
import { type Frame, memoryLog, started, startedOn, until, within } from './testing.ts'

const summer = { action: 'watch', topic: 'summer' }
const all = { action: 'watch', all: true }
const post = aPost({ id: 'p1', topic: 'summer' })
const inserted = { eventName: 'INSERT', keys: { id: 'p1' }, newImage: post } as const
const enriched = aPost({
  ...post,
  entities: { locations: ['Spain'], persons: ['Joe'], organizations: [] },
})
const changed = { eventName: 'MODIFY', keys: { id: 'p1' }, newImage: enriched } as const

suite('a browser that watches', { timeout: 30_000 }, () => {
  test('a topic is shown each change of its posts, and no other', async (t) => {
    const { open, tell } = await started(t)
    const browser = await open()
    await browser.ask(summer)
    await tell(null, aPost({ id: 'p2', topic: 'winter' }))
    const created = await tell(null, post)
    const modified = await tell(post, enriched)
    const type = 'BlogPostUpdated'
    assert.deepEqual(await browser.rest(), [
      { type, eventName: 'INSERT', post, cursor: created },
      { type, eventName: 'MODIFY', post: enriched, cursor: modified },
    ])
  })

  test('a post is shown each change of it, and no other', async (t) => {
    const { open, tell } = await started(t)
    const browser = await open()
    await browser.ask({ action: 'watch', postId: 'p1' })
    await tell(null, aPost({ id: 'p2' }))
    const cursor = await tell(null, post)
    assert.deepEqual((await browser.rest()).map(cursorOf), [cursor])
  })

  test('a topic that reads like the id of a post is shown the topic', async (t) => {
    const { open, tell } = await started(t)
    const browser = await open()
    await browser.ask({ action: 'watch', topic: 'p1' })
    await tell(null, post)
    const cursor = await tell(null, aPost({ id: 'p2', topic: 'p1' }))
    assert.deepEqual((await browser.rest()).map(cursorOf), [cursor])
  })

  test('all is shown each change of every topic, and that it watches all', async (t) => {
    const { open, log, tell } = await started(t)
    const cursor = await tell(null, aPost({ id: 'p2', topic: 'winter' }))
    const browser = await open()
    assert.deepEqual(await browser.ask(all), { type: 'watching', all: true, cursor })
    const told = [await tell(null, post), await tell(null, aPost({ id: 'p3', topic: 'spring' }))]
    log.append('SomethingElse', { topic: 'summer' })
    told.push(await tell(post, null))
    assert.deepEqual((await browser.rest()).map(cursorOf), told)
    const unwatched = await browser.ask({ action: 'unwatch', all: true })
    assert.deepEqual(unwatched, { type: 'unwatched', all: true })
    await tell(null, post)
    assert.deepEqual(await browser.rest(), [])
  })

  test('all, a topic and a post is shown a change once, as long as it watches one of them', async (t) => {
    const { open, tell } = await started(t)
    const browser = await open()
    const subjects = [{ all: true }, { topic: 'summer' }, { postId: 'p1' }]
    for (const subject of subjects) await browser.ask({ action: 'watch', ...subject })
    for (const subject of subjects) {
      const cursor = await tell(post, enriched)
      assert.deepEqual((await browser.rest()).map(cursorOf), [cursor])
      await browser.ask({ action: 'unwatch', ...subject })
    }
    await tell(post, enriched)
    assert.deepEqual(await browser.rest(), [])
  })

  test('a topic called "all" is shown that topic and no other', async (t) => {
    const { open, tell } = await started(t)
    const browser = await open()
    await browser.ask({ action: 'watch', topic: 'all' })
    await tell(null, post)
    const cursor = await tell(null, aPost({ id: 'p2', topic: 'all' }))
    assert.deepEqual((await browser.rest()).map(cursorOf), [cursor])
  })

  test('both a post and its topic is shown a change once', async (t) => {
    const { open, tell } = await started(t)
    const browser = await open()
    await browser.ask(summer)
    await browser.ask({ action: 'watch', postId: 'p1' })
    const cursor = await tell(null, post)
    assert.deepEqual((await browser.rest()).map(cursorOf), [cursor])
  })

  test('either topic is shown a post that moves from one to the other', async (t) => {
    const { open, tell } = await started(t)
    const [inSummer, inWinter] = [await open(), await open()]
    await inSummer.ask(summer)
    await inWinter.ask({ action: 'watch', topic: 'winter' })
    const moved = aPost({ ...post, topic: 'winter' })
    const cursor = await tell(post, moved)
    for (const browser of [inSummer, inWinter])
      assert.deepEqual(await browser.rest(), [
        { type: 'BlogPostUpdated', eventName: 'MODIFY', post: moved, cursor },
      ])
  })

  test('a post that is removed is shown its id and topic, and no more', async (t) => {
    const { open, tell } = await started(t)
    const browser = await open()
    await browser.ask(summer)
    const cursor = await tell(post, null)
    assert.deepEqual(await browser.next(), {
      type: 'BlogPostUpdated',
      eventName: 'REMOVE',
      post: { id: 'p1', topic: 'summer' },
      cursor,
    })
  })

  test('is told from where, and from then on nothing of what it no longer watches', async (t) => {
    const { open, tell } = await started(t)
    const cursor = await tell(null, post)
    const browser = await open()
    assert.deepEqual(await browser.ask(summer), { type: 'watching', topic: 'summer', cursor })
    assert.deepEqual(await browser.ask({ action: 'watch', postId: 'p1' }), {
      type: 'watching',
      postId: 'p1',
      cursor,
    })
    for (const subject of [{ topic: 'summer' }, { postId: 'p1' }])
      assert.deepEqual(await browser.ask({ action: 'unwatch', ...subject }), {
        type: 'unwatched',
        ...subject,
      })
    await tell(post, enriched)
    assert.deepEqual(await browser.rest(), [])
  })
})

suite('pushes', { timeout: 30_000 }, () => {
  test('that come out of order and repeated show each change once, in the order of the log', async (t) => {
    const { open, log, connections } = await started(t)
    const browser = await open()
    await browser.ask(summer)
    const cursors = Array.from({ length: 50 }, () => log.change(post, enriched))
    const mixed = [...cursors.slice(25), ...cursors].reverse()
    await Promise.all(mixed.map((cursor) => connections.push(cursor, changed)))
    for (const cursor of cursors) await connections.push(cursor, changed)
    assert.deepEqual((await browser.rest()).map(cursorOf), cursors)
  })

  test('of one turn read the log once', async (t) => {
    const { log, connections } = await started(t)
    const cursors = Array.from({ length: 50 }, () => log.change(post, enriched))
    await Promise.all(cursors.map((cursor) => connections.push(cursor, changed)))
    assert.equal(log.reads, 1)
  })

  test('reach changes that are many pages of the log away', async (t) => {
    const { open, log, tell } = await started(t)
    const browser = await open()
    await browser.ask(summer)
    const cursors = Array.from({ length: 1_500 }, () => log.change(post, enriched))
    cursors.push(await tell(null, post))
    assert.deepEqual((await browser.rest()).map(cursorOf), cursors)
  })

  test('fail while the log cannot be read, and lose nothing by it', async (t) => {
    const { open, log, tell } = await started(t)
    const browser = await open()
    await browser.ask(summer)
    log.reading = () => {
      throw new Error('disk I/O error')
    }
    await assert.rejects(tell(null, post), /disk I\/O error/)
    log.reading = () => {}
    await tell(post, enriched)
    assert.deepEqual(
      (await browser.rest()).map(cursorOf),
      log.events.map(({ id }) => id),
    )
  })

  test('fail when their change is not in the log', async (t) => {
    const { connections } = await started(t)
    await assert.rejects(connections.push('99999999-of-this-log', inserted), /ends at/)
  })

  test('do not fail because of a read that had begun before their change was in the log', async (t) => {
    const { log, connections } = await started(t)
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    log.reading = () => held
    const missing = assert.rejects(connections.push('99999999-of-this-log', inserted), /ends at/)
    log.reading = () => {}
    const pushed = connections.push(log.change(null, post), inserted)
    release()
    await pushed
    await missing
  })

  test('show the changes behind an event that is none', async (t) => {
    const { open, log, tell } = await started(t)
    const browser = await open()
    await browser.ask(summer)
    for (const detail of [
      {},
      { eventName: 'MODIFY', keys: {} },
      { eventName: 'INSERT', keys: { id: 'p1' } },
    ])
      log.append('BlogPostUpdated', detail)
    log.append('SomethingElse', { topic: 'summer' })
    const cursor = await tell(null, post)
    assert.deepEqual((await browser.rest()).map(cursorOf), [cursor])
  })
})

suite('a log that has lost what comes next', { timeout: 30_000 }, () => {
  test('makes every browser fetch anew, once for each of its watches, and go on from there', async (t) => {
    const { open, log, tell, connections } = await started(t)
    await tell(null, post)
    const browser = await open()
    await browser.ask(summer)
    await browser.ask({ action: 'watch', postId: 'p1' })
    await browser.ask(all)
    log.change(post, enriched)
    const kept = log.change(enriched, post)
    const cursor = log.change(post, enriched)
    log.forgetAllBefore(kept)
    await connections.push(cursor, changed)
    const reason = 'a gap in the log'
    assert.deepEqual(await browser.rest(), [
      { type: 'resync', topic: 'summer', cursor, reason },
      { type: 'resync', postId: 'p1', cursor, reason },
      { type: 'resync', all: true, cursor, reason },
    ])
    await browser.ask({ action: 'unwatch', all: true })
    const next = await tell(enriched, post)
    assert.deepEqual((await browser.rest()).map(cursorOf), [next])
    // What lay in the gap was brought by no watch.
    await browser.ask({ action: 'unwatch', topic: 'summer' })
    await browser.ask({ ...summer, after: kept })
    assert.deepEqual((await browser.rest()).map(cursorOf), [cursor])
  })
})

suite('who may connect', { timeout: 30_000 }, () => {
  const answerTo = async (url: string, options: ConstructorParameters<typeof WebSocket>[2]) => {
    const socket = new WebSocket(url, options).on('error', () => {})
    const opened = once(socket, 'open').then(() => 101)
    const refused = once(socket, 'unexpected-response').then(async ([, response]) => {
      const chunks: string[] = []
      for await (const chunk of response) chunks.push(String(chunk))
      assert.equal(response.headers['content-type'], 'application/problem+json')
      assert.equal(JSON.parse(chunks.join('')).status, response.statusCode)
      return response.statusCode as number
    })
    const status = await within(Promise.race([opened, refused]), 'an answer')
    socket.terminate()
    return status
  }

  test('a page of the same Host, at /ws and nowhere else', async (t) => {
    const { port } = await started(t)
    const at = (path: string, origin?: string, host = `127.0.0.1:${port}`) =>
      answerTo(`ws://127.0.0.1:${port}${path}`, { headers: { host }, ...(origin && { origin }) })
    assert.equal(await at('/ws'), 101)
    assert.equal(await at('/ws?anything=1'), 101)
    assert.equal(await at('/ws/'), 404)
    assert.equal(await at('/'), 404)
    assert.equal(await at('/ws', `http://127.0.0.1:${port}`), 101)
    assert.equal(await at('/ws', 'https://blog.example', 'blog.example:443'), 101)
    assert.equal(await at('/ws', 'https://blog.example', 'Blog.Example'), 101)
    for (const foreign of ['https://evil.example', 'http://127.0.0.1:1', 'null', 'file://', ':'])
      assert.equal(await at('/ws', foreign), 403, foreign)
  })

  test('a Host among the names of the server, and pages of these or of its public address', async (t) => {
    const { port } = await started(t, {
      hosts: ['localhost:3000', 'blog.example'],
      publicUrl: 'https://public.example/',
    })
    const at = (host: string, origin?: string) =>
      answerTo(`ws://127.0.0.1:${port}/ws`, { headers: { host }, ...(origin && { origin }) })
    assert.equal(await at('localhost:3000'), 101)
    assert.equal(await at('LOCALHOST:3000'), 101)
    assert.equal(await at('localhost:3000', 'https://blog.example'), 101)
    assert.equal(await at('localhost:3000', 'https://public.example'), 101)
    assert.equal(await at('localhost:3000', 'http://public.example'), 403)
    assert.equal(await at('localhost:3000', 'http://evil.example'), 403)
    assert.equal(await at('localhost:3001'), 403)
    assert.equal(await at('evil.example', 'http://evil.example'), 403)
  })

  test('as many as there is room for', async (t) => {
    const { port, open, connections } = await started(t, { limits: { connections: 1 } })
    const first = await open()
    assert.equal(connections.size, 1)
    assert.equal(await answerTo(`ws://127.0.0.1:${port}/ws`, {}), 503)
    first.socket.close()
    await until(() => connections.size === 0, 'room')
    assert.equal(await answerTo(`ws://127.0.0.1:${port}/ws`, {}), 101)
  })

  test('nobody who is refused and keeps the line', async (t) => {
    const { port, server } = await started(t)
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    t.after(() => socket.destroy())
    socket.write('GET /no HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n')
    await within(once(socket.resume(), 'end'), 'an answer')
    let lines = 1
    const isOver = () => {
      server.getConnections((_error, count) => {
        lines = count
      })
      return lines === 0
    }
    await until(isOver, 'the end of the connection')
  })

  test('nobody who does not speak the protocol', async (t) => {
    const { port } = await started(t)
    const headers = { connection: 'upgrade', upgrade: 'websocket' }
    const asked = request({ port, host: '127.0.0.1', path: '/ws', headers }).end()
    const [response] = await within(once(asked, 'response'), 'an answer')
    response.resume()
    assert.equal(response.statusCode, 400)
  })
})

suite('close', { timeout: 30_000 }, () => {
  test('tells every browser to come back, and lets no more in', async (t) => {
    const { open, connections } = await started(t)
    const browsers = [await open(), await open()]
    const closing = connections.close()
    for (const browser of browsers) assert.equal((await browser.closed()).code, 1001)
    await closing
    assert.equal(connections.size, 0)
    await assert.rejects(open(), /503/)
  })

  test('does not wait for a browser that does not answer', async (t) => {
    const { open, connections } = await started(t, { limits: { closeMs: 20 } })
    const browser = await open()
    browser.socket.pause()
    await within(connections.close(), 'the end of close')
    assert.equal(connections.size, 0)
  })

  test('leaves a log with changes to the next start', async (t) => {
    const log = memoryLog()
    const first = await startedOn(t, log)
    const cursor = await first.tell(null, post)
    await first.connections.close()
    const { open, tell } = await startedOn(t, log)
    const next = await tell(post, enriched)
    const browser = await open()
    assert.deepEqual(await browser.ask({ ...summer, after: cursor }), {
      type: 'watching',
      topic: 'summer',
      cursor,
    })
    assert.deepEqual((await browser.rest()).map(cursorOf), [next])
  })
})

const cursorOf = ({ cursor }: Frame): string => cursor
