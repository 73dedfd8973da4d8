/** Runs the examples of docs/ as whoever copies them would. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { test } from 'node:test'

/** Prints what the example of the page prints, when that ends well and in time. */
function printed(page: string, timeout: number): string {
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(page, 'utf8')) ?? []
  assert.ok(example.length > 100, `${page} has an example`)
  const { NODE_TEST_CONTEXT: _own, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module-typescript', '--eval', example],
    { encoding: 'utf8', timeout, env },
  )
  assert.equal(status, 0, stdout + stderr)
  return stdout
}

test("the example of docs/testing.md passes, a day's retries in less than ten seconds", () => {
  const report = printed('docs/testing.md', 10_000)

  assert.match(report, /pass 2\b/)
  assert.match(report, /fail 0\b/)
})

test('the example of docs/library.md does what it asserts, and ends', () => {
  assert.equal(printed('docs/library.md', 30_000), '')
})
