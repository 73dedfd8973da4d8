/**
 * Array consistency, as event-ruler defines it: no two fields take their values from different
 * elements of one array. The fields choose in the order of their paths, and `{"exists": false}`
 * depends on it: it speaks of all elements until a field before it has settled on one, then of that.
 */
import type { PlacedField } from './placed-field.ts'
import { type Place, type Places, valueAt } from './places.ts'

/** Which element has been chosen, by array: at most one for each array of the event. */
type Chosen = ReadonlyMap<number, number>

/**
 * More steps than any honest event takes: arrays within arrays are settled in one pass, only a key
 * written many times, each time with an array, makes choices multiply. The answer is then no.
 */
const mostSteps = 2_000_000
/** A few choices are made again faster than they are remembered. */
const fewSteps = 64

/** Up to so many pairs of values are tried as they come. */
const fewPairs = 256

/**
 * Of the fields those two alone have values in elements of arrays. That is what most rules with arrays
 * come to; without choices to be remembered all of matching such rules is a seventh faster.
 */
export function consistentPair(
  fields: readonly PlacedField[],
  first: PlacedField,
  second: PlacedField,
  places: Places,
): boolean {
  const { place, condition } = second
  const isEasy =
    first.place.count * place.count <= fewPairs && isFlat(first, places) && isFlat(second, places)
  if (!isEasy) return consistent(fields, places)
  const { arrayOf } = places.arrays
  for (let at = 0; at < first.place.count; at++) {
    if (!first.condition.test(valueAt(places, first.place, at))) continue
    const element = number(first.place.elements, at)
    for (let each = 0; each < place.count; each++) {
      const other = number(place.elements, each)
      const isApart = element !== other && element !== 0 && other !== 0
      if (isApart && arrayOf[element] === arrayOf[other]) continue
      if (condition.test(valueAt(places, place, each))) return true
    }
  }
  return false
}

/** Whether the field wants a value and all it has lie in no array within another. */
function isFlat({ place, condition }: PlacedField, { arrays }: Places): boolean {
  if (condition.orAbsent) return false
  for (let at = 0; at < place.count; at++)
    if (arrays.parent[place.elements[at] as number] !== 0) return false
  return true
}

export function consistent(fields: readonly PlacedField[], places: Places): boolean {
  const { arrays } = places
  let steps = 0
  /** Choices that led nowhere, as far as they concern the fields still to come. */
  const failed = new Set<string>()

  function choose(at: number, chosen: Chosen): boolean {
    const field = fields[at]
    if (field === undefined) return true
    const { place, condition } = field
    const isFound = place.event === places.event
    let from = isFound ? next(place, 0, chosen) : 0
    if (!isFound || from >= place.count) return condition.orAbsent && choose(at + 1, chosen)

    const name = steps > fewSteps ? nameOf(at, chosen) : ''
    if (failed.has(name)) return false
    let last = -1
    for (; from < place.count; from = next(place, from + 1, chosen)) {
      const element = place.elements[from] as number
      if (element === last || !condition.test(valueAt(places, place, from))) continue
      last = element
      steps += 1 + chosen.size
      if (steps > mostSteps) return false
      if (choose(at + 1, withElement(element, chosen))) return true
    }
    if (name !== '') failed.add(name)
    return false
  }

  /** The first value from here on that sits in no other element of an array than the one chosen. */
  function next(place: Place, from: number, chosen: Chosen): number {
    let at = from
    for (let moved = true; moved && at < place.count; ) {
      moved = false
      const order = place.orders[at] as number
      for (const [array, element] of chosen) {
        if (order < number(arrays.arrayBegin, array) || order >= number(arrays.arrayEnd, array))
          continue
        if (order < number(arrays.begin, element)) at = find(place, number(arrays.begin, element))
        else if (order >= number(arrays.end, element))
          at = find(place, number(arrays.arrayEnd, array))
        else continue
        moved = true
        break
      }
    }
    return at
  }

  function withElement(element: number, chosen: Chosen): Chosen {
    if (element === 0) return chosen
    const more = new Map(chosen)
    for (let at = element; at !== 0; at = number(arrays.parent, at))
      more.set(number(arrays.arrayOf, at), at)
    return more
  }

  function nameOf(at: number, chosen: Chosen): string {
    let name = `${at}`
    for (const [array, element] of chosen) {
      const concerns = fields.some(({ place }, index) => {
        if (index < at || place.event !== places.event) return false
        const first = find(place, number(arrays.arrayBegin, array))
        return (
          first < place.count && (place.orders[first] as number) < number(arrays.arrayEnd, array)
        )
      })
      if (concerns) name += `,${element}`
    }
    return name
  }

  return choose(0, new Map())
}

/** The first value of the place whose order is at least this. */
function find(place: Place, order: number): number {
  let low = 0
  let high = place.count
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((place.orders[middle] as number) < order) low = middle + 1
    else high = middle
  }
  return low
}

function number(numbers: readonly number[], at: number): number {
  return numbers[at] as number
}
