/**
 * Why an event holds no value at a path: how far the path goes, what stands in its way, and where the
 * value may be that was meant.
 */
import { describePath, describeValue, listed } from './describe-value.ts'
import { keysOf, valuesUnder } from './explain-json.ts'
import { nearestKey } from './explain-spelling.ts'
import { type Found, type Reached, valuesAt } from './explain-values.ts'

export interface Missing {
  /** `is missing`, `is an object`, … */
  readonly is: string
  /** What stands there instead. */
  readonly hint: string | undefined
  /** As a near miss has it, from 0 to 1. */
  readonly distance: number
}

/** Below a field, and not in its array, an operator is but the name of a field. */
const operators = new Set(
  'prefix suffix equals-ignore-case wildcard anything-but numeric cidr exists'.split(' '),
)
/** Of an object with more keys only so many are compared. */
const mostKeys = 1_000
const longestValue = 60

/** Says why there are no values at the path. `matches` tells whether one found elsewhere would do. */
export function missing(
  keys: readonly string[],
  { dead }: Reached,
  event: object,
  matches: (value: unknown) => boolean,
): Missing {
  const { value, depth } = dead.at(-1) ?? { value: event, depth: 0 }
  const reached = describePath(keys.slice(0, depth).join('.'), longestValue)
  if (depth === keys.length) {
    if (Array.isArray(value))
      return { is: 'is an empty array', hint: 'it holds no value', distance: 0.7 }
    const inside = keysOf(value as object)
    const words = inside.slice(0, 100).map((key) => describePath(key, longestValue))
    const hint = 'only the fields in it have values'
    return {
      is: 'is an object',
      hint: inside.length > 0 ? `${hint}: ${listed(words, 5, 'and')}` : hint,
      distance: 0.6,
    }
  }
  const is = 'is missing'
  const last = keys.at(-1) ?? ''
  if (keys.length > 1 && operators.has(last)) {
    const hint = `a field of that name is asked for, as the operator stands in no array: [{"${last}": …}]`
    return { is, hint, distance: 0.1 }
  }
  if (Array.isArray(value)) return { is, hint: `${reached} is an empty array`, distance: 0.8 }
  if (typeof value !== 'object' || value === null)
    return {
      is,
      hint: `${reached} is ${describeValue(value, longestValue)}, not an object`,
      distance: 0.8,
    }
  const other = misspelt(keys, depth, dead) ?? elsewhere(keys, event)
  if (other !== undefined) {
    const [first] = other.values
    const found = other.values.find((each) => matches(each.value)) ?? first
    const path = describePath(other.path, longestValue * 2)
    if (found === undefined) return { is, hint: `there is ${path}`, distance: 0.6 }
    const would = matches(found.value)
    const hint = `there is ${path}, which is ${describeValue(found.value, longestValue)}`
    return { is, hint: would ? `${hint} and would match` : hint, distance: would ? 0.2 : 0.5 }
  }
  if (depth === keys.length - 1) return { is, hint: undefined, distance: 0.8 }
  const parent = describePath(keys.slice(0, depth + 1).join('.'), longestValue)
  return { is, hint: `there is no ${parent}`, distance: 0.9 }
}

interface Other {
  readonly path: string
  readonly values: readonly Found[]
}

/** The path with the key on which it breaks off spelt as the event spells it. */
function misspelt(keys: readonly string[], depth: number, dead: Reached['dead']) {
  for (const { value, depth: reached } of dead.toReversed()) {
    if (reached !== depth || typeof value !== 'object' || value === null) continue
    const key = nearestKey(keys[depth] ?? '', keysOf(value).slice(0, mostKeys))
    if (key === undefined) continue
    const below = keys.slice(depth + 1)
    const values = valuesUnder(value, key).flatMap((each) => valuesAt(below, each).values)
    const shown = values.length > 0 ? below : []
    return { path: [...keys.slice(0, depth), key, ...shown].join('.'), values } satisfies Other
  }
  return undefined
}

/** An author's own fields are in `detail`, the envelope's beside it: often the other was meant. */
function elsewhere(keys: readonly string[], event: object): Other | undefined {
  const [first, ...others] = keys
  const path = first === 'detail' ? others : ['detail', ...keys]
  if (path.length === 0) return undefined
  const { values } = valuesAt(path, event)
  return values.length > 0 ? { path: path.join('.'), values } : undefined
}
