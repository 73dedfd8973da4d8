/**
 * Reads a pattern's text into plain values, and keeps beside them what plain values lose: the order
 * of all entries, also of one key that is written twice, the spelling of numbers, and where in the
 * text everything stands, for the refusals' sake. A pattern is short: this need not be fast.
 */
import { placeIn } from './errors.ts'
import { numberOf } from './number-text.ts'
import {
  afterScalar,
  afterSpace,
  afterString,
  endsEarly,
  type Fault,
  fail,
  isFault,
  mismatched,
  unexpected,
} from './pattern-faults.ts'

/**
 * Where a value stands in the text: `begun` is as far as one must read to see what kind it is, `read`
 * its end. Infinity stands for what the text does not come to, because it ends or is no JSON.
 */
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

/** What plain values lose, beside them: as a property, because of a WeakMap the collector makes heavy work. */
const written = Symbol('written')

interface Written {
  readonly spans: Spans
  readonly entries?: Entries
}

function writtenOf(container: object): Written | undefined {
  return (container as { readonly [written]?: Written })[written]
}

function write<Container extends object>(container: Container, value: Written): Container {
  return Object.defineProperty(container, written, { value })
}

export function entriesOf(object: object): Entries {
  return writtenOf(object)?.entries ?? Object.entries(object)
}

/** Of an array's or object's values and of its end; undefined for one that did not come as text. */
export function spansOf(container: object): Spans | undefined {
  return writtenOf(container)?.spans
}

/** Whether it is whole: its text, if it came as one, has its closing bracket. */
export function isClosed(container: object): boolean {
  return spansOf(container)?.end !== Number.POSITIVE_INFINITY
}

/** Bounds the recursion, as Jackson does. No pattern this deep is valid. */
const deepest = 1_000
const tooDeep =
  'Document nesting depth (1001) exceeds the maximum allowed (1000, from `StreamReadConstraints.getMaxNestingDepth()`)'

export interface PatternText {
  /** In an array, so that the value has its place like all others. Of one that is faulty: what comes before. */
  readonly root: readonly unknown[]
  readonly fault: Fault | undefined
}

/** Reads the value that the text opens with. What follows it is not looked at, as Jackson does not. */
export function readPatternText(text: string): PatternText {
  let at = 0
  let fault: Fault | undefined

  function attempt(read: () => void): void {
    try {
      read()
    } catch (error) {
      if (!isFault(error)) throw error
      fault = error
    }
  }

  function next(): string | undefined {
    at = afterSpace(text, at)
    return text[at]
  }

  function readString(kind: 'name' | 'value'): string {
    const from = at
    at = afterString(text, from, kind)
    return JSON.parse(text.slice(from, at)) as string
  }

  /** Reads the value that begins here into its container, and where it stands. */
  function readValue(depth: number, into: unknown[], spans: Span[]): void {
    const first = text.charAt(at)
    let begun = at + 1
    let value: unknown = ''
    if (first === '{' || first === '[') {
      if (depth === deepest) fail(tooDeep, at, at + 1)
      value = first === '{' ? readObject(depth + 1) : readArray(depth + 1)
    } else if (first === '"') attempt(() => (value = readString('value')))
    else {
      const from = at
      at = begun = afterScalar(text, from)
      const spelt = text.slice(from, at)
      value = /[-\d]/.test(first) ? numberOf(spelt) : JSON.parse(spelt)
    }
    into.push(value)
    spans.push({ begun, read: comeTo() })
  }

  function comeTo(): number {
    return fault === undefined ? at : Number.POSITIVE_INFINITY
  }

  function readArray(depth: number): unknown[] {
    const values: unknown[] = []
    const spans: Span[] = []
    readMembers('Array', () => readValue(depth, values, spans))
    return write(values, { spans: { values: spans, end: comeTo() } })
  }

  function readObject(depth: number): object {
    const keys: string[] = []
    const values: unknown[] = []
    const spans: Span[] = []
    readMembers('Object', () => {
      if (text[at] !== '"') unexpected(text, at, 'was expecting double-quote to start field name')
      keys.push(readString('name'))
      const colon = next() ?? endsEarly(text, ' within/between Object entries')
      if (colon !== ':')
        unexpected(text, at, 'was expecting a colon to separate field name and value')
      at++
      if (next() === undefined) endsEarly(text, ' within/between Object entries')
      readValue(depth, values, spans)
    })
    const entries = values.map((value, index) => [keys[index] ?? '', value] as const)
    const object: object = Object.fromEntries(entries)
    return write(object, { spans: { values: spans, end: comeTo() }, entries })
  }

  function readMembers(kind: 'Array' | 'Object', readMember: () => void): void {
    const closing = kind === 'Array' ? ']' : '}'
    const begin = at++

    /** Whether it has one more member, or closes. */
    function hasNext(): boolean {
      const found = next()
      if (found === undefined)
        endsEarly(
          text,
          `: expected close marker for ${kind} (start marker at ${placeIn(text, begin)})`,
        )
      if (found === ']' || found === '}') {
        if (found !== closing) mismatched(text, at, `${kind} starting at ${placeIn(text, begin)}`)
        at++
      }
      return found !== closing
    }

    attempt(() => {
      if (!hasNext()) return
      for (;;) {
        readMember()
        if (fault !== undefined || !hasNext()) return
        if (text[at] !== ',')
          unexpected(text, at, `was expecting comma to separate ${kind} entries`)
        at++
        if (next() === undefined) endsEarly(text, ` within/between ${kind} entries`)
      }
    })
  }

  const root: unknown[] = []
  const spans: Span[] = []
  attempt(() => {
    const first = next()
    if (first === undefined) return
    if (first === ']' || first === '}')
      mismatched(text, at, `root starting at ${placeIn(text, -1)}`)
    readValue(0, root, spans)
    if (typeof root[0] === 'number' && at < text.length && !/\s/.test(text.charAt(at)))
      unexpected(text, at, 'Expected space separating root-level values', 0)
  })
  write(root, { spans: { values: spans, end: comeTo() } })
  return { root, fault }
}
