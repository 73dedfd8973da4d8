// `npm test`: types, lint, unit tests, those of adapters (disks, sockets, workers) and properties, then the
// tests of the whole system, two files at a time and beside them what mostly waits. Ends with the line
// `N passed, N failed`.
// `npm run unit` and `npm run fuzz` do a part alone.
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'

// Hundreds of processes begin with the same files: this way each of these is compiled once.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../node_modules/.cache/compiled', import.meta.url),
)
// DynamoDB Local lives too short for the better of Java's two compilers to pay.
process.env.JDK_JAVA_OPTIONS ??= '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'

const only = process.argv[2]
const inPackages = globSync('{event-pattern,event-bus,runtime,blog}/**/*.{test,fuzz}.ts', {
  exclude: (name) => name === 'node_modules',
})
const ending = (end) => inPackages.filter((file) => file.endsWith(end)).sort()
const inBrowser = ending('.browser.test.ts')
const inAdapters = ending('.test.ts').filter((file) => file.includes('/adapters/'))
const others = [...inBrowser, ...inAdapters]
const units = ending('.test.ts').filter((file) => !others.includes(file))
/** Tests that ask one process, and mostly wait for its answers, for a minute to begin, for a retry. */
const waits =
  /test\/(?:event-bridge-|busbar-|readme|npm-|service-targets|sign-in|examples|blog-drafts|cluster-(?:power|standby)|packages|lambda-bundle|engine-power)/
const parts = {
  unit: () => together(units, 2),
  adapters: () => together(inAdapters, 2),
  fuzz: () => tests(ending('.fuzz.ts'), 1),
  system: () => {
    const all = globSync('test/{,aws/}*.test.ts').sort()
    const calm = all.filter((file) => waits.test(file))
    const busy = all.filter((file) => !waits.test(file))
    return Promise.all([tests(longestFirst(busy), 2), pagesThen(longestFirst(calm))])
  },
}
/** Adapters wait for their servers half of the time, properties never do. */
const phases = [['unit'], ['adapters', 'fuzz'], ['system']]

/** Pages in one process load what they are made of once; what waits follows. Of what runs npm there is one at a time. */
async function pagesThen(files) {
  await together(inBrowser, 1)
  const byNpm = files.filter((file) => /test\/(?:readme|npm-|packages)/.test(file))
  const others = files.filter((file) => !byNpm.includes(file))
  await Promise.all([tests(byNpm, 1), tests(others, 1)])
}

/** What takes minutes begins first, so that all end together. */
function longestFirst(files) {
  const long = ['event-bridge-schedules', 'blog-aws', 'blog-cluster', 'blog-embedded']
  const place = (file) => long.findIndex((name) => file.includes(name)) + 1 || 9
  return files.toSorted((a, b) => place(a) - place(b))
}

let passed = 0
let failed = 0
let skipped = 0
if (only === undefined) {
  tool('types', 'tsc', ['-p', '.'])
  tool('types of the script', 'tsc', ['-p', 'blog/web/client'])
  tool('lint', 'biome', ['check', '--error-on-warnings', '.'])
}
const took = []
for (const phase of phases)
  await Promise.all(
    phase.map(async (name) => {
      if (only !== undefined && only !== name) return
      const started = Date.now()
      await parts[name]()
      took.push(`${name} ${Math.round((Date.now() - started) / 1_000)} s`)
    }),
  )
console.log(took.join(', '))
if (skipped > 0) console.log(`${skipped} skipped: see above why`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

function tool(name, command, args) {
  const started = Date.now()
  const { status } = spawnSync(`node_modules/.bin/${command}`, args, { stdio: 'inherit' })
  console.log(`${status === 0 ? '✔' : '✖'} ${name} (${Date.now() - started} ms)`)
  if (status === 0) passed++
  else failed++
}

/** So many processes, each of which runs its share of the files. */
async function together(files, processes) {
  const shares = Array.from({ length: processes }, (_, share) =>
    files.filter((_file, at) => at % processes === share),
  )
  await Promise.all(
    shares.map(async (share) => {
      const child = fork(fileURLToPath(new URL('test-together.mjs', import.meta.url)), share)
      let counts = null
      child.on('message', (message) => {
        counts = message
      })
      const [code] = await once(child, 'exit')
      if (counts) count(counts)
      // A process that dies tells nothing of its tests.
      if (!counts || (code !== 0 && counts.failed + counts.cancelled === 0)) failed++
    }),
  )
}

function count(counts) {
  passed += counts.passed
  failed += counts.failed + counts.cancelled
  skipped += counts.skipped
}

/** A file is a process; `concurrency` of them at a time. */
async function tests(files, concurrency) {
  const events = run({ files, concurrency, timeout: 480_000 })
  events.on('test:summary', ({ file, counts }) => {
    if (file === undefined) count(counts)
  })
  const output = events.compose(spec)
  output.pipe(process.stdout, { end: false })
  await new Promise((resolve) => output.on('end', resolve))
}
