import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holds, wantedBy, wordsOf } from './words.ts'

test('words are letters, digits and marks, each once', () => {
  assert.deepEqual(wordsOf('To be, or not to_be: 4.2 – "that’s"!'), [
    ...['to', 'be', 'or', 'not', '4', '2', 'that', 's'],
  ])
  assert.deepEqual(wordsOf('— ... 👩‍👩‍👧 \0\ud800 \ue000'), [])
})

test('case, diacritics and ways to write a letter are not told apart', () => {
  const alike = [
    ['Zürich', 'ZU\u0308RICH', 'zurich'],
    ['Straße', 'STRASSE'],
    ['Łódź', 'lodz'],
    ['Øresund', 'oresund'],
    ['Æther', 'aether'],
    ['ΟΔΟΣ', 'οδός', 'οδος'],
    ['İstanbul', 'istanbul'],
    ['ﬁnal', 'final'],
    ['ｆｕｌｌ', 'full'],
    ['x²', 'x2'],
  ]
  for (const [one = '', ...others] of alike)
    for (const other of others) assert.deepEqual(wordsOf(one), wordsOf(other), other)
})

test('a mark that is part of how a word is spelled is kept', () => {
  assert.deepEqual(wordsOf('हिन्दी'), ['हिन्दी'])
  assert.notDeepEqual(wordsOf('が'), wordsOf('か'))
  assert.deepEqual(wordsOf('가 각'), ['가', '각'])
})

test('where words stand without spaces, each letter is taken for one', () => {
  assert.deepEqual(wordsOf('東京Tower2020年'), ['東', '京', 'tower2020', '年'])
  assert.deepEqual(wordsOf('ที่นี่'), ['ที่', 'นี่'])
})

test('a word ends after 64 units, and not within a letter', () => {
  assert.deepEqual(wordsOf('x'.repeat(100)), ['x'.repeat(64)])
  const [word = ''] = wordsOf(`x${'𐐨'.repeat(40)}`)
  assert.ok(word.isWellFormed())
  assert.equal(word.length, 63)
})

test('a query wants all of its words, and takes the last one for a beginning', () => {
  assert.deepEqual(wantedBy('Rain in Sp'), { whole: ['rain', 'in'], beginning: 'sp' })
  assert.deepEqual(wantedBy('plan b'), { whole: ['plan', 'b'], beginning: null })
  assert.deepEqual(wantedBy('東'), { whole: ['東'], beginning: null })
  assert.equal(wantedBy(' ?! '), null)
  const many = wantedBy(Array.from({ length: 500 }, (_, n) => `w${n}`).join(' '))
  assert.deepEqual([many?.whole.length, many?.beginning], [31, 'w31'])
})

test('a text holds what a query wants, or does not', () => {
  const text = 'The rain in Spain'
  for (const [query, isFound] of [
    ...([
      ['spain rain', true],
      ['in sp', true],
      ['rai', true],
      ['rai spain', false],
    ] as const),
    ...([
      ['pain', false],
      ['rain snow', false],
      ['THE', true],
    ] as const),
  ] as const)
    assert.equal(holds(text, wantedBy(query) as never), isFound, query)
})
