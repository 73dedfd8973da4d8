/**
 * The engine's process is killed (SIGKILL) at random moments, also while it starts and while it makes
 * its file, with events being put and targets that are quick, slow, failing, refusing and fanning
 * out. A killed process loses what it had in memory, and nothing that it has written: what happens
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

/** Lives that follow each other on one file. */
function lives(folder: string) {
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
      )
      const kept = await bus.kept()
      await bus.close()
      return kept
    },
    ledger: () => together(ledgers),
    killedAt,
  }
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
    const { int } = random(settings.seed)
    const folder = aFolder()
    t.after(folder.remove)
    const { killed, last, kept, ledger, killedAt } = lives(folder.path)

    let inStart = 0
    while (killedAt.length < settings.kills)
      if (int(0, 2) === 0) {
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
    await last(0)

    const found = assertKept(ledger(), await kept())
    const copies = assertCopies(ledger(), killedAt)
    assert.ok(found.acknowledged > settings.kills, 'enough happened to be worth a kill')
    t.diagnostic(JSON.stringify({ kills: killedAt.length, inStart, ...found, ...copies }))
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
