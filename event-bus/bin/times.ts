/** Times and durations as people write and read them. */
import { usage } from './failure.ts'

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const durationOf = (text: string): number | null => {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()) ?? []
  return number === undefined ? null : Number(number) * (units[unit] ?? Number.NaN)
}

/** `500ms`, `30s`, `10m`, `2h`, `7d` in ms. Throws a usage failure. */
export function duration(flag: string, text: string): number {
  const ms = durationOf(text)
  if (ms !== null && ms > 0) return ms
  throw usage(`${flag} is “${text}”; it has to be a duration like 500ms, 30s, 10m, 2h or 7d.`)
}

/**
 * A time, in ms since 1970: `10m` (so long ago), `now`, `2026-09-30T10:00Z`, or null for what is neither.
 */
export function momentOf(text: string, now: number): number | null {
  if (text === 'now') return now
  const ago = durationOf(text)
  if (ago !== null) return now - ago
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : at
}

/** Throws a usage failure for what is no time. */
export function moment(flag: string, text: string, now: number): number {
  const at = momentOf(text, now)
  if (at !== null) return at
  throw usage(
    `${flag} is “${text}”; it has to be a duration ago like 10m or 2h, or a time like 2026-09-30T10:00Z.`,
  )
}

/** Of a time on the wire, which is in seconds: `2026-09-30 10:00:00Z`. */
export const told = (seconds: unknown): string =>
  typeof seconds === 'number'
    ? `${new Date(seconds * 1_000).toISOString().slice(0, 19).replace('T', ' ')}Z`
    : '–'

/** Roughly, in the largest unit that fits. */
export function roughly(ms: number): string {
  for (const [unit, size] of Object.entries(units).reverse())
    if (ms >= size) return `${Math.round((ms / size) * 10) / 10} ${unit}`
  return '0 ms'
}
