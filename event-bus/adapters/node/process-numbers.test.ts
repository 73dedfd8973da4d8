import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { processNumbers } from './process-numbers.ts'

test('a process tells its memory and its time, and how late its event loop was', async () => {
  const ask = processNumbers()
  const first = ask()
  assert.deepEqual(first.loopDelay, [])
  assert.ok(first.rss > first.heapUsed && first.heapUsed > 0)
  assert.ok(Math.abs(first.startedAt - performance.timeOrigin / 1_000) < 5)

  await pause(50)
  const until = performance.now() + 100
  while (performance.now() < until); // nothing else runs
  await pause(50)
  const { loopDelay, cpuSeconds } = ask()

  assert.deepEqual(
    loopDelay.map(([quantile]) => quantile),
    [0.5, 0.99, 1],
  )
  assert.ok((loopDelay.at(-1)?.[1] ?? 0) > 0.05)
  assert.ok(cpuSeconds > first.cpuSeconds)
})
