import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest, suggestion } from './nearest.ts'

const verbs = ['put', 'tail', 'explain', 'export', 'import', 'resume', 'replay']

test('one letter too few, too many, wrong or in the wrong place is forgiven', () => {
  for (const [written, meant] of [
    ['taill', 'tail'],
    ['til', 'tail'],
    ['pul', 'put'],
    ['putt', 'put'],
    ['imprto', 'import'],
    ['TAIL', 'tail'],
    ['exp', 'explain'],
  ] as const)
    assert.equal(nearest(written, verbs), meant)
})

test('a word that is like none suggests nothing', () => {
  assert.equal(nearest('quit', verbs), undefined)
  assert.equal(nearest('x', verbs), undefined)
  assert.equal(suggestion('quit', verbs), '')
  assert.equal(suggestion('imprt', verbs), ' Did you mean import?')
})
