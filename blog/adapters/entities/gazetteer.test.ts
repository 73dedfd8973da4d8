/** Which names the gazetteer knows, and as what. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { cities } from './cities.ts'
import { loadGazetteer, type Place } from './gazetteer.ts'

const gazetteer = loadGazetteer()

const table: readonly (readonly [name: string, place: Place | undefined])[] = [
  ['Spain', 'country'],
  ['SPAIN', 'country'],
  ['U.S.', 'country'],
  ['UK', 'country'],
  ['England', 'country'],
  ['Falkland Islands', 'country'],
  ["Côte d'Ivoire", 'country'],
  ['Cote d’Ivoire', 'country'],
  ['Singapore', 'country'],
  ['London', 'metropolis'],
  ['Sao Paulo', 'metropolis'],
  ['Nice', 'city'],
  ['Colmar', 'town'],
  ['Joe', undefined],
  ['', undefined],
]

suite('The gazetteer', () => {
  for (const [name, place] of table)
    test(`knows ${JSON.stringify(name)} as ${place ?? 'nothing'}`, () => {
      assert.equal(gazetteer(name), place)
    })
})

suite('cities', () => {
  test('reads each city of the file that has enough people', () => {
    const large = [...cities(10_000_000)]
    assert.ok(large.length > 5 && large.every(({ population }) => population >= 10_000_000))
    assert.ok([...cities(0)].length > 100_000)
  })
})
