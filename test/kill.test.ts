/**
 * The blog is killed (SIGKILL) at random moments, also while it starts, with people writing and a
 * real mail server. The ledger of what has to be true in the end is kept here, outside of it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Post } from '../blog/post.ts'
import { aDraft } from './api.ts'
import { assertMailed, type Kill } from './copies.ts'
import { embedded } from './embedded.ts'
import { type Call, call } from './http.ts'
import { random } from './random.ts'
import { settings } from './settings.ts'
import type { Change } from './socket.ts'
import { openStage } from './stage.ts'
import { assertStories, type Story } from './story.ts'

const topics = ['summer', 'winter'] as const
const subscribed = [
  { to: 'summer@example.org', topic: 'summer' },
  { to: 'both@example.org', topic: 'summer' },
  { to: 'both@example.org', topic: 'winter' },
]
const travellers = [
  { person: 'Joe', location: 'Spain' },
  { person: 'Ann', location: 'Portugal' },
  { person: 'Maria', location: 'France' },
]
const authors = 10
/** No author writes more, however long the kills take. */
const mostPosts = 500
/** A life is measured in what was acknowledged, so that it is worth a kill on a slow machine too. */
const mostWrites = 100
const longestLifeMs = 3_000
const longestStartMs = 600

interface Written extends Story {
  readonly post: Post
  readonly person: string
  readonly location: string
}

test(`${settings.kills} kills at random moments lose and repeat nothing`, {
  timeout: 180_000 + settings.kills * 10_000,
}, async (t) => {
  t.diagnostic(`BUSBAR_KILLS=${settings.kills} BUSBAR_SEED=${settings.seed}`)
  const { int, pick } = random(settings.seed)
  const stage = await openStage(embedded)
  t.after(async () => {
    stage.explain(t)
    await stage.close()
  })
  for (const { to, topic } of subscribed) await stage.subscribe(to, topic)
  const questions = stage.mail.mails.items.length
  const followers = await Promise.all(topics.map((topic) => stage.follow({ topic })))

  let acknowledged = 0
  /** Asks until it is answered, as an author does whose train goes through tunnels. */
  async function insist(path: string, request: Call): Promise<Post> {
    const deadline = performance.now() + 60_000
    while (performance.now() < deadline) {
      const answer = await call(`${stage.blog().url}${path}`, request).catch(() => null)
      if (answer?.status === 200 || answer?.status === 201) {
        acknowledged++
        return answer.json<Post>()
      }
      assert.ok(answer === null || answer.status === 503, `${answer?.status} ${answer?.text}`)
      await pause(10)
    }
    throw new Error(`${request.method} ${path} was not answered for a minute`)
  }

  const ledger = new Map<string, Written>()
  let isOver = false
  async function write(author: number): Promise<void> {
    for (let at = 0; at < mostPosts && !isOver; at++) {
      const { person, location } = pick(travellers)
      const titles = [`${author}.${at}`]
      const post = await insist('/api/posts', {
        method: 'POST',
        json: aDraft({
          title: titles.join(),
          body: `${person} is going to ${location}`,
          topic: pick(topics),
        }),
        headers: { 'idempotency-key': `author ${author}, post ${at}` },
      })
      for (let edit = int(-4, 2); edit > 0; edit--) {
        const title = `${author}.${at}, ${edit} edits to come`
        await insist(`/api/posts/${post.id}`, {
          method: 'PATCH',
          json: { title },
          headers: { 'if-match': '*' },
        })
        titles.push(title)
      }
      ledger.set(post.id, { titles, isRemoved: false, post, person, location })
      await pause(int(0, 60))
    }
  }
  const writing = Promise.all(Array.from({ length: authors }, (_, author) => write(author)))
  writing.catch(() => {}) // told where it is awaited

  const kills: Kill[] = []
  async function startAgain(): Promise<void> {
    while (kills.length < settings.kills && int(0, 3) === 0) {
      const moment = AbortSignal.timeout(int(0, longestStartMs))
      let at = 0
      moment.addEventListener('abort', () => {
        at = performance.now()
      })
      try {
        return await stage.startAgain(moment)
      } catch (error) {
        if (!moment.aborted) throw error
        kills.push({ at, gone: performance.now() })
      }
    }
    await stage.startAgain()
  }
  async function live(): Promise<void> {
    const enough = acknowledged + int(0, mostWrites)
    const deadline = performance.now() + longestLifeMs
    while (acknowledged < enough && performance.now() < deadline) await pause(int(0, 10))
  }
  while (kills.length < settings.kills) {
    await live()
    const at = performance.now()
    await stage.blog().kill()
    kills.push({ at, gone: performance.now() })
    await startAgain()
  }
  isOver = true
  await writing

  const owed = subscribed.flatMap(({ to, topic }) =>
    [...ledger.values()]
      .filter(({ post }) => post.topic === topic)
      .map(({ post }) => ({ to, postId: post.id })),
  )
  const told = () => stage.mail.mails.items.slice(questions)
  await stage.mail.mails.until(
    () => new Set(told().map(({ to, postId }) => `${postId} ${to}`)).size >= owed.length,
    `${owed.length} mails`,
    60_000,
  )
  const isShown = (changes: readonly Change[], topic: string) => {
    const last = new Map(changes.map(({ post }) => [post.id, post]))
    return [...ledger.values()]
      .filter(({ post }) => post.topic === topic)
      .every(({ post, titles }) => {
        const shown = last.get(post.id)
        return shown?.title === titles.at(-1) && shown?.entities !== undefined
      })
  }
  for (const [at, topic] of topics.entries())
    await followers[at]?.changes.until(
      (changes) => isShown(changes, topic),
      `all posts about ${topic} in the browser`,
      30_000,
    )

  const stored = await stage.api.all()
  assert.deepEqual(
    stored.map(({ id }) => id).toSorted(),
    [...ledger.keys()].toSorted(),
    'every acknowledged post is stored, and none twice',
  )
  for (const { id, title, entities } of stored) {
    const { titles, person, location } = ledger.get(id) as Written
    assert.equal(title, titles.at(-1), id)
    assert.deepEqual([entities?.persons, entities?.locations], [[person], [location]], id)
  }
  assert.equal(await stage.blog().stop(), 0)

  const { copies, longestInFlightMs } = assertMailed(told(), owed, kills)
  for (const [at, topic] of topics.entries()) {
    assert.equal(followers[at]?.resyncs(), 0, 'every gap could be filled')
    assertStories(
      followers[at]?.changes.items ?? [],
      new Map([...ledger].filter(([, { post }]) => post.topic === topic)),
    )
  }
  t.diagnostic(
    JSON.stringify({
      kills: kills.length,
      posts: stored.length,
      mails: owed.length,
      copies,
      longestInFlightMs,
      connections: followers.map((follower) => follower.connections()),
    }),
  )
})
