/**
 * Random lives of a bus whose targets die, and of whoever is told of that, while disks are full and
 * processes end. In the end each dead letter was told of: not one is missing, and none was made up.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { memoryStore } from '../adapters/memory/store.ts'
import { openDatabase } from '../adapters/sqlite/database.ts'
import { sqliteStore } from '../adapters/sqlite/store.ts'
import { deadLetterQueue } from '../dead-letter-queue.ts'
import { DeliveryRefused } from '../errors.ts'
import type { Store } from '../ports.ts'
import type { DeadLetterTo, Target } from '../target.ts'
import {
  anEngine,
  aRule,
  type FailurePoint,
  handClock,
  hangs,
  plenty,
  recordingTarget,
  steeredStore,
} from '../testing.ts'

type Behaviour = 'does' | 'fails' | 'refuses' | 'hangs'
type Step =
  | { readonly do: 'put'; readonly count: number }
  | { readonly do: 'move'; readonly ms: number }
  | { readonly do: 'fail'; readonly at: FailurePoint | null }
  | { readonly do: 'latency'; readonly ms: number }
  | { readonly do: 'crash' | 'redrive' | 'remove' }

const keys = ['orders/placed/ship', 'orders/placed/bill']
const few = { maximumRetryAttempts: 1, maximumEventAgeInSeconds: 86_400 }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      ms: fc.constantFrom(0, 1, 500, 3_000, 60_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      at: fc.constantFrom('begin' as const, 'works' as const, 'rows' as const, null, null),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('latency' as const), ms: fc.constantFrom(0, 5) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('crash' as const, 'redrive' as const, 'remove' as const),
    }),
  },
)
const behaviours: fc.Arbitrary<Behaviour[]> = fc.array(
  fc.constantFrom('does', 'fails', 'refuses', 'refuses', 'hangs'),
  { minLength: 1, maxLength: 8 },
)

async function live(disk: Store<undefined>, steps: readonly Step[], script: readonly Behaviour[]) {
  const clock = handClock()
  let store = steeredStore(clock, { ...disk, close: async () => {} })
  let calls = 0
  let isQuiet = false
  /** What each death was told as, by the commit that stored it; and what was heard. */
  const died: string[] = []
  const heard = new Set<string>()
  let seen = 0
  const look = () => {
    for (const { deadLetters } of store.commits.slice(seen))
      for (const { target, event } of deadLetters)
        if (keys.includes(target)) died.push(`${target} ${event}`)
    seen = store.commits.length
  }

  const deadLetterTo: DeadLetterTo = {
    key: 'undertaker',
    tell: ({ target, event }) => `${target} ${event}`,
  }
  async function act(): Promise<undefined> {
    const behaviour = isQuiet ? 'does' : (script[calls++ % script.length] ?? 'does')
    if (behaviour === 'fails') throw new Error('The lorry is broken')
    if (behaviour === 'refuses') throw new DeliveryRefused('No such street')
    return behaviour === 'hangs' ? hangs() : undefined
  }
  function start() {
    const target = (id: string, fields: Partial<Target>) =>
      recordingTarget(clock, { id, timeoutMs: 5_000, ...fields, answer: act })
    const mortal = { deadLetterTo, retryPolicy: few }
    const undertaker: Target = {
      ...target('undertaker', {}),
      async invoke({ item, progress }) {
        const process = store
        await act()
        if (process === store) heard.add(`${item} ${progress}`)
        return undefined
      },
    }
    return anEngine({
      ...{ clock, store },
      rules: [aRule({ targets: [target('ship', mortal), target('bill', mortal)] })],
      fanOutTargets: new Map([['undertaker', undertaker]]),
    })
  }

  let running = await start()
  async function restart() {
    look()
    store.kill()
    await clock.move(1) // no process begins in the ms in which another has ended
    store = steeredStore(clock, { ...disk, close: async () => {} })
    seen = 0
    running = await start()
  }
  for (const each of steps) {
    if (each.do === 'put') {
      const orders = Array.from({ length: each.count }, (_, order) => order)
      void running.put(...orders).catch(() => {})
      await clock.turn()
    } else if (each.do === 'move') await clock.move(each.ms)
    else if (each.do === 'fail') store.failsAt = each.at
    else if (each.do === 'latency') store.latencyMs = each.ms
    else if (each.do === 'crash') await restart()
    else if (each.do === 'remove') void running.engine.inside.disconnect(keys[0] ?? '')
    else {
      const { redrive } = deadLetterQueue(running.engine.inside)
      void redrive({ targetPrefix: 'orders/' } as object).catch(() => {})
      await clock.turn()
    }
  }
  await restart()
  await clock.move(10_000)
  isQuiet = true
  await clock.move(600_000)
  look()
  const buried = (await store.deadLetters({ target: 'undertaker' }, 'oldest', 9_999, plenty)).map(
    ({ item, progress }) => `${item} ${progress}`,
  )
  const { waiting } = await running.counts()
  return { died, heard, buried, waiting }
}

for (const [name, disk] of [
  ['memory', memoryStore],
  ['SQLite', () => sqliteStore(openDatabase(':memory:'))],
] as const)
  test(`each dead letter is told of, whatever happens, in ${name}`, async () => {
    let deaths = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 40 }),
        behaviours,
        async (steps, script) => {
          const { died, heard, buried, waiting } = await live(
            disk() as Store<undefined>,
            steps,
            script,
          )
          deaths += died.length
          const told = [...new Set([...heard, ...buried])].map((each) => each.replace(/^\S+ /, ''))
          assert.equal(waiting, 0)
          assert.deepEqual(told.sort(), died.sort())
        },
      ),
      { numRuns: name === 'memory' ? 300 : 60 },
    )
    assert.ok(deaths > 100, `${deaths} deaths are enough to see`)
  })
