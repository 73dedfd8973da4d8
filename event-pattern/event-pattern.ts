/**
 * Event patterns, as EventBridge defines them: a field matches when any of its matchers does, an
 * event matches when all the fields named in the pattern do. This package is pure: no clock, no I/O,
 * no import from outside it.
 */
import { matchesBranch, placedBranch } from './branch-match.ts'
import { type Field, inPathOrder, readBranches } from './branches.ts'
import { type Limits, usualLimits } from './limits.ts'
import { type PlacedField, placedField } from './placed-field.ts'
import { places, want } from './places.ts'
import { readEvent } from './read-event.ts'

/**
 * A pattern, typed so that a misspelt operator does not compile, nor a misspelt `$or`. To tell fields
 * from `$or`, the type knows them by their first character; `compile` itself takes any name.
 */
export interface EventPattern {
  readonly [field: `${FirstCharacter}${string}`]: EventPattern | readonly Matcher[]
  readonly $or?: readonly [EventPattern, EventPattern, ...EventPattern[]]
}

type Letter = Characters<'abcdefghijklmnopqrstuvwxyz'>
type FirstCharacter = Letter | Uppercase<Letter> | Characters<'0123456789_-@#:.'>
type Characters<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? First | Characters<Rest>
  : never

export type Matcher =
  | string
  | number
  | boolean
  | null
  | Operator<'prefix', string | IgnoringCase>
  | Operator<'suffix', string | IgnoringCase>
  | Operator<'wildcard', string>
  | Operator<'cidr', string>
  | Operator<'exists', boolean>
  | Operator<'numeric', readonly [Comparison, number] | readonly [Lower, number, Upper, number]>
  | Operator<'anything-but', OneOrMore<string> | OneOrMore<number> | Negatable>
  | Operator<'equals-ignore-case', string>

type OperatorName =
  | 'prefix'
  | 'suffix'
  | 'wildcard'
  | 'cidr'
  | 'exists'
  | 'numeric'
  | 'anything-but'
  | 'equals-ignore-case'
/** One operator and no other beside it, because EventBridge refuses two. */
type Operator<Name extends OperatorName, Operand> = { readonly [Key in Name]: Operand } & {
  readonly [Key in Exclude<OperatorName, Name>]?: never
}
type IgnoringCase = { readonly 'equals-ignore-case': string }
type Negatable =
  | { readonly prefix: OneOrMore<string> }
  | { readonly suffix: OneOrMore<string> }
  | { readonly wildcard: OneOrMore<string> }
  | { readonly 'equals-ignore-case': OneOrMore<string> }
type OneOrMore<T> = T | readonly [T, ...T[]]
type Lower = '>' | '>='
type Upper = '<' | '<='
type Comparison = '=' | Lower | Upper

/**
 * Answers whether an event matches, given as its text, as that text's bytes in UTF-8, or as an object.
 * Text is taken as it came: all values of a key that is written twice count, and a number that no
 * double holds, like 12345678901234567890, keeps its spelling and is not comparable. An object has
 * lost both. Throws InvalidEvent (`ValidationException`) for what is not one JSON object.
 */
export type Match = (event: string | Uint8Array | object) => boolean

/**
 * Compiles a pattern once, for any number of events. Throws InvalidEventPattern
 * (`InvalidEventPatternException`) with AWS's text and the path of the first field it would refuse.
 * As text a pattern may write a key several times: objects merge, of matchers the last stand, each
 * `$or` counts. An object has lost that, and the order of keys that look like integers, which matters
 * beside `$or` when a field stands both within and without.
 */
export function compile(pattern: string | object, limits?: Partial<Limits>): Match {
  const tree = places()
  const fields = new Map<Field, PlacedField>()
  const placed = (field: Field) => {
    const known =
      fields.get(field) ?? placedField(want(tree, field.path.split('.')), field.condition)
    fields.set(field, known)
    return known
  }
  const branches = readBranches(pattern, { ...usualLimits, ...limits }).map((branch) =>
    placedBranch(inPathOrder(branch).map(placed)),
  )
  return (event) => {
    readEvent(event, tree)
    for (const branch of branches) if (matchesBranch(branch, tree)) return true
    return false
  }
}
