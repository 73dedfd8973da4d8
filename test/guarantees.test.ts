/** Holds docs/guarantees.md and docs/eventbridge.md to the tests that they name. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

function missing(page: string, line: RegExp, atLeast: number): readonly string[] {
  const named = [...readFileSync(page, 'utf8').matchAll(line)].map(
    ([, name = '', file = '']) => [name, file] as const,
  )
  assert.ok(named.length > atLeast, `${page} was understood`)
  return named.flatMap(([name, file]) => {
    const told = name.replace(/^20 /, '')
    const isThere = existsSync(file) && readFileSync(file, 'utf8').includes(told)
    return isThere ? [] : `${name} — ${file}`
  })
}

test('each promise names tests that are there', () => {
  assert.deepEqual(missing('docs/guarantees.md', /^- “(.+)” — ([\w./-]+)/gm, 20), [])
})

test('each operation names a test that is there', () => {
  assert.deepEqual(missing('docs/eventbridge.md', /^\|.*\| “(.+)” — ([\w./-]+) \|$/gm, 20), [])
})

test('each operation of EventBridge that is answered has its line', () => {
  const page = readFileSync('docs/eventbridge.md', 'utf8')
  const [, names = ''] =
    /const names = \[([\s\S]*?)\] as const/.exec(
      readFileSync('event-bus/event-bridge/operations.ts', 'utf8'),
    ) ?? []
  const operations = [...names.matchAll(/'(\w+)'/g)].map(([, name = '']) => name)

  assert.ok(operations.length > 40, 'the list was understood')
  const inTables = page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .join('\n')
  assert.deepEqual(
    operations.filter((name) => !new RegExp(`\\b${name}\\b`).test(inTables)),
    [],
  )
})
