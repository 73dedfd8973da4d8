// Runs test files in this one process and tells its parent the counts: to start a process for each of
// two hundred small files takes longer than all their tests. For tests that leave nothing behind.
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const events = run({ files: process.argv.slice(2), isolation: 'none', timeout: 480_000 })
let counts
events.on('test:summary', (summary) => {
  if (summary.file === undefined) ({ counts } = summary)
})
const output = events.compose(spec)
output.pipe(process.stdout)
output.on('end', () => {
  process.send(counts)
  process.disconnect()
})
