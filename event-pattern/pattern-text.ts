/**
 * Reads a pattern's text into plain values, and keeps beside them what plain values lose: the order
 * of all entries, also of one key that is written twice, the spelling of numbers, and where in the
 * text everything stands, for the refusals' sake. A pattern is short: this need not be fast.
 */
import { numberOf } from './number-text.ts'

/** Where a value stands in the text: `begun` is as far as one must read to see what kind it is. */
export interface Span {
  readonly begun: number
  readonly read: number
}

export interface Spans {
  readonly values: readonly Span[]
  readonly end: number
}

/** An object's entries as they were written, or as the object has them. */
export type Entries = readonly (readonly [key: string, value: unknown])[]

const writtenEntries = new WeakMap<object, Entries>()
const writtenSpans = new WeakMap<object, Spans>()

export function entriesOf(object: object): Entries {
  return writtenEntries.get(object) ?? Object.entries(object)
}

/** Of an array's or object's values and of its end; undefined for one that did not come as text. */
export function spansOf(container: object): Spans | undefined {
  return writtenSpans.get(container)
}

/** Thrown where the text is not JSON. */
export interface Unreadable {
  readonly reason: string
  readonly at: number
}

/** Bounds the recursion. No pattern this deep is valid. */
const deepest = 1_000

const space = /[ \n\r\t]*/y
const string = /"(?:[^"\\]|\\.)*"/sy
const scalar = /[^\s,:{}[\]"]+/y

/** Reads the value that the text opens with. It comes in an array, so that it has its place like all others. */
export function readPatternText(text: string): readonly unknown[] {
  let at = 0

  function token(kind: RegExp): string {
    kind.lastIndex = at
    const [found = ''] = kind.exec(text) ?? []
    at += found.length
    return found
  }

  function unreadable(reason: string): never {
    throw { reason, at } satisfies Unreadable
  }

  function next(): string {
    token(space)
    return text[at] ?? unreadable('the text ends too early')
  }

  function parse(json: string): unknown {
    try {
      return JSON.parse(json)
    } catch {
      return unreadable(`"${json.slice(0, 20)}" is not a value`)
    }
  }

  function readString(): string {
    if (next() !== '"') unreadable(`unexpected "${text[at]}"`)
    const found = token(string)
    return found === '' ? unreadable('a string does not end') : (parse(found) as string)
  }

  /** Reads a value into its container, and where it stands. */
  function readValue(depth: number, into: unknown[], spans: Span[]): void {
    const first = next()
    const begin = at
    if (first === '{' || first === '[') {
      if (depth === deepest) unreadable(`nested deeper than ${deepest} levels`)
      into.push(first === '{' ? readObject(depth + 1) : readArray(depth + 1))
    } else if (first === '"') into.push(readString())
    else {
      const found = token(scalar)
      if (found === '') unreadable(`unexpected "${first}"`)
      const value = parse(found)
      into.push(typeof value === 'number' ? numberOf(found) : value)
    }
    spans.push({ begun: '{["'.includes(first) ? begin + 1 : at, read: at })
  }

  function readArray(depth: number): unknown[] {
    const values: unknown[] = []
    const spans: Span[] = []
    readMembers(']', () => readValue(depth, values, spans))
    writtenSpans.set(values, { values: spans, end: at })
    return values
  }

  function readObject(depth: number): object {
    const keys: string[] = []
    const values: unknown[] = []
    const spans: Span[] = []
    readMembers('}', () => {
      keys.push(readString())
      if (next() !== ':') unreadable(`unexpected "${text[at]}"`)
      at++
      readValue(depth, values, spans)
    })
    const entries = keys.map((key, index) => [key, values[index]] as const)
    const object = Object.fromEntries(entries)
    writtenEntries.set(object, entries)
    writtenSpans.set(object, { values: spans, end: at })
    return object
  }

  function readMembers(closing: string, readMember: () => void): void {
    at++
    if (next() !== closing)
      for (;;) {
        readMember()
        const after = next()
        if (after === closing) break
        if (after !== ',') unreadable(`unexpected "${after}"`)
        at++
      }
    at++
  }

  const root: unknown[] = []
  const spans: Span[] = []
  readValue(0, root, spans)
  writtenSpans.set(root, { values: spans, end: at })
  return root
}
