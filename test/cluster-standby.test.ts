/**
 * The standby of the database hangs or is gone: nothing is acknowledged until it answers. Then the machine of
 * the database is lost: all processes of the primary are killed, and its synchronous standby is
 * promoted. The nodes know one address, as of a name that moves; it leads to the standby a moment before
 * that takes writes. No node ends, and nothing that was acknowledged is lost.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { packaged, startServer } from '../event-bus/adapters/postgres/testing.ts'
import { aFolder } from './faults/folder.ts'
import { assertKept, together } from './faults/ledger.ts'
import { movingName } from './faults/moving-name.ts'
import { keptAt, type Node, ready, startNode, until } from './faults/nodes.ts'
import { loseServer, resumeServer, stopServer, tidyAfter } from './faults/server-processes.ts'
import { random } from './random.ts'
import { settings } from './settings.ts'

const perLife = 1_000_000
const limitMs = 60_000

const why = process.platform === 'linux' ? null : 'it takes Linux to find the processes of a server'

test(`${settings.promotions} promotions of a standby, which was hung and gone before, lose nothing, and the nodes go on`, {
  timeout: 60_000 + settings.promotions * 60_000,
  skip: !settings.ci && (why ?? false),
}, async (t) => {
  t.diagnostic(`BUSBAR_PROMOTIONS=${settings.promotions} BUSBAR_SEED=${settings.seed}`)
  const { int } = random(settings.seed)
  const isSynchronous = { synchronous_standby_names: '*' }
  let primary = await startServer(packaged(), isSynchronous)
  const first = primary
  t.after(() => first.stop())
  const folder = aFolder()
  t.after(folder.remove)
  const name = await movingName(primary.url())
  t.after(() => name.close())
  const lives: Node[] = []
  const options = { url: name.of(primary.url()), beatMs: 200, deadMs: 5_000, answerMs: 500 }
  const start = (orders = perLife) => {
    const life = startNode({
      ...{ ...options, from: lives.length * perLife, orders, callers: 4, mostEntries: 10 },
      receipts: join(folder.path, `receipts.${lives.length}`),
    })
    lives.push(life)
    return life
  }
  const acknowledged = () => lives.reduce((sum, life) => sum + life.acknowledgements(), 0)
  const more = async (count: number) => {
    const before = acknowledged()
    await until(
      () => acknowledged() > before + count,
      () => `${count} more to be acknowledged: ${lives.map((life) => life.output())}`,
      limitMs,
    )
  }

  /** Commits wait for the standby, and what they waited for that were before it has been told. */
  const nothingMore = async (ms: number) => {
    const client = new Client({ connectionString: primary.url() })
    await client.connect()
    await until(
      async () => {
        const waiting = `select from pg_stat_activity where wait_event = 'SyncRep'`
        return ((await client.query(waiting)).rowCount ?? 0) > 0
      },
      () => 'a commit to wait for the standby',
      limitMs,
    )
    await client.end()
    await pause(300)
    const before = acknowledged()
    await pause(ms)
    assert.equal(acknowledged(), before, 'nothing is acknowledged that the standby does not have')
  }

  for (let promotion = 0; promotion < settings.promotions; promotion++) {
    // A copy of the files while it stands still is what a base backup is.
    await primary.kill()
    // The last one is alone in the end: it cannot wait for another.
    const isLast = promotion + 1 === settings.promotions
    const standby = await startServer(packaged(), isLast ? {} : isSynchronous, {
      ...{ copyOf: primary.folder, standbyOf: primary.url() },
    })
    t.after(() => standby.stop())
    await primary.restart()
    if (promotion === 0) await Promise.all([start(), start()].map(ready))
    await more(100)

    const children = stopServer(standby)
    await nothingMore(int(300, 1_000))
    resumeServer(standby, children)
    await more(100)
    await loseServer(standby)
    await nothingMore(int(0, 300))
    await standby.restart()
    await more(100)
    await pause(int(0, 500))

    await loseServer(primary)
    name.leadTo(standby.url())
    await pause(int(0, 500))
    const client = new Client({ connectionString: standby.url() })
    await client.connect()
    const { rows } = await client.query('select pg_is_in_recovery() as is_standby, pg_promote()')
    assert.deepEqual(rows, [{ is_standby: true, pg_promote: true }])
    await client.end()
    await tidyAfter(primary)
    primary = standby
    if (isLast) await more(100)
  }

  for (const life of lives) assert.ok(!life.isOver(), `no node has ended: ${life.output()}`)
  for (const life of lives) life.kill('SIGTERM')
  for (const life of lives) assert.equal(await life.ended, 0, life.output())
  const last = start(0)
  await ready(last)
  const kept = await keptAt(options)
  last.kill('SIGTERM')
  assert.equal(await last.ended, 0, last.output())
  const ledger = together(lives.map((life, at) => life.ledger(at)))
  const found = assertKept(ledger, kept)
  const copies = ledger.receipts.length - found.deliveries
  t.diagnostic(JSON.stringify({ ...found, copies }))
})
