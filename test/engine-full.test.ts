/**
 * The disk is full: in the middle of a load, again and again, when the engine starts, and when it ends.
 * On a file system of its own where one can be mounted, which takes root, since then it is also the
 * log and its copying into the file that find no room; elsewhere SQLite is told how long its file may be.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { type HandClock, handClock } from '../event-bus/testing.ts'
import { integrity, type OpenBus, openBus } from './faults/bus.ts'
import { circuit } from './faults/circuit.ts'
import { aFolder } from './faults/folder.ts'
import { assertKept, type Put, type Receipt } from './faults/ledger.ts'
import { startLife } from './faults/life.ts'
import { entry, order } from './faults/orders.ts'
import { smallDisk } from './faults/small-disk.ts'

/** A disk of a few megabytes, and how to have it full and not. */
function aDisk(t: TestContext) {
  const small = smallDisk(8)
  if (small) {
    t.after(small.unmount)
    const { fill, free } = small
    return { file: join(small.folder, 'busbar.db'), isReal: true, fill, free, opened: () => {} }
  }
  t.diagnostic(
    'No file system can be mounted here: that takes root on Linux. max_page_count instead',
  )
  const { path, remove } = aFolder()
  t.after(remove)
  let database: DatabaseSync | null = null
  /** Bytes that the file may still grow; null for as long as it likes. */
  let room: number | null = null
  function limit(): void {
    if (!database?.isOpen) return
    const count = Number(database.prepare('pragma page_count').get()?.page_count)
    const pages = room === null ? 1_000_000 : count + Math.floor(room / 4_096)
    database.exec(`pragma max_page_count = ${pages}`)
  }
  return {
    file: join(path, 'busbar.db'),
    isReal: false,
    fill(leave: number) {
      room = leave
      limit()
    },
    free() {
      room = null
      limit()
    },
    opened(db: DatabaseSync) {
      database = db
      limit()
    },
  }
}

/** A bus in this process, on a clock that is moved by hand, with a ledger. */
async function aBus(
  { file, opened }: Pick<ReturnType<typeof aDisk>, 'file' | 'opened'>,
  { receipts, isMailDown = false }: { readonly receipts: Receipt[]; readonly isMailDown?: boolean },
  clock: HandClock,
) {
  const failures: unknown[] = []
  const targets = circuit((what, n, id) => receipts.push({ what, n, id, at: 0, life: 0 }), {
    ...{ haste: true, isMailDown },
  })
  const bus = await openBus(file, targets, {
    ...{ clock, patience: 0.5 },
    failed: (error) => failures.push(error),
    prepare(db) {
      db.exec('pragma wal_autocheckpoint = 50')
      opened(db)
    },
  })
  return { bus, failures }
}

async function close(bus: OpenBus, clock: HandClock): Promise<void> {
  const closing = bus.close()
  await clock.move(5_000)
  await closing
}

/** Puts orders, each alone, until so many are refused; answers which were acknowledged, and asserts why not the others. */
async function put(
  bus: OpenBus,
  clock: HandClock,
  [from, to]: readonly [number, number],
  mostRefused = 20,
) {
  const puts: Put[] = []
  let refused = 0
  for (let n = from; n < to && refused < mostRefused; n++) {
    try {
      const [id = ''] = await bus.putEvents(order(n).bus, [entry(n)])
      puts.push({ n, id, putAt: 0, life: 0 })
    } catch (error) {
      refused++
      assert.equal((error as { readonly code?: string }).code, 'InternalException')
      assert.match(String(error), /Nothing was stored \(.*full.*\).*disk of the data directory/)
    }
    await clock.move(3)
  }
  return { puts, refused }
}

