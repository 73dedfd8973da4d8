/** The worker: its limits, and that no text takes it or the next text with it. */
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { entityRecognizerContract } from '../../entity-recognizer.contract.ts'
import { compromiseEntityRecognizer, type Limits } from './entity-recognizer.ts'

entityRecognizerContract('The compromise recogniser', async () => {
  const recognizer = compromiseEntityRecognizer()
  await recognizer.warm()
  return { recognizer, close: recognizer.close }
})

function bad(t: TestContext, limits: Partial<Limits> = {}) {
  const worker = new URL('./bad-worker.ts', import.meta.url)
  const recognizer = compromiseEntityRecognizer({ worker, ...limits })
  t.after(() => recognizer.close())
  const reads = async (text: string) =>
    assert.equal((await recognizer.recognize(text))[0]?.text, text)
  return { ...recognizer, reads }
}

suite('The compromise recogniser', { timeout: 60_000 }, () => {
  test('leaves no timer behind', async (t) => {
    const { reads } = bad(t)
    const timers = () => process.getActiveResourcesInfo().filter((it) => it === 'Timeout').length
    const before = timers()
    await reads('Joe')
    assert.equal(timers(), before)
  })

  test('leaves the main thread to others while it reads', async (t) => {
    const recognizer = compromiseEntityRecognizer()
    t.after(() => recognizer.close())
    await recognizer.warm()
    let turns = 0
    const count = setInterval(() => turns++, 5)

    await recognizer.recognize('Joe met Anna in Spain. '.repeat(4_000))

    clearInterval(count)
    assert.ok(turns > 10, `the main thread had ${turns} turns`)
  })

  test('refuses a text that is too long', async (t) => {
    const { recognize } = bad(t)
    await assert.rejects(recognize('a'.repeat(100_001)), {
      name: 'RangeError',
      message: 'The text has 100001 characters; at most 100000 are read',
    })
  })

  test('gives up a text that takes too long, and reads the next', async (t) => {
    const { recognize, reads } = bad(t, { timeMs: 1_500 })

    const [hung, next] = await Promise.allSettled([recognize('hang'), reads('Joe')])

    assert.match(String(hung.status === 'rejected' && hung.reason), /took longer than 1500 ms/)
    assert.equal(next.status, 'fulfilled')
  })

  for (const text of ['die', 'throw'])
    test(`tells when the worker fails (${text}), and reads the next text`, async (t) => {
      const { recognize, reads } = bad(t)
      await assert.rejects(recognize(text), /Recognising a text of \d characters failed/)
      await reads('Joe')
    })

  test('tells each time when its worker cannot start', async (t) => {
    const worker = new URL('./no-such-worker.ts', import.meta.url)
    const { recognize, close } = compromiseEntityRecognizer({ worker, timeMs: 1_000 })
    t.after(() => close())
    await assert.rejects(recognize('Joe'), /Recognising a text of 3 characters failed/)
    await assert.rejects(recognize('Anna'), /Recognising a text of 4 characters/)
  })

  test('rejects a text when too many wait, and takes the next when they are done', async (t) => {
    const { recognize, reads } = bad(t, { texts: 2 })
    const both = [reads('Joe'), reads('Anna')]

    await assert.rejects(recognize('Peter'), /2 texts wait for the recogniser already/)

    await Promise.all(both)
    await reads('Maria')
  })

  test('rejects what is read and what waits when it is closed, and all that comes later', {
    timeout: 10_000,
  }, async (t) => {
    const { recognize, reads, close } = bad(t)
    await reads('Joe')
    const late = Promise.allSettled([recognize('hang'), recognize('Anna')])
    await nextTurn() // now the worker hangs

    await close()
    await close()

    const reasons = (await late).map((it) => it.status === 'rejected' && String(it.reason))
    assert.deepEqual(reasons, [
      'Error: The recogniser was closed',
      'Error: The recogniser is closed',
    ])
    await assert.rejects(recognize('Peter'), /The recogniser is closed/)
  })

  test('is closed also when it never read anything', async () => {
    const { close, warm } = compromiseEntityRecognizer()
    await close()
    await assert.rejects(warm(), /The recogniser is closed/)
  })
})
