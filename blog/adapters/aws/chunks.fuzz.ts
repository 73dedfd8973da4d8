import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chunks } from './chunks.ts'

const texts = fc.string({
  unit: fc.constantFrom('a', ' ', '. ', '\n', '\n\n', ', ', 'é', '東', '。', '😀', 'Joe Doe'),
  maxLength: 300,
})

test('chunks are the whole text, in order, none too large, none empty, no letter divided', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 4, max: 200 }), (text, most) => {
      const found = chunks(text, most)
      assert.equal(found.map((chunk) => chunk.text).join(''), text)
      for (const chunk of found) {
        assert.ok(Buffer.byteLength(chunk.text) <= most)
        assert.ok(chunk.text.length > 0 && chunk.text.isWellFormed())
        assert.equal(text.slice(chunk.begin, chunk.begin + chunk.text.length), chunk.text)
      }
    }),
  )
})

test('chunks are not many more than they have to be', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 16, max: 200 }), (text, most) => {
      const least = Math.ceil(Buffer.byteLength(text) / most)
      assert.ok(chunks(text, most).length <= 4 * least + 1)
    }),
  )
})
