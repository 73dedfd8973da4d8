/**
 * `npm run soak`: ten minutes at half of what this machine can do, with a log that may take 200 MB. A
 * JSON line every ten seconds; at the end whether memory, times and file have stayed where they were.
 * Ends with 1 when they have not. BUSBAR_SOAK_SECONDS makes it shorter.
 */
import process, { env, memoryUsage } from 'node:process'
import { moment, percentiles, print, rounded } from './bench-lines.ts'
import { anEvent, openLoad, saturate } from './engine-load.ts'

const seconds = Number(env.BUSBAR_SOAK_SECONDS ?? 600)
const windows = Math.max(6, Math.round(seconds / 10))
const retentionMiB = 200
const calibration = 300_000
/** Events are put in bursts, every so many ms, as a busy server's requests come. */
const burstMs = 5

interface Window {
  readonly p99: number
  readonly memory: number
  readonly file: number
}

const load = await openLoad([], { retentionBytes: retentionMiB * 2 ** 20 })
await saturate(load, calibration, 1_000)
const began = performance.now()
await saturate(load, calibration, 1_000)
const perSecond = calibration / ((performance.now() - began) / 1_000) / 2
print('soak', 'rate', perSecond, 'per_second', { half_of_saturation: true, seconds })

const seen: Window[] = []
const start = performance.now()
let number = 0
let refused = 0
for (let window = 1; window <= windows; window++) {
  const times: number[] = []
  const putAt = new Map<number, number>()
  load.onDelivery = (which) => {
    const at = putAt.get(which)
    if (at !== undefined) times.push(performance.now() - at)
    putAt.delete(which)
  }
  const end = (window * seconds * 1_000) / windows
  let last: Promise<unknown> = Promise.resolve()
  for (let due = performance.now() - start; due < end; due += burstMs) {
    await moment(start + due)
    const until = Math.round(((due + burstMs) * perSecond) / 1_000)
    for (; number < until; number++) {
      if (number % 10 === 0) putAt.set(number, performance.now())
      last = load.engine.putEvents('orders', [anEvent(number)]).catch(turnedAway)
    }
  }
  await last
  const one = {
    p99: percentiles(times).p99,
    memory: memoryUsage.rss() / 2 ** 20,
    file: (await load.engine.inside.store.size()) / 2 ** 20,
  }
  seen.push(one)
  const { p99, memory, file } = one
  const more = { events: number, resident_mib: rounded(memory), file_mib: rounded(file) }
  print('soak', 'put_to_target_p99', p99, 'ms', more)
}
await load.close()

const third = Math.floor(windows / 3)
const median = (values: readonly number[]) => percentiles(values).p50
const change = (of: (window: Window) => number) =>
  median(seen.slice(-third).map(of)) / median(seen.slice(third, 2 * third).map(of))
const changes = {
  memory: change(({ memory }) => memory),
  p99: change(({ p99 }) => p99),
  file: Math.max(...seen.map(({ file }) => file)) / retentionMiB,
}
const isFlat = changes.memory < 1.1 && changes.p99 < 2 && changes.file < 1.25
print('soak', 'flat', isFlat ? 1 : 0, 'yes_or_no', {
  last_third_to_middle_third: { memory: rounded(changes.memory), p99: rounded(changes.p99) },
  largest_file_to_limit: rounded(changes.file),
  turned_away: refused,
})
process.exitCode = isFlat ? 0 : 1

/** A machine that stands still for a second is told so, as any caller is: whoever is turned away comes later. */
function turnedAway(error: unknown): void {
  if ((error as { readonly code?: unknown }).code !== 'ThrottlingException') throw error
  refused++
}
