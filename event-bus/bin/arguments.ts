/** What stands behind a verb, as `parseArgs` reads it, with errors that help. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { usage } from './failure.ts'
import { suggestion } from './nearest.ts'

/** Every verb takes these. */
export const common = {
  endpoint: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

type Parsed<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{
    options: Options & typeof common
    allowPositionals: true
    strict: true
  }>
>

/** Throws a usage failure that says which flag is wrong, and which may have been meant. */
export function parsed<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
): Parsed<Options> {
  const all = { ...options, ...common }
  try {
    return parseArgs({
      args: [...args],
      options: all,
      allowPositionals: true,
      strict: true,
    }) as unknown as Parsed<Options>
  } catch (error) {
    throw refused(error, Object.keys(all))
  }
}

/** An error of `parseArgs` as a usage failure; any other as it is. */
export function refused(error: unknown, flags: readonly string[]): unknown {
  const { code, message } = error as { code?: string; message: string }
  if (!code?.startsWith('ERR_PARSE_ARGS')) return error
  const [, unknown] = /^Unknown option '(-[^']*)'/.exec(message) ?? []
  if (unknown === undefined) return usage(`${message.replace(/\.$/, '')}.`)
  const known = flags.map((flag) => `--${flag}`)
  return usage(`There is no ${unknown}.${suggestion(unknown, known)}`)
}

/** The one word that a verb wants. */
export function only(positionals: readonly string[], what: string): string {
  const [first, ...more] = positionals
  if (first === undefined) throw usage(`Say ${what}.`)
  if (more.length > 0) throw usage(`One at a time: “${more[0]}” is too much.`)
  return first
}

export function none(positionals: readonly string[]): void {
  if (positionals.length > 0) throw usage(`It does not know what to do with “${positionals[0]}”.`)
}

/** A whole number from `least`, or undefined when the flag is absent. */
export function count(flag: string, text: string | undefined, least = 1): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number
  throw usage(`${flag} is “${text}”; it has to be a whole number of at least ${least}.`)
}

/** The members that are given. */
export function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
