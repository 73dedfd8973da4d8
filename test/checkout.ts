/**
 * A copy of what the packages are made of, for tests that pack them: while npm packs, package.json
 * is another one, and nobody else shall see it.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import process from 'node:process'

/** What programs compile that are started here more than once: npm's, and those that look at packages. */
const compiled = mkdtempSync(join(tmpdir(), 'busbar-compiled-'))
process.on('exit', () => rmSync(compiled, { recursive: true, force: true }))

export interface Checkout {
  readonly folder: string
  /** Each file of the packages with what stands in it, to be compared with later. */
  files(): ReadonlyMap<string, string>
  remove(): void
}

/** With the dependencies of this checkout, and its own packages among them. */
export function checkout(packages: readonly string[]): Checkout {
  const folder = mkdtempSync(join(tmpdir(), 'busbar-checkout-'))
  const names = ['package.json', 'tsconfig.json', 'LICENSE', 'tools/pack.mjs', ...packages]
  for (const name of names) cpSync(name, join(folder, name), { recursive: true, filter: isSource })
  mkdirSync(join(folder, 'node_modules/@busbar'), { recursive: true })
  for (const name of readdirSync('node_modules').filter((name) => name !== '@busbar'))
    symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name))
  for (const name of packages)
    symlinkSync(join('../..', name), join(folder, 'node_modules/@busbar', name))
  return {
    folder,
    files() {
      const found = packages.flatMap((name) => globSync(`${name}/**/*`, { cwd: folder }))
      const files = found.filter((name) => statSync(join(folder, name)).isFile()).sort()
      return new Map(files.map((name) => [name, hash(join(folder, name))]))
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Not what a run of npm in this checkout has made at this moment. */
const isSource = (path: string) => !['dist', 'package.json.checkout'].includes(basename(path))

const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs it in this folder, at the end of the line whatever it ended with. */
export function run(folder: string, command: string, ...args: string[]): Promise<Ended> {
  const options = { cwd: folder, env: cleanEnvironment(folder), timeout: 60_000 }
  const { promise, resolve, reject } = Promise.withResolvers<Ended>()
  execFile(command, args, { ...options, maxBuffer: 1e8 }, (error, stdout, stderr) => {
    if (error && typeof error.code !== 'number') reject(error)
    else resolve({ status: error ? Number(error.code) : 0, stdout, stderr })
  })
  return promise
}

/** As on a machine without network, where this Node is the one that is installed. */
export function cleanEnvironment(folder: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_|BUSBAR_|AWS_|HOST$|PORT$|DATA_DIR$)/i.test(name),
  )
  return {
    ...Object.fromEntries(kept),
    NODE_COMPILE_CACHE: compiled,
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    npm_config_cache: join(folder, '.npm'),
    npm_config_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  }
}
