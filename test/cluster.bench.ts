/**
 * `npm run bench -- cluster`: how many events a second go from put to stored acknowledgement through one node
 * and through two on one PostgreSQL, how long one takes, and what a dead target costs the others; as JSON
 * lines, beside what that PostgreSQL and this disk do alone in the same run. Server, nodes and load share the
 * machine. `BUSBAR_BACKLOG` is how many deliveries wait for the dead target.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { version } from 'node:process'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { textArray } from '../event-bus/adapters/postgres/arrays.ts'
import { packaged, type Server, startServer } from '../event-bus/adapters/postgres/testing.ts'
import { print, printTimes, rounded } from './bench-lines.ts'
import type { Order, Told } from './cluster-node.ts'
import { syncsPerSecond } from './disk.ts'
import { settings } from './settings.ts'

const aloneMs = 2_000
const events = 200_000
const inFlight = 1_000
const perSecond = 1_000
const openLoopSeconds = 8
/** Not counted: it shows how fast Node compiles. */
const warmUp = 50_000
const nodeLimitMs = 600_000
/** Put beside a dead target, before it is owed anything and after. */
const besideDead = 100_000

const program = fileURLToPath(new URL('./cluster-node.ts', import.meta.url))
const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

async function startNode(url: string, ...more: readonly 'hangs'[]) {
  const child = fork(program, [url, ...more], { execArgv: ['--max-semi-space-size=32'] })
  children.add(child)
  const ended = once(child, 'exit').then(() => children.delete(child))
  const answer = async () => {
    const signal = AbortSignal.timeout(nodeLimitMs)
    const gone = once(child, 'exit', { signal }).then(() => {
      throw new Error('A node has ended')
    })
    const [told] = await Promise.race([once(child, 'message', { signal }), gone])
    return told as Told
  }
  await answer()
  return {
    async ask(order: Order): Promise<Exclude<Told, 'ready'>> {
      const told = answer()
      child.send(order)
      return (await told) as Exclude<Told, 'ready'>
    },
    async close() {
      child.send('close' satisfies Order)
      await ended
    },
  }
}
type Node = Awaited<ReturnType<typeof startNode>>

/** Through all of these at once: events a second, and what they cost the nodes. */
async function saturated(nodes: readonly Node[], count: number) {
  const start = performance.now()
  const told = await Promise.all(
    nodes.map((node) => node.ask({ put: Math.ceil(count / nodes.length), inFlight })),
  )
  const seconds = (performance.now() - start) / 1_000
  const cpu = told.reduce((sum, each) => sum + ('seconds' in each ? each.cpuMicroseconds : 0), 0)
  return { rate: count / seconds, cpu: cpu / count }
}

/** Rows a second that one connection inserts, so many a statement: each is a commit. */
async function rowsAlone(server: Server, rows: number): Promise<number> {
  const client = new Client({ connectionString: server.url() })
  await client.connect()
  await client.query('set synchronous_commit = on')
  await client.query('create table if not exists alone (text text not null)')
  const texts = textArray(Array(rows).fill('x'.repeat(500)))
  const text = 'insert into alone select * from unnest($1::text[])'
  const end = performance.now() + aloneMs
  let inserted = 0
  for (; performance.now() < end; inserted += rows)
    await client.query({ name: 'alone', text, values: [texts] })
  await client.query('drop table alone')
  await client.end()
  return (inserted * 1_000) / aloneMs
}

/** What it costs the others when so many deliveries wait for a target that hangs; on a database of its own. */
async function besideHanging(server: Server, waiting: number): Promise<void> {
  const asked = async (database: string, text: string) => {
    const client = new Client({ connectionString: server.url(database) })
    await client.connect()
    const { rows } = await client.query(text)
    await client.end()
    return rows
  }
  await asked('postgres', 'create database hanging')
  const node = await startNode(server.url('hanging'), 'hangs')
  await saturated([node], warmUp)
  const { rate: none } = await saturated([node], besideDead)
  await node.ask({ owed: waiting })
  const [counted] = await asked('hanging', 'select count(*) as n from delivery')
  const { rate: beside } = await saturated([node], besideDead)
  print('backlog', 'events', beside, 'per_second', {
    waiting_for_a_dead_target: Number(counted.n),
    without_backlog: rounded(none),
    ratio: rounded(beside / none),
  })
  await node.close()
}

const directory = await mkdtemp(join(tmpdir(), 'busbar-disk-'))
const server = await startServer(packaged())
try {
  const machine = { cores: availableParallelism(), load: rounded(loadavg()[0] ?? 0), node: version }
  print('disk', 'fdatasync', await syncsPerSecond(directory, aloneMs), 'per_second', machine)
  let best = 0
  for (const rows of [1, 10, 100, 1_000]) {
    const alone = await rowsAlone(server, rows)
    best = Math.max(best, alone)
    print('postgres', 'rows', alone, 'per_second', { rows_a_commit: rows })
  }
  const nodes: Node[] = []
  let before = Number.NaN
  for (let count = 1; count <= 2; count++) {
    nodes.push(await startNode(server.url()))
    await saturated(nodes, warmUp)
    const { rate, cpu } = await saturated(nodes, events)
    print('saturation', 'events', rate, 'per_second', {
      nodes: count,
      cpu_microseconds_an_event: rounded(cpu),
      ratio_to_postgres_alone: rounded(rate / best),
      ...(count > 1 && { ratio_to_a_node_less: rounded(rate / before) }),
    })
    before = rate
  }
  const [first] = nodes
  const times = await first?.ask({ perSecond, seconds: openLoopSeconds })
  if (times && 'put' in times) {
    printTimes('open-loop', 'put', times.put, { events_per_second: perSecond })
    printTimes('open-loop', 'put_to_target', times.delivered, { events_per_second: perSecond })
  }
  for (const node of nodes) await node.close()
  await besideHanging(server, settings.backlog)
} finally {
  await server.stop()
  await rm(directory, { recursive: true, force: true })
}
