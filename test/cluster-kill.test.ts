/**
 * Three nodes on one PostgreSQL, killed (SIGKILL) and stopped (SIGSTOP) for longer than they may stand still, at
 * random moments and while the server is killed, too. What was acknowledged comes to everybody whom it is
 * for, whoever of them is left; a node that wakes after it was taken for dead writes nothing.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { packaged, startServer } from '../event-bus/adapters/postgres/testing.ts'
import { aFolder } from './faults/folder.ts'
import { assertKept, together } from './faults/ledger.ts'
import { keptAt, type Node, startNode, until } from './faults/nodes.ts'
import { random } from './random.ts'
import { settings } from './settings.ts'

const nodes = 3
const perLife = 1_000_000
const beatMs = 200
const deadMs = 2_000
const limitMs = 60_000

test(`${settings.clusterKills} kills and stops of three nodes lose nothing, nor what none of them may write`, {
  timeout: 240_000 + settings.clusterKills * 15_000,
}, async (t) => {
  t.diagnostic(`BUSBAR_CLUSTER_KILLS=${settings.clusterKills} BUSBAR_SEED=${settings.seed}`)
  const { int, pick } = random(settings.seed)
  const server = await startServer(packaged())
  t.after(() => server.stop())
  const folder = aFolder()
  t.after(folder.remove)
  const url = server.url()
  const lives: Node[] = []
  const start = () => {
    const life = startNode({
      ...{ url, beatMs, deadMs, from: lives.length * perLife, orders: perLife },
      ...{ callers: 4, mostEntries: 10, receipts: join(folder.path, `receipts.${lives.length}`) },
    })
    lives.push(life)
    return life
  }
  const ready = (life: Node) =>
    until(
      () => life.isReady() || life.isOver(),
      () => `a node to be ready: ${life.output()}`,
      limitMs,
    )
  let running = Array.from({ length: nodes }, start)
  await Promise.all(running.map(ready))

  const counts = { killed: 0, stopped: 0, fenced: 0, servers: 0 }
  for (let fault = 0; fault < settings.clusterKills; fault++) {
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
  const kept = await keptAt({ url, beatMs, deadMs }, deadMs * 2)
  last.kill('SIGTERM')
  assert.equal(await last.ended, 0, last.output())

  for (const life of lives) if ((await life.ended) === 3) counts.fenced++
  const ledger = together(lives.map((life, at) => life.ledger(at)))
  const found = assertKept(ledger, kept)
  const copies = ledger.receipts.length - found.deliveries
  t.diagnostic(JSON.stringify({ ...counts, ...found, copies }))
  assert.ok(found.acknowledged > settings.clusterKills, 'enough happened to be worth a kill')
  assert.ok(copies < found.deliveries / 10, `${copies} of ${found.deliveries} came again`)
})
