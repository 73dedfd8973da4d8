/** Holds docs/guarantees.md to the tests that it names. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

test('each promise names tests that are there', () => {
  const page = readFileSync('docs/guarantees.md', 'utf8')
  const named = [...page.matchAll(/^- “(.+)” — ([\w./-]+)/gm)].map(
    ([, name = '', file = '']) => [name, file] as const,
  )
  assert.ok(named.length > 20, 'the page was understood')
  const missing = named.filter(([name, file]) => {
    const told = name.replace(/^20 /, '')
    return !existsSync(file) || !readFileSync(file, 'utf8').includes(told)
  })
  assert.deepEqual(missing, [])
})
