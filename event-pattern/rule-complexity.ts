/**
 * Which wildcards of a pattern count together: those of a field that its branches come to by the same
 * way. event-ruler adds the branches one after the other, field by field in the order of their paths;
 * they part where they ask for different values. What follows `{"exists": false}` it does not count.
 */
import { cidr } from './ip-address.ts'
import { isObject } from './json.ts'
import { entriesOf } from './pattern-text.ts'
import { wildcardPieces } from './wildcard.ts'
import { isTooComplex, type Wildcards } from './wildcard-complexity.ts'

interface Field {
  readonly path: string
  readonly matchers: readonly unknown[]
}

/** Where branches are that asked for the same so far. */
type Point<F> = Map<string, Asked<F>>

/** What the branches at a point ask of a field. */
interface Asked<F> {
  readonly field: F
  readonly wildcards: Wildcards[]
  readonly next: Map<string, Point<F>>
  readonly nextIfAbsent: Map<string, Point<F>>
}

/** More than any pattern of AWS's size comes to; without it, one made for that could take long. */
const mostPoints = 10_000

/** A field whose wildcards together are more complex than `most`. */
export function tooComplexField<F extends Field>(
  branches: readonly ReadonlyMap<string, F>[],
  most: number,
): F | undefined {
  const hasWildcards = ({ matchers }: Field) => matchers.some((matcher) => wildcardsIn(matcher))
  const fieldsWithWildcards = new Set(
    branches.flatMap((branch) => [...branch.values()]).filter(hasWildcards),
  )
  if (fieldsWithWildcards.size === 0) return undefined
  const start: Point<F> = new Map()
  let points = 0
  for (const branch of branches) {
    const fields = [...branch.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
    const last = fields.findLastIndex((field) => fieldsWithWildcards.has(field))
    let here = new Set([start])
    for (const field of fields.slice(0, last + 1)) {
      here = new Set([...here].flatMap((point) => ask(point, field)))
      points += here.size
      if (points > mostPoints) return field
    }
  }
  return tooComplexFrom(start, most, new Set())
}

/** Adds what a branch asks of a field. Answers the points where it goes on. */
function ask<F extends Field>(point: Point<F>, field: F): Point<F>[] {
  const asked: Asked<F> = point.get(field.path) ?? {
    field,
    wildcards: [],
    next: new Map(),
    nextIfAbsent: new Map(),
  }
  point.set(field.path, asked)
  const points: Point<F>[] = []
  for (const matcher of field.matchers) {
    const wildcards = wildcardsIn(matcher)
    const isStarred = wildcards?.texts.some((pieces) => pieces.length > 1) === true
    const name = nameOf(matcher)
    const nexts = name === absent ? asked.nextIfAbsent : asked.next
    // A wildcard with a star is never found again: the same is put beside it.
    const known = isStarred ? undefined : nexts.get(name)
    const next: Point<F> = known ?? points.at(-1) ?? new Map()
    nexts.set(isStarred ? `${name} ${nexts.size}` : name, next)
    points.push(next)
    if (wildcards !== undefined) asked.wildcards.push({ ...wildcards, next })
  }
  return points
}

function tooComplexFrom<F>(point: Point<F>, most: number, seen: Set<Point<F>>): F | undefined {
  if (seen.has(point)) return undefined
  seen.add(point)
  for (const { field, wildcards, next } of point.values()) {
    if (wildcards.length > 0 && isTooComplex(wildcards, most)) return field
    for (const following of next.values()) {
      const found = tooComplexFrom(following, most, seen)
      if (found !== undefined) return found
    }
  }
  return undefined
}

const absent = '{"exists":false}'

/** The same for matchers that event-ruler has for the same. */
function nameOf(matcher: unknown): string {
  if (typeof matcher === 'number') return nameOf({ numeric: ['=', matcher] })
  if (typeof matcher === 'symbol') return `number ${matcher.description}`
  if (!isObject(matcher)) return JSON.stringify(matcher)
  const [[name, operand] = []] = entriesOf(matcher)
  if (name === 'cidr') return JSON.stringify(cidr(operand as string, unheard).clue)
  if (name !== 'anything-but') return JSON.stringify(matcher)
  if (!isObject(operand)) return `anything-but ${members(operand)}`
  const [[negated, operands] = []] = entriesOf(operand)
  return `anything-but ${negated} ${members(operands)}`
}

/** One value or a list. */
function members(operand: unknown): string {
  return JSON.stringify([...new Set([operand].flat())].sort())
}

function wildcardsIn(matcher: unknown): Omit<Wildcards, 'next'> | undefined {
  if (!isObject(matcher)) return undefined
  const [[name, operand] = []] = entriesOf(matcher)
  if (name === 'wildcard') return { texts: piecesOf(operand), isNegated: false }
  if (name !== 'anything-but' || !isObject(operand)) return undefined
  const [[negated, operands] = []] = entriesOf(operand)
  return negated === 'wildcard' ? { texts: piecesOf(operands), isNegated: true } : undefined
}

function piecesOf(texts: unknown): string[][] {
  return [texts].flat().map((text) => wildcardPieces(text as string, unheard))
}

/** Matchers have been read before: there is nothing to refuse. */
function unheard(reason: string): never {
  throw new Error(reason)
}
