/** Bytes of texts of every kind of character, and of more than fits into the place for them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8Length } from './utf8-length.ts'

for (const [name, part] of Object.entries({
  nothing: '',
  ASCII: '{"a":1}\n',
  'two bytes': 'é',
  'three bytes': '–',
  'four bytes': '🚚',
  'half a pair': '\ud83d',
  'all of them': 'aé–🚚',
}))
  test(`the bytes of ${name} are those that are sent`, () => {
    for (const times of [1, 10, 65_535, 65_536, 200_000])
      assert.equal(utf8Length(part.repeat(times)), Buffer.byteLength(part.repeat(times)))
  })
