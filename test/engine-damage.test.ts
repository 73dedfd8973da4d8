/**
 * The file of a bus and its log are damaged while it does not run: bits, bytes, sectors and blocks in each
 * region, files that are cut off or gone. Then either it says so, naming the file and what to do, or
 * nothing is wrong: never an event that is not as it was put, and none missing that was acknowledged,
 * without a word.
 */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { handClock } from '../event-bus/testing.ts'
import { hasChecksums, openBus } from './faults/bus.ts'
import { circuit } from './faults/circuit.ts'
import { damaged, type Kind, kinds, type Range, type Region, regions } from './faults/damage.ts'
import { aFolder } from './faults/folder.ts'
import { assertKept, type Ledger, type Receipt, together } from './faults/ledger.ts'
import { entry, order } from './faults/orders.ts'
import { random } from './random.ts'
import { settings } from './settings.ts'

const fewestOrders = 150
const frameBytes = 24 + 4_096
const hour = 3_600_000
const start = '2026-01-01T12:00:00.000Z'

/** Null: not there. */
interface Files {
  readonly db: Buffer | null
  readonly wal: Buffer | null
}
/** A bus with a past: of its log a part has been copied to the file, mails wait, pages are free. */
interface Past {
  readonly ledger: Ledger
  /** As a kill leaves them. */
  readonly killed: Files
  /** As an orderly end leaves them. */
  readonly closed: Files
  readonly regions: Readonly<Record<Region, readonly Range[]>>
}

async function aPast(): Promise<Past> {
  const folder = aFolder()
  const file = join(folder.path, 'busbar.db')
  const receipts: Receipt[] = []
  const puts: Ledger['puts'][number][] = []
  let exec = (_sql: string): void => {}
  const targets = circuit((what, n, id) => receipts.push({ what, n, id, at: 0, life: 0 }), {
    ...{ haste: true, isMailDown: true },
  })
  const clock = handClock(start)
  const bus = await openBus(file, targets, {
    ...{ clock, patience: 1 },
    prepare(db) {
      db.exec('pragma wal_autocheckpoint = 60')
      exec = (sql) => db.exec(sql)
    },
  })
  const commits = () => commitsOf(readFileSync(`${file}-wal`)).length
  // Some commits are in the log alone, whenever the last of it was copied.
  for (let n = 0; n < fewestOrders || commits() < 8; n++) {
    const [id = ''] = await bus.putEvents(order(n).bus, [entry(n)])
    puts.push({ n, id, putAt: 0, life: 0 })
    await clock.move(5)
    // Pages become free, some of which are taken again.
    if (n % 60 === 28) exec('create table waste as select randomblob(30000) as x; drop table waste')
  }
  const read = (): Files => ({ db: readFileSync(file), wal: readFileSync(`${file}-wal`) })
  const killed = read()
  const closing = bus.close()
  await clock.move(5_000)
  await closing
  const found = regions(file)
  const closed = { db: readFileSync(file), wal: null }
  folder.remove()
  return { ledger: { puts, receipts }, killed, closed, regions: found }
}

type Verdict = 'refused' | 'told' | 'harmless'
const tells = /(damaged|malformed|missing|empty|cannot be opened).*(backup|DATA_DIR)/s

/** Opens such files, lets everything come to its end, and throws when something is wrong without a word. */
async function verdict(files: Files, ledger: Ledger): Promise<Verdict> {
  const folder = aFolder()
  const file = join(folder.path, 'busbar.db')
  mkdirSync(folder.path, { recursive: true })
  if (files.db) writeFileSync(file, files.db)
  if (files.wal) writeFileSync(`${file}-wal`, files.wal)
  const words: string[] = []
  const say = (error: unknown) => words.push(String(error instanceof Error ? error.message : error))
  const receipts: Receipt[] = []
  const targets = circuit((what, n, id) => receipts.push({ what, n, id, at: 0, life: 1 }), {
    haste: true,
  })
  const clock = handClock(new Date(Date.parse(start) + hour).toISOString())
  try {
    const options = { clock, patience: 0, failed: say }
    const bus = await openBus(file, targets, options).catch((error: unknown) => {
      say(error)
      return null
    })
    if (!bus) {
      assert.match(words.join(), tells)
      assert.ok(words.join().includes(file), `the file is named: ${words}`)
      return 'refused'
    }
    try {
      await clock.move(60_000)
      const kept = await bus.kept()
      words.push(...kept.deadLetters.map(({ error }) => error))
      assertKept(together([ledger, { puts: [], receipts }]), kept)
      return 'harmless'
    } catch (error) {
      say(error)
      if (words.some((word) => /damaged|malformed/.test(word))) return 'told'
      throw error
    } finally {
      const closing = bus.close()
      await clock.move(5_000)
      await closing
    }
  } finally {
    rmSync(folder.path, { recursive: true })
    folder.remove()
  }
}

