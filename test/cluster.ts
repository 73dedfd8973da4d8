/**
 * The blog as a cluster: nodes as a user starts them, one PostgreSQL that the tests of a file share, and one
 * address in front. A database stands for a data directory: who comes back with that one finds the other.
 */
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
  const client = new Client({ connectionString: url() })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  return url(name)
}

export async function startCluster({
  dataDir,
  port = 0,
  smtpUrl,
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
