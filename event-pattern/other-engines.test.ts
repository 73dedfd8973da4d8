/**
 * The verdicts of other engines, recorded beside this project and not a part of it: cases from the
 * tests of moto and quamina, and how often event-ruler matched given rules. A sample of the counts is
 * held in each run, all of them with `ALL_COUNTS=1 node --test event-pattern/other-engines.test.ts`.
 */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { env } from 'node:process'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { compile, explain, InvalidEventPattern, RuleSet } from './index.ts'

const data = new URL('../../shared/data/', import.meta.url)
const recorded = (folder: string) => existsSync(new URL(folder, data))
const noFolder = (folder: string) =>
  recorded(folder) ? {} : { skip: `there is no shared/data/${folder} beside the project` }
const isFull = env.ALL_COUNTS !== undefined

interface Case {
  readonly name: string
  readonly pattern: string
  readonly event?: string
  readonly match?: boolean
  readonly invalid?: boolean
}

test('each recorded case is judged as by the engine that it was recorded from', {
  ...noFolder('patterns/'),
}, () => {
  const cases = globSync('*.jsonl', { cwd: new URL('patterns/', data) }).flatMap((file) =>
    linesOf(`patterns/${file}`).map((line) => JSON.parse(line) as Case),
  )
  assert.ok(cases.length > 400, `${cases.length} cases were read`)
  for (const { name, pattern, event = '{}', match, invalid } of cases) {
    const rules = new RuleSet()
    if (invalid) {
      assert.throws(() => compile(pattern), InvalidEventPattern, name)
      assert.throws(() => rules.add('rule', pattern), InvalidEventPattern, name)
      assert.throws(() => explain(pattern, event), InvalidEventPattern, name)
      continue
    }
    rules.add('rule', pattern)
    assert.equal(compile(pattern)(event), match, name)
    assert.deepEqual(rules.match(event), match ? ['rule'] : [], name)
    assert.equal(explain(pattern, event).matched, match, name)
  }
})

interface Rule {
  readonly name: string
  readonly pattern: object
}

test('each rule of the benchmark matches as many events as at event-ruler', {
  ...noFolder('match/'),
}, () => {
  const { sets } = JSON.parse(textOf('match/bench-rules.json')) as {
    sets: Record<string, { rules: readonly (Rule & { matches: number })[] }>
  }
  const rules = Object.entries(sets)
    .filter(([set]) => isFull || !/COMBO|ARRAYS|ANYTHING_BUT_/.test(set))
    .flatMap(([set, { rules }]) => rules.map((rule) => ({ ...rule, name: `${set} ${rule.name}` })))
  const counts = countsOf(rules, linesOf('match/citylots2-synth.jsonl.gz'))
  for (const { name, matches } of rules) assert.equal(counts.get(name), matches, name)
})

test('sets of many rules match as often as at event-ruler', { ...noFolder('match/') }, () => {
  const expected = JSON.parse(textOf('match/scaling/expected-hits.json')) as Record<string, object>
  for (const [file, totals] of Object.entries(expected)) {
    if (file === 'note') continue
    const events = linesOf(`match/${file}.gz`).slice(0, 20_000)
    const sets = Object.entries(totals as Record<string, number>).filter(
      ([set]) => isFull || /^(exact|prefix|and3|bus|busq)-100$|^(numeric|wildcard)-10$/.test(set),
    )
    const rules = sets.flatMap(([set]) => {
      const path = `match/scaling/${set}.jsonl`
      const lines = linesOf(recorded(path) ? path : `${path}.gz`)
      return lines.map((line) => {
        const rule = JSON.parse(line) as Rule
        return { ...rule, name: `${set} ${rule.name}` }
      })
    })
    const counts = countsOf(rules, events)
    for (const [set, total] of sets) {
      const own = [...counts].filter(([name]) => name.startsWith(`${set} `))
      assert.equal(
        own.reduce((sum, [, count]) => sum + count, 0),
        total,
        set,
      )
    }
  }
})

/** How many of the events each of the rules matches, asked all at once. */
function countsOf(rules: readonly Rule[], events: readonly string[]): Map<string, number> {
  const set = new RuleSet({ wildcardComplexity: Number.POSITIVE_INFINITY })
  for (const { name, pattern } of rules) set.add(name, pattern)
  const counts = new Map(rules.map(({ name }) => [name, 0]))
  for (const event of events)
    for (const name of set.match(event)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

function linesOf(path: string): string[] {
  return textOf(path).trimEnd().split('\n')
}

function textOf(path: string): string {
  const bytes = readFileSync(new URL(path, data))
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
}
