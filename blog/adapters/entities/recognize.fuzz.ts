/** Whatever the text, every entity is where it says it is, and they stand in order. */
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { assertInPlace } from '../../entity-recognizer.contract.ts'
import { loadGazetteer } from './gazetteer.ts'
import { recognize } from './recognize.ts'

const gazetteer = loadGazetteer()

/** What names are made of and what stands around them, so that there is something to find. */
const pieces =
  "Joe|Anna|Smith|Hunter S.|O'Brien|Spain|New York|U.S.|São Paulo|Nice|University of|Oxford|King|Dr.|van|of|and|&|'s|’|the|in|doesn't|1,000|.|,|-|/|_|**|`|```\n|~~~|<b>|</b>|<|>|https://a.example/B|@|#|(|)|\"|\n|\n\n|\t|\u00A0|\uD800|\uDFFF|🎉|e\u0301|ß|İ|سارة|我|__proto__|constructor"
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(fc.tuple(fc.constantFrom(...pieces.split('|')), fc.constantFrom(' ', ' ', '', '\n')))
    .map((parts) => parts.flat().join('')),
)
const longText = fc
  .tuple(text, fc.integer({ min: 1, max: 300 }))
  .map(([unit, times]) => unit.repeat(times).slice(0, 20_000))

suite('recognize', { timeout: 120_000 }, () => {
  test('finds entities in place and in order, whatever the text', () => {
    fc.assert(
      fc.property(text, (it) => assertInPlace(it, recognize(it, gazetteer))),
      { numRuns: 2_000 },
    )
  })

  test('finds entities in place and in order in long texts', () => {
    fc.assert(
      fc.property(longText, (it) => assertInPlace(it, recognize(it, gazetteer))),
      { numRuns: 30 },
    )
  })

  test('answers the same text the same', () => {
    fc.assert(
      fc.property(text, (it) => {
        const [once, again] = [recognize(it, gazetteer), recognize(it, gazetteer)]
        return JSON.stringify(once) === JSON.stringify(again)
      }),
      { numRuns: 300 },
    )
  })
})
