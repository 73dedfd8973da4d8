/**
 * `npm run bench -- wire`: PutEvents over HTTP from another process, as JSON lines, beside what the
 * disk allows in the same run. Every event meets a hundred rules and one target, and is on disk when it
 * is answered.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { env, execArgv, version } from 'node:process'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { moment, percentiles, print, printTimes, rounded } from './bench-lines.ts'
import { oneRowCommitsPerSecond, syncsPerSecond } from './disk.ts'
import { anEvent } from './engine-load.ts'

const diskMs = 1_500
const warmUpMs = 3_000
const measuredMs = 6_000
const connections = 64

interface Told {
  readonly done: number
  readonly cpu: NodeJS.CpuUsage
  readonly rss: number
}

/** Bodies that were made beforehand: to make them is not what is measured. */
function bodies(entries: number): readonly Buffer[] {
  return Array.from({ length: 500 }, (_, call) =>
    Buffer.from(
      JSON.stringify({
        Entries: Array.from({ length: entries }, (_, at) => ({
          ...anEvent(call * entries + at),
          EventBusName: 'orders',
        })),
      }),
    ),
  )
}

async function aBus(directory: string) {
  const child = fork(fileURLToPath(new URL('wire-bus.ts', import.meta.url)), {
    execArgv,
    env: { ...env, DATA_DIR: directory, BUSBAR_ACCESS_KEYS: '' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const [line] = await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')
  const pool = new Pool(String(line).trim(), { connections, pipelining: 1 })
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AWSEvents.PutEvents',
  }
  return {
    async put(body: Buffer): Promise<void> {
      const answer = await pool.request({ path: '/', method: 'POST', headers, body })
      const text = await answer.body.text()
      if (answer.statusCode !== 200 || !text.includes('"FailedEntryCount":0'))
        throw new Error(`${answer.statusCode} ${text.slice(0, 500)}`)
    },
    /** When all that was put has been delivered. */
    async told(): Promise<Told> {
      child.send('tell')
      const [told] = await once(child, 'message')
      return told
    },
    async end() {
      await pool.close()
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}
type Bus = Awaited<ReturnType<typeof aBus>>

/** Events a second, put by as many callers as there are connections, and what one costs the bus. */
async function saturate(bus: Bus, entries: number, ms: number) {
  const made = bodies(entries)
  const before = await bus.told()
  const start = performance.now()
  let calls = 0
  async function keepPutting(): Promise<void> {
    while (performance.now() - start < ms) await bus.put(made[calls++ % made.length] as Buffer)
  }
  await Promise.all(Array.from({ length: connections }, keepPutting))
  const seconds = (performance.now() - start) / 1_000
  const { done, cpu, rss } = await bus.told()
  const events = calls * entries
  if (done - before.done !== events)
    throw new Error(`${events} put, ${done - before.done} delivered`)
  const used = cpu.user - before.cpu.user + cpu.system - before.cpu.system
  return { rate: events / seconds, cpuMicroseconds: used / events, rss }
}

/** The time of each call at a fixed rate, from when it was due. */
async function openLoop(bus: Bus, entries: number, eventsPerSecond: number, ms: number) {
  const made = bodies(entries)
  const every = (1_000 * entries) / eventsPerSecond
  const times: number[] = []
  const calls: Promise<void>[] = []
  const start = performance.now() + 50
  for (let call = 0; call * every < ms; call++) {
    const due = start + call * every
    await moment(due)
    const put = bus.put(made[call % made.length] as Buffer)
    calls.push(put.then(() => void times.push(performance.now() - due)))
  }
  await Promise.all(calls)
  return times
}

const directory = await mkdtemp(join(tmpdir(), 'busbar-wire-'))
const bus = await aBus(join(directory, 'bus'))
try {
  const machine = { cores: availableParallelism(), node: version }
  print('disk', 'fdatasync', await syncsPerSecond(directory, diskMs), 'per_second', machine)
  const commits = oneRowCommitsPerSecond(directory, diskMs)
  print('sqlite', 'one_row_commits', commits, 'per_second')

  for (const entries of [10, 1]) {
    await saturate(bus, entries, warmUpMs)
    const { rate, cpuMicroseconds, rss } = await saturate(bus, entries, measuredMs)
    const more = { entries_a_call: entries, rules: 100, event_bytes: 500, connections }
    print('saturation', 'events', rate, 'per_second', {
      ...more,
      ratio_to_one_row_commits: rounded(rate / commits),
      cpu_microseconds_an_event: rounded(cpuMicroseconds),
      resident_mib: rounded(rss / 2 ** 20),
    })
    const quarter = rate / 4
    const times = await openLoop(bus, entries, quarter, measuredMs)
    printTimes('a-quarter-of-saturation', 'put_events', times, {
      ...more,
      events_per_second: rounded(quarter),
      p99_under_25_ms: percentiles(times).p99 < 25,
    })
  }
} finally {
  await bus.end()
  await rm(directory, { recursive: true, force: true })
}
