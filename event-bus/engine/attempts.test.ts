/** When an attempt's time is up, and what it is told then. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { replayItem } from '../delivery.ts'
import { handClock, hangs } from '../testing.ts'
import { type Attempt, attempts, Invoked } from './attempts.ts'

const start = Date.parse('2026-01-01T12:00:00.000Z')

function someAttempts(ms = 1_000) {
  const clock = handClock()
  const world = { ms }
  const ended: { readonly name: string; readonly how: unknown; readonly at: number }[] = []
  interface Work {
    readonly name: string
    readonly after: () => void
  }
  function end({ name, after }: Work, how: unknown) {
    ended.push({ name, how, at: clock.now().getTime() - start })
    after()
  }
  const under = attempts<Work>(clock, {
    timeoutMs: () => world.ms,
    late: () => new Error('Too late'),
    answered: end,
    failed: (work, thrown) => end(work, thrown instanceof Error ? thrown.message : thrown),
  })
  return {
    ...{ clock, world, under, ended },
    /** Begins one; `after` is called when it has ended. */
    begin(
      name: string,
      call: (attempt: Pick<Attempt<unknown>, 'signal'>) => Promise<unknown> = hangs,
      after = () => {},
    ) {
      under.begin(clock.now().getTime(), { name, after }, call)
    },
  }
}

describe('an attempt', () => {
  test('ends with the answer', async () => {
    const { begin, ended, clock, under } = someAttempts()
    begin('a', async () => 7)
    assert.equal(under.underWay, 1)

    await clock.turn()

    assert.deepEqual(ended, [{ name: 'a', how: 7, at: 0 }])
    assert.deepEqual([under.underWay, clock.timers], [0, 0])
  })

  test('ends with what was thrown, also at once', async () => {
    const { begin, ended, clock } = someAttempts()
    begin('a', async () => {
      throw new Error('no')
    })
    begin('b', () => {
      throw new Error('never')
    })

    await clock.turn()

    assert.deepEqual(
      new Set(ended.map(({ name, how }) => `${name} ${how}`)),
      new Set(['a no', 'b never']),
    )
  })

  test('ends with an answer that is no promise', async () => {
    const { begin, ended, clock } = someAttempts()
    begin('a', (() => 7) as never)

    await clock.turn()

    assert.deepEqual(ended, [{ name: 'a', how: 7, at: 0 }])
  })

  test('that throws at once does so in vain a hundred thousand times, each begun by the one before', async () => {
    const { begin, ended, clock } = someAttempts()
    let left = 100_000
    const again = (): void => {
      if (left-- > 0)
        begin(
          'a',
          () => {
            throw new Error('no')
          },
          again,
        )
    }

    again()
    await clock.turn()

    assert.equal(ended.length, 100_000)
  })

  test('ends once, whatever comes after its time', async () => {
    const { begin, ended, clock } = someAttempts()
    const gate = Promise.withResolvers<number>()
    begin('a', () => gate.promise)
    await clock.move(1_000)

    gate.resolve(7)
    await clock.move(5_000)

    assert.deepEqual(ended, [{ name: 'a', how: 'Too late', at: 1_000 }])
  })

  test('is told that its time is up, whether it asks before or after', async () => {
    const { begin, clock } = someAttempts()
    let asked: Pick<Attempt<unknown>, 'signal'> | undefined
    let signal: AbortSignal | undefined
    begin('a', (attempt) => {
      ;({ signal } = attempt)
      return hangs()
    })
    begin('b', (attempt) => {
      asked = attempt
      return hangs()
    })

    await clock.move(1_000)

    assert.equal(signal?.reason.message, 'Too late')
    assert.equal(asked?.signal.reason.message, 'Too late')
  })
})

describe('the time of each attempt', () => {
  test('is its own, though one timer does for all', async () => {
    const { begin, ended, clock } = someAttempts()
    for (const name of ['a', 'b', 'c']) {
      begin(name)
      await clock.move(10)
    }
    assert.equal(clock.timers, 1)

    await clock.move(2_000)

    assert.deepEqual(
      ended.map(({ at }) => at),
      [1_000, 1_010, 1_020],
    )
    assert.equal(clock.timers, 0)
  })

  test('is its own, though another begins when the one before it has ended', async () => {
    const { begin, ended, clock } = someAttempts()
    begin('a', hangs, () => begin('c'))
    await clock.move(10)
    begin('b')

    await clock.move(2_000)

    assert.deepEqual(
      ended.map(({ name, at }) => [name, at]),
      [
        ['a', 1_000],
        ['b', 1_010],
        ['c', 2_000],
      ],
    )
  })

  test('is the one that was set when it began, shorter or longer than that of those before', async () => {
    const { begin, ended, clock, world } = someAttempts(60_000)
    begin('a')
    world.ms = 1_000
    begin('b')
    world.ms = 5_000
    begin('c')

    await clock.move(100_000)

    assert.deepEqual(
      ended.map(({ name, at }) => [name, at]),
      [
        ['b', 1_000],
        ['c', 5_000],
        ['a', 60_000],
      ],
    )
  })

  test('is up though the clock was set back', async () => {
    const { begin, ended, clock } = someAttempts()
    begin('a')
    await clock.move(500)
    clock.set('2026-01-01T10:00:00.000Z')

    await clock.move(1_500)

    assert.deepEqual(
      ended.map(({ how }) => how),
      ['Too late'],
    )
  })
})

test('what a target sees is the event as text and as an object, and the item without its replay', () => {
  const delivery = { text: '{"id":"x"}', envelope: null, item: replayItem('r', 'reader') }
  let attempt: Pick<Attempt<unknown>, 'signal'> | undefined
  someAttempts().begin('a', (begun) => {
    attempt = begun
    return hangs()
  })
  assert.ok(attempt)

  const invoked = new Invoked(delivery, attempt)

  assert.deepEqual(invoked.event, { id: 'x' })
  assert.equal(invoked.event, invoked.event)
  assert.deepEqual(
    [invoked.text, invoked.item, invoked.progress],
    ['{"id":"x"}', 'reader', undefined],
  )
})
