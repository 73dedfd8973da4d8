import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chunks } from './chunks.ts'

const pieces = (text: string, most: number) => chunks(text, most).map((chunk) => chunk.text)

test('a text that fits is one piece, and an empty one none', () => {
  assert.deepEqual(chunks('Joe. Anna.', 10), [{ text: 'Joe. Anna.', begin: 0 }])
  assert.deepEqual(chunks('', 10), [])
})

test('a text is cut behind its last sentence that fits', () => {
  assert.deepEqual(pieces('New York. Los Angeles. San Juan.', 26), [
    'New York. Los Angeles.',
    ' San Juan.',
  ])
  assert.deepEqual(pieces('東京。大阪。京都。', 20), ['東京。大阪。', '京都。'])
})

test('where no sentence ends it is cut at a comma, then between words, then anywhere', () => {
  assert.deepEqual(pieces('to New York, then to Rome', 16), ['to New York,', ' then to Rome'])
  assert.deepEqual(pieces('going to New York', 12), ['going to ', 'New York'])
  assert.deepEqual(pieces('éééééé', 5), ['éé', 'éé', 'éé'])
})

test('a dot within a number ends no sentence', () => {
  assert.deepEqual(pieces('about 3.14 now or later', 14), ['about 3.14 ', 'now or later'])
})
