/** What a commit costs does not depend on how much waits. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WaitingDelivery } from '../../delivery.ts'
import type { Rows } from '../../ports.ts'
import { aWaitingDelivery, someRows } from '../../testing.ts'
import { openDatabase } from './database.ts'
import { sqliteStore } from './store.ts'

const waiting = 50_000

/** So many deliveries wait, each in the lane that is said. */
async function aStore(count: number, laneOf: (event: number) => string) {
  const store = sqliteStore(openDatabase(':memory:'))
  const deliveries = Array.from({ length: count }, (_, event) =>
    aWaitingDelivery({ event, lane: laneOf(event) }),
  )
  await store.commit([], () => someRows({ deliveries }))
  return {
    /** The least of several times that it took to write these, in ms. */
    async time(rows: (turn: number) => Partial<Rows>): Promise<number> {
      const times: number[] = []
      for (let turn = 0; turn < 30; turn++) {
        const start = performance.now()
        await store.commit([], () => someRows(rows(turn)))
        times.push(performance.now() - start)
      }
      return Math.min(...times)
    },
  }
}

for (const [what, laneOf] of [
  ['behind it', () => 'a'],
  ['in other lanes', (event: number) => (event < 10 ? 'a' : `${event}`)],
] as const)
  test(`the first of a lane is written again, or ends, as fast when 50,000 wait ${what}`, async () => {
    const [few, many] = [await aStore(10, laneOf), await aStore(waiting, laneOf)]
    const again = () => ({ deliveries: [first(0)] })
    const ends = (turn: number) => ({ finished: [first(turn)], now: 1 })

    for (const write of [again, ends]) {
      const [short, long] = [await few.time(write), await many.time(write)]
      assert.ok(long < short * 20 + 0.2, `${long} ms, and ${short} ms when 10 wait`)
    }
  })

const first = (event: number): WaitingDelivery =>
  aWaitingDelivery({ event, lane: 'a', attempts: 1 })
