import assert from 'node:assert/strict'
import { test } from 'node:test'
import { excerpt } from './excerpt.ts'

test('marks of Markdown are gone, and what they mark is there', () => {
  for (const [markdown, plain] of [
    ['# Summer\n\nJoe is *going* to **Spain**.', 'Summer. Joe is going to Spain.'],
    [
      'See [the map](https://a.example/b_(c) "Map") and ![a sea](/sea.png).',
      'See the map and a sea.',
    ],
    ['> quoted\n> twice\n\n- one\n* two\n1. three', 'quoted twice • one • two 1. three'],
    ['- one\n- two', 'one • two'],
    ['**very *much* so** and ~~not~~ __this__', 'very much so and not this'],
    ['```js\nconst a = 1\n```\nand `code`', 'const a = 1 and code'],
    ['| a | b |\n|---|--:|\n| 1 | 2 |', 'a b 1 2'],
    ['Title\n=====\n\ntext\n\n---\n\n<https://a.example/>', 'Title text https://a.example/'],
  ] as const)
    assert.equal(excerpt(markdown), plain)
})

test('what only looks like Markdown stays', () => {
  for (const text of [
    '2 * 3 * 4',
    'snake_case_name',
    '#1 of 3',
    'a [b] (c)',
    '-1 and +1',
    '<b>Joe</b>',
  ])
    assert.equal(excerpt(text), text)
  assert.equal(excerpt('\\*not\\* \\[this\\](x)'), '*not* [this](x)')
})

test('a long text ends after a word, a long word wherever it must', () => {
  const words = excerpt('word, '.repeat(100))
  assert.match(words, /^(word, )+word…$/)
  assert.ok(words.length <= 281 && words.length > 270)
  assert.equal(excerpt(`${'x'.repeat(279)}\u{1f600} and more`), `${'x'.repeat(279)}…`)
  assert.equal(excerpt('x'.repeat(280)), 'x'.repeat(280))
})

test('a text that begins with much that is not shown is not taken for a short one', () => {
  assert.equal(excerpt(`${'\n'.repeat(5_000)}text`), '…')
  assert.equal(excerpt(' \n'), '')
})
