/**
 * Finds, for a value of one field, the rules that hang on it, without asking the others: by value,
 * prefix, suffix, a literal piece of a wildcard, number range or block of addresses. What is found may
 * yet not match; what is not found does not.
 */
import type { Clue } from './condition.ts'
import {
  addInterval,
  deleteInterval,
  findIntervals,
  type Intervals,
  intervals,
} from './interval-tree.ts'
import { addressText } from './ip-address.ts'

export interface FieldIndex<Item> {
  readonly exact: Map<unknown, Item[]>
  readonly prefixes: Affixes<Item>
  readonly suffixes: Affixes<Item>
  readonly ignoringCase: Map<string, Item[]>
  readonly pieces: Map<number, Item[]>
  readonly numbers: Intervals<number, Item>
  readonly addresses: Intervals<string, Item>
  /** Those that any value may match. */
  readonly any: Item[]
}

/** One look-up for each length that occurs. */
interface Affixes<Item> {
  readonly byText: Map<string, Item[]>
  readonly lengths: Map<number, number>
}

export function fieldIndex<Item>(): FieldIndex<Item> {
  return {
    exact: new Map(),
    prefixes: { byText: new Map(), lengths: new Map() },
    suffixes: { byText: new Map(), lengths: new Map() },
    ignoringCase: new Map(),
    pieces: new Map(),
    numbers: intervals(),
    addresses: intervals(),
    any: [],
  }
}

/** Answers what undoes it. */
export function addToIndex<Item>(index: FieldIndex<Item>, clue: Clue, item: Item): () => void {
  switch (clue.kind) {
    case 'exact':
      return addTo(index.exact, clue.value, item)
    case 'prefix':
    case 'suffix': {
      if (clue.text === '') break
      const { byText, lengths } = clue.kind === 'prefix' ? index.prefixes : index.suffixes
      const { length } = clue.text
      lengths.set(length, (lengths.get(length) ?? 0) + 1)
      const undo = addTo(byText, clue.text, item)
      return () => {
        undo()
        const left = (lengths.get(length) ?? 0) - 1
        if (left > 0) lengths.set(length, left)
        else lengths.delete(length)
      }
    }
    case 'ignore-case':
      return addTo(index.ignoringCase, clue.text, item)
    case 'contains':
      if (clue.text === '') break
      return addTo(index.pieces, rarestPiece(index.pieces, clue.text), item)
    case 'numbers': {
      const { low, high } = clue
      if (low === high) return addTo(index.exact, low, item)
      addInterval(index.numbers, low, high, item)
      return () => deleteInterval(index.numbers, low, high, item)
    }
    case 'addresses': {
      const { low } = clue
      // What begins with the highest address lies below it, followed by more than a digit.
      const high = `${clue.high}~`
      addInterval(index.addresses, low, high, item)
      return () => deleteInterval(index.addresses, low, high, item)
    }
  }
  index.any.push(item)
  return () => {
    index.any.splice(index.any.indexOf(item), 1)
  }
}

/** Appends all that the value may match; an item that was added by several clues may come again. */
export function findInIndex<Item>(index: FieldIndex<Item>, value: unknown, found: Item[]): void {
  append(index.any, found)
  if (index.exact.size > 0) append(index.exact.get(value), found)
  if (typeof value === 'string') {
    const { prefixes, suffixes, ignoringCase, pieces } = index
    if (prefixes.lengths.size > 0)
      for (const length of prefixes.lengths.keys())
        if (length <= value.length) append(prefixes.byText.get(value.slice(0, length)), found)
    if (suffixes.lengths.size > 0)
      for (const length of suffixes.lengths.keys())
        if (length <= value.length) append(suffixes.byText.get(value.slice(-length)), found)
    if (ignoringCase.size > 0) append(ignoringCase.get(value.toLowerCase()), found)
    if (pieces.size > 0) findPieces(pieces, value, found)
  } else if (typeof value === 'number' && index.numbers.root !== undefined)
    findIntervals(index.numbers.root, value, found)
  if (index.addresses.root !== undefined) {
    const address = addressText(value)
    if (address !== undefined) findIntervals(index.addresses.root, address, found)
  }
}

/** Two characters as a number; a piece of one character is a negative one. */
function pair(text: string, at: number): number {
  return text.charCodeAt(at) * 65_536 + text.charCodeAt(at + 1)
}

function single(text: string, at: number): number {
  return -1 - text.charCodeAt(at)
}

function rarestPiece(pieces: ReadonlyMap<number, readonly unknown[]>, text: string): number {
  if (text.length === 1) return single(text, 0)
  let rarest = pair(text, 0)
  for (let at = 1; at < Math.min(text.length - 1, 64); at++) {
    const each = pair(text, at)
    if ((pieces.get(each)?.length ?? 0) < (pieces.get(rarest)?.length ?? 0)) rarest = each
  }
  return rarest
}

function findPieces<Item>(pieces: Map<number, Item[]>, value: string, found: Item[]): void {
  for (let at = 0; at < value.length; at++) {
    append(pieces.get(pair(value, at)), found)
    append(pieces.get(single(value, at)), found)
  }
}

function append<Item>(items: readonly Item[] | undefined, found: Item[]): void {
  if (items !== undefined) for (const item of items) found.push(item)
}

function addTo<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): () => void {
  const items = map.get(key)
  if (items === undefined) map.set(key, [item])
  else items.push(item)
  return () => {
    const left = map.get(key) ?? []
    if (left.length > 1) left.splice(left.indexOf(item), 1)
    else map.delete(key)
  }
}
