/** The blog in one process: `node blog/bin/embedded.ts`, as a user starts it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Start } from './running.ts'
import { within } from './within.ts'

const program = fileURLToPath(new URL('../blog/bin/embedded.ts', import.meta.url))
const startLimitMs = 20_000
const stopLimitMs = 20_000
const outputLimit = 50_000

/** What still runs when the tests end by an exception or a signal ends with them. */
const alive = new Set<() => void>()
process.on('exit', () => {
  for (const kill of alive) kill()
})

export const embedded: Start = async ({ dataDir, port = 0, smtpUrl, signal }) => {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [program], {
    // Nothing of our own environment: a mail server configured there is none of the tests'.
    env: {
      HOST: '127.0.0.1',
      PORT: String(port),
      BUSBAR_PORT: '0',
      DATA_DIR: dataDir,
      ...(smtpUrl !== undefined && { SMTP_URL: smtpUrl }),
    },
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
    const { url, busUrl } = await within(
      startLimitMs,
      () => `the blog to be ready; it printed:\n${output}`,
      Promise.race([ready.promise, failed]),
    )
    return {
      url,
      busUrl,
      socketUrl: `${url.replace('http', 'ws')}/ws`,
      dataDir,
      readyAfterMs: performance.now() - startedAt,
      async stop() {
        child.kill('SIGTERM')
        return within(stopLimitMs, () => `the blog to end; it printed:\n${output}`, ended)
      },
      async kill() {
        killNow()
        await within(stopLimitMs, 'the killed blog to be gone', ended)
      },
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
