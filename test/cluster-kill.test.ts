/**
 * Three nodes on one PostgreSQL, killed (SIGKILL) and stopped (SIGSTOP) for longer than they may stand still, at
 * random moments and while the server is killed, too. What was acknowledged comes to everybody whom it is
 * for, whoever of them is left; a node that wakes after it was taken for dead writes nothing.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { postgresStore } from '../event-bus/adapters/postgres/store.ts'
import { packaged, startServer } from '../event-bus/adapters/postgres/testing.ts'
import type { Kept } from './faults/bus.ts'
import type { ClusterShopOptions } from './faults/cluster-shop.ts'
import { aFolder } from './faults/folder.ts'
import { assertKept, type Ledger, together, told } from './faults/ledger.ts'
import { random } from './random.ts'
import { settings } from './settings.ts'

const program = fileURLToPath(new URL('./faults/cluster-shop.ts', import.meta.url))
const nodes = 3
const perLife = 1_000_000
const beatMs = 200
const deadMs = 2_000
const limitMs = 60_000
const drainMs = 120_000

const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

function startNode(options: ClusterShopOptions) {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH },
  })
  alive.add(child)
  let [output, errors] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = once(child, 'close').then(([code]) => {
    alive.delete(child)
    return code as number | null
  })
  return {
    ended,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    isReady: () => output.startsWith('ready\n'),
    isOver: () => child.exitCode !== null || child.signalCode !== null,
    output: () => errors,
    ledger: (life: number): Ledger =>
      together(
        [output, existsSync(options.receipts) ? readFileSync(options.receipts, 'utf8') : ''].map(
          (text) => told(text, life),
        ),
      ),
  }
}

async function until(done: () => boolean | Promise<boolean>, what: () => string, ms: number) {
  const deadline = performance.now() + ms
  while (!(await done())) {
    assert.ok(performance.now() < deadline, `not within ${ms} ms: ${what()}`)
    await pause(20)
  }
}

test(`${settings.kills} kills and stops of three nodes lose nothing, nor what none of them may write`, {
  timeout: 240_000 + settings.kills * 15_000,
}, async (t) => {
  t.diagnostic(`BUSBAR_KILLS=${settings.kills} BUSBAR_SEED=${settings.seed}`)
  const { int, pick } = random(settings.seed)
  const server = await startServer(packaged())
  t.after(() => server.stop())
  const folder = aFolder()
  t.after(folder.remove)
  const url = server.url()
  const lives: ReturnType<typeof startNode>[] = []
  const start = () => {
    const life = startNode({
      ...{ url, beatMs, deadMs, from: lives.length * perLife, orders: perLife },
      ...{ callers: 4, mostEntries: 10, receipts: join(folder.path, `receipts.${lives.length}`) },
    })
    lives.push(life)
    return life
  }
  const ready = (life: ReturnType<typeof startNode>) =>
    until(
      () => life.isReady() || life.isOver(),
      () => `a node to be ready: ${life.output()}`,
      limitMs,
    )
  let running = Array.from({ length: nodes }, start)
  await Promise.all(running.map(ready))

  const counts = { killed: 0, stopped: 0, fenced: 0, servers: 0 }
  for (let fault = 0; fault < settings.kills; fault++) {
    await pause(int(100, 1_000))
    const life = pick(running)
    const kind = int(0, 9)
    if (kind === 0) {
      await server.kill()
      await pause(int(0, 500))
      await server.restart()
      counts.servers++
    } else if (kind < 6) {
      life.kill('SIGKILL')
      await life.ended
      counts.killed++
    } else {
      life.kill('SIGSTOP')
      await pause(int(0, 2 * deadMs))
      life.kill('SIGCONT')
      counts.stopped++
      await pause(beatMs * 2)
    }
    running = running.filter((each) => !each.isOver())
    while (running.length < nodes) running.push(start())
    await Promise.all(running.map(ready))
  }

  // One more puts nothing and lets all that is left come to its end.
  for (const life of running) life.kill('SIGTERM')
  await Promise.all(running.map(({ ended }) => ended))
  const last = startNode({
    ...{ url, beatMs, deadMs, from: lives.length * perLife, orders: 0, callers: 0 },
    ...{ mostEntries: 1, receipts: join(folder.path, `receipts.${lives.length}`) },
  })
  lives.push(last)
  await ready(last)
  const store = await postgresStore({ url, beatMs, deadMs })
  t.after(() => store.close())
  const waiting = async () =>
    [...(await store.counts()).values()].reduce((sum, each) => sum + each.waiting, 0)
  let quiet = 0
  await until(
    async () => {
      const isQuiet = store.nodes().length === 2 && (await waiting()) === 0
      quiet = isQuiet ? quiet + 1 : 0
      return quiet > (deadMs * 2) / 20
    },
    () => 'nothing to wait any more',
    drainMs,
  )
  last.kill('SIGTERM')
  assert.equal(await last.ended, 0, last.output())

  for (const life of lives) if ((await life.ended) === 3) counts.fenced++
  const all = 2 ** 40
  const texts = await Promise.all(
    ['orders', 'stock'].map((bus) => store.tail(bus, 10_000_000, all)),
  )
  const letters = await store.deadLetters({}, 'oldest', 10_000_000, all)
  const kept: Kept = {
    events: texts.flat().map(({ text }) => text),
    replays: [],
    waiting: await waiting(),
    deadLetters: letters.map(
      ({ target, item, text, attempts, exhaustedRetryCondition, error }) => ({
        what: item === '' ? target : `${target} ${item}`,
        ...{ text, attempts, error, reason: exhaustedRetryCondition ?? null },
      }),
    ),
  }
  const ledger = together(lives.map((life, at) => life.ledger(at)))
  const found = assertKept(ledger, kept)
  const copies = ledger.receipts.length - found.deliveries
  t.diagnostic(JSON.stringify({ ...counts, ...found, copies }))
  assert.ok(found.acknowledged > settings.kills, 'enough happened to be worth a kill')
  assert.ok(copies < found.deliveries / 10, `${copies} of ${found.deliveries} came again`)
})
