/** Runs every example of PATTERNS.md. An example that nothing runs is a promise that nobody keeps. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { compile, describe, explain, explanationText } from './index.ts'

interface Example {
  readonly kind: string
  readonly line: number
  readonly lines: readonly string[]
}

const page = readFileSync(new URL('PATTERNS.md', import.meta.url), 'utf8')
const examples = examplesOf(page)
/** Its examples of types are checked where tsc sees them. */
const typed = readFileSync(new URL('event-pattern-for.test.ts', import.meta.url), 'utf8')

for (const { kind, line, lines } of examples)
  test(`PATTERNS.md, line ${line}: ${lines[0]}`, () => {
    if (kind === 'explain') runExplanation(lines)
    else if (kind === '') runExample(lines)
    else if (kind === 'ts')
      assert.ok(typed.includes(lines.join('\n')), 'it stands in the test of types')
    else assert.fail(`nothing runs an example of kind "${kind}"`)
  })

test('PATTERNS.md shows every operator, at work and not at work', () => {
  const patterns = examples.filter(({ lines }) => lines.some((line) => line.startsWith('no ')))
  const text = patterns.map(({ lines }) => lines[0]).join('\n')
  const operators =
    'prefix suffix equals-ignore-case wildcard anything-but numeric cidr exists exactly $or'
  for (const operator of operators.split(' ')) assert.ok(text.includes(`{"${operator}":`), operator)
  for (const negated of 'prefix suffix wildcard equals-ignore-case'.split(' '))
    assert.ok(text.includes(`{"anything-but": {"${negated}":`), negated)
  for (const comparison of '= < <= > >='.split(' ')) assert.ok(text.includes(`"${comparison}"`))
})

test('the links of PATTERNS.md lead to its headings', () => {
  const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
  const anchors = new Set(headings)
  const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor = '']) => anchor)
  assert.ok(links.length > 0)
  assert.deepEqual(
    links.filter((anchor) => !anchors.has(anchor)),
    [],
  )
})

/** `pattern`, then what it `means`, events that match (`yes`) and ones that do not (`no`, and why). */
function runExample(lines: readonly string[]) {
  let pattern = ''
  const seen = new Set<string>()
  for (const line of lines) {
    const [word = '', rest = ''] = split(line)
    seen.add(word)
    if (word === 'pattern') pattern = rest
    else if (word === 'means') assert.equal(describe(pattern), rest)
    else if (word === 'refused')
      assert.throws(
        () => compile(pattern),
        (error: Error) => error.message.split('\n')[0]?.endsWith(`. Reason: ${rest}`) === true,
        line,
      )
    else if (word === 'yes' || word === 'no') {
      const [event = '', why = ''] = rest.split('  # ')
      if (word === 'no') assert.notEqual(why, '', `why not: ${line}`)
      for (const each of [event, new TextEncoder().encode(event)])
        assert.equal(compile(pattern)(each), word === 'yes', line)
      assert.equal(explain(pattern, event).matched, word === 'yes', line)
      JSON.parse(event)
    } else assert.fail(`nothing runs the line "${line}"`)
  }
  const needed = seen.has('refused') ? ['pattern'] : ['pattern', 'means', 'yes', 'no']
  for (const word of needed) assert.ok(seen.has(word), `it has a line "${word}"`)
}

function runExplanation([first = '', second = '', empty, ...lines]: readonly string[]) {
  const [, pattern = ''] = split(first)
  const [, event = ''] = split(second)
  assert.equal(empty, '')
  assert.equal(explanationText(explain(pattern, event)), lines.join('\n'))
}

function split(line: string): readonly string[] {
  return /^(\w+) +(.*)$/.exec(line)?.slice(1) ?? []
}

function examplesOf(text: string): readonly Example[] {
  const found: (Example & { lines: string[] })[] = []
  let isOpen = false
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^ *```(.*)$/.exec(line)
    if (fence === null) {
      if (isOpen) found.at(-1)?.lines.push(line)
    } else {
      isOpen = !isOpen
      if (isOpen) found.push({ kind: fence[1] ?? '', line: index + 1, lines: [] })
    }
  }
  assert.equal(isOpen, false, 'every example ends')
  return found
}
