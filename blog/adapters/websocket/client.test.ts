import assert from 'node:assert/strict'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import { aPost } from '../../testing.ts'
import { started, until, within } from './testing.ts'

const summer = { action: 'watch', topic: 'summer' }
const post = aPost({ topic: 'summer' })

suite('a frame with a fault', { timeout: 30_000 }, () => {
  const watch = (fields: object) => JSON.stringify({ action: 'watch', ...fields })
  const faults: readonly (readonly [text: string, message: RegExp])[] = [
    ['', /not JSON.*Expected is an object such as {"action":"watch","topic":"summer"}/],
    ['watch summer', /not JSON/],
    ['{"action":"watch","topic":"summer"', /not JSON/],
    ['null', /not an object/],
    ['"watch"', /not an object/],
    ['[{"action":"watch","topic":"summer"}]', /not an object/],
    ['{}', /"action" has to be "watch" or "unwatch"/],
    ['{"action":"subscribe","topic":"summer"}', /"action" has to be "watch" or "unwatch"/],
    ['{"action":["watch"],"topic":"summer"}', /"action" has to be/],
    ['{"action":"__proto__","topic":"summer"}', /"action" has to be/],
    [watch({}), /One of "topic", "postId" and "all" has to be there, and only one/],
    [watch({ topic: 'summer', postId: 'p1' }), /One of "topic", "postId" and "all"/],
    [watch({ topic: null, postId: 'p1' }), /One of "topic", "postId" and "all"/],
    [watch({ all: true, topic: 'summer' }), /One of "topic", "postId" and "all"/],
    [watch({ all: true, postId: 'p1' }), /One of "topic", "postId" and "all"/],
    [watch({ all: false, topic: 'summer' }), /One of "topic", "postId" and "all"/],
    [watch({ all: false }), /"all" has to be true/],
    [watch({ all: 'true' }), /"all" has to be true/],
    [watch({ all: 1 }), /"all" has to be true/],
    [watch({ all: null }), /"all" has to be true/],
    [watch({ all: true, after: 7 }), /"after" has to be a string/],
    [watch({ topic: 7 }), /"topic" has to be a string of 1 to 100 characters/],
    [watch({ topic: null }), /"topic" has to be a string/],
    [watch({ topic: '' }), /"topic" has to be a string of 1 to/],
    [watch({ topic: 'x'.repeat(101) }), /"topic" has to be a string of 1 to 100/],
    [watch({ postId: ['p1'] }), /"postId" has to be a string/],
    [watch({ postId: 'x'.repeat(101) }), /"postId" has to be a string of 1 to 100/],
    [watch({ topic: 'summer', after: 7 }), /"after" has to be a string/],
    [watch({ topic: 'summer', after: null }), /"after" has to be a string/],
    [watch({ topic: 'summer', aftr: 'c' }), /Unknown field "aftr"\. Known are action, topic,/],
  ]
  for (const [text, message] of faults) {
    test(`is told what is wrong and what is expected: ${text.slice(0, 60)}`, async (t) => {
      const { open, tell } = await started(t)
      const browser = await open()
      const answer = await browser.ask(text)
      assert.deepEqual(Object.keys(answer), ['type', 'message'])
      assert.equal(answer.type, 'error')
      assert.match(String(answer.message), message)
      await tell(null, post)
      assert.deepEqual(await browser.rest(), [], 'nothing is watched')
      assert.equal((await browser.ask(summer)).type, 'watching', 'the connection lives')
    })
  }

  test('is one that is binary', async (t) => {
    const { open } = await started(t)
    const browser = await open()
    browser.socket.send(Buffer.from(JSON.stringify(summer)))
    assert.match(
      String((await browser.next()).message),
      /binary frame\. Expected is JSON in a text/,
    )
  })

  test('is the 101st watch, and an unwatch makes room for it', async (t) => {
    const { open } = await started(t)
    const browser = await open()
    for (let n = 0; n < 100; n++) await browser.ask({ action: 'watch', topic: `topic ${n}` })
    assert.match(String((await browser.ask(summer)).message), /at most 100 topics and posts/)
    assert.equal((await browser.ask({ action: 'watch', topic: 'topic 7' })).type, 'watching')
    await browser.ask({ action: 'unwatch', topic: 'topic 7' })
    assert.equal((await browser.ask(summer)).type, 'watching')
  })

  test('ends the connection when it is the 20th', async (t) => {
    const { open } = await started(t)
    const [browser, other] = [await open(), await open()]
    for (let n = 0; n < 20; n++) assert.equal((await browser.ask('?')).type, 'error')
    assert.deepEqual(await browser.closed(), { code: 1008, reason: 'too many frames with faults' })
    assert.equal((await other.ask(summer)).type, 'watching')
  })

  test('ends the connection when it is longer than any frame has to be', async (t) => {
    const { open, connections } = await started(t)
    const [browser, other] = [await open(), await open()]
    browser.send(JSON.stringify({ ...summer, after: 'x'.repeat(4_096) }))
    assert.equal((await browser.closed()).code, 1009)
    await until(() => connections.size === 1, 'one connection')
    assert.equal((await other.ask(summer)).type, 'watching')
  })
})

