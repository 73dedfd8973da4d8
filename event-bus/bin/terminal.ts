/**
 * What a verb has of the process: where its data and its words go, what it reads, and when to stop.
 * Tests pass one of their own.
 */
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import process from 'node:process'
import { styleText } from 'node:util'
import { failed, usage } from './failure.ts'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Data: a line, or several, on stdout. */
  out(text: string): void
  /** Resolves when whoever reads stdout has read so much that there is room for more. */
  drained(): Promise<void>
  /** Words to whoever looks on, on stderr. */
  log(text: string): void
  /** What is going on now; the next takes its place where that is a terminal. */
  progress(text: string): void
  /** For `out`, where that is a terminal. */
  paint(style: Style, text: string): string
  /** Whether somebody can be asked: both stdin and stderr are terminals. */
  readonly asks: boolean
  /** Whether `read('-')` would wait for somebody to type. */
  readonly typed: boolean
  /** The bytes of a file; `-` is stdin. Rejects with a `Failure`. */
  read(path: string): AsyncIterable<Uint8Array>
  /** Ms since 1970. */
  now(): number
  /** Resolves `ms` from now, rejects when the signal aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal
}

export function processTerminal(signal: AbortSignal): Terminal {
  const { stdout, stderr, stdin } = process
  let shown = 0
  function clear(): void {
    if (shown > 0) stderr.write(`\r${' '.repeat(shown)}\r`)
    shown = 0
  }
  return {
    env: process.env,
    out(text) {
      if (stdout.isTTY) clear()
      stdout.write(`${text}\n`)
    },
    async drained() {
      if (stdout.writableNeedDrain) await once(stdout, 'drain')
    },
    log(text) {
      clear()
      stderr.write(`${text}\n`)
    },
    progress(text) {
      if (!stderr.isTTY) {
        stderr.write(`${text}\n`)
        return
      }
      clear()
      const line = text.slice(0, (stderr.columns || 80) - 1)
      shown = line.length
      stderr.write(line)
    },
    paint: (style, text) => styleText(style, text, { stream: stdout }),
    asks: Boolean(stdin.isTTY && stderr.isTTY),
    typed: Boolean(stdin.isTTY),
    read: bytesOf,
    now: () => Date.now(),
    wait: (ms, also) => waited(ms, also ? AbortSignal.any([signal, also]) : signal),
    signal,
  }
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* path === '-' ? process.stdin : createReadStream(path)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code === 'ENOENT') throw usage(`There is no file ${path}.`)
    throw code === 'EISDIR' ? usage(`${path} is a directory.`) : failed(`${path}: ${message}`)
  }
}

function waited(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const ended = () => {
    clearTimeout(timer)
    reject(signal.reason)
  }
  const timer = setTimeout(() => {
    signal.removeEventListener('abort', ended)
    resolve()
  }, ms)
  if (signal.aborted) ended()
  else signal.addEventListener('abort', ended, { once: true })
  return promise
}

/** All of a file's text; `-` is stdin. Rejects with a `Failure`. */
export async function textOf({ read }: Pick<Terminal, 'read'>, path: string): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of read(path)) chunks.push(chunk)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (cause) {
    throw failed(`${path === '-' ? 'stdin' : path} is not UTF-8.`, { cause })
  }
}

/** JSON that is given as it is, or by the file it stands in; `-` is stdin. Its text. */
export async function jsonText(
  terminal: Pick<Terminal, 'read'>,
  value: string,
): Promise<{ readonly name: string; readonly text: string }> {
  if (/^\s*[[{]/.test(value)) return { name: 'the argument', text: value }
  return { name: value === '-' ? 'stdin' : value, text: await textOf(terminal, value) }
}
