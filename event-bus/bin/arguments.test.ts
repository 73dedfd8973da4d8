import assert from 'node:assert/strict'
import { test } from 'node:test'
import { common, count, none, only, parsed } from './arguments.ts'
import * as archive from './verbs/archive.ts'
import * as dlq from './verbs/dlq.ts'
import * as doctor from './verbs/doctor.ts'
import * as explain from './verbs/explain.ts'
import * as exported from './verbs/export.ts'
import * as imported from './verbs/import.ts'
import * as pause from './verbs/pause.ts'
import * as put from './verbs/put.ts'
import * as replay from './verbs/replay.ts'
import * as resume from './verbs/resume.ts'
import * as rules from './verbs/rules.ts'
import * as tail from './verbs/tail.ts'

const verbs = { archive, dlq, doctor, explain, exported, imported, pause, put } as const
const moreVerbs = { replay, resume, rules, tail } as const
const all = { ...verbs, ...moreVerbs }

test('a flag that is unknown is refused, and the nearest one named', () => {
  const options = { pattern: { type: 'string' }, bus: { type: 'string' } } as const
  assert.equal(parsed(['--bus=x', 'a'], options).values.bus, 'x')
  for (const [flag, message] of [
    ['--patern', 'There is no --patern. Did you mean --pattern?'],
    ['--jsn', 'There is no --jsn. Did you mean --json?'],
    ['-x', 'There is no -x.'],
  ] as const)
    assert.throws(() => parsed([flag, 'x'], options), { exitCode: 2, message })
  assert.throws(() => parsed(['--bus'], options), { exitCode: 2, message: /--bus/ })
})

test('numbers and words are checked by name', () => {
  assert.equal(count('--limit', '10'), 10)
  assert.equal(count('--limit', undefined), undefined)
  for (const text of ['0', '-1', '1.5', 'many', ''])
    assert.throws(() => count('--limit', text), { exitCode: 2, message: /^--limit is “/ })
  assert.equal(only(['a'], 'which'), 'a')
  assert.throws(() => only([], 'which archive'), { message: 'Say which archive.' })
  assert.throws(() => only(['a', 'b'], 'which'), { exitCode: 2 })
  assert.throws(() => none(['a']), { exitCode: 2 })
})

test('the help of each verb names its flags and no others, and shows an example', () => {
  for (const [name, { help, options }] of Object.entries(all)) {
    const flags = Object.keys({ ...options, ...common })
    for (const flag of Object.keys(options))
      assert.match(help, new RegExp(`--${flag}\\b`), `${name} --${flag}`)
    for (const [, flag = ''] of help.matchAll(/ --([a-z-]+)/g))
      assert.ok(flags.includes(flag) || help.includes('aws '), `${name} has --${flag}`)
    assert.match(help, /\nExamples?:\n {2}busbar /, name)
    assert.ok(help.endsWith('\n'), name)
    assert.ok(
      help.split('\n').every((line) => line.length <= 110),
      name,
    )
  }
})
