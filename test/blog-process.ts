/** A process that runs the blog, as a user starts it, known by what it prints. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { compiled } from './settings.ts'
import { within } from './within.ts'

const startLimitMs = 30_000
const stopLimitMs = 20_000
const outputLimit = 50_000

/** What still runs when the tests end by an exception or a signal ends with them. */
const alive = new Set<() => void>()
process.on('exit', () => {
  for (const kill of alive) kill()
})

export interface BlogProcess {
  readonly url: string
  readonly busUrl: string
  readonly pid: number
  /** Asks it to end, and answers its exit code; null when it was ended by a signal. */
  stop(): Promise<number | null>
  /** Ends it at once (SIGKILL). Does nothing when it has ended. */
  kill(): Promise<void>
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
  readonly ended: Promise<number | null>
  output(): string
}

/** Nothing of our own environment comes along: a mail server configured there is none of the tests'. */
export async function blogProcess(
  program: `${string}.ts`,
  env: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<BlogProcess> {
  const path = fileURLToPath(new URL(`../blog/bin/${program}`, import.meta.url))
  const child = spawn(process.execPath, [path], {
    env: { ...compiled, HOST: '127.0.0.1', BUSBAR_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const killNow = () => void child.kill('SIGKILL')
  alive.add(killNow)
  const ended = once(child, 'close').then(([code]) => {
    alive.delete(killNow)
    return code as number | null
  })

  let output = ''
  const ready = Promise.withResolvers<{ readonly url: string; readonly busUrl: string }>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-outputLimit)
      const url = addressOn('blog', output)
      const busUrl = addressOn('bus', output)
      if (url && busUrl) ready.resolve({ url, busUrl })
    })

  signal?.addEventListener('abort', killNow, { once: true })
  if (signal?.aborted) killNow()
  try {
    const failed = ended.then((code) => {
      throw new Error(`The blog ended with ${code} before it was ready:\n${output}`)
    })
    const addresses = await within(
      startLimitMs,
      () => `the blog to be ready; it printed:\n${output}`,
      Promise.race([ready.promise, failed]),
    )
    failed.catch(() => {}) // from here on it ends when it is asked to
    return {
      ...addresses,
      pid: child.pid as number,
      ended,
      async stop() {
        child.kill('SIGTERM')
        return within(stopLimitMs, () => `the blog to end; it printed:\n${output}`, ended)
      },
      async kill() {
        killNow()
        await within(stopLimitMs, 'the killed blog to be gone', ended)
      },
      signal: (name) => void child.kill(name),
      output: () => output,
    }
  } catch (error) {
    killNow()
    await ended
    throw error
  } finally {
    signal?.removeEventListener('abort', killNow)
  }
}

/** The first address on a complete line that starts with `word`. */
const addressOn = (word: string, output: string): string | undefined =>
  new RegExp(`^${word}\\b.*?(http://[\\w.:[\\]]+:\\d+).*\\n`, 'm').exec(output)?.[1]
