/** Holds the code to the layers of ARCHITECTURE.md. The rules are in .dependency-cruiser.mjs. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { cruise } from 'dependency-cruiser'
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-options'

const packages = ['event-pattern', 'event-bus', 'runtime', 'blog']
const sources = packages.flatMap((name) => globSync(`${name}/**/*.ts`))

test('every import goes the way that the layers allow', async () => {
  const { output } = await cruise(packages, await extractConfig('./.dependency-cruiser.mjs'))
  assert.ok(typeof output === 'object')

  // With a TypeScript that it cannot read, dependency-cruiser reads nothing and reports success.
  const read = new Map(output.modules.map(({ source, dependencies }) => [source, dependencies]))
  for (const source of sources) assert.ok(read.has(source), `${source} was read`)
  const seen = (from: string, to: string) =>
    read.get(from)?.some(({ resolved }) => resolved.startsWith(to))
  assert.ok(seen('blog/flow.ts', 'runtime/'), 'an import of another package was understood')
  assert.ok(seen('event-bus/rule.ts', 'event-pattern/'), 'and one of types')

  assert.deepEqual(
    output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
    [],
  )
})

test('no file is longer than 400 lines', () => {
  const long = [...sources, ...globSync('{test,tools}/**/*.{ts,mjs}')]
    .map((file) => [file, readFileSync(file, 'utf8').split('\n').length - 1] as const)
    .filter(([, lines]) => lines > 400)
  assert.deepEqual(long, [])
})
