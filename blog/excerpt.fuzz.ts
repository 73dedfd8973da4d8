import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { excerpt } from './excerpt.ts'

const marks = fc.array(
  fc.constantFrom(...'*_~`[]()<>#-|\\!> \n'.split(''), 'ab', '](', '\u{1f600}', 'https://'),
  { maxLength: 6_000 },
)

test('whatever is written, the excerpt is one short line of well-formed text, and soon there', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        marks.map((all) => all.join('')),
      ),
      (text) => {
        const short = excerpt(text)
        assert.ok(short.length <= 281)
        assert.doesNotMatch(short, /\n/)
        assert.ok(short.isWellFormed() || !text.isWellFormed())
      },
    ),
  )
})

test('no mark repeated takes more than linear time', () => {
  for (const mark of [
    '[',
    '](',
    '[](',
    '(((',
    '*',
    '*a',
    '_a ',
    '~~a',
    '`',
    '\\',
    '> ',
    '<https:',
    '![',
  ])
    assert.ok(excerpt(mark.repeat(20_000)).length <= 281)
})
