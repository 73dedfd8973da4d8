/** One life of the program `shop.ts`: started, listened to, killed, and gone when the tests are. */
import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { compiled } from '../settings.ts'
import { within } from '../within.ts'
import { type Ledger, together, told } from './ledger.ts'
import type { ShopOptions } from './shop.ts'

const program = fileURLToPath(new URL('./shop.ts', import.meta.url))
/** Long enough for a machine that does ten other things. */
const limitMs = 60_000

const alive = new Set<() => void>()
process.on('exit', () => {
  for (const kill of alive) kill()
})

export interface Life {
  readonly pid: number
  /** Resolves when the bus takes events; rejects with what it printed when it ended before. */
  readonly ready: Promise<void>
  /** Resolves when it has ended, with its exit code. */
  readonly ended: Promise<number | null>
  /** SIGKILL. Answers when that was sent, in µs of `process.hrtime`. */
  kill(): Promise<number>
  /** SIGSTOP. Resolves when it stands still. */
  stop(): Promise<void>
  /** The number of lines of acknowledgements so far. */
  readonly acknowledgements: number
  /** What it has told. Complete when it has ended or is stopped. */
  ledger(life: number): Ledger
  output(): string
}

/** `wrapper`: a program and its arguments that run another one. */
export function startLife(options: ShopOptions, wrapper: readonly string[] = []): Life {
  const [command = '', ...args] = [...wrapper, process.execPath, program, JSON.stringify(options)]
  const stdio: SpawnOptions['stdio'] = ['ignore', 'pipe', 'pipe']
  const child = spawn(command, args, { stdio, env: { ...compiled, PATH: process.env.PATH } })
  const killNow = () => void child.kill('SIGKILL')
  alive.add(killNow)

  let output = ''
  let errors = ''
  let acknowledgements = 0
  const ready = Promise.withResolvers<void>()
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
    acknowledgements += text.split('\nput,').length - 1
    if (output.startsWith('ready\n')) ready.resolve()
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = once(child, 'close').then(([code]) => {
    alive.delete(killNow)
    ready.reject(new Error(`The shop ended with ${code} before it was ready:\n${errors}`))
    return code as number | null
  })

  const isReady = within(limitMs, () => `the shop to be ready:\n${errors}`, ready.promise)
  isReady.catch(() => {}) // told to whoever waits for it

  return {
    pid: child.pid ?? 0,
    ready: isReady,
    ended,
    async kill() {
      const at = Number(process.hrtime.bigint() / 1_000n)
      killNow()
      await within(limitMs, 'the killed shop to be gone', ended)
      return at
    },
    async stop() {
      child.kill('SIGSTOP')
      const state = () => /\) (\w)/.exec(readFileSync(`/proc/${child.pid}/stat`, 'utf8'))?.[1]
      while (state() !== 'T') await pause(1)
      await pause(20) // for what it has told to come here
    },
    get acknowledgements() {
      return acknowledgements
    },
    ledger: (life) =>
      together(
        [output, existsSync(options.receipts) ? readFileSync(options.receipts, 'utf8') : ''].map(
          (text) => told(text, life),
        ),
      ),
    output: () => errors,
  }
}
