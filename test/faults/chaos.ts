/**
 * What happens to a cluster in its chaos, everything beside everything else until the time is over: a few
 * loops of random faults, and one that starts nodes where too few are left.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { type HalfOpen, halfOpen, type Way } from '../../event-bus/adapters/postgres/half-open.ts'
import type { Server } from '../../event-bus/adapters/postgres/testing.ts'
import { random } from '../random.ts'
import type { Ruled } from './chaos-ledger.ts'
import type { ChaosNodeOptions, Command } from './chaos-node.ts'
import { type Node, startNode, until } from './nodes.ts'
import { loseServer } from './server-processes.ts'

const program = fileURLToPath(new URL('./chaos-node.ts', import.meta.url))
const perLife = 1_000_000
const nodes = 3
const mostNodes = 5
const mostRules = 3
const limitMs = 60_000
const ways: readonly Way[] = ['requests', 'answers', 'all']
const now = () => Number(process.hrtime.bigint() / 1_000n)

interface Life {
  readonly node: Node
  readonly network: HalfOpen
  readonly receipts: string
  wasReady: boolean
  /** It was told to end, or killed. */
  isToEnd: boolean
}

export type ChaosOptions = Pick<
  ChaosNodeOptions,
  'beatMs' | 'deadMs' | 'answerMs' | 'hasteSince' | 'haste' | 'items'
> & { readonly server: Server; readonly folder: string; readonly seed: number }

