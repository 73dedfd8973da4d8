/** How many share a commit, who waits how long for one, and what is left when one fails. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Rows, Work } from '../ports.ts'
import { handClock, someRows } from '../testing.ts'
import { groupCommit, type Rider } from './group-commit.ts'

/** A store that only counts, and contents that only remember whether something waits. */
function aGroupCommit({ diskFull = false } = {}) {
  const clock = handClock()
  const start = clock.now().getTime()
  const world = { diskFull, outcomes: 0, sizes: [] as number[], times: [] as number[] }
  const store = {
    async commit(works: readonly Work<undefined>[], rows: () => Rows) {
      world.sizes.push(works.length)
      world.times.push(clock.now().getTime() - start)
      for (const work of works)
        try {
          work.run(undefined)
        } catch (error) {
          work.failed(error)
        }
      rows()
      if (world.diskFull) throw new Error('database or disk is full')
    },
  }
  const commits = groupCommit<undefined, Rider>(store, clock, {
    rows: () => someRows(),
    committed() {
      world.outcomes = 0
    },
    failed: () => world.outcomes > 0,
  })
  const remind = (urgent: boolean) => {
    world.outcomes++
    commits.remind(urgent)
  }
  return { clock, commits, world, remind }
}

describe('works of one turn', () => {
  test('share a commit, 500 at the most, in the order in which they came', async () => {
    const { commits, world } = aGroupCommit()
    const ran: number[] = []

    const answers = await Promise.all(
      Array.from({ length: 1_201 }, (_, index) => commits.transact(() => ran.push(index))),
    )

    assert.deepEqual(world.sizes, [500, 500, 201])
    assert.deepEqual(
      answers,
      Array.from({ length: 1_201 }, (_, index) => index + 1),
    )
  })

  test('are turned away when 20,000 wait already, and are taken again later', async () => {
    const { commits } = aGroupCommit()
    const waiting = Array.from({ length: 20_000 }, () => commits.transact(() => {}))

    await assert.rejects(
      commits.transact(() => {}),
      { code: 'ThrottlingException' },
    )
    await Promise.all(waiting)
    await commits.transact(() => {})
  })

  test('are each answered for themselves', async () => {
    const { commits, world } = aGroupCommit()
    const conflict = new Error('There is one already')

    const [first, second, third] = await Promise.allSettled([
      commits.transact(() => 1),
      commits.transact(() => {
        throw conflict
      }),
      commits.transact(() => 3),
    ])

    assert.deepEqual(first, { status: 'fulfilled', value: 1 })
    assert.deepEqual(second, { status: 'rejected', reason: conflict })
    assert.deepEqual(third, { status: 'fulfilled', value: 3 })
    assert.deepEqual(world.sizes, [3])
  })

  test('that come from an answer are in the next commit', async () => {
    const { commits, world } = aGroupCommit()

    await commits.transact(() => {})
    await commits.transact(() => {})

    assert.deepEqual(world.sizes, [1, 1])
  })
})

test('one commit is asked for at a time, and what comes meanwhile is in the next', async () => {
  const clock = handClock()
  let atOnce = 0
  let most = 0
  const sizes: number[] = []
  const store = {
    async commit(works: readonly Work<undefined>[], rows: () => Rows) {
      sizes.push(works.length)
      most = Math.max(most, ++atOnce)
      for (const work of works) work.run(undefined)
      rows()
      await new Promise<void>((resolve) => clock.after(50, resolve))
      atOnce--
    },
  }
  const contents = { rows: () => someRows(), committed() {}, failed: () => false }
  const commits = groupCommit<undefined, Rider>(store, clock, contents)

  for (let call = 0; call < 100; call++) {
    void commits.transact(() => {})
    commits.remind(call % 2 === 0)
    await clock.move(3)
  }
  await clock.move(200)

  assert.equal(most, 1)
  assert.equal(
    sizes.reduce((sum, size) => sum + size),
    100,
  )
  assert.ok(sizes.length < 10, `${sizes.length} commits`)
})

