/**
 * The engine's process is killed (SIGKILL) at random moments, also while it starts and while it makes
 * its file, with events being put and targets that are quick, slow, failing, refusing and fanning
 * out; and so once more while an archive is replayed and the log forgets the rest. A killed process loses what it had in memory, and nothing that it has written: what happens
 * when the machine dies with it is engine-power.test.ts.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Kept, openBus, tables } from './faults/bus.ts'
import { circuit } from './faults/circuit.ts'
import { aFolder } from './faults/folder.ts'
import { assertCopies, assertKept, type Ledger, together } from './faults/ledger.ts'
import { startLife } from './faults/life.ts'
import { assertReplayed, isArchived, replayTarget } from './faults/replaying.ts'
import type { ShopOptions } from './faults/shop.ts'
import { random } from './random.ts'
import { settings } from './settings.ts'

/** A life is measured in what was acknowledged, so that it is worth a kill on a slow machine too. */
const mostAcknowledgements = 2_000
const longestLifeMs = 1_000
/** About what a start takes, so that some kills fall into it. */
const longestStartMs = 400
/** Orders of a life have numbers of their own. */
const perLife = 1_000_000
/** So little that the log always forgets what it may. */
const retentionBytes = 100_000

/** Lives that follow each other on one file. */
function lives(folder: string, all: Partial<ShopOptions> = {}) {
  const file = join(folder, 'data', 'busbar.db')
  const ledgers: Ledger[] = []
  const killedAt: number[] = []
  const options = (more: Partial<ShopOptions> = {}): ShopOptions => ({
    file,
    receipts: join(folder, `receipts.${ledgers.length}`),
    from: ledgers.length * perLife,
    orders: perLife,
    callers: 8,
    mostEntries: 20,
    ...all,
    ...more,
  })
  return {
    file,
    options,
    /** Starts a life, has it killed after `until`, and keeps what it told. */
    async killed(until: (life: ReturnType<typeof startLife>) => Promise<void>): Promise<void> {
      const life = startLife(options())
      try {
        await until(life)
      } finally {
        killedAt[ledgers.length] = await life.kill()
        ledgers.push(life.ledger(ledgers.length))
      }
    },
    /** Starts a last one, which puts nothing or little and lets everything come to its end. */
    async last(orders: number): Promise<void> {
      const life = startLife(options({ orders, mostEntries: 1 }))
      assert.equal(await life.ended, 0, life.output())
      ledgers.push(life.ledger(ledgers.length))
    },
    async kept(): Promise<Kept> {
      const bus = await openBus(
        file,
        circuit(() => {}),
        { archives: all.archives ?? false },
      )
      const kept = await bus.kept()
      await bus.close()
      return kept
    },
    ledger: () => together(ledgers),
    killedAt,
  }
}

/** Kills so many lives, a third of them while they start; answers how many those were. */
async function killAll(
  kills: number,
  { killed, killedAt }: Pick<ReturnType<typeof lives>, 'killed' | 'killedAt'>,
): Promise<number> {
  const { int } = random(settings.seed)
  let inStart = 0
  while (killedAt.length < kills)
    if (killedAt.length % 3 === 2) {
      await killed(async () => void (await pause(int(0, longestStartMs))))
      inStart++
    } else
      await killed(async (life) => {
        await life.ready
        const enough = int(1, mostAcknowledgements)
        const deadline = performance.now() + longestLifeMs
        while (life.acknowledgements < enough && performance.now() < deadline)
          await pause(int(0, 10))
      })
  return inStart
}

/** How far the making of a file had come. */
function stageOf(file: string): 'nothing' | 'file' | 'tables' {
  const found = tables(file)
  return found.length === 0 ? 'nothing' : found.includes('event') ? 'tables' : 'file'
}

describe('an engine', () => {
  test(`${settings.kills} kills at random moments lose nothing, and repeat only what was in flight`, {
    timeout: 180_000 + settings.kills * 10_000,
  }, async (t) => {
    t.diagnostic(`BUSBAR_KILLS=${settings.kills} BUSBAR_SEED=${settings.seed}`)
    const folder = aFolder()
    t.after(folder.remove)
    const { last, kept, ledger, killedAt, ...killing } = lives(folder.path)
    const inStart = await killAll(settings.kills, { ...killing, killedAt })
    await last(0)

    const found = assertKept(ledger(), await kept())
    const copies = assertCopies(ledger(), killedAt)
    assert.ok(found.acknowledged > settings.kills, 'enough happened to be worth a kill')
    t.diagnostic(JSON.stringify({ kills: killedAt.length, inStart, ...found, ...copies }))
  })

  const fewer = Math.ceil(settings.kills / 2)
  test('killed while it replays an archive and forgets its log loses nothing, and repeats only what was in flight', {
    timeout: 180_000 + settings.kills * 10_000,
  }, async (t) => {
    const folder = aFolder()
    t.after(folder.remove)
    const { last, kept, ledger, killedAt, ...killing } = lives(folder.path, {
      ...{ archives: true, retentionBytes },
    })
    const inStart = await killAll(fewer, { ...killing, killedAt })
    await last(0)

    const left = await kept()
    const told = ledger()
    const receipts = told.receipts.filter(({ what }) => !what.startsWith(replayTarget))
    const found = assertKept({ ...told, receipts }, left, (n) => !isArchived(n))
    const again = assertReplayed(told, left)
    const copies = assertCopies(told, killedAt)
    t.diagnostic(JSON.stringify({ kills: fewer, inStart, ...found, ...again, ...copies }))
    // A few kills may come before there is anything.
    if (fewer < 10) return
    assert.ok(found.kept < found.acknowledged, 'it has forgotten')
    assert.ok(again.replayed > 0, 'it has replayed')
    assert.ok(fewer < 30 || again.replaysOverKills > 0, 'kills fell into replays')
  })

  const files = Math.ceil(settings.kills / 4)
  test('killed while it makes its file leaves one that starts', {
    timeout: 60_000 + files * 10_000,
  }, async (t) => {
    const { int } = random(settings.seed)
    const stages = { nothing: 0, file: 0, tables: 0 }
    for (let round = 0; round < files; round++) {
      const folder = aFolder()
      t.after(folder.remove)
      mkdirSync(join(folder.path, 'data'))
      const { file, killed, last, kept, ledger } = lives(folder.path)

      await killed(async (life) => {
        const ready = life.ready.then(() => true)
        ready.catch(() => {})
        // Every other time not before something is in it.
        const isThere = () => existsSync(file) && (round % 2 === 0 || statSync(file).size > 0)
        while (!isThere()) await pause(0)
        const end = performance.now() + int(0, 8)
        while (performance.now() < end) if (await Promise.race([ready, pause(0)])) break
      })
      stages[stageOf(file)]++
      await last(20)

      assert.equal(assertKept(ledger(), await kept()).acknowledged >= 20, true)
      folder.remove()
    }
    t.diagnostic(JSON.stringify({ files, ...stages }))
  })
})
