// `npm run bench` measures the whole system, `npm run bench -- engine` the bus alone, `npm run bench --
// pattern` event patterns alone, `npm run bench -- wire` the bus over HTTP, `npm run bench -- lambda` the
// start of functions on AWS. All print JSON lines.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const benches = {
  blog: '../test/bench.ts',
  cluster: '../test/cluster.bench.ts',
  engine: '../test/engine.bench.ts',
  lambda: '../test/lambda.bench.ts',
  pattern: '../event-pattern/event-pattern.bench.ts',
  wire: '../test/wire.bench.ts',
}
const [name = 'blog', ...args] = process.argv.slice(2)
const known = Object.hasOwn(benches, name)
const file = new URL(known ? benches[name] : benches.blog, import.meta.url)
const rest = known ? args : process.argv.slice(2)
// As `npm start` does: more room for what lives for a commit costs less time, and less memory, too.
const flags = ['--max-semi-space-size=32']
const { status } = spawnSync(process.execPath, [...flags, fileURLToPath(file), ...rest], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
