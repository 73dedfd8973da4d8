// `npm test`: types, lint, unit tests, properties, then the tests of the whole system, one file after
// the other. Ends with the line `N passed, N failed`. `npm run unit` and `npm run fuzz` do a part alone.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const only = process.argv[2]
const inPackages = globSync('{event-pattern,event-bus,runtime,blog}/**/*.{test,fuzz}.ts', {
  exclude: (name) => name === 'node_modules',
})
const ending = (end) => inPackages.filter((file) => file.endsWith(end)).sort()
const inBrowser = ending('.browser.test.ts')
const parts = {
  unit: { files: ending('.test.ts').filter((file) => !inBrowser.includes(file)), concurrency: 2 },
  fuzz: { files: ending('.fuzz.ts'), concurrency: 2 },
  system: { files: [...inBrowser, ...globSync('test/*.test.ts').sort()], concurrency: 1 },
}

let passed = 0
let failed = 0
let skipped = 0
if (only === undefined) {
  tool('types', 'tsc', ['-p', '.'])
  tool('lint', 'biome', ['check', '--error-on-warnings', '.'])
}
for (const [name, { files, concurrency }] of Object.entries(parts))
  if (only === undefined || only === name) await tests(files, concurrency)
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

/** A file is a process; `concurrency` of them at a time. */
async function tests(files, concurrency) {
  const events = run({ files, concurrency, timeout: 480_000 })
  events.on('test:summary', ({ file, counts }) => {
    if (file !== undefined) return
    passed += counts.passed
    failed += counts.failed + counts.cancelled
    skipped += counts.skipped
  })
  const output = events.compose(spec)
  output.pipe(process.stdout, { end: false })
  await new Promise((resolve) => output.on('end', resolve))
}
