/**
 * `npm run bench`: how fast the blog answers, shows and takes posts, how fast its pages are, and how soon many
 * readers are told, as JSON lines. What the disk allows is measured in the same run and the same directory: a
 * number without it says little. The blog is a process of its own; the load comes from here and, at saturation,
 * from a third one.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath, stderr, version } from 'node:process'
import { json } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { aDraft, api } from './api.ts'
import { moment, print, printTimes, rounded } from './bench-lines.ts'
import { gather } from './crowd.ts'
import { oneRowCommitsPerSecond, syncsPerSecond } from './disk.ts'
import { embedded } from './embedded.ts'
import { reading } from './reading.ts'
import type { Running } from './running.ts'
import { isChange, openWatch } from './socket.ts'
import { telling } from './telling.ts'
import { within } from './within.ts'

const diskMs = 3_000
const postsPerSecond = 100
const openLoopSeconds = 10
/** Not counted: it shows how fast Node compiles. */
const warmUpSeconds = 2
const connections = 64
const saturationSeconds = 8
const drainLimitMs = 600_000

/** Posts at a fixed rate, however long answers take. Each time counts from when the post was due. */
async function openLoop({ url, socketUrl }: Running, more: object): Promise<void> {
  const topic = 'open loop'
  const count = postsPerSecond * (warmUpSeconds + openLoopSeconds)
  const start = performance.now() + 100
  const dueAt = (post: number) => start + (post * 1_000) / postsPerSecond
  const shown: number[] = []
  const enriched: number[] = []
  let left = count
  const watch = await openWatch(socketUrl, { topic }, undefined, (frame) => {
    if (!isChange(frame)) return
    const post = Number(frame.post.title)
    const took = performance.now() - dueAt(post)
    if (!frame.post.entities) shown[post] = took
    else {
      enriched[post] = took
      left--
    }
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const answers: Promise<number>[] = []
  for (let post = 0; post < count; post++) {
    await moment(dueAt(post))
    const draft = JSON.stringify(aDraft({ title: String(post), topic }))
    const answer = posted(url, agent, draft).then(() => performance.now() - dueAt(post))
    answer.catch(() => {}) // told below
    answers.push(answer)
  }
  const times = await Promise.all(answers)
  await watch.frames.until(() => left === 0, 'every post to be shown', 60_000)
  await watch.close()
  agent.destroy()

  const counted = (all: readonly number[]) => all.slice(postsPerSecond * warmUpSeconds)
  printTimes('open-loop', 'answer', counted(times), more)
  printTimes('open-loop', 'to_browser', counted(shown), more)
  printTimes('open-loop', 'entities_to_browser', counted(enriched), more)
}

async function posted(url: string, agent: Agent, body: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  request(`${url}/api/posts`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  })
    .on('response', (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 201) resolve()
        else reject(new Error(`POST /api/posts was answered ${response.statusCode}`))
      })
    })
    .on('error', reject)
    .end(body)
  return promise
}

/** As many posts as it takes, and then how long it needs until all that they cause has been done. */
async function saturation({ url, socketUrl }: Running, commits: number): Promise<void> {
  const topic = 'saturation'
  const result = await cannon(url, JSON.stringify(aDraft({ topic })))
  const end = performance.now()
  const created = result.statusCodeStats['201']?.count ?? 0
  const perSecond = created / result.duration
  print('saturation', 'posts', perSecond, 'per_second', {
    connections,
    created,
    otherAnswers: result['1xx'] + result['2xx'] - created + result.non2xx,
    errors: result.errors,
    answer_p50_ms: result.latency.p50,
    answer_p99_ms: result.latency.p99,
    one_row_commits_per_second: rounded(commits),
    ratio_to_one_row_commits: rounded(perSecond / commits),
  })

  const watch = await openWatch(socketUrl, { topic: 'after saturation' })
  const blog = api(url)
  const { post } = await blog.post({ topic: 'after saturation' })
  await watch.wait(
    ({ post: shown }) => !!shown?.entities && shown.id === post.id,
    'a marker',
    drainLimitMs,
  )
  await watch.close()
  // Several are looked through at a time: the marker may overtake a few.
  let all = await blog.all(topic)
  if (all.length < created)
    throw new Error(`${created} were acknowledged, ${all.length} are stored`)
  while (!all.every(({ entities }) => entities)) {
    if (performance.now() - end > drainLimitMs) throw new Error('The backlog does not drain')
    await pause(100)
    all = await blog.all(topic)
  }
  const seconds = (performance.now() - end) / 1_000
  print('saturation', 'drain', seconds, 's', {
    posts: all.length,
    per_second: rounded(all.length / seconds),
  })
}

interface Cannonade {
  readonly duration: number
  readonly statusCodeStats: Readonly<Record<string, { readonly count: number }>>
  readonly '1xx': number
  readonly '2xx': number
  readonly non2xx: number
  readonly errors: number
  readonly latency: { readonly p50: number; readonly p99: number }
}

async function cannon(url: string, body: string): Promise<Cannonade> {
  const program = fileURLToPath(import.meta.resolve('autocannon'))
  const child = spawn(
    execPath,
    [
      program,
      '--json',
      '--connections',
      String(connections),
      '--duration',
      String(saturationSeconds),
      '--method',
      'POST',
      '--headers',
      'content-type=application/json',
      '--body',
      body,
      `${url}/api/posts`,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const ended = once(child, 'close')
  try {
    return await within(
      saturationSeconds * 1_000 + 30_000,
      'autocannon',
      json(child.stdout) as Promise<Cannonade>,
    )
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

const directory = await mkdtemp(join(tmpdir(), 'busbar-bench-'))
let blog: Running | null = null
try {
  const machine = { cores: availableParallelism(), node: version }
  const commits = oneRowCommitsPerSecond(directory, diskMs)
  print('disk', 'one_row_commits', commits, 'per_second', machine)
  print('disk', 'fdatasync', await syncsPerSecond(directory, diskMs), 'per_second', machine)

  blog = await embedded({ dataDir: join(directory, 'blog') })
  print('start', 'ready', blog.readyAfterMs, 'ms')
  await openLoop(blog, {
    posts_per_second: postsPerSecond,
    one_row_commits_per_second: rounded(commits),
  })
  await saturation(blog, commits)
  await blog.stop()
  blog = await embedded({ dataDir: join(directory, 'read') })
  await reading(blog)
  await blog.stop()
  const crowd = { topic: 'crowd', readers: 5_000 }
  gather(join(directory, 'read'), crowd.topic, crowd.readers)
  blog = await embedded({ dataDir: join(directory, 'read') })
  await telling(blog, crowd)
  const code = await blog.stop()
  if (code !== 0) throw new Error(`The blog ended with ${code}`)
} catch (error) {
  if (blog) stderr.write(`The blog printed:\n${blog.output()}`)
  throw error
} finally {
  await blog?.kill()
  await rm(directory, { recursive: true, force: true })
}
