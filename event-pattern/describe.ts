/**
 * A pattern in plain English, on one line: for the list of a bus's rules, a log, a code review.
 */
import { describeMatchers } from './describe-matchers.ts'
import { describePath } from './describe-value.ts'
import { compile } from './event-pattern.ts'
import { patternObject, type WrittenBranch, writtenBranches } from './explain-branches.ts'
import { isObject } from './json.ts'
import type { Limits } from './limits.ts'
import { entriesOf } from './pattern-text.ts'

/** Of a pattern whose alternatives replace each other's fields, so many are spelt out. */
const mostAlternatives = 20

/**
 * `source is "blog" and detail.topic starts with "sum"`. Says all that the pattern says, so the line
 * is as long as the pattern. Throws InvalidEventPattern, as {@link compile} does.
 */
export function describe(pattern: string | object, limits?: Partial<Limits>): string {
  compile(pattern, limits)
  const object = patternObject(pattern)
  // Of a path written twice the later stands, in its branches only: the order as written would lie.
  const isPlain = pathsOnce(object, []) !== undefined
  const phrase = isPlain ? byFields(object, []) : byBranches(writtenBranches(object))
  return spell(phrase, false)
}

interface Phrase {
  readonly all: boolean
  readonly parts: readonly (string | Phrase)[]
}

/** The paths that the pattern writes; undefined when one of them is written twice within one branch. */
function pathsOnce(pattern: object, keys: readonly string[]): ReadonlySet<string> | undefined {
  const paths = new Set<string>()
  for (const [key, value] of entriesOf(pattern)) {
    const path = [...keys, key]
    const sets =
      key === '$or'
        ? (value as readonly object[]).map((each) => pathsOnce(each, keys))
        : [isObject(value) ? pathsOnce(value, path) : new Set([path.join('.')])]
    const found = new Set<string>()
    for (const set of sets) {
      if (set === undefined) return undefined
      for (const each of set) found.add(each)
    }
    for (const each of found) if (paths.has(each)) return undefined
    for (const each of found) paths.add(each)
  }
  return paths
}

function byFields(pattern: object, keys: readonly string[]): Phrase {
  const parts = entriesOf(pattern).map(([key, value]): Phrase => {
    if (key === '$or') {
      const alternatives = (value as readonly object[]).map((each) => byFields(each, keys))
      return { all: false, parts: alternatives }
    }
    const path = [...keys, key]
    return isObject(value)
      ? byFields(value, path)
      : field(path.join('.'), value as readonly unknown[])
  })
  return { all: true, parts }
}

function byBranches(branches: readonly WrittenBranch[]): Phrase {
  const parts: (string | Phrase)[] = branches.slice(0, mostAlternatives).map(({ leaves }) => ({
    all: true,
    parts: [...leaves.values()].map(({ path, matchers }) => field(path, matchers)),
  }))
  const more = branches.length - parts.length
  return { all: false, parts: more > 0 ? [...parts, `${more} more combinations`] : parts }
}

function field(path: string, matchers: readonly unknown[]): Phrase {
  const [first = '', ...others] = describeMatchers(matchers)
  return { all: false, parts: [`${describePath(path)} ${first}`, ...others] }
}

/** With brackets only where "and" and "or" meet. */
function spell({ all, parts }: Phrase, bracketed: boolean): string {
  const [only] = parts
  if (parts.length === 1 && only !== undefined)
    return typeof only === 'string' ? only : spell(only, bracketed)
  const flat = parts.flatMap((part) => flattened(part, all))
  const words = flat.map((part) => (typeof part === 'string' ? part : spell(part, true)))
  const text = words.join(all ? ' and ' : ' or ')
  return bracketed ? `(${text})` : text
}

/** The parts of a part that is joined by the same word. */
function flattened(part: string | Phrase, all: boolean): readonly (string | Phrase)[] {
  if (typeof part === 'string') return [part]
  if (part.all === all || part.parts.length === 1)
    return part.parts.flatMap((each) => flattened(each, all))
  return [part]
}
