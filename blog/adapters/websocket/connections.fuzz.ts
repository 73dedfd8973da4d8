/**
 * A storm: changes, pushes in any order and more than once, a log that takes its time, and browsers
 * that come and go. Whatever happens, no browser sees a gap, a repetition or another order.
 */
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { blogPostUpdated, type PostChange } from '../../events.ts'
import { keyOf, type Subject } from '../../frames.ts'
import type { Post } from '../../post.ts'
import { aPost } from '../../testing.ts'
import type { Limits } from './limits.ts'
import { type Browser, type Frame, type MemoryLog, started, until } from './testing.ts'

type Random = (below: number) => number
type Server = Awaited<ReturnType<typeof started>>

/** mulberry32: the same numbers for the same seed. */
function seeded(seed: number): Random {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const topics = ['spring', 'summer', 'autumn', 'winter']
const subjects: readonly (readonly Subject[])[] = [
  ...topics.map((topic) => [{ topic }]),
  [{ postId: 'p1' }],
  [{ postId: 'p2' }],
  [{ topic: 'summer' }, { postId: 'p1' }],
  [{ all: true }],
  [{ topic: 'autumn' }, { all: true }],
  [{ postId: 'p3' }, { topic: 'winter' }, { topic: 'spring' }],
]

/** Written once more from the contract, and not with the code under test. */
function concerns({ keys, oldImage, newImage }: PostChange, subject: Subject): boolean {
  if ('all' in subject) return true
  if ('postId' in subject) return keys.id === subject.postId
  return subject.topic === oldImage?.topic || subject.topic === newImage?.topic
}

/** What a browser was shown without being told to fetch anew in between. */
interface Stretch {
  readonly after: string
  readonly shown: string[]
}

/** A browser that keeps a cursor for each of its watches, and comes back with it. */
function reader(server: Server, watches: readonly Subject[], start: string) {
  const cursors = new Map(watches.map((subject) => [keyOf(subject), start]))
  const stretches: Stretch[] = [{ after: start, shown: [] }]
  let browser: Browser | null = null

  function take(frame: Frame, told: Set<string>): void {
    if (frame.type === 'resync') stretches.push({ after: frame.cursor, shown: [] })
    if (frame.type === 'watching') {
      const key = keyOf(frame as unknown as Subject)
      told.add(key)
      cursors.set(key, frame.cursor)
    }
    if (frame.type !== 'BlogPostUpdated') return
    stretches.at(-1)?.shown.push(frame.cursor)
    for (const key of told)
      if ((cursors.get(key) ?? '') < frame.cursor) cursors.set(key, frame.cursor)
  }

  return {
    watches,
    stretches,
    async come() {
      browser = await server.open()
      const told = new Set<string>()
      const seen = new Set<string>()
      browser.socket.on('message', (data) => {
        const frame = JSON.parse(String(data))
        assert.ok(frame.type !== 'error', frame.message)
        if (frame.type === 'BlogPostUpdated') {
          assert.ok(!seen.has(frame.cursor), `${frame.cursor} came twice on a connection`)
          seen.add(frame.cursor)
        }
        take(frame, told)
      })
      for (const subject of watches)
        browser.send({ action: 'watch', ...subject, after: cursors.get(keyOf(subject)) })
    },
    leave() {
      browser?.socket.removeAllListeners('message')
      browser?.socket.terminate()
    },
  }
}

/** A log that answers some turns later, as a database does. */
function slowDown(log: MemoryLog, random: Random): void {
  log.reading = async () => {
    for (let turns = random(4); turns > 0; turns--) await nextTurn()
  }
}

async function storm(t: TestContext, seed: number, limits: Partial<Limits> = {}) {
  const random = seeded(seed)
  const server = await started(t, { limits })
  const { log, connections } = server
  slowDown(log, random)
  const readers = []
  const start = log.change(null, aPost({ id: 'p0', topic: 'none' }))
  for (const watches of subjects) readers.push(reader(server, watches, start))
  for (const each of readers) await each.come()

  const posts = new Map<string, Post>()
  const changes = new Map<string, PostChange>()
  const unpushed: string[] = []
  const pushes: Promise<void>[] = []
  const change = (before: Post | null, after: Post | null) => {
    const cursor = log.change(before, after)
    changes.set(cursor, JSON.parse(blogPostUpdated(before, after).Detail))
    unpushed.push(cursor)
    return cursor
  }
  const push = (cursor: string | undefined) => {
    const told = cursor !== undefined && changes.get(cursor)
    if (told) pushes.push(connections.push(cursor, told))
  }

  for (let step = 0; step < 400; step++) {
    for (let n = random(4); n > 0; n--) {
      const id = `p${1 + random(6)}`
      const before = posts.get(id) ?? null
      const topic = topics[random(topics.length)] as string
      const after = before && random(5) === 0 ? null : aPost({ id, topic, title: `step ${step}` })
      change(before, after)
      if (after) posts.set(id, after)
      else posts.delete(id)
    }
    for (let n = random(3); n > 0; n--) push(unpushed.splice(random(unpushed.length), 1)[0])
    if (random(4) === 0) push([...changes.keys()][random(changes.size)])
    if (random(12) === 0) {
      const one = readers[random(readers.length)]
      one?.leave()
      for (let turns = random(20); turns > 0; turns--) await nextTurn()
      await one?.come()
    }
    for (let turns = random(3); turns > 0; turns--) await nextTurn()
  }
  for (const cursor of unpushed.reverse()) push(cursor)
  await Promise.all(pushes)

  // Each is told of one more change, behind all others.
  const last = topics.map((topic) => change(null, aPost({ id: 'p1', topic })))
  last.push(change(null, aPost({ id: 'p2', topic: 'none' })))
  for (const cursor of last) await connections.push(cursor, changes.get(cursor) as PostChange)
  const results = []
  for (const { watches, stretches } of readers) {
    const name = watches.map(keyOf).join(' and ')
    const expected = [...changes]
      .filter(([, told]) => watches.some((subject) => concerns(told, subject)))
      .map(([cursor]) => cursor)
    assert.ok(expected.length > 30, `${name}: ${expected.length} changes`)
    const end = expected.at(-1) ?? ''
    await until(
      () => stretches.some(({ after, shown }) => after >= end || shown.includes(end)),
      name,
    )
    results.push({ name, watches, stretches, expected })
  }
  return results
}

suite('in a storm', { timeout: 120_000 }, () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    test(`each browser is shown each change once and in order (seed ${seed})`, async (t) => {
      for (const { name, watches, stretches, expected } of await storm(t, seed)) {
        assert.equal(stretches.length, 1, `${name} was told to fetch anew`)
        const shown = stretches[0]?.shown ?? []
        // With one watch, over all its connections; with more, one may bring again what another had brought before.
        if (watches.length === 1) assert.deepEqual(shown, expected, name)
        else assert.deepEqual([...new Set(shown)].sort(), expected, name)
      }
    })
  }

  for (const seed of [6, 7, 8, 9, 10]) {
    test(`no browser has a gap that it is not told about, when little is kept (seed ${seed})`, async (t) => {
      const results = await storm(t, seed, { changes: 12, catchUp: 3 })
      const single = results.filter(({ watches }) => watches.length === 1)
      assert.ok(single.some(({ stretches }) => stretches.length > 1))
      for (const { name, stretches, expected } of single)
        for (const { after, shown } of stretches) {
          const due = expected.filter((cursor) => cursor > after)
          const isLast = stretches.at(-1)?.shown === shown
          assert.deepEqual(shown, isLast ? due : due.slice(0, shown.length), name)
        }
    })
  }
})
