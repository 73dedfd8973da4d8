/**
 * What a program does to the files of a folder, and what it tells, in the order in which it happened:
 * `strace` writes down every call of its main thread, on which SQLite and `writeSync` run.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export type Step =
  | { readonly kind: 'write'; readonly path: string; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly path: string; readonly length: number }
  /** Of a file: all that was written to it. Of a folder: the names in it. */
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'create' | 'unlink' | 'mkdir'; readonly path: string }
  /** On standard output or to the file of receipts: the world outside, which no power cut undoes. */
  | { readonly kind: 'told'; readonly text: string }

const calls = [
  ...['openat', 'open', 'creat', 'mkdir', 'mkdirat', 'unlink', 'unlinkat', 'link', 'linkat'],
  ...['rename', 'renameat', 'renameat2', 'truncate', 'ftruncate', 'fallocate', 'copy_file_range'],
  ...['write', 'writev', 'pwrite64', 'pwritev', 'pwritev2', 'sendfile', 'mmap', 'msync'],
  ...['fsync', 'fdatasync', 'sync_file_range'],
]

/** Why nothing can be traced here; null when it can. */
export function untraceable(): string | null {
  const { status, error, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'])
  if (status === 0) return null
  const why = error ? 'it is not installed' : String(stderr).trim()
  return `strace cannot be used here (${why}), and with nothing else the writes of SQLite can be seen`
}

/** The program and arguments that run another program and write to `file` what it does. */
export const tracer = (file: string): readonly string[] => [
  ...['strace', '-o', file, '-y', '-xx', '-s', '1000000', '-e', 'signal=none'],
  ...['-e', `trace=${calls.join()}`],
]

/** Reads a trace. Throws at a call that touches the folder and that it does not know. */
export function stepsOf(trace: string, folder: string, receipts: string): readonly Step[] {
  const steps: Step[] = []
  for (const line of readFileSync(trace, 'latin1').split('\n')) {
    const { name, strings, rest, result } = parsed(line)
    if (result < 0) continue
    const [path = '', bytes = Buffer.alloc(0)] = [strings[0]?.toString(), strings[1]]
    if (name === 'write' && (line.startsWith('write(1<') || path === receipts)) {
      steps.push({ kind: 'told', text: bytes.toString() })
      continue
    }
    const opened = name === 'openat' ? String(strings[1]) : path
    if (!opened.startsWith(`${folder}/`) && !(name === 'fsync' && opened === folder)) continue
    if (opened === receipts) continue
    if (name === 'pwrite64') steps.push({ kind: 'write', path, at: last(rest), bytes })
    else if (name === 'ftruncate') steps.push({ kind: 'truncate', path, length: last(rest) })
    else if (name === 'fsync' || name === 'fdatasync') steps.push({ kind: 'sync', path })
    else if (name === 'unlink' || name === 'mkdir') steps.push({ kind: name, path })
    else if (name === 'openat') {
      if (rest.includes('O_TRUNC')) throw new Error(`Not understood: ${line.slice(0, 200)}`)
      if (rest.includes('O_CREAT')) steps.push({ kind: 'create', path: opened })
    } else throw new Error(`Not understood: ${line.slice(0, 200)}`)
  }
  return steps
}

/** `name(3<path>, "bytes", 8) = 0`: all that stands in quotes or brackets, and the rest of it. */
function parsed(line: string): {
  readonly name: string
  readonly strings: readonly Buffer[]
  readonly rest: string
  readonly result: number
} {
  const [, name = '', inside = '', result = '-1'] =
    /^(\w+)\((.*)\)\s+= (-?\d+|0x[0-9a-f]+)/.exec(line) ?? []
  const strings = [...inside.matchAll(/["<]((?:\\x[0-9a-f]{2})*)[">]/g)].map(([, hex = '']) =>
    Buffer.from(hex.replaceAll('\\x', ''), 'hex'),
  )
  return { name, strings, rest: inside.replaceAll(/["<][^">]*[">]/g, ''), result: Number(result) }
}

const last = (numbers: string): number => Number(numbers.split(', ').at(-1))
