/**
 * The power goes below the database: PostgreSQL on an ext4 in a file. It stands still, the file is copied,
 * which is what had reached the disk, and a server is started on the copy. As engine-power-image.test.ts does
 * it for one process; it takes root on Linux.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { packaged, startServer } from '../event-bus/adapters/postgres/testing.ts'
import { aFolder } from './faults/folder.ts'
import { copyImage, mount, mountNew, unmount, unmountable } from './faults/image.ts'
import { assertKept, together } from './faults/ledger.ts'
import { keptAt, type Node, ready, startNode, until } from './faults/nodes.ts'
import { loseServer, stopServer, tidyAfter } from './faults/server-processes.ts'
import { random } from './random.ts'
import { settings } from './settings.ts'

const rounds = Math.ceil(settings.cuts / 200)
const megabytes = 512
const perLife = 1_000_000
const limitMs = 60_000
const why = unmountable()
const options = { timeout: 60_000 + rounds * 60_000, skip: !settings.ci && (why ?? false) }

/** Nothing comes to the disk by itself soon after its commit: what is not synced is lost. */
const idle = { wal_writer_delay: '10s', wal_writer_flush_after: '1GB', checkpoint_timeout: '1h' }

/**
 * `synchronous_commit = off`. A node refuses to start with that and sets the contrary on each of its
 * connections: it can only be turned off from within each transaction; of a heartbeat and of who takes deliveries,
 * too, since whoever syncs syncs what was committed before.
 */
const forgetful = `
  create function forget() returns trigger language plpgsql as $$
    begin
      perform set_config('synchronous_commit', 'off', true);
      return null;
    end $$;
  create trigger forget after update on fence for each statement execute function forget();
  create trigger forget after update on node for each statement execute function forget();
  create trigger forget after update on delivery for each statement execute function forget()`

/** Two nodes on a disk of their own, and what is there after the power went in the midst of it. */
async function cut(t: TestContext, sql: string, acknowledgements: number) {
  const folder = aFolder()
  chmodSync(folder.path, 0o755) // the server is somebody else
  const [image, copy, before, after] = ['image', 'copy', 'before', 'after'].map((name) =>
    join(folder.path, name),
  ) as [string, string, string, string]
  const receipts = (life: number) => join(folder.path, `receipts.${life}`)
  t.after(() => {
    unmount(before)
    unmount(after)
    folder.remove()
  })
  mountNew(image, before, megabytes)
  const server = await startServer(packaged(), idle, { within: before })
  const common = { beatMs: 100, deadMs: 5_000, callers: 4, mostEntries: 5 }
  const lives: Node[] = [0, 1].map((life) =>
    startNode({
      ...{ ...common, url: server.url(), orders: perLife },
      ...{ from: life * perLife, receipts: receipts(life) },
    }),
  )
  try {
    await Promise.all(lives.map(ready))
    // What was made without syncs, such as the database, is not what is cut.
    assert.equal(spawnSync('sync', ['-f', before]).status, 0)
    const client = new Client({ connectionString: server.url() })
    await client.connect()
    await client.query(sql)
    await client.end()
    const sum = () => lives.reduce((all, life) => all + life.acknowledgements(), 0)
    const enough = sum() + acknowledgements
    await until(
      () => sum() > enough,
      () => `${acknowledgements} to be acknowledged: ${lives.map((life) => life.output())}`,
      limitMs,
    )
    stopServer(server)
    copyImage(image, copy)
  } finally {
    for (const life of lives) life.kill('SIGKILL')
    await Promise.all(lives.map((life) => life.ended))
    await loseServer(server)
    await tidyAfter(server)
    await server.stop()
  }
  unmount(before)

  mount(copy, after)
  const copyOf = join(after, basename(server.folder))
  const recovered = await startServer(packaged(), {}, { copyOf })
  try {
    const there = { ...common, url: recovered.url(), deadMs: 1_000 }
    const last = startNode({ ...there, from: 0, orders: 0, receipts: receipts(lives.length) })
    lives.push(last)
    await ready(last)
    const kept = await keptAt(there)
    last.kill('SIGTERM')
    assert.equal(await last.ended, 0, last.output())
    return assertKept(together(lives.map((life, at) => life.ledger(at))), kept)
  } finally {
    for (const life of lives) life.kill('SIGKILL')
    await recovered.stop()
    unmount(after)
  }
}

test('what nodes acknowledged has reached the disk of their database', options, async (t) => {
  assert.equal(why, null)
  t.diagnostic(`BUSBAR_CUTS=${settings.cuts} BUSBAR_SEED=${settings.seed}`)
  const { int } = random(settings.seed)
  for (let round = 0; round < rounds; round++)
    t.diagnostic(JSON.stringify(await cut(t, '', int(1, 200))))
})

test(
  'where commits do not wait for the disk it has not, so the test before can fail',
  options,
  async (t) => {
    assert.equal(why, null)
    const error = await cut(t, forgetful, 200).then(
      () => null,
      (wrong: unknown) => wrong,
    )
    const lost = /\d+ of \d+ acknowledged events are lost/
    assert.match(String(error), lost)
    t.diagnostic(lost.exec(String(error))?.[0] ?? '')
  },
)
