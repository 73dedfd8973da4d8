/** How fast pages are answered of a blog that has many posts, held against the smallest answer of the same server. */
import { Agent, request } from 'node:http'
import { aDraft, api } from './api.ts'
import { moment, percentiles, printTimes, rounded } from './bench-lines.ts'
import type { Running } from './running.ts'
import { openWatch } from './socket.ts'

const posts = 10_000
const topics = 20
const perSecond = 200
const seconds = 5
/** Not counted: it shows how fast Node compiles. */
const warmUpSeconds = 2
const fillLimitMs = 300_000

export async function reading(blog: Running): Promise<void> {
  const last = await fill(blog)
  const floor = await timesOf(blog, '/healthz')
  const smallest = percentiles(floor).p50
  for (const [name, path] of [
    ['home', '/'],
    ['topic', '/topics/topic%203'],
    ['post', `/posts/${last}`],
    ['search', '/search?q=spain%20number'],
    ['mention', '/mentions/Spain'],
    ['feed', '/feed.atom'],
  ] as const) {
    const times = await timesOf(blog, path)
    printTimes('reading', name, times, {
      ...{ posts, per_second: perSecond, smallest_answer_p50_ms: rounded(smallest) },
      ratio_to_smallest_answer: rounded(percentiles(times).p50 / smallest),
    })
  }
}

/** Of connections none is idle for so long that the server ends it just when it is taken again. */
const connections = () => new Agent({ keepAlive: true, maxSockets: 64, scheduling: 'fifo' })

/** Resolves with the newest post when all that they caused has been done. */
async function fill({ url, socketUrl }: Running): Promise<string> {
  const agent = connections()
  const paragraph =
    'From *Porto* we took the train to [Madrid](https://a.example/), where **Joe** was. '
  const body = `Joe is going to Spain.\n\n## Why\n\n${paragraph.repeat(12)}`
  let next = 0
  const filler = async (): Promise<void> => {
    while (next < posts) {
      const number = next++
      const draft = aDraft({ title: `Number ${number}`, topic: `topic ${number % topics}`, body })
      await asked(`${url}/api/posts`, agent, JSON.stringify(draft))
    }
  }
  await Promise.all(Array.from({ length: 32 }, filler))
  agent.destroy()
  const watch = await openWatch(socketUrl, { topic: 'filled' })
  const { post } = await api(url).post({ topic: 'filled', body })
  await watch.wait(({ post: shown }) => !!shown?.entities, 'the marker', fillLimitMs)
  await watch.close()
  return post.id
}

/** At a fixed rate, however long answers take. Each time counts from when the request was due. */
async function timesOf({ url }: Running, path: string): Promise<readonly number[]> {
  const agent = connections()
  const start = performance.now() + 100
  const answers: Promise<number>[] = []
  for (let number = 0; number < perSecond * (warmUpSeconds + seconds); number++) {
    const due = start + (number * 1_000) / perSecond
    await moment(due)
    const answer = asked(url + path, agent).then(() => performance.now() - due)
    answer.catch(() => {}) // told below
    answers.push(answer)
  }
  const times = await Promise.all(answers)
  agent.destroy()
  return times.slice(perSecond * warmUpSeconds)
}

async function asked(url: string, agent: Agent, body?: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const method = body === undefined ? 'GET' : 'POST'
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  request(url, { method, agent, headers })
    .on('response', (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === (body === undefined ? 200 : 201)) resolve()
        else reject(new Error(`${method} ${url} was answered ${response.statusCode}`))
      })
    })
    .on('error', reject)
    .end(body)
  return promise
}
