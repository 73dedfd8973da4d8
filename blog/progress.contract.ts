/** What every table of progress has to do, said for each promise of `ports.ts`. See `ports.contract.ts`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Progress } from './ports.ts'
import { mostAttempts, mostFailures, type Note, type Step } from './progress.ts'
import { anId } from './testing.ts'

/**
 * Tables that are shared are emptied before. `deaths` is false for one that asks `noteAfter` and takes long
 * for 186 writes of a row.
 */
export function progressContract(
  name: string,
  make: () => Promise<Progress>,
  { deaths = true } = {},
): void {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, seconds)).toISOString()
  const postId = anId(1)
  const note = (fields: Partial<Note> = {}): Note => ({
    ...{ postId, step: 'mailed', subscriptionId: anId(101), outcome: 'done' },
    ...{ reason: null, at: at(1) },
    ...fields,
  })
  const failed = (fields: Partial<Note> = {}) =>
    note({ outcome: 'failed', reason: 'No, “never” 🎉', ...fields })
  const ofStep = async (progress: Progress, step: Step) => {
    const { step: _, ...count } = (await progress.of(postId)).counts.find(
      (each) => each.step === step,
    ) ?? { step }
    return count
  }
  const none = { done: 0, skipped: 0, failed: 0, dead: 0, at: null }

  describe(`${name}: progress`, () => {
    test('of a post that nothing is noted of is nothing', async () => {
      const progress = await make()
      assert.deepEqual(await progress.of(postId), { announcement: null, counts: [], failures: [] })
    })

    test('begins with the first announcement', async () => {
      const progress = await make()
      const first = { postId, at: at(0), readers: { email: 5_000, https: 2 } }
      await progress.announce(first)
      await progress.announce({ ...first, at: at(9), readers: { email: 1, https: 0 } })

      assert.deepEqual((await progress.of(postId)).announcement, first)
      assert.equal((await progress.of(anId(2))).announcement, null)
    })

    test('counts each reader of each step once, however often and by however many it is noted', async () => {
      const progress = await make()
      const readers = Array.from({ length: 20 }, (_, n) => anId(100 + n))
      const all = readers.map((subscriptionId, n) => note({ subscriptionId, at: at(n) }))
      const [last, ...others] = all.toReversed()
      await Promise.all([...others, ...others].map((each) => progress.note(each)))
      // Alone: of those at the same moment, which is told to be the last is not promised.
      await progress.note(last as (typeof all)[number])
      await progress.note(note({ subscriptionId: anId(100), at: at(50) }))
      await progress.note(note({ subscriptionId: anId(200), outcome: 'skipped' }))
      await progress.note(note({ step: 'called', at: at(7) }))
      await progress.note(note({ step: 'pushed', subscriptionId: '', at: at(8) }))
      await progress.note(note({ postId: anId(2), subscriptionId: anId(201) }))

      assert.deepEqual(await ofStep(progress, 'mailed'), {
        ...{ ...none, done: 20, skipped: 1, at: at(19) },
      })
      assert.deepEqual(await ofStep(progress, 'called'), { ...none, done: 1, at: at(7) })
      assert.deepEqual(await ofStep(progress, 'pushed'), { ...none, done: 1, at: at(8) })
      assert.deepEqual(await ofStep(progress, 'recognised'), {})
    })

    test('keeps a failure with its attempts until it has succeeded', async () => {
      const progress = await make()
      await progress.note(failed())
      await progress.note(failed({ reason: 'Again', at: at(2) }))

      assert.deepEqual(await ofStep(progress, 'mailed'), { ...none, failed: 1 })
      assert.deepEqual((await progress.of(postId)).failures, [
        { step: 'mailed', outcome: 'failed', attempts: 2, reason: 'Again', at: at(2) },
      ])
      await progress.note(note({ at: at(3) }))
      assert.deepEqual(await ofStep(progress, 'mailed'), { ...none, done: 1, at: at(3) })
      assert.deepEqual((await progress.of(postId)).failures, [])
    })

    test('does not take back what is done or skipped', async () => {
      const progress = await make()
      await progress.note(note({ at: at(1) }))
      await progress.note(note({ subscriptionId: anId(102), outcome: 'skipped' }))
      for (const subscriptionId of [anId(101), anId(102)])
        for (const outcome of ['failed', 'dead', 'skipped'] as const)
          await progress.note(failed({ subscriptionId, outcome, at: at(5) }))

      assert.deepEqual(await ofStep(progress, 'mailed'), {
        ...none,
        done: 1,
        skipped: 1,
        at: at(1),
      })
      assert.deepEqual((await progress.of(postId)).failures, [])
    })

    test('knows what is dead, and lets it live again', async () => {
      const progress = await make()
      await progress.note(failed({ outcome: 'dead' }))
      assert.deepEqual(await ofStep(progress, 'mailed'), { ...none, dead: 1 })
      const [letter] = (await progress.of(postId)).failures
      assert.deepEqual(letter, {
        ...{ step: 'mailed', outcome: 'dead', attempts: 1, reason: 'No, “never” 🎉', at: at(1) },
      })
      await progress.note(failed({ at: at(2) }))
      assert.deepEqual(await ofStep(progress, 'mailed'), { ...none, failed: 1 })
    })

    if (deaths)
      test('takes the last failure that the retry policy allows for a death', async () => {
        const progress = await make()
        for (let n = 1; n < mostAttempts; n++) await progress.note(failed())
        assert.deepEqual(await ofStep(progress, 'mailed'), { ...none, failed: 1 })
        await progress.note(failed())
        assert.deepEqual(await ofStep(progress, 'mailed'), { ...none, dead: 1 })
      })

    test('tells the newest failures, and how many there are', async () => {
      const progress = await make()
      const seconds = [3, 1, 7, 5, 6, 2, 4]
      for (const n of seconds)
        await progress.note(failed({ subscriptionId: anId(100 + n), at: at(n) }))

      const { failures } = await progress.of(postId)
      assert.deepEqual(
        failures.map((failure) => failure.at),
        [7, 6, 5, 4, 3].map(at),
      )
      assert.equal(failures.length, mostFailures)
      assert.deepEqual(await ofStep(progress, 'mailed'), { ...none, failed: 7 })
    })
  })
}