describe('an engine on a disk that is full', { timeout: 120_000 }, () => {
  test('refuses puts, saying why, loses nothing, and goes on when there is room, however often', async (t) => {
    const disk = aDisk(t)
    const clock = handClock()
    const receipts: Receipt[] = []
    const puts: Put[] = []
    let refused = 0
    const { bus, failures } = await aBus(disk, { receipts }, clock)
    for (let round = 0; round < 6; round++) {
      const from = round * 1_000
      puts.push(...(await put(bus, clock, [from, from + 30])).puts)
      disk.fill(15_000 * round)
      const full = await put(bus, clock, [from + 30, from + 900])
      assert.ok(full.refused > 0, 'the disk was full')
      puts.push(...full.puts)
      refused += full.refused
      const before = receipts.length
      disk.free()
      await clock.move(2_000)
      const after = await put(bus, clock, [from + 900, from + 930])
      assert.equal(after.refused, 0, 'there is room')
      assert.ok(receipts.length > before, 'it delivers')
      puts.push(...after.puts)
    }
    await clock.move(60_000)
    await bus.settled()
    assertKept({ puts, receipts }, await bus.kept())
    await close(bus, clock)
    assert.equal(integrity(disk.file), 'ok')
    t.diagnostic(
      JSON.stringify({
        isReal: disk.isReal,
        acknowledged: puts.length,
        refused,
        told: failures.length,
      }),
    )
  })

  test('delivers what it has, and notes what became of it when there is room', async (t) => {
    const disk = aDisk(t)
    const clock = handClock()
    const receipts: Receipt[] = []
    const { bus } = await aBus(disk, { receipts, isMailDown: true }, clock)
    const { puts } = await put(bus, clock, [0, 100])
    await close(bus, clock)

    const next = await aBus(disk, { receipts }, clock)
    disk.fill(0)
    const before = receipts.length
    await clock.move(30_000)
    assert.ok(receipts.length > before, 'mails that waited for a retry have been sent')
    const sent = receipts.length
    await clock.move(30_000)
    assert.equal(receipts.length, sent, 'and are not sent again')

    disk.free()
    await clock.move(60_000)
    await next.bus.settled()
    assertKept({ puts, receipts }, await next.bus.kept())
    await close(next.bus, clock)
    assert.equal(integrity(disk.file), 'ok')
  })

  test('ends and starts, or says why not, and has everything', async (t) => {
    const disk = aDisk(t)
    const clock = handClock()
    const receipts: Receipt[] = []
    const { bus } = await aBus(disk, { receipts, isMailDown: true }, clock)
    const first = await put(bus, clock, [0, 100])
    disk.fill(50_000)
    const second = await put(bus, clock, [100, 900])
    assert.ok(second.refused > 0)
    await close(bus, clock)

    for (let again = 0; again < 3; again++)
      await aBus(disk, { receipts, isMailDown: true }, clock).then(
        (started) => close(started.bus, clock),
        (error: unknown) => assert.match(String(error), /full/),
      )
    disk.free()
    const { bus: last } = await aBus(disk, { receipts }, clock)
    await clock.move(60_000)
    await last.settled()
    const puts = [...first.puts, ...second.puts]
    assertKept({ puts, receipts }, await last.kept())
    await close(last, clock)
    assert.equal(integrity(disk.file), 'ok')
  })

  test('killed there starts, or says why not, and has everything', async (t) => {
    const disk = aDisk(t)
    const outside = aFolder()
    t.after(outside.remove)
    disk.fill(3_000_000)
    const life = startLife({
      ...{ file: disk.file, receipts: join(outside.path, 'receipts') },
      ...{ from: 0, orders: 100_000, callers: 4, mostEntries: 3 },
      sql: disk.isReal ? '' : 'pragma max_page_count = 300',
    })
    await life.ended // by the first refusal, of which the program knows nothing
    const { puts, receipts: first } = life.ledger(0)
    assert.match(life.output(), /Nothing was stored \(.*full/)

    const clock = handClock(new Date(Date.now() + 3_600_000).toISOString())
    const receipts: Receipt[] = [...first]
    disk.fill(0)
    const started = await aBus(disk, { receipts }, clock).catch((error: unknown) => {
      assert.match(String(error), /full/)
      return null
    })
    if (started) await close(started.bus, clock)
    t.diagnostic(JSON.stringify({ acknowledged: puts.length, started: started !== null }))

    disk.free()
    const last = await aBus(disk, { receipts }, clock).catch((error: unknown) => {
      throw new Error(`it does not start with room: ${error}`, { cause: error })
    })
    await clock.move(600_000)
    const kept = await last.bus.kept()
    await close(last.bus, clock)
    assertKept({ puts, receipts }, kept)
    assert.equal(integrity(disk.file), 'ok')
  })
})
