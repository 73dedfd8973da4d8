/**
 * The blog as a cluster: nodes as a user starts them, one PostgreSQL that the tests of a file share, and one
 * address in front. A database stands for a data directory: who comes back with that one finds the other.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { packaged, type Server, startServer } from '@busbar/event-bus/adapters/postgres/testing'
import { Client } from 'pg'
import { type BlogProcess, blogProcess } from './blog-process.ts'
import { front } from './cluster-front.ts'
import type { Running, StartOptions } from './running.ts'

export interface RunningCluster extends Running {
  readonly nodes: readonly BlogProcess[]
  /** One more, which gets its share from here on. */
  add(): Promise<BlogProcess>
}

export interface ClusterOptions extends StartOptions {
  readonly nodes?: number
  /** How long a node is silent until the others take up what it had. */
  readonly deadAfterMs?: number
}

export const isMissing = packaged().programs === null && packaged().missing

/** A node that is stopped between its commit's statements holds locks until the server ends its transaction. */
const noticedMs = 60_000
let server: Promise<Server> | null = null
const databases = new Map<string, Promise<string>>()

/** The PostgreSQL that the clusters of this file stand on. */
export function database(): Promise<Server> {
  server ??= startServer(packaged(), { max_connections: '200' })
  return server
}

export async function closeDatabase(): Promise<void> {
  await (await server)?.stop()
}

/** Its address, as nodes are told it. */
export function databaseUrl(dataDir: string): Promise<string> {
  const known = databases.get(dataDir) ?? createDatabase(`blog_${databases.size}`)
  databases.set(dataDir, known)
  return known
}

async function createDatabase(name: string): Promise<string> {
  const { url } = await database()
  await ask(url(), `create database ${name}`)
  return url(name)
}

async function ask(url: string, text: string) {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** The node that has a delivery in hand to that target. */
export async function whoDelivers(target: string, { dataDir, nodes }: RunningCluster) {
  const url = await databaseUrl(dataDir)
  const rows = await ask(
    url,
    `select distinct number from delivery join node on epoch = owner where target = '${target}'`,
  )
  const found = nodes.filter((node) =>
    rows.some(({ number }) => new RegExp(`^node +${number} of`, 'm').test(node.output())),
  )
  return found.at(-1) // a number may have been that of one that has gone
}

/** Resolves when the database knows of so many nodes: others have noticed then who is gone. */
export async function untilAlive(count: number, dataDir: string): Promise<void> {
  const url = await databaseUrl(dataDir)
  const deadline = performance.now() + noticedMs
  for (;;) {
    const [row] = await ask(url, 'select count(*)::integer as alive from node')
    if (row.alive === count) return
    if (performance.now() > deadline) {
      const sessions = await ask(
        url,
        `select pid, state, wait_event, now() - state_change as since, pg_blocking_pids(pid) as behind,
          left(query, 80) as query from pg_stat_activity where datname = current_database()
            and (state <> 'idle' or pg_blocking_pids(pid) <> '{}')`,
      )
      throw new Error(`${row.alive} nodes are alive, not ${count}: ${JSON.stringify(sessions)}`)
    }
    await pause(50)
  }
}

export async function startCluster({
  dataDir,
  port = 0,
  smtpUrl,
  authors,
  signal,
  nodes: count = 2,
  deadAfterMs = 2_000,
}: ClusterOptions): Promise<RunningCluster> {
  const DATABASE_URL = await databaseUrl(dataDir)
  const startedAt = performance.now()
  const web = await front(port)
  const url = `http://127.0.0.1:${web.port}`
  const env = {
    ...{ DATABASE_URL, PORT: '0', PUBLIC_URL: url, DATA_DIR: dataDir },
    BUSBAR_DEAD_AFTER_MS: String(deadAfterMs),
    ...(smtpUrl !== undefined && { SMTP_URL: smtpUrl }),
    ...(authors !== undefined && { AUTHORS: authors }),
  }
  const nodes: BlogProcess[] = []
  const backends = () => nodes.map((node) => ({ port: Number(new URL(node.url).port) }))
  async function add(): Promise<BlogProcess> {
    const node = await blogProcess('start.ts', env, signal)
    nodes.push(node)
    return node
  }
  const killAll = () => Promise.all(nodes.map((node) => node.kill()))
  const started = await Promise.allSettled(Array.from({ length: count }, add))
  const failed = started.find((each) => each.status === 'rejected')
  if (failed) {
    await killAll()
    await web.close()
    throw failed.reason
  }
  await web.use(backends())
  return {
    ...{ url, dataDir, nodes },
    socketUrl: `${url.replace('http', 'ws')}/ws`,
    busUrl: (nodes[0] as BlogProcess).busUrl,
    readyAfterMs: performance.now() - startedAt,
    async add() {
      const node = await add()
      await web.use(backends())
      return node
    },
    async stop() {
      const codes = await Promise.all(nodes.map((node) => node.stop()))
      await web.close()
      return codes.find((code) => code !== 0) ?? codes[0] ?? null
    },
    async kill() {
      await killAll()
      await web.close()
    },
    output: () => nodes.map((node, at) => `node ${at}:\n${node.output()}`).join('\n'),
  }
}
