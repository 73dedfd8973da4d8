/**
 * The part of JSONPath that EventBridge takes, and how it is followed in an event's text. A value is
 * cut out as it is spelt. Imitates "input transformation" of the EventBridge user guide.
 */
import { DeliveryRefused } from './errors.ts'
import { afterSpace, endOfString, endOfValue } from './json-text.ts'

type Step = { readonly name: string } | { readonly index: number } | 'any'
export type JsonPath = readonly Step[]

const name = '[^.[\\]()\'"*\\s\\p{Cc}]+'
const wholePath = new RegExp(`^\\$(?:\\.${name}|\\[(?:\\*|\\d{1,9})\\])*$`, 'u')
const oneStep = new RegExp(`\\.(${name})|\\[(\\d+)\\]|\\*`, 'gu')

/**
 * `$`, then any of `.name`, `[0]` and `[*]`; undefined for all else. EventBridge refuses `.*`, quoted
 * brackets, `..`, filters, slices and negative indexes; a name never counts elements (`.0`).
 */
export function jsonPath(text: string): JsonPath | undefined {
  if (!wholePath.test(text)) return undefined
  return Array.from(text.matchAll(oneStep), ([, name, index]): Step => {
    if (name !== undefined) return { name }
    return index === undefined ? 'any' : { index: Number(index) }
  })
}

type Range = readonly [start: number, end: number]
type Members = ReadonlyMap<string, Range> | readonly Range[]

/** Four times what the largest event can hold: half a second, however many wildcards ask. */
const mostLooks = 2_000_000

/**
 * Answers the text of the value at a path, or undefined when there is none. A path with a wildcard
 * answers an array of what it found, maybe empty. Of a key that is written twice the last counts, as
 * for `JSON.parse`. Each object and array on the way is read once, however many paths ask. Throws
 * `DeliveryRefused` (`INVALID_PARAMETER`) when all paths together look at more than two million values.
 */
export function jsonCutter(json: string): (path: JsonPath) => string | undefined {
  const read = new Map<number, Members>()
  let looks = 0
  function look(values: number): void {
    looks += values
    if (looks > mostLooks)
      throw new DeliveryRefused(
        `The JSON paths of the target look at more than ${mostLooks} values of the event. Use fewer wildcards.`,
        { code: 'INVALID_PARAMETER' },
      )
  }
  function membersAt(start: number): Members {
    const known = read.get(start)
    if (known) return known
    const members = json[start] === '{' ? objectMembers(json, start) : arrayElements(json, start)
    look('size' in members ? members.size : members.length)
    read.set(start, members)
    return members
  }
  function below([start]: Range, step: Step): readonly Range[] {
    look(1)
    if (json[start] !== '{' && json[start] !== '[') return []
    const members = membersAt(start)
    if (step === 'any') return [...members.values()]
    let found: Range | undefined
    if ('name' in step) found = members instanceof Map ? members.get(step.name) : undefined
    else found = Array.isArray(members) ? members[step.index] : undefined
    return found ? [found] : []
  }

  return (path) => {
    const root = afterSpace(json, 0)
    let found: readonly Range[] = [[root, endOfValue(json, root)]]
    for (const step of path) found = found.flatMap((range) => below(range, step))
    const cuts = found.map(([start, end]) => json.slice(start, end))
    return path.includes('any') ? `[${cuts.join(',')}]` : cuts[0]
  }
}

function objectMembers(json: string, start: number): ReadonlyMap<string, Range> {
  const members = new Map<string, Range>()
  for (let at = afterSpace(json, start + 1); json[at] === '"'; ) {
    const key = json.slice(at, endOfString(json, at))
    const value = afterSpace(json, afterSpace(json, at + key.length) + 1)
    const end = endOfValue(json, value)
    members.set(key.includes('\\') ? JSON.parse(key) : key.slice(1, -1), [value, end])
    at = afterComma(json, end)
  }
  return members
}

function arrayElements(json: string, start: number): readonly Range[] {
  const elements: Range[] = []
  let at = afterSpace(json, start + 1)
  while (json[at] !== ']' && at < json.length) {
    const end = endOfValue(json, at)
    elements.push([at, end])
    at = afterComma(json, end)
  }
  return elements
}

/** Where the next member or element begins; the end of the text when there is none. */
function afterComma(json: string, from: number): number {
  const comma = afterSpace(json, from)
  return json[comma] === ',' ? afterSpace(json, comma + 1) : json.length
}