suite('frames of one browser', { timeout: 30_000 }, () => {
  test('are answered in order, also when one has to wait for the log', async (t) => {
    const { open, log } = await started(t)
    const browser = await open()
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    log.reading = () => held
    browser.send({ ...summer, after: log.elsewhere() })
    browser.send({ action: 'unwatch', topic: 'summer' })
    browser.send({ action: 'watch', postId: 'p1' })
    await new Promise(setImmediate)
    release()
    assert.equal((await browser.next()).type, 'watching')
    assert.equal((await browser.next()).type, 'unwatched')
    assert.equal((await browser.next()).postId, 'p1')
  })

  test('end the connection when too many wait', async (t) => {
    const { open, log } = await started(t, { limits: { inbox: 10 } })
    const browser = await open()
    for (let n = 0; n < 20; n++) await browser.ask(summer)
    log.reading = () => new Promise(() => {})
    for (let n = 0; n < 11; n++) browser.send({ ...summer, after: log.elsewhere() })
    assert.deepEqual(await browser.closed(), { code: 1008, reason: 'too many frames at once' })
  })
})

suite('a browser that is too slow', { timeout: 60_000 }, () => {
  const long = aPost({ body: 'x'.repeat(50_000) })

  test('is hung up on with 1013, is told to fetch anew when it comes back, and delays nobody', async (t) => {
    const { promise: told, resolve: tellMe } = Promise.withResolvers<string>()
    const { open, tell, log, connections } = await started(t, {
      log: ({ message }) => tellMe(message),
      limits: { closeMs: 20_000 },
    })
    const [slow, quick] = [await open(), await open()]
    const { cursor } = await slow.ask(summer)
    await quick.ask(summer)
    slow.socket.pause()
    let isHungUp = false
    void told.then(() => {
      isHungUp = true
    })
    // The sockets of the system take some megabytes before the queue here grows.
    for (let n = 0; n < 900 && !isHungUp; n++) {
      await tell(long, long)
      assert.equal((await quick.next()).cursor, log.events.at(-1)?.id)
    }
    assert.match(await within(told, 'a word about it'), /too slow/)
    assert.equal(quick.socket.readyState, quick.socket.OPEN)
    slow.socket.resume()
    assert.deepEqual(await slow.closed(), {
      code: 1013,
      reason: 'too slow, come back with your cursor',
    })
    const seen: string[] = []
    await assert.rejects(async () => {
      for (;;) seen.push((await slow.next()).cursor)
    }, /closed instead of a frame/)

    await until(() => connections.size === 1, 'one connection')
    const all = log.events.map(({ id }) => id)
    assert.deepEqual(seen, all.slice(0, seen.length))
    const back = await open()
    assert.deepEqual(await back.ask({ ...summer, after: seen.at(-1) ?? cursor }), {
      ...{ type: 'resync', topic: 'summer', cursor: all.at(-1) },
      reason: 'more than 1048576 bytes were missed',
    })
  })

  test('is not hung up on for what it has missed, but for what is live behind it', async (t) => {
    const outbox = 24 * 1_048_576
    const { open, tell, log } = await started(t, { limits: { outbox } })
    const vast = aPost({ body: 'x'.repeat(3_000_000) })
    const first = await tell(null, vast)
    for (let n = 0; n < 7; n++) await tell(vast, vast)
    const browser = await open()
    browser.socket.once('message', () => browser.socket.pause())
    assert.equal((await browser.ask({ ...summer, after: first })).type, 'watching')
    for (let n = 0; n < 7; n++) await tell(vast, vast)
    browser.socket.resume()
    assert.deepEqual(
      (await browser.rest()).map((frame) => frame.cursor),
      log.events.slice(1).map(({ id }) => id),
    )
  })

  test('is owed as much again once it has what it had missed', async (t) => {
    const { open, tell } = await started(t, { limits: { outbox: 200_000 } })
    const first = await tell(null, long)
    const missed = [await tell(long, long), await tell(long, long), await tell(long, long)]
    const browser = await open()
    for (let n = 0; n < 3; n++) {
      assert.equal((await browser.ask({ ...summer, after: first })).type, 'watching')
      assert.deepEqual(
        (await browser.rest()).map(({ cursor }) => cursor),
        missed,
      )
      await browser.ask({ action: 'unwatch', topic: 'summer' })
    }
  })
})