describe('what rides along', () => {
  test('waits 4 ms for company', async () => {
    const { clock, world, remind } = aGroupCommit()

    remind(false)
    remind(false)
    await clock.move(100)

    assert.deepEqual(world.times, [4])
  })

  test('waits for nobody when it is urgent', async () => {
    const { clock, world, remind } = aGroupCommit()

    remind(false)
    remind(true)
    await clock.move(100)

    assert.deepEqual(world.times, [0])
  })

  test('waits for nobody either when a commit is under way', async () => {
    const { clock, commits, world, remind } = aGroupCommit()

    const work = commits.transact(() => remind(true)) // an outcome that comes too late for this one
    await work
    await clock.move(100)

    assert.deepEqual(world.times, [0, 0])
  })

  test('goes with a work that comes meanwhile, and needs no commit of its own', async () => {
    const { clock, commits, world, remind } = aGroupCommit()

    remind(false)
    await clock.move(2)
    await commits.transact(() => {})
    await clock.move(100)

    assert.deepEqual(world.times, [2])
  })
})

describe('a full disk', () => {
  test('is told to every caller of the group, with what to do', async () => {
    const { commits } = aGroupCommit({ diskFull: true })

    const calls = await Promise.allSettled([commits.transact(() => 1), commits.transact(() => 2)])

    for (const call of calls) {
      assert.equal(call.status, 'rejected')
      assert.equal(call.reason.code, 'InternalException')
      assert.match(call.reason.message, /disk is full.*look at the disk/s)
    }
  })

  test('does not keep those out who come when there is room again', async () => {
    const { commits, world } = aGroupCommit({ diskFull: true })
    await assert.rejects(commits.transact(() => 1))
    world.diskFull = false

    assert.equal(await commits.transact(() => 2), 2)
  })

  test('is tried once a second for what deliveries have come to', async () => {
    const { clock, world, remind } = aGroupCommit({ diskFull: true })
    remind(true)
    await clock.move(3_500)
    world.diskFull = false
    await clock.move(10_000)

    assert.deepEqual(world.times, [0, 1_000, 2_000, 3_000, 4_000])
  })

  test('is not tried again when nothing waits', async () => {
    const { clock, commits, world } = aGroupCommit({ diskFull: true })

    await assert.rejects(commits.transact(() => 1))
    await clock.move(10_000)

    assert.equal(world.times.length, 1)
    assert.equal(clock.timers, 0)
  })
})

describe('idle', () => {
  test('is when nothing waits to be written, and whoever asks for it is not kept waiting', async () => {
    const { commits, remind, world } = aGroupCommit()
    await commits.idle()
    assert.equal(world.times.length, 0)

    remind(false)
    await commits.idle()
    assert.equal(world.times.length, 1)

    remind(true)
    const idle = commits.idle()
    remind(false)
    await idle
    assert.equal(world.times.length, 2)
  })

  test('is not while a full disk keeps something from being written', async () => {
    const { clock, commits, world, remind } = aGroupCommit({ diskFull: true })
    let idle = false
    remind(true)
    void commits.idle().then(() => {
      idle = true
    })

    await clock.move(5_500)
    assert.equal(idle, false)
    world.diskFull = false
    await clock.move(1_000)
    assert.equal(idle, true)
  })
})

