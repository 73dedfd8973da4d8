/** How the benches say what they have measured: a JSON line for each number. */
import { stdout } from 'node:process'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'

export const rounded = (value: number) => Math.round(value * 100) / 100

export function print(bench: string, metric: string, value: number, unit: string, more = {}) {
  stdout.write(`${JSON.stringify({ bench, metric, value: rounded(value), unit, ...more })}\n`)
}

/** Of these times, in ms, those that half and 99 % of them do not exceed. */
export function percentiles(times: readonly number[]): {
  readonly p50: number
  readonly p99: number
} {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}

export function printTimes(bench: string, metric: string, times: readonly number[], more = {}) {
  const samples = times.length
  for (const [name, value] of Object.entries(percentiles(times)))
    print(bench, `${metric}_${name}`, value, 'ms', { samples, ...more })
}

/** A timer is late by up to a millisecond or two, which would count as the blog's: the rest is spun away. */
export async function moment(at: number): Promise<void> {
  const wait = at - performance.now() - 2
  if (wait > 0) await pause(wait)
  while (performance.now() < at) await turn()
}
