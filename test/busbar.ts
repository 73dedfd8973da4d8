/** The command line in processes of its own, as a user runs it. What a test starts here it also ends. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Collected, collected } from './collected.ts'
import { compiled } from './settings.ts'
import { within } from './within.ts'

export const program = fileURLToPath(new URL('../event-bus/bin/busbar.ts', import.meta.url))
const limitMs = 30_000

/** What still runs when the tests end by an exception or a signal ends with them. */
const alive = new Set<() => void>()
process.on('exit', () => {
  for (const kill of alive) kill()
})

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** Nothing of our own environment comes along. */
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Uint8Array
  readonly cwd?: string
}

export interface Running {
  /** Its lines on stdout, and on stderr. */
  readonly lines: Collected<string>
  readonly words: Collected<string>
  signal(name: NodeJS.Signals): void
  /** Resolves with its exit code. */
  readonly ended: Promise<number | null>
}

/** Runs it to its end. */
export async function busbar(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { lines, words, ended } = begin(args, options)
  const code = await ended
  return { code, stdout: lines.items.join('\n'), stderr: words.items.join('\n') }
}

/** Starts it; it is killed when it has not ended by itself in time. */
export function begin(args: readonly string[], options: RunOptions = {}): Running {
  const { env = {}, input, cwd } = options
  const child = spawn(process.execPath, [program, ...args], {
    ...{ env: { ...compiled, ...env }, stdio: ['pipe', 'pipe', 'pipe'] },
    ...(cwd !== undefined && { cwd }),
  })
  const [lines, words] = [collected<string>(), collected<string>()]
  createInterface(child.stdout).on('line', lines.add)
  createInterface(child.stderr).on('line', words.add)
  child.stdin.on('error', () => {}) // it may end before it has read everything
  child.stdin.end(input)
  const kill = () => void child.kill('SIGKILL')
  alive.add(kill)
  const closed = once(child, 'close').then(([code]) => code as number | null)
  const told = () =>
    `busbar ${args.join(' ')} to end; it printed:\n${[...lines.items, ...words.items].join('\n')}`
  const ended = within(limitMs, told, closed).finally(() => {
    alive.delete(kill)
    kill()
  })
  ended.catch(() => {}) // told to whoever waits for it
  return { lines, words, signal: (name) => void child.kill(name), ended }
}
