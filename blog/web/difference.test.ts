import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { difference } from './difference.ts'

const shown = (theirs: string, yours: string) =>
  difference(theirs, yours).map(
    ({ of, text }) => `${{ both: ' ', theirs: '-', yours: '+' }[of]}${text}`,
  )

test('lines that both have stand once, what is only theirs before what is only yours', () => {
  assert.deepEqual(shown('a\nb\nc\nd', 'a\nB\nc\nd\ne'), [' a', '-b', '+B', ' c', ' d', '+e'])
  assert.deepEqual(shown('same', 'same'), [' same'])
  assert.deepEqual(shown('', 'new'), ['-', '+new'])
})

test('either text can be read from it, and few lines are called different', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
  fc.assert(
    fc.property(text, text, (a, b) => {
      const found = difference(a.join('\n'), b.join('\n'))
      const read = (of: string) =>
        found.flatMap((line) => (line.of === 'both' || line.of === of ? [line.text] : []))
      assert.deepEqual(read('theirs').join('\n'), a.join('\n'))
      assert.deepEqual(read('yours').join('\n'), b.join('\n'))
      if (a.join('\n') === b.join('\n')) assert.ok(found.every(({ of }) => of === 'both'))
    }),
  )
})

test('texts of very many lines that differ are shown as wholes, in a moment', () => {
  const [theirs, yours] = ['x\n', 'y\n'].map((line) => line.repeat(20_000))
  const found = difference(theirs as string, yours as string)

  assert.deepEqual([found[0]?.of, found[20_000]?.of, found.at(-1)?.of], ['theirs', 'yours', 'both'])
})
