import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { handClock } from '@busbar/event-bus/testing'
import type { PostChange } from '../../events.ts'
import { anId, aPost } from '../../testing.ts'
import type { GatewayConnections } from './connections.ts'
import { aStage, storyOf, type TestBrowser } from './testing/connections.ts'
import { type DynamoDb, dynamoDb } from './testing/dynamo-db.ts'

let db: DynamoDb
before(async () => {
  db = await dynamoDb()
})
after(() => db.close())

const watch = (connections: GatewayConnections, { id }: TestBrowser, subject: object) =>
  connections.answer(id, JSON.stringify({ action: 'watch', ...subject }))
const push = (connections: GatewayConnections, changes: readonly PostChange[]) =>
  Promise.all(changes.map((change, n) => connections.push(`event-${n}`, change)))
const cursors = ({ frames }: TestBrowser) =>
  frames.flatMap(({ type, cursor }) => (type === 'BlogPostUpdated' ? (cursor ?? '') : []))
const types = ({ frames }: TestBrowser) => frames.map(({ type }) => type)

describe('a change', () => {
  test('is shown to who watches the post, its topic, the topic it leaves, or all, once', async (t) => {
    const { connections, open } = await aStage(t, db)
    const [post, from, to, all, both, other] = await Promise.all(
      ['post', 'from', 'to', 'all', 'both', 'other'].map(open),
    )
    assert.ok(post && from && to && all && both && other)
    const before = aPost({ topic: 'from' })
    const after = aPost({ topic: 'to' })
    await watch(connections, post, { postId: before.id })
    await watch(connections, from, { topic: 'from' })
    await watch(connections, to, { topic: 'to' })
    await watch(connections, all, { all: true })
    await watch(connections, both, { topic: 'from' })
    await watch(connections, both, { postId: before.id })
    await watch(connections, other, { topic: 'other' })

    const keys = { id: before.id }
    await push(connections, [{ eventName: 'INSERT', keys, newImage: before, version: 1 }])
    const moved = { eventName: 'MODIFY', keys, oldImage: before, newImage: after } as const
    await push(connections, [{ ...moved, version: 2 }])
    await push(connections, [{ eventName: 'REMOVE', keys, oldImage: after, version: 3 }])

    assert.deepEqual(
      [post, from, to, all, both, other].map((browser) => cursors(browser).length),
      [3, 2, 2, 3, 3, 0],
    )
    const [watching, insert, modify, remove] = post.frames
    assert.deepEqual(watching, { type: 'watching', postId: before.id, cursor: '-' })
    const shown = { type: 'BlogPostUpdated' }
    assert.deepEqual(insert, {
      ...shown,
      ...{ eventName: 'INSERT', post: before, cursor: insert?.cursor },
    })
    assert.deepEqual(modify, {
      ...shown,
      ...{ eventName: 'MODIFY', post: after, cursor: modify?.cursor },
    })
    const gone = { id: before.id, topic: 'to' }
    assert.deepEqual(remove, {
      ...shown,
      ...{ eventName: 'REMOVE', post: gone, cursor: remove?.cursor },
    })
    assert.deepEqual(cursors(post), cursors(all))
    assert.deepEqual(cursors(post).toSorted(), cursors(post))
  })

  test('is shown once and in order, however functions come by it', async (t) => {
    const { another, open } = await aStage(t, db)
    const functions = [another(), another(), another()]
    const stories = [1, 2, 3].map((n) =>
      storyOf(aPost({ id: anId(n), title: `${n}` }), `${n}a`, `${n}b`, `${n}c`),
    )
    const browsers = await Promise.all(['one', 'other'].map(open))
    for (const each of browsers)
      await watch(functions[0] as GatewayConnections, each, { all: true })

    // Each change twice, to two functions, the later ones first.
    const pushed = stories.flatMap((story) =>
      story.toReversed().flatMap((change, n) =>
        [n, n + 1].map(async (at) => {
          const its = functions[at % 3] as GatewayConnections
          for (let tries = 0; ; tries++)
            try {
              return await its.push('event', change)
            } catch (error) {
              if (tries === 20 || (error as { name: string }).name !== 'DeliveryFailed') throw error
            }
        }),
      ),
    )
    await Promise.all(pushed)

    for (const browser of browsers) {
      assert.equal(new Set(cursors(browser)).size, 12)
      assert.deepEqual(cursors(browser).toSorted(), cursors(browser))
      for (const n of [1, 2, 3])
        assert.deepEqual(
          browser.titles().filter((title) => title?.startsWith(`${n}`)),
          [`${n}`, `${n}a`, `${n}b`, `${n}c`],
        )
    }
    assert.deepEqual(browsers[0]?.frames, browsers[1]?.frames)
  })

  test('of which an earlier one is not here yet waits for it, and fails to be brought again', async (t) => {
    const { connections, open } = await aStage(t, db)
    const browser = await open('one')
    await watch(connections, browser, { all: true })
    const [first, second] = storyOf(aPost(), 'second')
    assert.ok(first && second)

    await assert.rejects(connections.push('2', second), {
      name: 'DeliveryFailed',
      retryAfterMs: 1_000,
    })
    assert.deepEqual(browser.titles(), [])
    await push(connections, [second, first])

    assert.deepEqual(browser.titles(), ['Title', 'second'])
  })

  test('goes ahead after a minute, and the one before it is then not shown behind it', async (t) => {
    const clock = handClock()
    const { connections, open } = await aStage(t, db, clock)
    const browser = await open('one')
    await watch(connections, browser, { all: true })
    const [first, second, third, fourth] = storyOf(aPost(), 'second', 'third', 'fourth')
    assert.ok(first && second && third && fourth)
    await connections.push('1', first)
    await assert.rejects(connections.push('3', third))

    await clock.move(59_000)
    await assert.rejects(connections.push('3', third))
    await clock.move(1_000)
    await connections.push('3', third)
    await connections.push('2', second)
    await connections.push('4', fourth)

    assert.deepEqual(browser.titles(), ['Title', 'third', 'fourth'])
  })

  test('waits anew when an earlier gap of its post has been filled', async (t) => {
    const clock = handClock()
    const { connections, open } = await aStage(t, db, clock)
    const browser = await open('one')
    await watch(connections, browser, { all: true })
    const [first, second, third, fourth, fifth] = storyOf(aPost(), ...'2345')
    assert.ok(first && second && third && fourth && fifth)
    await connections.push('1', first)
    await assert.rejects(connections.push('3', third))
    await push(connections, [second, third])
    await clock.move(120_000)

    await assert.rejects(connections.push('5', fifth), { name: 'DeliveryFailed' })
    await push(connections, [fifth, fourth])

    assert.deepEqual(browser.titles(), ['Title', ...'2345'])
  })

  test('is shown also when more come at once than one transaction takes', async (t) => {
    const { connections, open } = await aStage(t, db)
    const browser = await open('one')
    await watch(connections, browser, { all: true })
    const bodies = [...Array(20).fill('small'), ...Array(25).fill('x'.repeat(70_000))]

    await push(
      connections,
      bodies.flatMap((body, n) => storyOf(aPost({ id: anId(n), body }))),
    )

    assert.equal(new Set(cursors(browser)).size, 45)
    assert.deepEqual(cursors(browser).toSorted(), cursors(browser))
  })

  test('that has no place is refused for good', async (t) => {
    const { connections } = await aStage(t, db)
    const [first] = storyOf(aPost())
    assert.ok(first)
    const { version: _, ...unversioned } = first
    for (const change of [unversioned, { version: 1 }, { ...first, newImage: 'text' }])
      await assert.rejects(connections.push('1', change as PostChange), {
        name: 'DeliveryRefused',
        code: 'INVALID_PARAMETER',
      })
  })

  test('that is too large for a frame has whoever watches fetch anew', async (t) => {
    const { connections, open } = await aStage(t, db)
    const browser = await open('one')
    await watch(connections, browser, { topic: 'summer' })

    await push(connections, storyOf(aPost({ body: 'é'.repeat(70_000) })))

    const last = browser.frames.at(-1)
    assert.deepEqual([last?.type, last?.topic], ['resync', 'summer'])
  })
})

