/**
 * The wildcard operator. The pieces between the stars are searched from left to right, each at its
 * first place after the one before: no later place could match more, so nothing is ever tried twice.
 */
import type { Clue, Matcher } from './condition.ts'

type Fail = (reason: string) => never

/** `*` stands for any run of characters; `\*` and `\\` for themselves. Matches strings only. */
export function wildcard(text: string, fail: Fail): Matcher {
  const [first = '', ...others] = wildcardPieces(text, fail)
  const last = others.pop()
  if (last === undefined)
    return { test: (value) => value === first, clue: { kind: 'exact', value: first } }

  const middle = others.map(finder)
  const test = (value: unknown) => {
    if (typeof value !== 'string' || value.length < first.length + last.length) return false
    if (!value.startsWith(first) || !value.endsWith(last)) return false
    let from = first.length
    for (const endOf of middle) {
      from = endOf(value, from)
      if (from < 0) return false
    }
    return from <= value.length - last.length
  }
  return { test, clue: clueOf(first, others, last) }
}

/** By the longest piece; one at an end is found more quickly than one within. */
function clueOf(first: string, middle: readonly string[], last: string): Clue {
  const longest = middle.reduce((a, b) => (b.length > a.length ? b : a), '')
  const end = Math.max(first.length, last.length)
  if (end === 0 || (end === 1 && longest.length > 1)) return { kind: 'contains', text: longest }
  return first.length >= last.length
    ? { kind: 'prefix', text: first }
    : { kind: 'suffix', text: last }
}

/** Answers where the first occurrence from some place ends, or -1. */
function finder(piece: string): (value: string, from: number) => number {
  // indexOf is several times faster, but V8's looks at no more than 250 characters of a piece to see
  // how far it may jump: a long one took 0.4 s on 1 MB of its own letter.
  if (piece.length > 250) return knuthMorrisPratt(piece)
  return (value, from) => {
    const found = value.indexOf(piece, from)
    return found < 0 ? -1 : found + piece.length
  }
}

function knuthMorrisPratt(piece: string): (value: string, from: number) => number {
  /** By matched length: the length of the longest shorter match that ends alike. */
  const shorter = new Uint32Array(piece.length + 1)
  const extend = (matched: number, unit: number) => {
    let length = matched
    while (length > 0 && piece.charCodeAt(length) !== unit) length = shorter[length] ?? 0
    return piece.charCodeAt(length) === unit ? length + 1 : 0
  }
  for (let at = 1; at < piece.length; at++)
    shorter[at + 1] = extend(shorter[at] ?? 0, piece.charCodeAt(at))

  return (value, from) => {
    let matched = 0
    for (let at = from; at < value.length; at++) {
      matched = extend(matched, value.charCodeAt(at))
      if (matched === piece.length) return at + 1
    }
    return -1
  }
}

/** The texts between the stars. Throws for two stars in a row and for a backslash that escapes nothing. */
export function wildcardPieces(text: string, fail: Fail): string[] {
  const found: string[] = []
  let piece = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '*') {
      if (text[at + 1] === '*') fail(`Consecutive wildcard characters at pos ${position(text, at)}`)
      found.push(piece + text.slice(from, at))
      piece = ''
      from = at + 1
    } else if (character === '\\') {
      piece += text.slice(from, at)
      from = ++at
      if (text[at] !== '*' && text[at] !== '\\')
        fail(`Invalid escape character at pos ${position(text, at - 1)}`)
    }
  }
  return [...found, piece + text.slice(from)]
}

/** event-ruler counts in UTF-8 bytes and from the opening quote. */
function position(text: string, at: number): number {
  return 1 + new TextEncoder().encode(text.slice(0, at)).length
}
