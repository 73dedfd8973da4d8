/**
 * The patterns that can match a given type of event, so that a misspelt field, a value that its type
 * excludes, or an operator that never looks at its type does not compile. Such a pattern is an
 * `EventPattern` like any other; the types are all there is to it.
 */
import type { EventPattern, Matcher } from './event-pattern.ts'

/**
 * `EventPatternFor<BlogPostCreated>`. Of a union of events it may name the fields of each, and of a
 * field every value that it has in any of them. Fields of type `unknown` or `any` take any matchers.
 */
export type EventPatternFor<Event> = FieldsOf<ObjectIn<Json<Event>>>

type FieldsOf<Shape> = {
  readonly [Key in KeyOf<Shape> as Spelt<Key>]?: FieldFor<ValueOf<Shape, Key>>
} & {
  readonly $or?: readonly [FieldsOf<Shape>, FieldsOf<Shape>, ...FieldsOf<Shape>[]]
}

/** A field holds values, or other fields, or now these and now those. */
type FieldFor<Value> = unknown extends Value
  ? readonly Matcher[] | EventPattern
  : MatchersFor<ScalarIn<Json<Value>>> | Within<ObjectIn<Json<Value>>>

/** An object is no value, not even to `exists`. */
type MatchersFor<Value> = [Value] extends [never] ? never : readonly MatcherFor<Value>[]
type Within<Shape> = [Shape] extends [never] ? never : FieldsOf<Shape>

type MatcherFor<Value> =
  | Plain<Value>
  | { readonly exists: boolean }
  | (Extract<Value, string> extends never ? never : OfStrings<Plain<Extract<Value, string>>>)
  | (Extract<Value, number> extends never ? never : OfNumbers<Plain<Extract<Value, number>>>)

type OfStrings<Value> =
  | Operator<'prefix'>
  | Operator<'suffix'>
  | Operator<'wildcard'>
  | Operator<'cidr'>
  | Operator<'equals-ignore-case'>
  | { readonly 'anything-but': Value | readonly [Value, ...Value[]] | Negatable }

type OfNumbers<Value> =
  | Operator<'numeric'>
  | { readonly 'anything-but': Value | readonly [Value, ...Value[]] }

type Operator<Name extends string> = Extract<Matcher, { readonly [Key in Name]: unknown }>
type Negatable = Extract<
  Operator<'anything-but'>['anything-but'],
  { readonly [key: string]: unknown }
>

/** What JSON makes of a value, arrays looked through: a Date is its text, undefined is no value. */
type Json<Value> = Value extends { toJSON(): infer Written }
  ? Json<Written>
  : Value extends readonly (infer Element)[]
    ? Json<Element>
    : Value extends undefined | symbol | bigint | ((...args: never[]) => unknown)
      ? never
      : Value

type Scalar = string | number | boolean | null
type ScalarIn<Value> = Value extends Scalar ? Value : never
type ObjectIn<Value> = Value extends Scalar ? never : Value extends object ? Value : never

type KeyOf<Shape> = Shape extends unknown ? keyof Shape & (string | number) : never
type ValueOf<Shape, Key extends PropertyKey> = Shape extends { readonly [key in Key]?: infer Value }
  ? Value
  : never

/** Of a dictionary any key that is not `$or`. */
type Spelt<Key extends string | number> = string extends Key
  ? Exclude<keyof EventPattern, '$or'>
  : `${Key}`

/** A branded string is as good as any string; literals stay. */
type Plain<Value> = Value extends string
  ? Exclude<keyof Value, keyof string> extends never
    ? Value
    : string
  : Value extends number
    ? Exclude<keyof Value, keyof number> extends never
      ? Value
      : number
    : Value