export function chaos({ server, folder, seed, ...options }: ChaosOptions) {
  const { int, pick } = random(seed)
  const { deadMs } = options
  const lives: Life[] = []
  const rules: Ruled[] = []
  const counts = {
    ...{ killed: 0, stopped: 0, ended: 0, added: 0, cut: 0, held: 0, servers: 0 },
    ...{ snapshots: 0, rulesPut: 0, rulesRemoved: 0, fenced: 0, neverReady: 0 },
  }
  const alive = () => lives.filter(({ node }) => !node.isOver())
  const running = () => alive().filter(({ node, isToEnd }) => node.isReady() && !isToEnd)

  async function start(): Promise<void> {
    const network = await halfOpen(Number(new URL(server.url()).port))
    const at = lives.length
    const receipts = join(folder, `receipts.${at}`)
    const node = startNode(
      {
        ...{ ...options, url: network.of(server.url()), receipts },
        ...{ from: at * perLife, orders: perLife, callers: 4, mostEntries: 5 },
      } as ChaosNodeOptions,
      program,
    )
    const life: Life = { node, network, receipts, wasReady: false, isToEnd: false }
    lives.push(life)
    await until(
      () => node.isReady() || node.isOver(),
      () => `a node to be ready: ${node.output()}`,
      limitMs,
    )
    life.wasReady = node.isReady()
  }

  /** Null when nobody can be asked. What was not obeyed may have been done. */
  async function ask(command: Command) {
    const some = running()
    if (some.length === 0) return null
    const life = pick(some)
    const line = JSON.stringify(command)
    const askedAt = now()
    life.node.say(line)
    const isTold = () => life.node.said().includes(`obeyed,${line}`)
    await until(
      () => isTold() || life.node.isOver(),
      () => `${line} to be obeyed or not: ${life.node.output()}`,
      limitMs,
    )
    const isDone = life.node.said().includes(`\nobeyed,${line}\n`)
    return { askedAt, doneAt: isDone ? now() : Number.POSITIVE_INFINITY }
  }
  async function putRule(name: string): Promise<boolean> {
    const put = await ask({ put: name })
    if (put) rules.push({ name, put })
    return put !== null && Number.isFinite(put.doneAt)
  }

  async function harmNodes(): Promise<void> {
    const victims = running()
    const kind = int(0, 9)
    if (victims.length === 0) return
    const victim = pick(victims)
    const { node } = victim
    if (kind < 4) {
      victim.isToEnd = true
      node.kill('SIGKILL')
      await node.ended
      counts.killed++
    } else if (kind < 7) {
      node.kill('SIGSTOP')
      await pause(int(0, 2 * deadMs))
      node.kill('SIGCONT')
      counts.stopped++
    } else if (kind < 9 && alive().length < mostNodes) {
      await start()
      counts.added++
    } else if (victims.length > 2) {
      victim.isToEnd = true
      node.kill('SIGTERM')
      counts.ended++
    }
  }
  async function harmNetworks(): Promise<void> {
    const victims = running()
    if (victims.length === 0) return
    const cut = int(0, 9) === 0 ? victims : [pick(victims)]
    const [kind, way, ms] = [int(0, 2), pick(ways), int(0, 2 * deadMs)]
    for (const { network } of cut) {
      if (kind === 0) network.swallow(way)
      else if (kind === 1) network.swallow(way, true)
      else network.hold(way)
    }
    counts[kind === 2 ? 'held' : 'cut'] += cut.length
    if (kind > 0) await pause(ms)
    for (const { network } of cut) network.heal()
  }
  async function harmServer(): Promise<void> {
    await (process.platform === 'linux' ? loseServer(server) : server.kill())
    await pause(int(0, 500))
    await server.restart()
    counts.servers++
  }
  /** Somebody's transaction, which sees what was there when it began, until it ends or the server does. */
  async function keepSnapshot(): Promise<void> {
    const client = new Client({ connectionString: server.url() })
    client.on('error', () => {})
    const seen = async () =>
      (await client.query('select count(*)::integer as n from event')).rows[0].n as number
    try {
      await client.connect()
      await client.query('begin isolation level repeatable read')
      const before = await seen()
      await pause(int(1_000, 5_000))
      assert.equal(await seen(), before, 'its snapshot is as old as it is')
      counts.snapshots++
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
    } finally {
      await client.end().catch(() => {})
    }
  }
  async function changeRules(): Promise<void> {
    const some = rules.filter(({ name, removed }) => name !== 'always' && !removed)
    if (some.length < mostRules) {
      if (await putRule(`rule-${rules.length}`)) counts.rulesPut++
      return
    }
    const rule = pick(some)
    const { name } = rule
    const removed = await ask({ remove: name })
    if (!removed) return
    rule.removed = removed
    if (Number.isFinite(removed.doneAt)) counts.rulesRemoved++
  }

  return {
    lives,
    rules,
    running,
    async begin(schedules: readonly string[]): Promise<void> {
      await Promise.all(Array.from({ length: nodes }, start))
      assert.ok(await putRule('always'), 'a rule is put')
      for (const put of schedules) {
        const moments = await ask({ put, schedule: true })
        assert.ok(Number.isFinite(moments?.doneAt), `${put} is put`)
      }
    },
    async rage(seconds: number): Promise<void> {
      const end = performance.now() + seconds * 1_000
      const again = async (harm: () => Promise<void>, least: number, most: number) => {
        for (;;) {
          await pause(int(least, most))
          if (performance.now() > end) return
          await harm()
        }
      }
      await Promise.all([
        again(harmNodes, 200, 1_500),
        again(harmNetworks, 200, 1_500),
        again(harmServer, 4_000, 10_000),
        again(keepSnapshot, 0, 100),
        again(changeRules, 500, 2_000),
        again(
          async () => {
            if (alive().length < nodes) await start()
          },
          10,
          20,
        ),
      ])
    },
    /** All is well again; they put nothing any more, and have time for what is left. */
    async rest(): Promise<void> {
      for (const { node, network } of lives) {
        network.heal()
        node.kill('SIGCONT')
      }
      if (running().length === 0) await start()
      for (const { node } of running()) node.say(JSON.stringify({ rest: true }))
    },
    async end() {
      const survivors = running()
      for (const life of survivors) {
        life.isToEnd = true
        life.node.kill('SIGTERM')
      }
      for (const { node } of survivors) assert.equal(await node.ended, 0, node.output())
      for (const { node, wasReady, isToEnd } of lives) {
        const code = await node.ended
        if (code === 3) counts.fenced++
        else if (!wasReady) counts.neverReady++
        else assert.ok(isToEnd && (code === 0 || code === null), `${code}: ${node.output()}`)
      }
      return counts
    },
    /** Whatever became of it. */
    async close(): Promise<void> {
      for (const { node, network } of lives) {
        node.kill('SIGKILL')
        network.close()
      }
      await Promise.all(lives.map(({ node }) => node.ended))
    },
    told: () =>
      lives.map(
        ({ node, receipts }) =>
          wholeLines(node.said()) +
          (existsSync(receipts) ? wholeLines(readFileSync(receipts, 'utf8')) : ''),
      ),
  }
}

const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1)