describe('puts', () => {
  /** One that brings events of so many characters; `told` has what became of it. */
  function aRider(size: number, count = 1, told: unknown[] = []): Rider {
    return { size, count, stored: () => told.push('stored'), failed: (error) => told.push(error) }
  }
  /** Commits that note the riders of each, and end when a test says so. */
  function riding() {
    const clock = handClock()
    const groups: (readonly Rider[])[] = []
    const ends: PromiseWithResolvers<void>[] = []
    const commits = groupCommit<undefined, Rider>(
      {
        async commit(_works: readonly Work<undefined>[], rows: () => Rows) {
          const end = Promise.withResolvers<void>()
          ends.push(end)
          await end.promise
          rows()
        },
      },
      clock,
      {
        rows(riders) {
          groups.push(riders)
          return someRows()
        },
        committed() {},
        failed: () => false,
      },
    )
    const next = async () => {
      await clock.turn()
      ends.at(-1)?.resolve()
      await clock.turn()
      return groups.at(-1)?.length
    }
    return { clock, commits, groups, next, ends }
  }
  const megabyte = 1_048_576

  test('share a commit until their events are 500, and the put that goes beyond is still taken', async () => {
    const { commits, next } = riding()
    for (const count of [499, 300, 1, 1]) commits.ride(aRider(10, count))

    assert.deepEqual([await next(), await next()], [2, 2])
  })

  test('share a commit until their events are 4 MB, and the put that goes beyond is still taken', async () => {
    const { commits, next } = riding()
    for (const size of [3, 3, 1, 1]) commits.ride(aRider(size * megabyte))

    assert.deepEqual([await next(), await next()], [2, 2])
  })

  test('are turned away when 64 MB wait, and taken when there is room again', async () => {
    const { commits, next } = riding()
    const told: unknown[] = []
    for (let puts = 0; puts < 63; puts++) commits.ride(aRider(megabyte, 1, told))
    const refused: { readonly code?: unknown }[] = []

    commits.ride({ ...aRider(megabyte), failed: (error) => refused.push(error as object) })
    assert.deepEqual(
      refused.map(({ code }) => code),
      ['ThrottlingException'],
    )
    await next()
    commits.ride(aRider(megabyte, 1, told))
    for (let groups = 0; groups < 20; groups++) await next()

    assert.deepEqual(told, Array(64).fill('stored'))
  })

  test('that are larger than all that may wait are taken when nothing else does', async () => {
    const { commits, next } = riding()
    const told: unknown[] = []

    commits.ride(aRider(100 * megabyte, 1, told))
    await next()

    assert.deepEqual(told, ['stored'])
  })

  test('give back their room when their commit has failed, and are told once', async () => {
    const { commits, next, clock, ends } = riding()
    const told: unknown[] = []
    for (let round = 0; round < 5; round++) {
      for (let puts = 0; puts < 60; puts++) commits.ride(aRider(megabyte, 1, told))
      for (let groups = 0; groups < 15; groups++) {
        await clock.turn()
        ends.at(-1)?.reject(new Error('database or disk is full'))
        await clock.turn()
      }
    }
    assert.equal(told.length, 300)
    assert.ok(!told.includes('stored'))

    commits.ride(aRider(megabyte, 1, told))
    await next()

    assert.equal(told.at(-1), 'stored')
  })

  test('that wait when it closes are told so, and so are all that come', async () => {
    const { commits, clock } = riding()
    const told: { readonly message?: string }[] = []
    const rider = { ...aRider(1), failed: (error: unknown) => told.push(error as Error) }
    commits.ride(aRider(1))
    await clock.turn()
    commits.ride(rider)

    commits.close()
    commits.ride(rider)

    assert.deepEqual(
      told.map(({ message }) => message),
      Array(2).fill('The bus is closed. Nothing was stored.'),
    )
  })

  test('and works are told after 15 s that their commit has not ended, and what has not begun never comes', async () => {
    const { commits, clock, ends, groups, next } = riding()
    const told: unknown[] = []
    const asked = { ...aRider(megabyte, 1, told), isAsked: true }
    const work = commits.transact(() => {})
    commits.ride(asked)
    commits.ride(aRider(1, 1, told))
    await clock.turn()
    const behind = commits.transact(() => {})
    commits.ride(asked)
    commits.ride(aRider(1, 1, told))
    for (const each of [work, behind]) each.catch(() => {})
    await clock.move(14_999)
    assert.deepEqual(told, [])

    await clock.move(1)

    commits.ride(asked)
    await assert.rejects(work, { code: 'InternalException', mayBeStored: true })
    await assert.rejects(behind, { mayBeStored: undefined })
    assert.deepEqual(
      told.map((each) => (each as { readonly mayBeStored?: true }).mayBeStored),
      [true, undefined, undefined],
    )
    for (const end of [0, 1]) {
      ends[end]?.resolve()
      await clock.turn()
    }
    assert.equal(String(groups.map(({ length }) => length)), '2,1')
    commits.ride(asked)
    assert.equal(await next(), 1)
    assert.equal(told.at(-1), 'stored')
    assert.equal(clock.timers, 0)
  })
})
