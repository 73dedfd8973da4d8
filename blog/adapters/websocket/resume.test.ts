import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { aPost } from '../../testing.ts'
import { type Frame, memoryLog, started, startedOn } from './testing.ts'

const summer = { action: 'watch', topic: 'summer' }
const post = aPost({ id: 'p1', topic: 'summer' })
const cursors = (frames: readonly Frame[]) => frames.map(({ cursor }) => cursor)

suite('a browser that comes back with a cursor', { timeout: 30_000 }, () => {
  test('is sent what it missed, and then what happens', async (t) => {
    const { open, tell } = await started(t)
    const first = await tell(null, post)
    const missed = [await tell(post, post), await tell(post, null)]
    await tell(null, aPost({ id: 'p2', topic: 'winter' }))
    const browser = await open()
    const watching = await browser.ask({ ...summer, after: first })
    assert.deepEqual(watching, { type: 'watching', topic: 'summer', cursor: first })
    const live = await tell(null, post)
    assert.deepEqual(cursors(await browser.rest()), [...missed, live])
  })

  test('of all is sent every change that it missed, and told to fetch anew when it is unknown', async (t) => {
    const { open, log, tell } = await started(t)
    const first = await tell(null, post)
    log.append('SomethingElse', { topic: 'summer' })
    const missed = [await tell(null, aPost({ id: 'p2', topic: 'winter' })), await tell(post, null)]
    const browser = await open()
    const watching = await browser.ask({ action: 'watch', all: true, after: first })
    assert.deepEqual(watching, { type: 'watching', all: true, cursor: first })
    assert.deepEqual(cursors(await browser.rest()), missed)
    const late = await open()
    assert.deepEqual(await late.ask({ action: 'watch', all: true, after: '?' }), {
      ...{ type: 'resync', all: true, cursor: missed.at(-1) },
      reason: 'what came after this cursor is not known here',
    })
  })

  test('that no push has reached yet is sent each change once', async (t) => {
    const { open, log, connections } = await started(t)
    const [before, after] = [log.change(null, post), log.change(post, post)]
    const browser = await open()
    await browser.ask({ ...summer, after: before })
    assert.deepEqual(cursors(await browser.rest()), [after])
    const change = { eventName: 'MODIFY', keys: { id: 'p1' }, newImage: post } as const
    for (const cursor of [after, before]) await connections.push(cursor, change)
    assert.deepEqual(await browser.rest(), [])
  })

  test('of a page that was loaded before there was any event is sent all of them', async (t) => {
    const log = memoryLog()
    const page = await log.head()
    const { open, tell } = await startedOn(t, log)
    const later = await log.head()
    const waiting = [await open(), await open()]
    for (const [n, after] of [page, later].entries())
      assert.equal((await waiting[n]?.ask({ ...summer, after }))?.type, 'watching')
    const cursor = await tell(null, post)
    const late = await open()
    await late.ask({ ...summer, after: page })
    for (const browser of [...waiting, late])
      assert.deepEqual(cursors(await browser.rest()), [cursor])
  })

  test('at which this log has no event is sent what came after that time', async (t) => {
    const { open, log, tell } = await started(t)
    await tell(null, post)
    const after = log.elsewhere()
    const cursor = await tell(post, post)
    const browser = await open()
    await browser.ask({ ...summer, after })
    assert.deepEqual(cursors(await browser.rest()), [cursor])
  })

  const unknown = 'what came after this cursor is not known here'
  const foreign = {
    garbage: '?',
    'an empty cursor': '',
    'a cursor of another log': '00000001-of-another-log',
    'a cursor above all others': 'zzzz',
    'a cursor that is far too long': '1'.repeat(3_000),
  }
  for (const [what, after] of Object.entries(foreign)) {
    test(`is told to fetch anew after ${what}, and goes on from there`, async (t) => {
      const { open, tell } = await started(t)
      const head = await tell(null, post)
      const browser = await open()
      assert.deepEqual(await browser.ask({ ...summer, after }), {
        type: 'resync',
        topic: 'summer',
        cursor: head,
        reason: unknown,
      })
      assert.deepEqual(await browser.next(), { type: 'watching', topic: 'summer', cursor: head })
      const cursor = await tell(post, post)
      assert.deepEqual(cursors(await browser.rest()), [cursor])
    })
  }

  test('that cannot be one is not looked for in the log', async (t) => {
    const { open, log } = await started(t)
    const browser = await open()
    await browser.ask({ ...summer, after: '1'.repeat(101) })
    assert.equal(log.reads, 0)
  })

  test('is sent the first event of all when it comes while the log is asked', async (t) => {
    const { open, log, connections } = await started(t)
    const browser = await open()
    let cursor = ''
    log.reading = () => {
      log.reading = () => {}
      cursor = log.change(null, post)
    }
    assert.equal((await browser.ask({ ...summer, after: await log.head() })).type, 'watching')
    await connections.push(cursor, { eventName: 'INSERT', keys: { id: 'p1' }, newImage: post })
    assert.deepEqual(cursors(await browser.rest()), [cursor])
  })

  test('is told to fetch anew when that cursor is older than what a new start has loaded', async (t) => {
    const log = memoryLog()
    const all = Array.from({ length: 12 }, () => log.change(post, post))
    const { open } = await startedOn(t, log, { limits: { changes: 10 } })
    const browser = await open()
    assert.equal((await browser.ask({ ...summer, after: all[0] })).type, 'resync')
    await browser.next()
    assert.equal(
      (await browser.ask({ action: 'watch', postId: 'p1', after: all[1] })).type,
      'watching',
    )
    assert.deepEqual(cursors(await browser.rest()), all.slice(2))
  })

  test('is told to fetch anew when a new start has loaded less than the log holds', async (t) => {
    const log = memoryLog()
    const all = Array.from({ length: 12 }, () => log.change(post, post))
    const { open } = await startedOn(t, log, { limits: { loaded: { changes: 3, bytes: 1e6 } } })
    const browser = await open()
    assert.equal((await browser.ask({ ...summer, after: all[7] })).type, 'resync')
    await browser.next()
    const later = { action: 'watch', postId: 'p1', after: all[8] }
    assert.equal((await browser.ask(later)).type, 'watching')
    assert.deepEqual(cursors(await browser.rest()), all.slice(9))
  })

  test('is told to fetch anew when that cursor is older than the changes kept, and not before', async (t) => {
    const { open, tell } = await started(t, { limits: { changes: 10 } })
    const all = [await tell(null, post)]
    for (let n = 0; n < 10; n++) all.push(await tell(post, post))
    const browser = await open()
    assert.equal((await browser.ask({ ...summer, after: all[0] })).type, 'watching')
    assert.deepEqual(cursors(await browser.rest()), all.slice(1))
    all.push(await tell(post, post))
    const late = await open()
    assert.equal((await late.ask({ ...summer, after: all[0] })).type, 'resync')
    await late.next()
    assert.equal(
      (await late.ask({ action: 'watch', postId: 'p1', after: all[1] })).type,
      'watching',
    )
  })

  test('is told to fetch anew when what was missed takes more bytes than are kept', async (t) => {
    const { open, tell } = await started(t, { limits: { bytes: 100_000 } })
    const long = aPost({ body: 'x'.repeat(30_000) })
    const all: string[] = []
    for (let n = 0; n < 6; n++) all.push(await tell(post, long))
    const browser = await open()
    assert.equal((await browser.ask({ ...summer, after: all[1] })).type, 'resync')
    await browser.next()
    assert.equal(
      (await browser.ask({ action: 'watch', postId: long.id, after: all[4] })).type,
      'watching',
    )
    assert.deepEqual(cursors(await browser.rest()), [all[5]])
  })

  test('is told to fetch anew when more changes were missed than are sent one by one', async (t) => {
    const { open, tell } = await started(t, { limits: { catchUp: 3 } })
    const first = await tell(null, post)
    for (let n = 0; n < 4; n++) await tell(null, aPost({ id: 'p2', topic: 'winter' }))
    for (let n = 0; n < 3; n++) await tell(post, post)
    const browser = await open()
    assert.equal((await browser.ask({ ...summer, after: first })).type, 'watching')
    assert.equal((await browser.rest()).length, 3)
    const cursor = await tell(post, post)
    const late = await open()
    const reason = 'more than 3 changes were missed'
    assert.deepEqual(await late.ask({ ...summer, after: first }), {
      ...{ type: 'resync', topic: 'summer', cursor, reason },
    })
  })

  test('is told to fetch anew when what was missed takes more bytes than may wait for it', async (t) => {
    const { open, tell } = await started(t, { limits: { outbox: 100_000 } })
    const long = aPost({ body: 'x'.repeat(30_000), topic: 'summer' })
    const all: string[] = []
    for (let n = 0; n < 5; n++) all.push(await tell(long, long))
    const browser = await open()
    assert.equal((await browser.ask({ ...summer, after: all[1] })).type, 'watching')
    assert.deepEqual(cursors(await browser.rest()), all.slice(2))
    const late = await open()
    assert.deepEqual(await late.ask({ ...summer, after: all[0] }), {
      ...{ type: 'resync', topic: 'summer', cursor: all[4] },
      reason: 'more than 100000 bytes were missed',
    })
    assert.equal((await late.next()).type, 'watching')
    assert.deepEqual(await late.rest(), [])
  })

  test('is told to fetch anew while the log cannot be read', async (t) => {
    const { open, log, tell } = await started(t)
    const browser = await open()
    const after = log.elsewhere()
    log.reading = () => {
      throw new Error('disk I/O error')
    }
    assert.equal((await browser.ask({ ...summer, after })).type, 'resync')
    assert.equal((await browser.next()).type, 'watching')
    log.reading = () => {}
    const cursor = await tell(null, post)
    assert.deepEqual(cursors(await browser.rest()), [cursor])
  })
})

