/** What several nodes promise together: browsers, rules and mails are everybody's, also when nodes die. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import type { Post } from '../blog/post.ts'
import { aDraft } from './api.ts'
import { type BlogProcess, blogProcess } from './blog-process.ts'
import {
  closeDatabase,
  database,
  isMissing,
  type RunningCluster,
  startCluster,
  untilAlive,
  whoDelivers,
} from './cluster.ts'
import { type Call, call } from './http.ts'
import { random } from './random.ts'
import { apiDestination, destination } from './serve.ts'
import { settings } from './settings.ts'
import { openWatch } from './socket.ts'
import { openStage, type Stage } from './stage.ts'
import { assertStories, type Story } from './story.ts'
import { within } from './within.ts'

const eventBridge = (endpoint: string) =>
  new EventBridge({
    ...{ endpoint, region: 'us-east-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
const socketOf = ({ url }: Pick<BlogProcess, 'url'>) => `${url.replace('http', 'ws')}/ws`

describe('nodes of a cluster', { skip: isMissing }, () => {
  let stage: Stage
  let cluster: RunningCluster
  /** Those that were killed or stopped. */
  const gone = new Set<BlogProcess>()
  before(async () => {
    stage = await openStage(async (options) => {
      cluster = await startCluster({ ...options, nodes: 3 })
      return cluster
    })
  })
  afterEach((t) => stage.explain(t))
  after(async () => {
    await stage?.close()
    await closeDatabase()
  })
  const node = (at: number) => cluster.nodes[at] as BlogProcess
  /** Asks until it is answered, as an author does whose train goes through tunnels. */
  async function insist(path: string, request: Call): Promise<Post> {
    const deadline = performance.now() + 60_000
    while (performance.now() < deadline) {
      const answer = await call(`${cluster.url}${path}`, request).catch(() => null)
      if (answer?.status === 200 || answer?.status === 201) return answer.json<Post>()
      assert.ok(answer === null || answer.status === 503, `${answer?.status} ${answer?.text}`)
      await pause(20)
    }
    throw new Error(`${request.method} ${path} was not answered for a minute`)
  }
  const edit = (id: string, title: string) =>
    insist(`/api/posts/${id}`, {
      ...{ method: 'PATCH', json: { title }, headers: { 'if-match': '*' } },
    })

  test('show browsers on different nodes the same changes, each once and in order', async () => {
    const topic = 'everywhere'
    const sockets = await Promise.all(
      cluster.nodes.map((each) => openWatch(socketOf(each), { topic })),
    )
    const stories = new Map<string, Story>()
    await Promise.all(
      Array.from({ length: 9 }, async (_, author) => {
        for (let at = 0; at < 4; at++) {
          const titles = [`${author}.${at}`]
          const { post } = await stage.api.post({ topic, title: titles[0] as string })
          for (const more of [1, 2]) {
            const title = `${author}.${at} edit ${more}`
            await edit(post.id, title)
            titles.push(title)
          }
          stories.set(post.id, { titles, isRemoved: false })
        }
      }),
    )

    for (const socket of sockets)
      await socket.frames.until(
        () =>
          new Set(
            socket
              .changes()
              .filter(({ post }) => post.entities && stories.get(post.id)?.titles[2] === post.title)
              .map(({ post }) => post.id),
          ).size === stories.size,
        'all posts with their entities',
        20_000,
      )
    const [first, ...others] = sockets.map((socket) => socket.changes())
    for (const other of others) assert.deepEqual(other, first)
    assertStories(first ?? [], stories)
    await Promise.all(sockets.map((socket) => socket.close()))
  })

  test('hold rules that were put on another, with the secrets that they need', async (t) => {
    const goal = await destination()
    const [one, two] = [eventBridge(node(0).busUrl), eventBridge(node(1).busUrl)]
    t.after(async () => {
      one.destroy()
      two.destroy()
      await goal.close()
    })
    const Arn = await apiDestination(one, 'cluster', goal.url)
    const rule = { EventBusName: 'default', Name: 'from-shop' }
    await one.putRule({ ...rule, EventPattern: '{"source":["shop"]}' })
    await one.putTargets({
      EventBusName: 'default',
      Rule: rule.Name,
      Targets: [{ Id: 'goal', Arn, RoleArn: 'arn:aws:iam::000000000000:role/r' }],
    })
    const startedAt = performance.now()
    while (goal.received.items.length === 0) {
      assert.ok(performance.now() - startedAt < 5_000, 'the rule holds within five seconds')
      await two.putEvents({
        Entries: [{ Source: 'shop', DetailType: 'OrderPlaced', Detail: '{}' }],
      })
      await pause(20)
    }
    t.diagnostic(`held after ${Math.round(performance.now() - startedAt)} ms`)
    assert.equal(goal.received.items[0]?.headers['x-key'], 'k')

    await two.removeTargets({ EventBusName: 'default', Rule: rule.Name, Ids: ['goal'] })
    await two.deleteRule(rule)
    const gone = () =>
      one.describeRule(rule).then(
        () => false,
        () => true,
      )
    while (!(await gone())) await pause(20)
  })

  test('take up mails that one was sending when it was killed, and its browsers', async () => {
    await stage.subscribe('killed@example.org', 'killed')
    const reader = await stage.follow({ topic: 'killed' })
    const release = stage.mail.hold()
    const { post } = await stage.api.post({ topic: 'killed' })
    const { id } = post
    await stage.mailed('killed@example.org', id)
    const sends = await whoDelivers('new-posts/email', cluster)
    assert.ok(sends, 'one of them sends it')
    const there = await openWatch(socketOf(sends), { topic: 'killed' })

    gone.add(sends)
    await sends.kill()
    await there.ended
    release()
    await stage.api.edit(id, { title: 'After the kill' })

    const [other] = cluster.nodes.filter((each) => each !== sends) as [BlogProcess]
    const back = await openWatch(socketOf(other), { topic: 'killed' }, there.cursor)
    await back.wait(({ post }) => post?.title === 'After the kill', 'what came after it')
    const isAgain = () => stage.mailsAbout('killed@example.org', id).length === 2
    await stage.mail.mails.until(isAgain, 'the mail from another node', 20_000)
    const [first, again] = stage.mailsAbout('killed@example.org', id)
    assert.equal(again?.messageId, first?.messageId)
    await reader.changes.wait(({ post }) => post.id === id && !!post.entities, 'what is found')
    assert.ok(!back.frames.items.some(({ type }) => type === 'resync'))
    await back.close()
    await reader.close()
    await cluster.add()
  })

  test('that were stopped and go on write nothing any more, and end', async () => {
    await untilAlive(3, cluster.dataDir)
    const stopped = node(1)
    gone.add(stopped)
    stopped.signal('SIGSTOP')
    await untilAlive(2, cluster.dataDir)
    stopped.signal('SIGCONT')

    assert.equal(await within(20_000, 'the node to end', stopped.ended), 1)
    assert.match(stopped.output(), /life in the cluster .* has ended.*start it again/)
    await cluster.add()
  })

  test('outlive their database, and go on by themselves when it is back', async () => {
    const { post } = await stage.api.post({ topic: 'outage' })
    const watch = await stage.openWatch({ topic: 'outage' })
    const server = await database()
    await server.kill()
    const path = `${cluster.url}/api/posts`
    const write = { method: 'POST', json: aDraft({ topic: 'outage' }) }
    assert.equal((await call(path, write)).status, 503)
    assert.equal((await call(`${path}/${post.id}`)).status, 503)
    await server.restart()

    const { id } = await insist('/api/posts', write)

    await watch.wait(
      ({ post: shown }) => shown?.id === id && !!shown.entities,
      'what came after it, on the same connection',
      20_000,
    )
    assert.equal((await stage.api.find(post.id))?.title, post.title)
    const alive = cluster.nodes.filter((each) => !gone.has(each))
    await untilAlive(alive.length, cluster.dataDir)
    for (const each of alive) assert.equal((await call(`${each.url}/readyz`)).status, 200)
  })

  test(`${settings.nodeKills} of them are killed or stopped while people write, and nothing is lost`, {
    timeout: 120_000 + settings.nodeKills * 20_000,
  }, async (t) => {
    t.diagnostic(`BUSBAR_NODE_KILLS=${settings.nodeKills} BUSBAR_SEED=${settings.seed}`)
    const { int, pick } = random(settings.seed)
    const [topic, email] = ['storm', 'storm@example.org']
    await stage.subscribe(email, topic)
    const reader = await stage.follow({ topic })
    const stories = new Map<string, Story>()
    let isOver = false
    const writing = Promise.all(
      Array.from({ length: 6 }, async (_, author) => {
        for (let at = 0; !isOver; at++) {
          const titles = [`${author}.${at}`]
          const { id } = await insist('/api/posts', {
            ...{ method: 'POST', json: aDraft({ topic, title: titles.join() }) },
            headers: { 'idempotency-key': `storm ${author} ${at}` },
          })
          if (at % 3 === 0) {
            titles.push(`${author}.${at} edited`)
            await edit(id, titles[1] as string)
          }
          stories.set(id, { titles, isRemoved: false })
          await pause(int(20, 80))
        }
      }),
    )
    writing.catch(() => {}) // told where it is awaited
    for (let kills = 0; kills < settings.nodeKills; kills++) {
      await untilAlive(3, cluster.dataDir)
      await pause(int(0, 1_000))
      const alive = cluster.nodes.filter((each) => !gone.has(each))
      const victim = pick(alive)
      gone.add(victim)
      if (kills % 2 === 0) await victim.kill()
      else {
        victim.signal('SIGSTOP')
        await untilAlive(2, cluster.dataDir)
        victim.signal('SIGCONT')
        await within(20_000, 'the node that was stopped to end', victim.ended)
      }
      await cluster.add()
    }
    isOver = true
    await writing

    const ids = [...stories.keys()].toSorted()
    const mailedIds = () =>
      new Set(stage.mail.mailsTo(email).flatMap(({ postId }) => postId ?? [])).size
    await stage.mail.mails.until(() => mailedIds() >= ids.length, `${ids.length} mails`, 60_000)
    await reader.changes.until(
      (changes) => {
        const last = new Map(changes.map(({ post }) => [post.id, post]))
        return ids.every((id) => {
          const shown = last.get(id)
          return shown?.entities && shown.title === stories.get(id)?.titles.at(-1)
        })
      },
      'all posts in the browser',
      30_000,
    )
    assert.deepEqual((await stage.api.all(topic)).map(({ id }) => id).toSorted(), ids)
    assertStories(reader.changes.items, stories)
    assert.equal(reader.resyncs(), 0)
    const mails = stage.mail.mailsTo(email).filter(({ postId }) => postId !== null)
    const copies = mails.length - ids.length
    t.diagnostic(JSON.stringify({ posts: ids.length, copies, connections: reader.connections() }))
    assert.equal(new Set(mails.map(({ messageId }) => messageId)).size, ids.length)
    assert.ok(copies <= settings.nodeKills * 10, `${copies} mails came twice`)
    await reader.close()
  })
})

test('without its database a node does not start, and says what to do', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'busbar-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const DATABASE_URL = 'postgres://busbar:geheim@127.0.0.1:9/none'
  const start = blogProcess('start.ts', { DATABASE_URL, PORT: '0', DATA_DIR: dataDir })
  await assert.rejects(start, ({ message }: Error) => {
    assert.match(
      message,
      /ended with 1 .*PostgreSQL at postgres:\/\/127\.0\.0\.1:9\/none.*Start it, or set DATABASE_URL/s,
    )
    assert.doesNotMatch(message, /geheim|\n\s+at /)
    return true
  })
})