describe('a browser', () => {
  test('that comes back with its cursor is shown what it missed, then what is new', async (t) => {
    const { connections, open } = await aStage(t, db)
    const story = storyOf(aPost(), 'missed', 'missed too', 'live')
    const first = await open('first')
    await watch(connections, first, { topic: 'summer' })
    await push(connections, story.slice(0, 1))
    const [cursor] = cursors(first)
    await push(connections, story.slice(1, 3))

    const second = await open('second')
    await watch(connections, second, { topic: 'summer', after: cursor })
    await push(connections, story.slice(3))

    assert.deepEqual(second.frames[0], { type: 'watching', topic: 'summer', cursor })
    assert.deepEqual(second.frames.slice(1), first.frames.slice(2))
    assert.deepEqual(second.titles(), ['missed', 'missed too', 'live'])
  })

  test('that begins to watch while changes come has no gap and nothing twice', async (t) => {
    const { connections, another, open } = await aStage(t, db)
    const start = await open('start')
    await watch(connections, start, { all: true })
    const { cursor } = start.frames[0] ?? {}
    const functions = [another(), another()]
    const browsers: TestBrowser[] = []

    const writing = functions.map(async (its, n) => {
      const titles = Array.from({ length: 10 }, (_, at) => `${n}.${at}`)
      for (const change of storyOf(aPost({ id: anId(n) }), ...titles)) await its.push('', change)
    })
    for (let n = 0; n < 5; n++) {
      const browser = await open(`late ${n}`)
      browsers.push(browser)
      await watch(connections, browser, n % 2 === 0 ? { all: true, after: cursor } : { all: true })
    }
    await Promise.all(writing)

    const all = cursors(start)
    assert.equal(new Set(all).size, 22)
    for (const [n, browser] of browsers.entries()) {
      const seen = cursors(browser)
      if (n % 2 === 0) assert.deepEqual(seen, all)
      else assert.deepEqual(seen, all.slice(all.length - seen.length))
      assert.equal(browser.frames[0]?.type, 'watching')
      if (n % 2 === 1 && seen[0]) assert.ok((browser.frames[0]?.cursor ?? '') < seen[0])
    }
  })

  test('is not brought again by one watch what another has brought', async (t) => {
    const { connections, open } = await aStage(t, db)
    const browser = await open('one')
    await watch(connections, browser, { topic: 'summer' })
    const { cursor } = browser.frames[0] ?? {}
    await push(connections, storyOf(aPost(), 'second'))

    await watch(connections, browser, { postId: aPost().id, after: cursor })

    assert.deepEqual(types(browser), [
      ...['watching', 'BlogPostUpdated', 'BlogPostUpdated', 'watching'],
    ])
  })

  test('with a cursor that means nothing here is told to fetch anew, and goes on from there', async (t) => {
    const { connections, open } = await aStage(t, db)
    const elsewhere = await aStage(t, db)
    const foreign = await elsewhere.open('foreign')
    await watch(elsewhere.connections, foreign, { all: true })
    await push(elsewhere.connections, storyOf(aPost()))
    const story = storyOf(aPost(), ...'abcd')
    await push(connections, story.slice(0, 1))
    const own = await open('own')
    await watch(connections, own, { all: true })
    const head = own.frames[0]?.cursor ?? ''
    const later = head.replace(/\d$/, '9')

    for (const [n, after] of ['nonsense', '0', '', cursors(foreign)[0], later].entries()) {
      const browser = await open(`${n}`)
      await watch(connections, browser, { topic: 'summer', after })
      const [resync, watching] = browser.frames
      assert.deepEqual([resync?.type, resync?.topic], ['resync', 'summer'], after)
      assert.deepEqual(watching, { type: 'watching', topic: 'summer', cursor: head })
    }
    await push(connections, story.slice(1, 2))
    const back = await open('back')
    await watch(connections, back, { topic: 'summer', after: head })
    assert.deepEqual(back.titles(), ['a'])
  })

  test('that was away for more than a day is told to fetch anew, unless nothing has happened', async (t) => {
    const clock = handClock()
    const { connections, open } = await aStage(t, db, clock)
    const [first, second] = storyOf(aPost(), 'second')
    await push(connections, [first as PostChange])
    const away = await open('away')
    await watch(connections, away, { all: true })
    const { cursor: after } = away.frames[0] ?? {}
    await clock.move(26 * 3_600_000)
    const quiet = await open('quiet')
    await watch(connections, quiet, { all: true, after })

    await push(connections, [second as PostChange])
    const soon = await open('soon')
    await watch(connections, soon, { all: true, after })
    await clock.move(26 * 3_600_000)
    const late = await open('late')
    await watch(connections, late, { all: true, after })

    assert.deepEqual(
      [quiet, soon, late].map((each) => types(each)),
      [
        ...[
          ['watching', 'BlogPostUpdated'],
          ['watching', 'BlogPostUpdated'],
          ['resync', 'watching'],
        ],
      ],
    )
  })

  test('is answered when it asks whether anybody is there', async (t) => {
    const { connections, open } = await aStage(t, db)
    const browser = await open('one')
    await connections.answer('one', '{"action":"ping"}')
    assert.deepEqual(browser.frames, [{ type: 'pong' }])
  })

  test('is shown no more what it watches no more', async (t) => {
    const { connections, open } = await aStage(t, db)
    const browser = await open('one')
    await watch(connections, browser, { topic: 'summer' })
    await watch(connections, browser, { topic: 'winter' })
    await connections.answer('one', '{"action":"unwatch","topic":"summer"}')

    await push(connections, storyOf(aPost()))
    await push(connections, storyOf(aPost({ id: anId(2), topic: 'winter', title: 'Snow' })))

    assert.deepEqual(browser.frames[2], { type: 'unwatched', topic: 'summer' })
    assert.deepEqual(browser.titles(), ['Snow'])
  })
})
