/**
 * What an event holds at a path: every value, with the place it sits in, and if there is none, how
 * far the path goes. The same walk as the field tree's, but it leaves a trail.
 */
import { cut } from './describe-value.ts'
import { valuesUnder } from './explain-json.ts'

/** Where a value sits, link by link, because a place is seldom asked for and an event can be deep. */
export interface Place {
  readonly up: Place | undefined
  /** The key, or the element of which array. */
  readonly step: string | { readonly array: readonly unknown[]; readonly index: number }
}

export interface Found {
  readonly value: unknown
  readonly place: Place | undefined
}

export interface Reached {
  /** The strings, numbers, booleans and nulls at the path: all that can match. */
  readonly values: readonly Found[]
  /** What stands where the path goes on or ends, and is no such value. The deepest come last. */
  readonly dead: readonly (Found & { readonly depth: number })[]
}

/** How many of the dead ends are kept: enough to say how far the path goes. */
const mostDead = 20
/** Places are shown with no more than so many UTF-16 units. */
const longestPlace = 200

/** Every value at the path, however its keys are dotted and whatever arrays it sits in. */
export function valuesAt(keys: readonly string[], event: unknown): Reached {
  const values: Found[] = []
  const dead: (Found & { depth: number })[] = []
  const dottedFrom = keys.map((_, from) =>
    keys.slice(from).map((_, at) => keys.slice(from, from + 1 + at).join('.')),
  )

  function visit(value: unknown, depth: number, place: Place | undefined): boolean {
    if (value === undefined) return false
    if (Array.isArray(value)) {
      let any = false
      for (const element of elementsOf(value, place)) {
        any = true
        visit(element.value, depth, element.place)
      }
      if (!any) end({ value, place, depth })
      return true
    }
    if (typeof value !== 'object' || value === null) {
      if (depth === keys.length) values.push({ value, place })
      else end({ value, place, depth })
      return true
    }
    let goesOn = false
    const spellings = dottedFrom[depth] ?? []
    for (const [at, key] of spellings.entries())
      for (const each of valuesUnder(value, key))
        if (visit(each, depth + at + 1, { up: place, step: key })) goesOn = true
    if (!goesOn) end({ value, place, depth })
    return true
  }

  function end(where: Found & { depth: number }) {
    if (dead.length < mostDead) dead.push(where)
    else if (where.depth > (dead[0]?.depth ?? 0)) dead[0] = where
    else return
    dead.sort((a, b) => a.depth - b.depth)
  }

  visit(event, 0, undefined)
  return { values, dead }
}

/** The place as `detail.items[2].state`, cut where it is very long. */
export function spellPlace(place: Place | undefined): string {
  const steps: string[] = []
  for (let at = place; at !== undefined; at = at.up) steps.push(spellStep(at.step))
  let text = ''
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    text += text === '' || step.startsWith('[') ? step : `.${step}`
    if (text.length > longestPlace) return cut(text, longestPlace)
  }
  return text
}

/** The elements, arrays within the array flattened with a list: only the event bounds their nesting. */
function* elementsOf(array: readonly unknown[], place: Place | undefined): Iterable<Found> {
  const arrays = [{ array, place }]
  for (const { array, place } of arrays)
    for (const [index, value] of array.entries()) {
      const found = { value, place: { up: place, step: { array, index } } }
      if (Array.isArray(value)) arrays.push({ array: value, place: found.place })
      else yield found
    }
}

function spellStep(step: Place['step']): string {
  if (typeof step === 'object') return `[${step.index}]`
  return /^\[/.test(step) || step === '' ? JSON.stringify(step) : step
}
