/** Holds the reading of numbers from bytes against that from their text. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { numberIn } from './number-bytes.ts'
import { numberOf } from './number-text.ts'

const encoder = new TextEncoder()

/** Whether it was read; if so, rightly. */
function isRead(text: string): boolean {
  const bytes = encoder.encode(`[${text}]`)
  const number = numberIn(bytes, 1, bytes.length - 1)
  if (Number.isNaN(number)) return false
  assert.ok(Object.is(number, numberOf(text)), text)
  return true
}

const sign = fc.constantFrom('', '-')
const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 20 })
const whole = digits.map((each) => each.replace(/^0+(?=.)/, ''))

test('reads decimals as their text is read, or leaves them to that', () => {
  const decimals = fc.tuple(sign, whole, fc.option(digits))
  fc.assert(
    fc.property(decimals, ([sign, whole, fraction]) => {
      isRead(`${sign}${whole}${fraction === null ? '' : `.${fraction}`}`)
    }),
    { numRuns: 200_000 },
  )
})

test('reads doubles as they are spelt, and knows their neighbours in the last digit', () => {
  let read = 0
  let all = 0
  const doubles = fc.double({ min: -1e15, max: 1e15, noNaN: true })
  const scales = fc.integer({ min: 0, max: 18 })
  fc.assert(
    fc.property(doubles, scales, fc.nat(9), (double, scale, last) => {
      const text = String(double / 10 ** scale)
      if (/e/.test(text)) return
      all++
      if (isRead(text)) read++
      isRead(text.slice(0, -1) + last)
    }),
    { numRuns: 200_000 },
  )
  assert.ok(read > 0.95 * all, `${read} of ${all}`)
})
