/**
 * `npm run bench -- engine`: how many events a second go from put to stored acknowledgement, how long
 * one takes, and what a dead target costs the others; as JSON lines, beside what the disk and SQLite
 * alone allow in the same run. The load comes from the same process and the same core.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuUsage, memoryUsage, stderr, version } from 'node:process'
import { type Target, targetDefaults } from '@busbar/event-bus'
import { percentiles, print, printTimes, rounded } from './bench-lines.ts'
import { rowsPerSecond, syncsPerSecond } from './disk.ts'
import { anEvent, type Load, openLoad, openLoop, saturate } from './engine-load.ts'

const diskMs = 1_500
const events = 400_000
const inFlight = 1_000
const perSecond = 1_000
const openLoopSeconds = 8
/** Not counted: it shows how fast Node compiles. */
const warmUp = 100_000
const backlog = 1_000_000

let mostMemory = 0
const watch = setInterval(() => {
  mostMemory = Math.max(mostMemory, memoryUsage.rss())
}, 50)
watch.unref()

const hangs: Target = {
  ...targetDefaults,
  id: 'hangs',
  invoke: () => new Promise(() => {}),
}
const fails: Target = {
  ...targetDefaults,
  id: 'fails',
  async invoke() {
    throw new Error('The lorry is broken')
  },
}

/** Events a second from put to stored acknowledgement, and the CPU time of each in µs. */
async function rate(load: Load, count: number) {
  const before = cpuUsage()
  const start = performance.now()
  await saturate(load, count, inFlight)
  const seconds = (performance.now() - start) / 1_000
  const { user, system } = cpuUsage(before)
  return { rate: count / seconds, cpuMicroseconds: (user + system) / count }
}

async function measured(more: readonly Target[], measure: (load: Load) => Promise<void>) {
  const load = await openLoad(more)
  try {
    await measure(load)
  } finally {
    await load.close()
  }
}

const directory = await mkdtemp(join(tmpdir(), 'busbar-disk-'))
try {
  const machine = { cores: availableParallelism(), node: version }
  const syncs = await syncsPerSecond(directory, diskMs)
  print('disk', 'fdatasync', syncs, 'per_second', machine)
  let best = 0
  for (const rows of [1, 10, 100, 1_000]) {
    best = rowsPerSecond(directory, diskMs, rows)
    print('sqlite', 'rows', best, 'per_second', { rows_a_transaction: rows })
  }

  await measured([], async (load) => {
    await saturate(load, warmUp, inFlight)
    const { rate: reached, cpuMicroseconds } = await rate(load, events)
    print('saturation', 'events', reached, 'per_second', {
      rules: 100,
      event_bytes: 500,
      cpu_microseconds_an_event: rounded(cpuMicroseconds),
      ratio_to_sqlite_alone: rounded(reached / best),
      ratio_to_syncs: rounded(reached / syncs),
    })
  })

  let alone = Number.NaN
  await measured([], async (load) => {
    await saturate(load, warmUp, inFlight)
    const { put, delivered } = await openLoop(load, perSecond, openLoopSeconds)
    printTimes('open-loop', 'put', put, { events_per_second: perSecond })
    printTimes('open-loop', 'put_to_target', delivered, { events_per_second: perSecond })
    alone = percentiles(delivered).p99
  })
  await measured([hangs, fails], async (load) => {
    const { delivered } = await openLoop(load, perSecond, openLoopSeconds)
    printTimes('fairness', 'put_to_target', delivered, {
      beside: 'one target that hangs and one that fails, for every event',
      p99_ratio_to_alone: rounded(percentiles(delivered).p99 / alone),
    })
  })
  await measured([hangs], async (load) => {
    stderr.write(`${backlog} deliveries are made to wait …\n`)
    await waitFor(load, backlog)
    const { rate: beside, cpuMicroseconds } = await rate(load, 100_000)
    await measured([hangs], async (fresh) => {
      const { rate: none } = await rate(fresh, 100_000)
      print('backlog', 'events', beside, 'per_second', {
        waiting_for_a_dead_target: backlog,
        cpu_microseconds_an_event: rounded(cpuMicroseconds),
        without_backlog: rounded(none),
        ratio: rounded(beside / none),
      })
    })
  })
  print('memory', 'most_resident', mostMemory / 2 ** 20, 'MiB')
} finally {
  clearInterval(watch)
  await rm(directory, { recursive: true, force: true })
}

async function waitFor(load: Load, count: number): Promise<void> {
  for (let put = 0; put < count; put += 100_000) {
    await putAll(load, 100_000)
    stderr.write(`${put + 100_000} wait\n`)
  }
}
async function putAll(load: Load, count: number): Promise<void> {
  const calls = Array.from({ length: count / 100 }, (_, call) => call)
  async function keepPutting(): Promise<void> {
    for (let call = calls.pop(); call !== undefined; call = calls.pop()) {
      const entries = Array.from({ length: 100 }, (_, at) => anEvent((call ?? 0) * 100 + at))
      await load.engine.putEvents('orders', entries)
    }
  }
  await Promise.all(Array.from({ length: 10 }, keepPutting))
}
