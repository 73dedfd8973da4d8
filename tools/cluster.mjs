// `npm run cluster`: a first look at a cluster. A real PostgreSQL, three nodes and one address in front, all of
// them on this machine and its loopback; the data stays in ./data/cluster. Ctrl-C ends all.
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { packaged } from '../event-bus/adapters/postgres/testing.ts'
import { front } from '../test/cluster-front.ts'

const count = Number(process.env.BUSBAR_NODES ?? 3)
const folder = resolve(process.env.DATA_DIR ?? 'data', 'cluster')
const data = join(folder, 'postgres')
const passwordFile = join(folder, 'password')
const program = fileURLToPath(new URL('../blog/bin/start.ts', import.meta.url))
const startLimitMs = 60_000
const nodes = new Map() // by name
let postgres = null
let ending = false

const [web, bus] = [await open('PORT', 3000), await open('BUSBAR_PORT', 4010)]
const [blogUrl, busUrl] = [web, bus].map(({ port }) => `http://127.0.0.1:${port}`)
process.on('exit', () => {
  for (const { child } of nodes.values()) child.kill('SIGKILL')
  postgres?.kill('SIGQUIT')
})
// Children are in groups of their own, so that Ctrl-C reaches this process alone, which ends them in order.
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => (ending ? process.exit(130) : void end(0)))

const { programs, missing } = packaged()
if (programs === null) fail(`PostgreSQL is missing: ${missing}. Run npm ci.`)
const databaseUrl = await startPostgres()
const names = Array.from({ length: count }, (_, at) => `node-${at + 1}`)
await Promise.all(names.map(start))
process.stdout.write(`
blog     ${blogUrl}
bus      ${busUrl}   (its console, and the endpoint for AWS SDKs)
${names.map((name) => `${name}   ${nodes.get(name).url}   (process ${nodes.get(name).child.pid})`).join('\n')}
postgres ${databaseUrl.replace(/:[^:@]+@/, '@')}   (process ${postgres.pid}; its password stands in ${passwordFile})
data     ${folder}

Open the blog, then paste this and watch. kill -9 a node and do it again: nothing is lost, and another one comes.

  curl ${blogUrl}/api/posts -H 'content-type: application/json' \\
    -d '{"author":"hunter s thompson","title":"Title","body":"Joe is going to Spain","topic":"summer"}'

`)

async function open(name, otherwise) {
  const port = Number(process.env[name] || otherwise)
  try {
    return await front(port)
  } catch (error) {
    return fail(`Port ${port} cannot be used (${error.code}). Set ${name} to another one.`)
  }
}

