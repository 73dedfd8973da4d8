/** Runs the examples of docs/busbar.md in their order, as whoever copies them would. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { program } from './busbar.ts'
import { serve } from './serve.ts'
import { compiled } from './settings.ts'

const page = readFileSync('docs/busbar.md', 'utf8')
/** By the heading that they stand under. */
const examples = new Map(
  page
    .split('\n## ')
    .slice(1)
    .map((section) => [section.split('\n')[0], /```sh\n([\s\S]*?)```/.exec(section)?.[1] ?? '']),
)
const verbs = ['import', 'archive', 'put', 'tail', 'explain', 'rules', 'dlq', 'pause, resume']
const expected: Readonly<Record<string, readonly RegExp[]>> = {
  import: [/^created {4}AWS::Events::Rule {2}orders\/placed$/m],
  archive: [/^Archive orders-30d was created\.$/m, /^orders-30d {2}orders {2}30 days/m],
  put: [/^[0-9a-f-]{36}$/m, /^\{"Line":2,"EventId":"[0-9a-f-]{36}"\}$/m],
  tail: [/OrderPlaced {2}→ placed/, /"Rules":\["placed"\]/, /"order":3/],
  explain: [/^✓ detail\.total {2}is 250/m, /✗ orders\/placed/, /^exit 3$/m],
  rules: [/^orders\/placed\n {2}.*\n {2}→ ship {2}.*2 dead/m],
  dlq: [
    /NO_RESOURCE/,
    /^target {4}orders\/placed\/ship$/m,
    /^2 dead letters would be /m,
    /^2 dead letters deleted/m,
  ],
  'pause, resume': [/ship is paused\./, /ship is resumed\./],
  replay: [/COMPLETED, 3 events/],
  doctor: [/2 dead letters for orders\/placed\/ship, the newest: NO_RESOURCE/, /^exit 1$/m],
  export: [/^unchanged {2}AWS::Events::Rule {2}orders\/placed$/m],
}

test('the examples of docs/busbar.md do what the page says', { timeout: 120_000 }, async () => {
  const bus = await serve()
  const cwd = mkdtempSync(join(tmpdir(), 'busbar-docs-'))
  const env = { ...compiled, PATH: process.env.PATH, AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url }
  try {
    for (const verb of [...verbs, 'replay', 'doctor', 'export']) {
      const script = `busbar() { '${process.execPath}' '${program}' "$@"; }\n${examples.get(verb)}`
      const { stdout } = await promisify(execFile)('sh', ['-ec', script], {
        ...{ cwd, env, timeout: 30_000 },
      })
      for (const pattern of expected[verb] ?? []) assert.match(stdout, pattern, verb)
    }
    assert.equal(examples.size, verbs.length + 4, 'all sections but that of serve were run')
  } finally {
    await bus.stop()
    rmSync(cwd, { recursive: true, force: true })
  }
})
