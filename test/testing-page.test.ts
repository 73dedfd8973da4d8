/** Runs the example of docs/testing.md as whoever copies it would. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { test } from 'node:test'

test("the example of docs/testing.md passes, a day's retries in less than ten seconds", () => {
  const page = readFileSync('docs/testing.md', 'utf8')
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(page) ?? []
  const { NODE_TEST_CONTEXT: _own, ...env } = process.env

  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module-typescript', '--eval', example],
    { encoding: 'utf8', timeout: 10_000, env },
  )

  assert.equal(status, 0, stdout + stderr)
  assert.match(stdout, /pass 2\b/)
  assert.match(stdout, /fail 0\b/)
})