suite('a browser that does not read', { timeout: 60_000 }, () => {
  test('is not owed more missed changes by asking for more topics', async (t) => {
    const { open, tell } = await started(t, { limits: { catchUp: 7, outbox: 64 * 1_048_576 } })
    const start = await tell(null, aPost({ topic: 'autumn' }))
    const vast = 'x'.repeat(3_000_000)
    for (let n = 0; n < 7; n++)
      await tell(null, aPost({ id: `s${n}`, topic: 'summer', body: vast }))
    for (let n = 0; n < 5; n++) await tell(null, aPost({ id: `w${n}`, topic: 'winter' }))
    const browser = await open()
    browser.socket.pause()
    browser.send({ ...summer, after: start })
    browser.send({ action: 'watch', topic: 'winter', after: start })
    browser.send({ action: 'watch', topic: 'autumn', after: start })
    await new Promise(setImmediate)
    browser.socket.resume()
    const types = (await browser.rest()).map(({ type, topic }) => `${type} ${topic ?? ''}`.trim())
    assert.deepEqual(types, [
      'watching summer',
      ...Array(7).fill('BlogPostUpdated'),
      'resync winter',
      'watching winter',
      'watching autumn',
    ])
  })

  test('is not owed more missed bytes by asking for more topics', async (t) => {
    const outbox = 24 * 1_048_576
    const { open, tell } = await started(t, { limits: { outbox, bytes: 128 * 1_048_576 } })
    const start = await tell(null, aPost({ topic: 'autumn' }))
    const vast = 'x'.repeat(3_000_000)
    const topics = ['spring', 'summer', 'winter']
    for (const topic of topics)
      for (let n = 0; n < 7; n++) await tell(null, aPost({ id: `${topic}${n}`, topic, body: vast }))
    const browser = await open()
    browser.socket.pause()
    for (const topic of topics) browser.send({ action: 'watch', topic, after: start })
    await new Promise(setImmediate)
    browser.socket.resume()
    const frames = await browser.rest()
    const answers = frames.filter(({ type }) => type !== 'BlogPostUpdated')
    assert.deepEqual(
      answers.map(({ type, topic }) => `${type} ${topic}`),
      ['watching spring', 'resync summer', 'watching summer', 'resync winter', 'watching winter'],
    )
    assert.equal(answers[1]?.reason, `more than ${outbox} bytes were missed`)
    assert.equal(frames.length - answers.length, 7)
  })
})

suite('a heartbeat', { timeout: 30_000 }, () => {
  test('ends a connection that does not answer it, and no other', async (t) => {
    const { open, connections } = await started(t, { limits: { heartbeatMs: 40 } })
    const dead = await open({ autoPong: false })
    const living = await open()
    assert.equal((await dead.closed()).code, 1006)
    for (let n = 0; n < 3; n++) await within(once(living.socket, 'ping'), 'a ping')
    assert.equal((await living.ask(summer)).type, 'watching')
    assert.equal(connections.size, 1)
  })

  test('of the browser is answered, behind what was sent before', async (t) => {
    const { open, tell } = await started(t)
    const browser = await open()
    await browser.ask(summer)
    const cursor = await tell(null, post)
    browser.send({ action: 'ping' })
    assert.equal((await browser.next()).cursor, cursor)
    assert.deepEqual(await browser.next(), { type: 'pong' })
  })
})