describe('a bus whose files were damaged while it did not run', { timeout: 300_000 }, () => {
  let past: Past
  before(async () => {
    past = await aPast()
  })

  /** Damages one of the files in those ranges, many times. */
  async function assertTold(
    files: Files,
    name: 'db' | 'wal',
    ranges: readonly Range[],
  ): Promise<Record<string, number>> {
    const chance = random(settings.seed)
    const counts: Record<string, number> = {}
    for (let round = 0; round < settings.damages; round++) {
      const kind = kinds[round % kinds.length] as Kind
      const { content, at } = damaged(files[name] as Buffer, ranges, kind, chance)
      const found = await verdict({ ...files, [name]: content }, past.ledger).catch(
        (cause: Error) => {
          const seed = `BUSBAR_SEED=${settings.seed}`
          throw new Error(`${kind} at ${at} of ${name}, ${seed}: ${cause.message}`, { cause })
        },
      )
      counts[found] = (counts[found] ?? 0) + 1
    }
    return counts
  }

  test('has everything when nothing is damaged', async () => {
    assert.equal(await verdict(past.killed, past.ledger), 'harmless')
    assert.equal(await verdict(past.closed, past.ledger), 'harmless')
  })

  const names: Readonly<Record<Exclude<Region, 'rows'>, string>> = {
    header: 'the header of its file',
    trees: 'what holds the trees of its file together',
    free: 'free pages of its file',
    events: 'the events of its file',
  }
  for (const [region, name] of Object.entries(names))
    test(`says so, or lacks nothing, when it is in ${name}`, async (t) => {
      if (region === 'events' && !hasChecksums()) return t.skip('events have no checksums yet')
      const ranges = past.regions[region as Region]
      assert.ok(ranges.length > 0)
      t.diagnostic(JSON.stringify(await assertTold(past.closed, 'db', ranges)))
    })

  const walRange = (from: number, to: number): readonly Range[] => [[from, to]]
  test('says so, or lacks nothing, when it is in the head of its log', async (t) => {
    t.diagnostic(JSON.stringify(await assertTold(past.killed, 'wal', walRange(0, 32))))
  })
  test('says so, or lacks nothing, when it is in its log, but for the last two commits', async (t) => {
    const lastTwo = commitsOf(past.killed.wal as Buffer).at(-3) as number
    const counts = await assertTold(past.killed, 'wal', walRange(32, lastTwo))
    assert.ok((counts.refused ?? 0) > settings.damages / 2, 'the log was needed')
    t.diagnostic(JSON.stringify(counts))
  })

  test('says so when a file is cut off, empty or gone, but for the end of its log', async (t) => {
    const { int } = random(settings.seed)
    const { db, wal } = past.killed as { readonly db: Buffer; readonly wal: Buffer }
    const whole = past.closed.db as Buffer
    const cases: Files[] = [
      ...[null, Buffer.alloc(0)].flatMap((none) => [
        { db, wal: none },
        { db: none, wal },
      ]),
      ...Array.from({ length: 20 }, () => ({
        db: whole.subarray(0, int(1, whole.length - 1)),
        wal: null,
      })),
      ...Array.from({ length: 10 }, (_, page) => ({
        db: whole.subarray(0, whole.length - 4_096 * (page + 1)),
        wal: null,
      })),
    ]
    for (const files of cases)
      assert.equal(
        await verdict(files, past.ledger),
        'refused',
        `${files.db?.length} bytes, log of ${files.wal?.length}`,
      )
    t.diagnostic(JSON.stringify({ cases: cases.length }))
  })

  test('has all up to an earlier moment, or says so, when its log is cut off', async (t) => {
    const { int } = random(settings.seed)
    const { db, wal } = past.killed as { readonly db: Buffer; readonly wal: Buffer }
    const counts = { refused: 0, earlier: 0 }
    for (let round = 0; round < 20; round++) {
      const files = { db, wal: wal.subarray(0, int(33, wal.length - 1)) }
      try {
        const numbers = await kept(files)
        assert.deepEqual(
          numbers,
          numbers.map((_, index) => index),
          'none is missing before another',
        )
        counts.earlier++
      } catch (error) {
        assert.match(String(error), tells)
        counts.refused++
      }
    }
    t.diagnostic(JSON.stringify(counts))
  })
})

/** The numbers of the orders in such files. */
async function kept(files: Files): Promise<readonly number[]> {
  const folder = aFolder()
  const file = join(folder.path, 'busbar.db')
  if (files.db) writeFileSync(file, files.db)
  if (files.wal) writeFileSync(`${file}-wal`, files.wal)
  const clock = handClock(start)
  try {
    const bus = await openBus(
      file,
      circuit(() => {}, { haste: true }),
      { clock },
    )
    const { events } = await bus.kept()
    const closing = bus.close()
    await clock.move(5_000)
    await closing
    return events.map((text) => JSON.parse(text).detail.n as number).toSorted((a, b) => a - b)
  } finally {
    folder.remove()
  }
}

/** Where the commits of a log end. Behind them are those of an earlier log. */
function commitsOf(wal: Buffer): readonly number[] {
  const salts = wal.toString('hex', 16, 24)
  const ends: number[] = []
  for (let at = 32; at + frameBytes <= wal.length; at += frameBytes) {
    if (wal.toString('hex', at + 8, at + 16) !== salts) break
    if (wal.readUInt32BE(at + 4) !== 0) ends.push(at + frameBytes)
  }
  return ends
}
