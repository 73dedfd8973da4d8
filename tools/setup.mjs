// Before `npm start` and `npm test`: installs what the lock file names, and sees to it that there is
// a Node that runs TypeScript. Needs nothing but Node 20 and npm itself; a second time it costs
// a few milliseconds. `--tests` also looks for the programs that tests drive: Chromium and the AWS CLI.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const needed = 24
const root = fileURLToPath(new URL('..', import.meta.url))
const stampFile = join(root, 'node_modules', '.busbar-setup')
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
const ownNode = join(root, 'node_modules', 'node', 'bin', 'node')

if (!isInstalled()) {
  say('Installing dependencies; this happens once and takes about half a minute …')
  // Without install scripts: only the package `node` needs its own, and only on an older Node.
  npm('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error')
  ensureNode()
  writeFileSync(stampFile, lock)
}
if (process.argv.includes('--tests')) {
  ensureProgram({
    name: 'Chromium',
    package: 'chromium',
    needs: 'The browser tests need Chromium',
    env: 'CHROMIUM',
    paths: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  })
  ensureProgram({
    name: 'the AWS CLI',
    package: 'awscli',
    needs: 'The tests of the AWS CLI need it',
    env: 'AWS_CLI',
    paths: ['aws'],
  })
}

function isInstalled() {
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== lock) return false
  return major(process.versions.node) >= needed || existsSync(ownNode)
}

/** An older Node gets a new one from the npm package `node`, whose install script brings it. */
function ensureNode() {
  // It may have been that one itself that runs here, and `npm ci` has taken it away.
  if (major(process.versions.node) >= needed && existsSync(process.execPath)) return
  npm('rebuild', 'node', '--ignore-scripts=false', '--loglevel=error')
  if (major(versionOf(ownNode)) >= needed) return
  fail(
    `Busbar needs Node ${needed} or newer. This is Node ${process.versions.node}, and the npm package “node”, which brings one, could not be set up. Install Node ${needed} from https://nodejs.org and try again.`,
  )
}

/** A test set-up may install what tests drive where it is root on Debian; else it says how. */
function ensureProgram({ name, package: debian, needs, env, paths }) {
  if (process.env[env] || paths.some((path) => existsSync(`/usr/bin/${path}`))) return
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say(`Installing ${name} for the tests …`)
    const options = {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }
    spawnSync('apt-get', ['-qq', 'update'], options)
    const install = ['-qq', 'install', '-y', '--no-install-recommends', debian]
    if (spawnSync('apt-get', install, options).status === 0) return
  }
  say(`${needs}: sudo apt-get install ${debian} (or set ${env} to its path)`)
  if (process.env.CI) process.exit(1)
}

function npm(...args) {
  // npm tells its scripts where it stands; asked without it, the one on the PATH is taken.
  const node = existsSync(process.execPath) ? process.execPath : 'node'
  const [command, first] = process.env.npm_execpath
    ? [node, [process.env.npm_execpath]]
    : ['npm', []]
  const { status } = spawnSync(command, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) fail(`npm ${args[0]} failed (see above). Check the network and try again.`)
}

function versionOf(node) {
  return existsSync(node) ? spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout : ''
}
function major(version) {
  return Number(/^v?(\d+)/.exec(version ?? '')?.[1] ?? 0)
}
function say(text) {
  process.stderr.write(`${text}\n`)
}
function fail(text) {
  say(text)
  process.exit(1)
}
