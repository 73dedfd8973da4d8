/** Processes that the cluster's fault tests start, and what they have told when they are gone. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { postgresStore } from '../../event-bus/adapters/postgres/store.ts'
import { compiled } from '../settings.ts'
import type { Kept } from './bus.ts'
import type { ClusterShopOptions } from './cluster-shop.ts'
import { type Ledger, together, told } from './ledger.ts'

const shop = fileURLToPath(new URL('./cluster-shop.ts', import.meta.url))
const checkMs = 20
const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

export type Node = ReturnType<typeof startNode>

/** `program` is the shop when it is absent. */
export function startNode(options: ClusterShopOptions, program = shop) {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...compiled, PATH: process.env.PATH },
  })
  alive.add(child)
  let [output, errors, acknowledgements] = ['', '', 0]
  child.stdin.on('error', () => {}) // it has ended
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    acknowledgements += text.split('\nput,').length - 1
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = once(child, 'close').then(([code]) => {
    alive.delete(child)
    return code as number | null
  })
  return {
    ended,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** A line for a program that reads them. */
    say: (line: string) => void child.stdin.write(`${line}\n`),
    said: () => output,
    isReady: () => output.startsWith('ready\n'),
    isOver: () => child.exitCode !== null || child.signalCode !== null,
    output: () => errors,
    /** About so many: for who waits until enough has happened. */
    acknowledgements: () => acknowledgements,
    ledger: (life: number): Ledger =>
      together(
        [output, existsSync(options.receipts) ? readFileSync(options.receipts, 'utf8') : ''].map(
          (text) => told(text, life),
        ),
      ),
  }
}

export async function until(
  done: () => boolean | Promise<boolean>,
  what: () => string,
  ms: number,
): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await done())) {
    assert.ok(performance.now() < deadline, `not within ${ms} ms: ${what()}`)
    await pause(checkMs)
  }
}

const readyLimitMs = 60_000
const drainMs = 120_000
export const ready = (node: Node): Promise<void> =>
  until(
    () => {
      assert.ok(!node.isOver(), `a node has ended: ${node.output()}`)
      return node.isReady()
    },
    () => `a node to be ready: ${node.output()}`,
    readyLimitMs,
  )

/**
 * All that the database keeps when nothing waits any more: for that, one node that puts nothing is to run
 * there, and what those had in hand that were killed waits until they are taken for dead.
 */
export async function keptAt(
  { url, beatMs, deadMs }: Pick<ClusterShopOptions, 'url' | 'beatMs' | 'deadMs'>,
  quietMs = 1_000,
): Promise<Kept> {
  const store = await postgresStore({ url, beatMs, deadMs })
  try {
    const waiting = async () =>
      [...(await store.counts()).values()].reduce((sum, each) => sum + each.waiting, 0)
    let quiet = 0
    await until(
      async () => {
        const isQuiet = store.nodes().length === 2 && (await waiting()) === 0
        quiet = isQuiet ? quiet + 1 : 0
        return quiet > quietMs / checkMs
      },
      () => 'nothing to wait any more',
      drainMs,
    )
    const all = 2 ** 40
    const texts = await Promise.all(
      ['orders', 'stock'].map((bus) => store.tail(bus, 10_000_000, all)),
    )
    const letters = await store.deadLetters({}, 'oldest', 10_000_000, all)
    return {
      events: texts.flat().map(({ text }) => text),
      replays: [],
      waiting: await waiting(),
      deadLetters: letters.map(
        ({ target, item, text, attempts, exhaustedRetryCondition, error }) => ({
          what: item === '' ? target : `${target} ${item}`,
          ...{ text, attempts, error, reason: exhaustedRetryCondition ?? null },
        }),
      ),
    }
  } finally {
    await store.close()
  }
}