suite('a second watch of one browser', { timeout: 30_000 }, () => {
  test('that is of all is sent what it missed but for what the first has brought', async (t) => {
    const { open, tell } = await started(t)
    const start = await tell(null, aPost({ id: 'p9', topic: 'autumn' }))
    const inSummer = await tell(null, post)
    const inWinter = await tell(null, aPost({ id: 'p2', topic: 'winter' }))
    const browser = await open()
    await browser.ask({ ...summer, after: start })
    assert.deepEqual(cursors(await browser.rest()), [inSummer])
    await browser.ask({ action: 'watch', all: true, after: start })
    assert.deepEqual(cursors(await browser.rest()), [inWinter])
    await browser.ask({ action: 'watch', postId: 'p2', after: start })
    assert.deepEqual(await browser.rest(), [])
  })

  test('is sent what it missed but for what the first has brought', async (t) => {
    const { open, tell } = await started(t)
    const [other, moved] = [aPost({ id: 'p1', topic: 'winter' }), post]
    const start = await tell(null, aPost({ id: 'p9', topic: 'autumn' }))
    const inWinter = await tell(null, other)
    const browser = await open()
    await browser.ask({ ...summer, after: inWinter })
    const both = [await tell(other, moved), await tell(moved, moved)]
    assert.deepEqual(cursors(await browser.rest()), both)
    await browser.ask({ action: 'watch', postId: 'p1', after: start })
    assert.deepEqual(cursors(await browser.rest()), [inWinter])
    await browser.ask({ action: 'watch', postId: 'p1', after: start })
    assert.deepEqual(await browser.rest(), [])
    const live = await tell(moved, moved)
    assert.deepEqual(cursors(await browser.rest()), [live])
  })

  test('of the same topic is sent what lies before the first', async (t) => {
    const { open, tell } = await started(t)
    const all = [await tell(null, post), await tell(post, post), await tell(post, post)]
    const browser = await open()
    await browser.ask({ ...summer, after: all[1] })
    assert.deepEqual(cursors(await browser.rest()), all.slice(2))
    await browser.ask({ ...summer, after: all[0] })
    assert.deepEqual(cursors(await browser.rest()), [all[1]])
    await browser.ask(summer)
    await browser.ask({ ...summer, after: all[0] })
    assert.deepEqual(await browser.rest(), [])
  })

  test('is sent again what it asks for again after an unwatch', async (t) => {
    const { open, tell } = await started(t)
    const [first, second] = [await tell(null, post), await tell(post, post)]
    const browser = await open()
    for (let n = 0; n < 2; n++) {
      await browser.ask({ ...summer, after: first })
      assert.deepEqual(cursors(await browser.rest()), [second])
      await browser.ask({ action: 'unwatch', topic: 'summer' })
    }
  })
})
