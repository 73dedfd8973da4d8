/**
 * The power goes, once more, with a kernel's own file system below the engine instead of a model of one:
 * an ext4 in a file. The engine stands still, the file is copied, which is what had reached the disk, and
 * the copy is mounted. That has none of the disk's disorder and few moments, which engine-power.test.ts
 * has; it has the settings that users have, and says that a sync is one. It takes root on Linux.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { aFolder } from './faults/folder.ts'
import { copyImage, mount, mountNew, unmount, unmountable } from './faults/image.ts'
import { startLife } from './faults/life.ts'
import { assertNothingLost } from './faults/survivor.ts'
import { random } from './random.ts'
import { settings } from './settings.ts'

const rounds = Math.ceil(settings.cuts / 70)
const megabytes = 64

const why = unmountable()
const options = { timeout: 60_000 + rounds * 20_000, skip: !settings.ci && (why ?? false) }

/** A life on a disk of its own, and what is there after the power went in the midst of it. */
async function cut(t: TestContext, sql: string, acknowledgements: number) {
  const folder = aFolder()
  const [image, copy, before, after, receipts] = [
    ...['image', 'copy', 'before', 'after', 'receipts'].map((name) => join(folder.path, name)),
  ] as [string, string, string, string, string]
  t.after(() => {
    unmount(before)
    unmount(after)
    folder.remove()
  })
  mountNew(image, before, megabytes)
  const life = startLife({
    ...{ file: join(before, 'data', 'busbar.db'), receipts, sql, from: 0 },
    ...{ orders: 1_000_000, callers: 4, mostEntries: 5 },
  })
  await life.ready
  while (life.acknowledgements < acknowledgements) await pause(5)
  await life.stop()
  copyImage(image, copy)
  await life.kill()
  unmount(before)
  mount(copy, after)
  try {
    return await assertNothingLost(join(after, 'data', 'busbar.db'), life.ledger(0))
  } finally {
    unmount(after)
  }
}

test('what was acknowledged has reached the disk', options, async (t) => {
  assert.equal(why, null)
  t.diagnostic(`BUSBAR_SEED=${settings.seed}`)
  const { int } = random(settings.seed)
  for (let round = 0; round < rounds; round++)
    t.diagnostic(JSON.stringify(await cut(t, '', int(1, 600))))
})

test(
  'with a file that is synced less often it has not, so the test before can fail',
  options,
  async (t) => {
    assert.equal(why, null)
    const error = await cut(t, 'pragma synchronous = normal', 300).then(
      () => null,
      (wrong: unknown) => wrong,
    )
    assert.match(String(error), /\d+ of \d+ acknowledged events are lost/)
    t.diagnostic(/\d+ of \d+ acknowledged events are lost/.exec(String(error))?.[0] ?? '')
  },
)