async function startPostgres() {
  mkdirSync(folder, { recursive: true })
  const as = somebody()
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  if (!existsSync(passwordFile))
    writeFileSync(passwordFile, `${randomBytes(20).toString('hex')}\n`, { mode: 0o600 })
  const password = readFileSync(passwordFile, 'utf8').trim()
  if (!existsSync(join(data, 'PG_VERSION'))) {
    rmSync(data, { recursive: true, force: true }) // what a start has left that was broken off
    mkdirSync(data, { mode: 0o700 })
    const given = join(data, '..', `.password-${process.pid}`)
    writeFileSync(given, password, { mode: 0o600 })
    if (as.uid !== undefined) for (const path of [data, given]) chownSync(path, as.uid, as.gid)
    const auth = ['-A', 'scram-sha-256', `--pwfile=${given}`]
    try {
      const args = ['-D', data, '-U', 'busbar', '-E', 'UTF8', '--locale=C', '-k', ...auth]
      execFileSync(join(programs, 'initdb'), args, { ...as, env, cwd: '/', stdio: 'pipe' })
    } catch (error) {
      rmSync(data, { recursive: true, force: true })
      fail(
        `PostgreSQL cannot be set up in ${data}. Set DATA_DIR to a folder that ${as.uid === undefined ? 'you' : 'the user “nobody”'} may write to and pass through.\n${error.stderr ?? error}`,
      )
    } finally {
      rmSync(given, { force: true })
    }
  }
  const port = await freePort()
  const settings = [
    ...[`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='],
    ...['max_connections=200', 'shared_buffers=256MB', 'max_wal_size=2GB'],
  ]
  const args = ['-D', data, ...settings.flatMap((each) => ['-c', each])]
  const options = { ...as, env, cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'] }
  postgres = spawn(join(programs, 'postgres'), args, options)
  let said = ''
  const { promise: ready, resolve: isReady } = Promise.withResolvers()
  for (const stream of [postgres.stdout, postgres.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      said = (said + text).slice(-5_000)
      if (said.includes('ready to accept connections')) isReady()
    })
  postgres.once('exit', (code) => {
    if (!ending) fail(`PostgreSQL ended with ${code}:\n${said}`)
  })
  await Promise.race([ready, pause(startLimitMs).then(() => fail(`No PostgreSQL:\n${said}`))])
  return `postgres://busbar:${password}@127.0.0.1:${port}/postgres`
}

/** Starts a node, and another one in its place when it has ended. */
async function start(name) {
  const env = {
    ...process.env,
    ...{ DATABASE_URL: databaseUrl, DATA_DIR: folder, HOST: '127.0.0.1' },
    ...{ PORT: '0', BUSBAR_PORT: '0', BUSBAR_HOST: '127.0.0.1' },
    ...{ PUBLIC_URL: process.env.PUBLIC_URL || blogUrl, BUSBAR_PUBLIC_URL: busUrl },
  }
  const args = ['--max-semi-space-size=32', program]
  const options = { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] }
  const child = spawn(process.execPath, args, options)
  const node = { child, url: null, busUrl: null }
  nodes.set(name, node)
  const { promise: ready, resolve: isReady } = Promise.withResolvers()
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      const [, word, url] = /^(blog|bus) +(http:\S+)/.exec(line) ?? []
      if (word === 'blog') node.url = url
      if (word === 'bus') node.busUrl = url
      if (node.url && node.busUrl) isReady()
      if (stream === child.stderr) process.stderr.write(`${name} ${line}\n`)
    })
  const ended = once(child, 'exit').then(async ([code, signal]) => {
    if (ending) return
    nodes.delete(name)
    process.stderr.write(`${name} has ended with ${signal ?? code}; another one is started\n`)
    await pass()
    await pause(1_000)
    if (ending) return
    await start(name)
    process.stderr.write(
      `${name} ${nodes.get(name)?.url} (process ${nodes.get(name)?.child.pid})\n`,
    )
  })
  await Promise.race([ready, ended])
  await pass()
}

/** Tells those in front who is there. */
async function pass() {
  const portOf = (url) => Number(new URL(url).port)
  const there = [...nodes.values()].filter((node) => node.url && node.busUrl)
  await Promise.all([
    web.use(there.map(({ url }) => ({ port: portOf(url) }))),
    bus.use(there.map((node) => ({ port: portOf(node.busUrl), readyPort: portOf(node.url) }))),
  ])
}

async function end(code) {
  ending = true
  const ended = [...nodes.values()].map(({ child }) => {
    if (child.exitCode !== null || child.signalCode !== null) return null
    child.kill('SIGTERM')
    return once(child, 'exit')
  })
  await Promise.all(ended)
  if (postgres && postgres.exitCode === null) {
    postgres.kill('SIGINT')
    await once(postgres, 'exit')
  }
  await Promise.all([web.close(), bus.close()])
  process.exit(code)
}

/** PostgreSQL does not run as root: then it runs as somebody who may nothing else. */
function somebody() {
  if (process.getuid?.() !== 0) return {}
  const id = (flag) => Number(execFileSync('id', [flag, 'nobody']).toString())
  return { uid: id('-u'), gid: id('-g') }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  ending = true
  process.exit(1)
}
