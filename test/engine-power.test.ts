/**
 * The power goes, and with it all that the operating system was told to write and not to sync. SQLite
 * inside of Node has no place to put a fault, so the faults come from outside. A program that puts
 * events is run under `strace`, which writes down each write, each sync and each acknowledgement in
 * their order; from that any moment can be had again, with any part of the writes that were not
 * synced: none, all, some, halves of pages, noise. Each such file is opened, delivered to its end, and
 * held against what had been acknowledged up to that moment. That needs neither root nor a compiler,
 * and finds more than pulling a plug, which leaves one moment and one order.
 *
 * That it can fail is shown by the same test of a file that is synced too seldom.
 */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { aFolder } from './faults/folder.ts'
import { told } from './faults/ledger.ts'
import { startLife } from './faults/life.ts'
import { disk, type Fate, fates } from './faults/power.ts'
import { assertNothingLost } from './faults/survivor.ts'
import { type Step, stepsOf, tracer, untraceable } from './faults/trace.ts'
import { random } from './random.ts'
import { settings } from './settings.ts'

/** So that what happens every 4,000 pages, and every 64 MB, happens often. */
const often = 'pragma wal_autocheckpoint = 30; pragma journal_size_limit = 150000;'
const ordersPerLife = 150

const why = untraceable()
const options = { timeout: 120_000 + settings.cuts * 2_000, skip: !settings.ci && (why ?? false) }

/** Two lives on a new file, the first of which ends orderly, and all that they do to it. */
async function traced(t: TestContext, sql: string): Promise<readonly Step[]> {
  const folder = aFolder()
  t.after(folder.remove)
  const [root, trace, receipts] = ['disk', 'trace', 'receipts'].map((name) =>
    join(folder.path, name),
  ) as [string, string, string]
  mkdirSync(root)
  const life = startLife(
    {
      file: join(root, 'data', 'busbar.db'),
      ...{ receipts, sql, from: 0, orders: ordersPerLife, lives: 2, callers: 3, mostEntries: 3 },
    },
    tracer(trace),
  )
  assert.equal(await life.ended, 0, life.output())
  return stepsOf(trace, root, receipts).map((step) =>
    'path' in step ? { ...step, path: step.path.replace(root, '') } : step,
  )
}

/** Puts what is left of a disk into a folder, and holds it against what was told. */
async function assertSurvived(files: ReadonlyMap<string, Buffer>, before: string) {
  const folder = aFolder()
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true })
    writeFileSync(join(folder.path, path), content)
  }
  const found = await assertNothingLost(join(folder.path, 'data', 'busbar.db'), told(before, 0))
  folder.remove()
  return found
}

/** Goes through the steps and has the power cut after some of them. */
async function cuts(
  steps: readonly Step[],
  after: readonly number[],
  each: (files: ReadonlyMap<string, Buffer>, before: string, at: number) => Promise<void>,
  fateOf: (at: number) => Fate,
  chance = random(settings.seed),
): Promise<void> {
  const machine = disk('')
  let before = ''
  for (const [at, step] of steps.entries()) {
    machine.take(step)
    if (step.kind === 'told') before += step.text
    for (const cut of after) if (cut === at) await each(machine.cut(fateOf(at), chance), before, at)
  }
}

test(
  'nothing that was acknowledged is lost at any moment at which the power goes',
  options,
  async (t) => {
    assert.equal(why, null)
    t.diagnostic(`BUSBAR_CUTS=${settings.cuts} BUSBAR_SEED=${settings.seed}`)
    const steps = await traced(t, often)
    const { int, pick } = random(settings.seed)
    // A third of them while the file is made or made anew, which is short, or while pages are copied into it.
    const rare = steps.flatMap(({ kind, ...step }, at) =>
      kind === 'create' ||
      kind === 'unlink' ||
      kind === 'truncate' ||
      ('path' in step && step.path.endsWith('.db'))
        ? [at]
        : [],
    )
    const after = Array.from({ length: settings.cuts }, (_, index) =>
      index % 3 === 0 ? pick(rare) : int(0, steps.length - 1),
    )
    const count = { acknowledged: 0, kept: 0, deliveries: 0, deadLetters: 0, copies: 0 }
    const had: Partial<Record<Fate, number>> = {}
    await cuts(
      steps,
      after,
      async (files, before, at) => {
        const found = await assertSurvived(files, before).catch((error: unknown) => {
          throw new Error(`after step ${at}: ${error instanceof Error ? error.message : error}`, {
            cause: error,
          })
        })
        for (const key of ['acknowledged', 'kept', 'deliveries', 'deadLetters', 'copies'] as const)
          count[key] += found[key]
      },
      () => {
        const fate = pick(fates)
        had[fate] = (had[fate] ?? 0) + 1
        return fate
      },
    )
    const kinds = Object.groupBy(steps, ({ kind }) => kind)
    const done = Object.fromEntries(
      Object.entries(kinds).map(([kind, { length }]) => [kind, length]),
    )
    t.diagnostic(
      JSON.stringify({ steps: steps.length, ...done, cuts: after.length, ...had, ...count }),
    )
  },
)

test(
  'a file that is synced less often loses what was acknowledged, so the test before can fail',
  options,
  async (t) => {
    assert.equal(why, null)
    const steps = await traced(t, `${often} pragma synchronous = normal;`)
    const { int } = random(settings.seed)
    const after = Array.from({ length: 20 }, () => int(0, steps.length - 1))
    let failed = 0
    let lost = 0
    await cuts(
      steps,
      after,
      async (files, before) => {
        await assertSurvived(files, before).catch((error: unknown) => {
          if (!(error instanceof assert.AssertionError)) throw error
          const lossOf = /(\d+) of \d+ acknowledged events are lost/.exec(error.message)
          failed++
          lost += Number(lossOf?.[1] ?? 0)
        })
      },
      () => 'lost',
    )
    t.diagnostic(JSON.stringify({ cuts: after.length, failed, lost }))
    assert.ok(lost > 0)
  },
)
